import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { isInOrder } from './support/in-order.ts';
import { apiOf, baseUrl, connect, demo, goOn, signIn } from './support/product.ts';

type Made = { id: string; url: string; connection_id: string };
const day = 86_400;
let count = 0;

async function invite(page: Page, name: string, more: object = {}): Promise<Made & { email: string }> {
  count += 1;
  const email = `invited-${Date.now()}-${count}@example.test`;
  const answer = await apiOf(page.request, demo()).post('/invitations', {
    customer: { name, email, locale: 'en' },
    client_registration_id: demo().clientRegistrationId,
    ...more,
  });
  expect(answer.status()).toBe(201);
  return { ...((await answer.json()) as Made), email };
}

/** Time passes in the demo's sandbox. */
async function pass(page: Page, seconds: number): Promise<void> {
  const answer = await apiOf(page.request, demo()).post('/sandbox/advance', { seconds });
  expect(answer.status()).toBe(200);
}

/** The newest mails to an address, as the demo's mailbox shows them, once there are so many. */
async function mailsTo(page: Page, email: string, least: number): Promise<string[]> {
  const found = page.locator(`details:has-text("${email}")`);
  await expect(async () => {
    await page.goto('/demo/mailbox');
    expect(await found.count()).toBeGreaterThanOrEqual(least);
  }).toPass({ timeout: 20_000 });
  return found.evaluateAll((all) => all.map((each) => each.textContent ?? ''));
}

const linkIn = (mail: string, end = '') => new RegExp(`http\\S*/connect/wxi_\\w+${end}(?=\\s|$)`).exec(mail)?.[0] ?? '';
const statusOf = async (page: Page, { id }: Made) =>
  (await (await apiOf(page.request, demo()).get(`/invitations/${id}`)).json()) as {
    status: string;
    reminders: { sent: number; next_at: string | null; stopped_at: string | null } | null;
  };

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

test('who did not finish is reminded; the last link of that mail stops it, and the request still works', async ({
  page,
}) => {
  const made = await invite(page, 'Forgetful', { channel: 'mail' });
  await mailsTo(page, made.email, 1);
  await pass(page, 2 * day + 60);
  const [reminder = ''] = await mailsTo(page, made.email, 2);
  expect(reminder).toContain('Reminder: connect Exact Online');
  expect(linkIn(reminder)).toBe(made.url);
  const stopLink = linkIn(reminder, '/stop');
  expect(stopLink).toBe(`${made.url}/stop`);

  for (let at = 0; at < 20; at += 1)
    expect((at % 2 ? await page.request.head(stopLink) : await page.request.get(stopLink)).status()).toBe(200);
  expect((await statusOf(page, made)).reminders).toMatchObject({ sent: 1, stopped_at: null });

  await page.goto(stopLink);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Stop the reminders' }).click();
  await expect(page.getByRole('heading', { name: 'You get no more reminders' })).toBeVisible();
  await expectAccessible(page);
  expect((await statusOf(page, made)).reminders?.stopped_at).not.toBeNull();
  await page.getByRole('link', { name: 'View the request' }).click();
  await goOn(page, /Femke Visser/);
  expect((await statusOf(page, made)).status).toBe('used');
});

test('a mail reader stops the reminders at one press, without a page of ours', async ({ page }) => {
  const made = await invite(page, 'One press', { channel: 'mail' });
  const answer = await page.request.post(`${made.url}/stop`, { multipart: { 'List-Unsubscribe': 'One-Click' } });
  expect(answer.status()).toBe(200);
  expect((await statusOf(page, made)).reminders?.stopped_at).not.toBeNull();
});

test('a link that came too late is replaced by mail, to the stored address, and the new one connects', async ({
  page,
}) => {
  const made = await invite(page, 'Too late', { channel: 'mail', expires_in: 3600 });
  await mailsTo(page, made.email, 1);
  await pass(page, 3700);
  for (let at = 0; at < 20; at += 1) expect((await page.request.get(made.url)).status()).toBe(410);
  await page.goto(made.url);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Send me a new link' }).click();
  await expect(page.getByRole('heading', { name: 'Please check your inbox' })).toBeVisible();
  await expectAccessible(page);
  const [fresh = ''] = await mailsTo(page, made.email, 2);
  expect(fresh).toContain('Your new link');
  expect(linkIn(fresh)).not.toBe(made.url);
  await connect(page, linkIn(fresh), /Femke Visser/);
  await page.goto(made.url);
  await expect(page.getByRole('button', { name: 'Send me a new link' })).toHaveCount(0);
});

