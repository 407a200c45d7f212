import AxeBuilder from '@axe-core/playwright';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { apiOf, connect, createPartner, signIn } from './support/product.ts';

/** An app of their own, saved in the console; its id. */
async function registerApp(page: Page): Promise<string> {
  await page.goto('/console/registrations/new');
  await page.getByLabel(/^name/i).fill('Sitting app');
  await page.getByLabel(/client id/i).fill(crypto.randomUUID());
  await page.getByLabel(/client secret/i).fill('sitting-secret-1');
  await page.getByRole('button', { name: 'Save client registration' }).click();
  await page.waitForURL(/\/console\/registrations\/clr_\w+/);
  return /clr_\w+/.exec(page.url())?.[0] ?? '';
}

async function consent(browser: Browser, link: string, person: RegExp): Promise<void> {
  const context = await browser.newContext();
  await connect(await context.newPage(), link, person);
  await context.close();
}

/** On a phone and on a desk: nothing that a screen reader trips over, nothing wider than the window. */
async function isInOrder(page: Page): Promise<void> {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  }
}

async function startAndReveal(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start registration' }).click();
  await page.waitForURL(/\/console\/handoffs\//);
  await page.getByRole('button', { name: 'Reveal the values' }).click();
  await expect(page.getByRole('button', { name: /copy/i }).first()).toBeVisible();
}

test('three customers in one sitting: the oldest first, an error that is read, and the customer asked again', async ({
  page,
  browser,
  request,
}) => {
  test.setTimeout(180_000); // three customers at Exact, and three registrations
  const email = `sitting-${Date.now()}@sitting.example`;
  const api = apiOf(request, createPartner('Sitting', email));
  await signIn(page, email);
  const registrationId = await registerApp(page);
  const customers = [
    ['Alpha', /Jan Jansen/],
    ['Beta', /Kees Bakker/],
    ['Gamma', /Daan Mulder/],
  ] as const;
  const connections: string[] = [];
  for (const [name, person] of customers) {
    const invitation = { customer: { name, locale: 'en' }, client_registration_id: registrationId };
    const made = await (await api.post('/invitations', invitation)).json();
    await consent(browser, made.url, person);
    await api.post('/sandbox/advance', { seconds: 60 });
    connections.push(made.connection_id);
  }
  const statusOf = async (at: number) => (await (await api.get(`/connections/${connections[at]}`)).json()).status;

  await page.goto(`/console/connections/${connections[0]}/register`);
  await expect(page.getByText(/Can be registered from \d\d:\d\d:\d\d/)).toBeVisible();
  await expect(page.getByRole('timer')).toHaveText(/\d+ min \d\d s to go/);
  await expect(page.getByRole('button', { name: 'Start registration' })).toHaveCount(0);
  await isInOrder(page);
  await api.post('/sandbox/advance', { seconds: 600 });

  await page.reload();
  await startAndReveal(page);
  await page.getByRole('button', { name: 'It worked' }).click();
  await expect(page.getByText('2 customers left to register')).toBeVisible();
  expect(await statusOf(0)).toBe('registered');
  await isInOrder(page);

  await page.getByRole('link', { name: 'Next customer' }).click();
  await page.waitForURL(`**/connections/${connections[1]}/register`);
  await startAndReveal(page);
  await page.getByLabel('Paste what the form said').fill('itgenoda185 … Old refresh token used. eyJ-a-pasted-secret');
  await expect(page.getByLabel('Or pick the error')).toHaveValue('old_refresh_token');
  await isInOrder(page);
  const posted = page.waitForRequest(/\/confirm$/);
  await page.getByRole('button', { name: 'Report this error' }).click();
  expect((await posted).postData()).not.toContain('pasted');
  await expect(page.getByText('One customer left to register')).toBeVisible();
  expect(await statusOf(1)).toBe('needs_consent');
  await page.getByRole('button', { name: 'Ask again with a link' }).click();
  await page.waitForURL(/\?invited=inv_/);
  expect(await statusOf(1)).toBe('invited');

  await page.goto(`/console/connections/${connections[2]}/register`);
  await startAndReveal(page);
  await page.getByRole('button', { name: 'It worked' }).click();
  await expect(page.getByText('No customer left to register')).toBeVisible();
  expect(await statusOf(2)).toBe('registered');
});

test('a sign-in that was asked for on a page of the console comes back to it, and to no other place', async ({
  page,
}) => {
  const email = `again-${Date.now()}@sitting.example`;
  createPartner('Again', email);
  await signIn(page, email);
  await page.goto('/sign-in/again?to=%2Fconsole%2Fapi-keys'); // fresh: straight on
  expect(page.url()).toMatch(/\/console\/api-keys$/);
  for (const elsewhere of ['https%3A%2F%2Fevil.example%2F', '%2F%2Fevil.example', '%2Fconsole%2F..%2Fsign-in']) {
    await page.goto(`/sign-in/again?to=${elsewhere}`);
    expect(new URL(page.url()).pathname, elsewhere).toBe('/console');
  }
});
