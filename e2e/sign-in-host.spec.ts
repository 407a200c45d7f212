import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { messages } from '../lib/i18n/index.ts';
import { apiOf, demo, sayYes, simulatorUrl } from './support/product.ts';

/*
 * Exact signs people in on a host beside the one that was asked, and browsers hold every hop after a form against the policy of its
 * page (design §8.3, §8.4). So here the provider is two hosts, and both are foreign to the product's.
 */

const signInUrl = simulatorUrl.replace('127.0.0.1', 'login.localhost');
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const main = (page: Page) => page.getByRole('main');

const signInHost = async (page: Page, value: 'same' | 'other') => {
  const answer = await page.request.post(`${simulatorUrl}/__control/switches`, { data: { signInHost: value } });
  expect(answer.status()).toBe(200);
};
test.beforeEach(({ page }) => signInHost(page, 'other'));
test.afterEach(({ page }) => signInHost(page, 'same'));

async function invited(page: Page, name: string): Promise<string> {
  const asked = { customer: { name, locale: 'en' }, client_registration_id: demo().clientRegistrationId };
  return ((await (await apiOf(page.request, demo()).post('/invitations', asked)).json()) as { url: string }).url;
}

/** What this page's browser complains about, and the hosts its window went through, one after the other. */
function watched(page: Page) {
  const complaints: string[] = [];
  let hosts: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) return;
    const { origin } = new URL(request.url());
    if (hosts.at(-1) !== origin) hosts.push(origin);
  });
  const through = () => {
    const seen = hosts;
    hosts = [];
    return seen;
  };
  return { complaints, through };
}

async function leave(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await main(page).getByRole('button').first().click();
  await page.waitForURL(/\/go/);
  await main(page).getByRole('button').first().click();
}

async function allow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/result\?/);
}

const cookieHosts = async (context: BrowserContext) =>
  (await context.cookies()).filter(({ name }) => name.startsWith('simulated_exact')).map(({ domain }) => domain);

test('welcome, the other host, consent, done; the next time through all of them at one press', async ({ page }) => {
  const product = new URL(await invited(page, 'Another Host')).origin;
  const { complaints, through } = watched(page);

  await leave(page, await invited(page, 'Another Host'));
  await page.getByRole('radio', { name: /Tom Claes/ }).waitFor();
  expect(new URL(page.url()).origin).toBe(signInUrl);
  expect(through()).toEqual([product, simulatorUrl, signInUrl]);
  await page.getByRole('radio', { name: /Tom Claes/ }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(simulatorUrl);
  expect(await cookieHosts(page.context())).toEqual(['login.localhost']);
  await allow(page);
  await sayYes(page);
  await expect(heading(page)).toHaveText(messages.en.done.heading);

  through();
  await leave(page, await invited(page, 'Another Host Again'));
  await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible();
  expect(through()).toEqual([product, simulatorUrl, signInUrl, simulatorUrl]);
  await allow(page);
  await sayYes(page);
  await expect(heading(page)).toHaveText(messages.en.done.heading);
  expect(complaints).toEqual([]);
});

test('whoever signed in as somebody else leaves for the other host again', async ({ page }) => {
  const { complaints, through } = watched(page);
  await leave(page, await invited(page, 'Other Account, Other Host'));
  await page.getByRole('radio', { name: /Tom Claes/ }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await allow(page);
  await expect(heading(page)).toHaveText(messages.en.confirm.heading);
  through();
  await page.getByRole('button', { name: messages.en.confirm.other }).click();
  await page.getByRole('radio', { name: /Lotte Peeters/ }).check();
  expect(through().slice(-2)).toEqual([simulatorUrl, signInUrl]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await allow(page);
  await sayYes(page);
  await expect(heading(page)).toHaveText(messages.en.done.heading);
  await expect(main(page)).toContainText('Lotte Peeters');
  expect(complaints).toEqual([]);
});
