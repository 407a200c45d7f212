import { generateKeyPairSync } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { apiOf, demo, signIn } from './support/product.ts';

/** The newest sign-in link in the local mailbox for an address, or null. */
async function newestLink(page: Page, email: string): Promise<string | null> {
  await page.goto('/demo/mailbox');
  const link = page.locator(`details:has-text("${email}") a[href*="/sign-in/confirm"]`).first();
  return (await link.count()) > 0 ? link.getAttribute('href') : null;
}

async function askForLink(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Work e-mail address').fill(email);
  await page.getByRole('button', { name: 'Mail me a sign-in link' }).click();
  await page.waitForURL(/\/sign-in\/sent$/);
}

test('a mailed link survives scanners, works once, and only in the browser that asked', async ({
  page,
  browser,
  request,
}) => {
  await askForLink(page, demo().memberEmail);
  await expect(async () => expect(await newestLink(page, demo().memberEmail)).not.toBeNull()).toPass({
    timeout: 10_000,
  });
  const link = (await newestLink(page, demo().memberEmail)) ?? '';
  for (let at = 0; at < 3; at += 1) expect((await request.get(link)).status()).toBe(200);

  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByText(/another browser/)).toBeVisible();
  await other.context().close();

  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/console$/);

  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText(/has been used/)).toBeVisible();
});

test('an address nobody knows gets the same page, and no mail', async ({ page }) => {
  const stranger = `nobody-${Date.now()}@elsewhere.example`;
  await askForLink(page, stranger);
  const said = await page.getByRole('main').innerText();
  await askForLink(page, demo().memberEmail);
  expect(await page.getByRole('main').innerText()).toBe(said);
  expect(await newestLink(page, stranger)).toBeNull();
});

test('without a session every console page leads to sign-in, and no form does anything', async ({ page, request }) => {
  for (const path of [
    '/console',
    '/console/registrations',
    '/console/targets',
    '/console/targets/tgt_x',
    '/console/embed',
    '/console/api-keys',
    '/console/sandbox',
    '/console/invite',
    '/console/connections/con_x',
    '/console/handoffs/hof_x',
    '/console/handoffs/hof_x/receipt',
    '/console/handoffs/hof_x/receipt/jws',
    '/console/handoffs/hof_x/receipt/text',
    '/console/handoffs/hof_x/credentials',
    '/console/bulk-claims',
    '/console/bulk-claims/bcl_x',
  ]) {
    await page.goto(path);
    expect(page.url()).toMatch(/\/sign-in$/);
  }
  for (const path of [
    '/console/invite/send',
    '/console/invite/preview',
    '/console/registrations/create',
    '/console/targets/create',
    '/console/targets/tgt_x/add-key',
    '/console/api-keys/create',
    '/console/sandbox/advance',
    '/console/handoffs/hof_x/values',
    '/console/handoffs/hof_x/file',
  ]) {
    const answer = await request.post(path, { form: { name: 'x' }, maxRedirects: 0 });
    expect([path, answer.status()]).toEqual([
      path,
      path.endsWith('values') || path.endsWith('keys/create') ? 401 : 303,
    ]);
    expect(answer.headers()['location'] ?? '/sign-in').toBe('/sign-in');
  }
});

test('a form of this session sent from another site, or without its token, does nothing', async ({ page }) => {
  await signIn(page, demo().memberEmail);
  const before = (await (await apiOf(page.request, demo()).get('/connections?limit=200')).json()).items.length;
  const form = {
    name: 'Forged',
    channel: 'redirect',
    registration: demo().clientRegistrationId,
    client_registration_id: demo().clientRegistrationId,
  };
  const forged = await page.request.post('/console/invite/send', { form, maxRedirects: 0 });
  const foreign = await page.request.post('/console/invite/send', {
    form,
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    maxRedirects: 0,
  });
  expect([forged.status(), foreign.status()]).toEqual([303, 303]);
  expect((await (await apiOf(page.request, demo()).get('/connections?limit=200')).json()).items.length).toBe(before);
});

const publicKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A target with a live and a retired key. */
async function aTargetWithKeys(page: Page): Promise<string> {
  const { post } = apiOf(page.request, demo());
  const { id } = await (await post('/targets', { name: `ERP ${Date.now()}`, kind: 'redeem' })).json();
  for (const label of ['Old', 'New']) {
    const key = await (await post(`/targets/${id}/recipient-keys`, { label, public_key: publicKey() })).json();
    if (label === 'Old') await post(`/recipient-keys/${key.id}/retire`);
  }
  return id;
}

test('a target gets its key from a paste; a private key is refused and comes back nowhere', async ({ page }) => {
  await signIn(page, demo().memberEmail);
  await page.goto('/console/targets');
  await page.getByRole('link', { name: 'New target' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(`Warehouse ${Date.now()}`);
  await page.getByRole('button', { name: 'Save target' }).click();
  await expect(page.getByText('The target is saved')).toBeVisible();

  const { privateKey } = generateKeyPairSync('x25519');
  const jwk = privateKey.export({ format: 'jwk' });
  for (const pasted of [JSON.stringify(jwk), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]) {
    await page.getByLabel('Name of the key').fill('Laptop');
    await page.getByLabel('Public key').fill(pasted);
    await page.getByRole('button', { name: 'Add key' }).click();
    await expect(page.getByText(/holds a private key/)).toBeVisible();
    expect(`${page.url()}${await page.content()}`).not.toMatch(/PRIVATE|%22d%22|public_key=/);
    expect(await page.content()).not.toContain(jwk.d);
    await expect(page.getByLabel('Name of the key')).toHaveValue('Laptop');
  }

  await page.getByLabel('Public key').fill(publicKey());
  await page.getByRole('button', { name: 'Add key' }).click();
  await expect(page.getByText('The key is added')).toBeVisible();
  await expect(page.getByText(/^[\w-]{43}$/)).toBeVisible();
  await page.getByText('Retire').first().click();
  await page.getByRole('button', { name: 'Yes, retire it' }).click();
  await expect(page.getByText('retired', { exact: true })).toBeVisible();
  await page.getByText('Archive this target').click();
  await page.getByRole('button', { name: 'Yes, archive it' }).click();
  await page.waitForURL(/\/console\/targets$/);
});

test('every console page is accessible, on a phone and on a desk', async ({ page }) => {
  test.setTimeout(180_000); // many pages, twice
  await signIn(page, demo().memberEmail);
  const { items } = await (await apiOf(page.request, demo()).get('/connections')).json();
  const pages = [
    '/console',
    '/console/invite',
    '/console/registrations',
    '/console/registrations/new',
    `/console/registrations/${demo().clientRegistrationId}`,
    '/console/targets',
    '/console/targets/new',
    `/console/targets/${await aTargetWithKeys(page)}`,
    '/console/api-keys',
    '/console/sandbox',
    `/console/connections/${items[0].id}`,
    '/docs',
    '/docs/embed',
    '/docs/bundles',
    '/docs/push',
    '/docs/simulator',
    '/docs/errors',
    '/demo/mailbox',
    '/',
  ];
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    for (const path of pages) {
      await page.goto(path);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        path,
      ).toBeLessThanOrEqual(0);
    }
  }
});

test('no page of ours breaks its own content security policy', async ({ page }) => {
  const broken: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && broken.push(message.text()));
  await signIn(page, demo().memberEmail);
  for (const path of ['/console', '/console/registrations/new', '/docs', '/', '/nowhere']) {
    const answer = await page.goto(path);
    expect(answer?.headers()['content-security-policy'], path).toContain("frame-ancestors 'none'");
  }
  expect(broken).toEqual([]);
});
