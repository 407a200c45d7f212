import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { messages } from '../lib/i18n/index.ts';
import { isInOrder } from './support/in-order.ts';
import { apiOf, createPartner, sayYes, signIn, simulatorUrl, sizesOf } from './support/product.ts';

/**
 * An app at Exact whose redirect URL is somebody else's. Nobody listens there, as a vendor's page that was taken down:
 * the browser shows an error, and its address is all that the customer brings back.
 */
const redirectUri = 'https://vendor.localhost:3979/exact/return.aspx';
const phone = { width: 390, height: 844 };

type App = { registrationId: string; clientId: string; apiKey: string };
let app: App;

test.beforeAll(async ({ browser }) => {
  const email = `paste-${Date.now()}@paste.example`;
  const { apiKey } = createPartner('Vermeer Dashboards', email);
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, email);
  await page.goto('/console/registrations/new');
  const clientId = crypto.randomUUID();
  await page.getByLabel(/^name/i).fill('Old app');
  await page.getByLabel(/client id/i).fill(clientId);
  await page.getByLabel(/client secret/i).fill('an-old-secret');
  await page.getByText('The app has another redirect URL at Exact Online').click();
  await page.getByLabel('Redirect URL registered at Exact').fill('http://vendor.localhost/x');
  await page.getByRole('button', { name: 'Save client registration' }).click();
  await expect(page.getByText('starts with https://')).toBeVisible();
  await expect(page.getByLabel('Redirect URL registered at Exact')).toHaveValue('http://vendor.localhost/x');
  await page.getByLabel('Redirect URL registered at Exact').fill(redirectUri);
  await page.getByLabel(/client secret/i).fill('an-old-secret');
  await page.getByRole('button', { name: 'Save client registration' }).click();
  await page.waitForURL(/\/console\/registrations\/clr_\w+/);
  await expect(page.getByText(/An address that is not ours/)).toBeVisible();
  await isInOrder(page);
  app = { registrationId: /clr_\w+/.exec(page.url())?.[0] ?? '', clientId, apiKey };
  await context.close();
});

async function invite(page: Page, name: string, locale: string): Promise<string> {
  const customer = { name, locale };
  const answer = await apiOf(page.request, app).post('/invitations', {
    ...{ customer, client_registration_id: app.registrationId },
  });
  return ((await answer.json()) as { url: string }).url;
}

/** In the tab that opened: signs in and decides. What stands in the address bar of the page that cannot be shown. */
async function atExact(tab: Page, decision: 'Allow' | 'Deny' = 'Allow'): Promise<string> {
  await tab.waitForURL(/\/api\/oauth2\/auth/);
  const who = tab.getByRole('radio', { name: /Jansen/ }).first();
  if ((await who.count()) > 0) {
    await who.check();
    await tab.getByRole('button', { name: 'Sign in' }).click();
  }
  const failed = tab.waitForEvent('requestfailed', (request) => request.url().startsWith(redirectUri));
  await tab.getByRole('button', { name: decision }).click();
  return (await failed).url();
}

/** From the link to the tab at Exact; the first tab waits where it was. */
async function leave(context: BrowserContext, page: Page, words: (typeof messages)['en']): Promise<Page> {
  await page.getByRole('button', { name: words.welcome.continue }).click();
  await page.waitForURL(/\/go/);
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: words.before.go }).click();
  return opened;
}

