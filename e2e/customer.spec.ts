import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { consentByRobot } from '../lib/simulator/testing/consent-robot.ts';
import { apiOf, connect, demo, simulatorUrl, sizesOf } from './support/product.ts';

type Made = { id: string; url: string; connection_id: string };

async function invite(page: Page, name: string, locale = 'en'): Promise<Made> {
  const api = apiOf(page.request, demo());
  return (await (
    await api.post('/invitations', { customer: { name, locale }, client_registration_id: demo().clientRegistrationId })
  ).json()) as Made;
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

test('every page on the way is accessible, carries the brand, runs no script and stays small', async ({ page }) => {
  const made = await invite(page, 'Axe & Sons');
  const sizes = sizesOf(page);
  await page.goto(made.url);
  await expect(page.getByText('Brightledger').first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: /Exact Online/ }).click();
  await page.getByRole('radio', { name: /Tom Claes/ }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/result\?/);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Yes, this is right' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('All done on your side');
  await expectAccessible(page);
  expect(await page.locator('script').count()).toBe(0);
  await page
    .getByRole('link', { name: /permission/i })
    .first()
    .click();
  await page.waitForURL(/\/connect\/wxa_/);
  await expectAccessible(page);
  expect(Math.max(...(await sizes()))).toBeLessThan(32_000);
});

test('twenty scanners change nothing, and the link then works for a person', async ({ page }) => {
  const made = await invite(page, 'Scanned');
  for (let at = 0; at < 20; at += 1) {
    const answer = at % 2 ? await page.request.head(made.url) : await page.request.get(made.url);
    expect(answer.status()).toBe(200);
  }
  const api = apiOf(page.request, demo());
  expect((await (await api.get(`/invitations/${made.id}`)).json()).status).toBe('open');
  await connect(page, made.url, /Femke Visser/);
  expect((await (await api.get(`/invitations/${made.id}`)).json()).status).toBe('used');
});

test('declining leaves the link open, says so kindly, and the second try seals', async ({ page }) => {
  const made = await invite(page, 'Second Thoughts');
  await connect(page, made.url, /Amina El Amrani/, 'Deny');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await page.content()).not.toContain('access_denied');
  await expectAccessible(page);
  const api = apiOf(page.request, demo());
  expect((await (await api.get(`/connections/${made.connection_id}`)).json()).status).toBe('invited');
  await connect(page, made.url, /Amina El Amrani/);
  expect((await (await api.get(`/connections/${made.connection_id}`)).json()).status).toBe('sealed');
});

test('a callback that is replayed shows what the first one did, and asks the provider nothing', async ({ page }) => {
  const made = await invite(page, 'Twice');
  const callback = page.waitForRequest((request) => request.url().includes('/callback?'));
  await connect(page, made.url, /Lotte Peeters/);
  const address = (await callback).url();
  const heading = await page.getByRole('heading', { level: 1 }).innerText();
  const calls = async () =>
    (
      (await (await page.request.get(`${simulatorUrl}/__control/requests`)).json()) as { requests: { path: string }[] }
    ).requests.filter(({ path }) => path.endsWith('/token')).length;
  const before = await calls();
  await page.goto(address);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(heading);
  expect(page.url()).not.toContain('code=');
  expect(await calls()).toBe(before);
});

test('a callback in another browser is refused with a sentence, and nothing is sealed', async ({ page, browser }) => {
  const made = await invite(page, 'Forwarded');
  await page.goto(made.url);
  await page.getByRole('main').getByRole('button').first().click();
  await page.getByRole('main').getByRole('button').first().click();
  await page.waitForURL(/\/api\/oauth2\/auth/);
  const callback = await consentByRobot({ authorizeUrl: page.url(), user: 'k.bakker' }); // the way back, not yet walked
  const other = await (await browser.newContext()).newPage();
  const answer = await other.goto(callback);
  expect(answer?.status()).toBe(403);
  await expectAccessible(other);
  await other.context().close();
  const api = apiOf(page.request, demo());
  expect((await (await api.get(`/connections/${made.connection_id}`)).json()).grant).toBeNull();
  await page.goto(callback); // the browser that left is still welcome
  expect((await (await api.get(`/connections/${made.connection_id}`)).json()).status).toBe('sealed');
});

test("unknown, guessed and foreign links look the same, without anyone's brand", async ({ page }) => {
  const texts: string[] = [];
  for (const path of [
    '/connect/x',
    '/connect/wxi_000000000000000000000000_00000000000000000000000000000000',
    '/oauth/exact-online/clr_x/callback',
    '/oauth/exact-online/clr_x/callback?state=nope&code=1',
  ]) {
    await page.goto(path);
    texts.push(await page.getByRole('main').innerText());
    expect(await page.content()).not.toContain('Brightledger');
  }
  expect(new Set(texts).size).toBe(1);
});

test('a customer withdraws: what was sealed is shredded, and the page says so', async ({ page }) => {
  const made = await invite(page, 'Leaving');
  await connect(page, made.url, /Jan Jansen/);
  await page
    .getByRole('link', { name: /permission/i })
    .first()
    .click();
  await page.getByRole('button', { name: /withdraw/i }).click();
  await page.getByRole('button', { name: /withdraw/i }).click();
  await expectAccessible(page);
  const connection = await (await apiOf(page.request, demo()).get(`/connections/${made.connection_id}`)).json();
  expect(connection).toMatchObject({ status: 'needs_consent', grant: { custody: 'shredded' } });
});