test('without script, the link is passed on; the second person finishes and the inviter sees it', async ({
  page,
  browser,
}) => {
  const made = await invite(page, 'Passed on');
  const first = await (
    await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 700 } })
  ).newPage();
  await first.goto(made.url);
  await first.getByText('Not the right person?').click();
  const field = first.getByLabel('The link to forward');
  await expect(field).toHaveValue(made.url);
  const mail = new URL((await first.getByRole('link', { name: 'Forward by e-mail' }).getAttribute('href')) ?? '');
  expect(mail.pathname).toBe('');
  expect(new URLSearchParams(mail.search).get('body')).toContain(made.url);
  await first.context().close();

  const second = await (await browser.newContext()).newPage();
  await connect(second, made.url, /Femke Visser/);
  await second.context().close();
  await signIn(page, demo().memberEmail);
  await page.goto(`/console/connections/${made.connection_id}`);
  await expect(page.getByText('The customer gave consent at Exact Online')).toBeVisible();
  await expect(page.getByText('The customer opened the invitation')).toBeVisible();
});

for (const javaScriptEnabled of [true, false])
  test(`a member looks at mail and page before they are sent, ${javaScriptEnabled ? 'with' : 'without'} script`, async ({
    browser,
  }) => {
    const member = await (await browser.newContext()).newPage();
    await signIn(member, demo().memberEmail);
    const context = await browser.newContext({
      javaScriptEnabled,
      storageState: await member.context().storageState(),
    });
    await member.context().close();
    const page = await context.newPage();
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto('/console/invite');
    const name = `Looked At ${javaScriptEnabled ? 'With' : 'Without'} Script`;
    const email = `looked-at-${Date.now()}@example.test`;
    await page.getByLabel('Customer name').fill(name);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Language').selectOption({ label: 'Nederlands' });
    await page.getByLabel('Days the link works').fill('10');
    const opened = context.waitForEvent('page');
    await page.getByRole('button', { name: 'Preview' }).click();
    const preview = await opened;
    await expect(preview.getByRole('heading', { name: `What ${name} will get` })).toBeVisible();
    await expect(preview.getByText(email)).toBeVisible();
    await expect(preview.locator('.phone').nth(0)).toContainText(name);
    await expect(preview.locator('.phone').nth(1)).toContainText('Doorgaan');
    expect(complaints).toEqual([]); // axe brings styles of its own
    if (javaScriptEnabled) await isInOrder(preview);
    await preview.close();
    expect(
      (
        await apiOf(page.request, demo())
          .get('/connections?limit=200')
          .then((answer) => answer.text())
      ).includes(name),
    ).toBe(false);

    await page.getByRole('button', { name: 'Create invitation' }).click();
    await page.waitForURL(/invited=/);
    expect(await mailsTo(page, email, 1)).toHaveLength(1);
    await context.close();
  });

test('a member shows the link as a QR code, prints it alone, and a withdrawn one has none', async ({ page }) => {
  await signIn(page, demo().memberEmail);
  await page.goto('/console/invite');
  await expect(page.getByLabel('Remind them by e-mail when they do not finish')).toBeChecked();
  await page.getByLabel('Customer name').fill('At the counter');
  await page.getByLabel('Give me a link').check();
  await page.getByRole('button', { name: 'Create invitation' }).click();
  await page.waitForURL(/invited=/);
  await page.getByRole('button', { name: 'QR code for At the counter' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'QR code for At the counter' });
  const code = dialog.getByRole('img', { name: 'QR code with the link for At the counter' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(code.locator('rect')).toHaveCSS('fill', 'rgb(255, 255, 255)');
    await expect(code.locator('path')).toHaveCSS('fill', 'rgb(0, 0, 0)');
    await expectAccessible(page);
  }
  expect((await code.boundingBox())?.width).toBeGreaterThan(300);
  await page.emulateMedia({ media: 'print' });
  await expect(code).toBeVisible();
  await expect(page.getByRole('heading', { name: 'At the counter' })).toBeHidden();
  await page.emulateMedia({ media: 'screen' });
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(code).toHaveCount(0);
  await page.reload();
  await expect(page.getByText('copied or shown as a QR code').first()).toBeVisible();

  const answered = page.waitForResponse((response) => response.url().endsWith('/link'));
  await page.getByRole('button', { name: 'QR code for At the counter' }).first().click();
  expect((await answered).headers()['cache-control']).toBe('no-store');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByText('Withdraw this invitation').click();
  await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await expect(page.getByText('Withdrawn', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /QR code|Copy link/ })).toHaveCount(0);
  expect(page.url()).toContain(baseUrl);
});