async function tokenCalls(page: Page): Promise<number> {
  const answer = await page.request.get(`${simulatorUrl}/__control/requests?client_id=${app.clientId}`);
  const { requests } = (await answer.json()) as { requests: { path: string }[] };
  return requests.filter(({ path }) => path.endsWith('/token')).length;
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

for (const locale of ['en', 'nl'] as const) {
  const words = messages[locale] as (typeof messages)['en'];

  test(`on a phone, in ${locale}, without script: told before, brought back by hand, sealed once`, async ({
    browser,
  }) => {
    const context = await browser.newContext({ viewport: phone, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(await invite(page, `Zonder script ${locale}`, locale));
    const tab = await leave(context, page, words);
    await expect(page.getByText(words.paste.heading)).toBeVisible();
    await expect(page.getByText('vendor.localhost:3979')).toBeVisible();
    const address = await atExact(tab);
    const code = new URL(address).searchParams.get('code') ?? '';
    expect(address).toContain('%21');
    await page.bringToFront();
    await page.getByRole('link', { name: words.paste.back }).click();
    await expect(heading(page)).toHaveText(words.paste.title);
    const field = page.getByLabel(words.paste.field);
    await expect(field).toBeFocused();
    const before = await tokenCalls(page);
    for (const [text, wrong] of [
      ['', words.paste.wrong.empty],
      [address.split('?')[0] ?? '', words.paste.wrong.incomplete],
      [`${simulatorUrl}/api/oauth2/auth?client_id=x`, words.paste.wrong.not_there_yet],
      ['https://elsewhere.example/?code=c&state=s', words.paste.wrong.other_address],
      ['Exact Online 09:41', words.paste.wrong.no_address],
    ] as const) {
      await field.fill(text);
      await page.getByRole('button', { name: words.paste.finish }).click();
      await expect(page.getByRole('alert')).toHaveText(wrong);
      await expect(field).toHaveValue('');
      await expect(field).toBeFocused();
    }
    expect(await tokenCalls(page)).toBe(before);
    await field.fill(`<${address}>`);
    await page.getByRole('button', { name: words.paste.finish }).click();
    await page.waitForURL(/\/result\?/);
    await expect(heading(page)).toHaveText(words.confirm.heading);
    expect([page.url().includes(code), (await page.content()).includes(code)]).toEqual([false, false]);
    expect(await tokenCalls(page)).toBe(before + 1);
    await page.goBack(); // there is nothing to paste any more
    await expect(heading(page)).toHaveText(words.confirm.heading);
    expect(await tokenCalls(page)).toBe(before + 1);
    await sayYes(page);
    await expect(heading(page)).toHaveText(words.done.heading);
    await context.close();
  });
}

test('every step is in order on a phone and on a desk, small, without script, and in five languages', async ({
  page,
  context,
}) => {
  test.setTimeout(120_000); // fourteen looks of the checker
  const sizes = sizesOf(page);
  const link = await invite(page, 'Axe & Zonen', 'en');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${link}/go`);
    await page.locator('summary').first().click();
    await isInOrder(page);
  }
  for (const locale of ['en', 'nl', 'de', 'fr', 'es'] as const) {
    await page.goto(`${link}/paste?wrong=other_address&lang=${locale}`);
    await expect(heading(page)).toHaveText(messages[locale].paste.title);
    await page.locator('summary').first().click();
    await isInOrder(page);
  }
  expect(await page.locator('script').count()).toBe(0);
  await page.getByRole('banner').getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.getByRole('alert')).toHaveText(messages.de.paste.wrong.other_address);
  expect(Math.max(...(await sizes()))).toBeLessThan(32_000);
  await context.close();
});

test('by keyboard alone, in another browser first: refused there, sealed where it began', async ({ browser }) => {
  const context = await browser.newContext({ viewport: phone });
  const page = await context.newPage();
  const link = await invite(page, 'Toetsenbord', 'en');
  await page.goto(link);
  const press = async (name: string) => {
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(() => document.activeElement?.textContent ?? '')).startsWith(name)) break;
    }
    await page.keyboard.press('Enter');
  };
  await press('Continue');
  await page.waitForURL(/\/go/);
  const opened = context.waitForEvent('page');
  await press('Go to Exact Online');
  const tab = await opened;
  await tab.waitForURL(/\/api\/oauth2\/auth/);
  expect(await tab.evaluate(() => window.opener)).toBeNull();
  const address = await atExact(tab);
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(`${link}/paste?lang=en`);
  await other.getByLabel('The whole address').fill(address);
  await other.getByRole('button', { name: 'Finish' }).click();
  await expect(heading(other)).toHaveText('You started somewhere else');
  await isInOrder(other);
  await elsewhere.close();
  await page.bringToFront();
  await press('I have copied the address');
  await expect(page.getByLabel('The whole address')).toBeFocused();
  await page.keyboard.insertText(address);
  await page.keyboard.press('Enter');
  await expect(heading(page)).toHaveText('Is this the right account?');
  await context.close();
});

test('declining is brought back too, and so is an address that took too long', async ({ browser }) => {
  const context = await browser.newContext({ viewport: phone });
  const page = await context.newPage();
  await page.goto(await invite(page, 'Toch niet', 'en'));
  const bring = async (address: string) => {
    await page.bringToFront();
    await page.getByRole('link', { name: messages.en.paste.back }).click();
    await page.getByLabel('The whole address').fill(address);
    await page.getByRole('button', { name: 'Finish' }).click();
  };
  await bring(await atExact(await leave(context, page, messages.en), 'Deny'));
  await expect(heading(page)).toHaveText('You did not give permission');
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.waitForURL(/\/go/);
  const again = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Go to Exact Online' }).click();
  const address = await atExact(await again);
  expect((await apiOf(page.request, app).post('/sandbox/advance', { seconds: 181 })).ok()).toBe(true);
  await bring(address);
  await expect(heading(page)).toHaveText('That took a little too long');
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.waitForURL(/\/go/);
  await context.close();
});
