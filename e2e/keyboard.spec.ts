import { type Browser, expect, type Page, test } from '@playwright/test';
import { messages } from '../lib/i18n/index.ts';
import { aPartnerOfItsOwn, inviteFor, type OwnPartner } from './support/partner.ts';
import { apiOf, demo } from './support/product.ts';

/** Scenario 35 of peers-connect-ux §10: the whole story with nothing but a keyboard, and without a script of ours. */

/** Where the keyboard is, and whether one sees it there. */
const place = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement;
    const ring = getComputedStyle(at.closest('.pick') ?? at);
    const box = at.getBoundingClientRect();
    return {
      is: at.localName,
      says: at.textContent?.trim() ?? '',
      ring: ring.outlineStyle === 'none' ? 0 : Number.parseFloat(ring.outlineWidth),
      inSight: box.bottom > 0 && box.top < window.innerHeight,
    };
  });

const mostStops = 40;

/** Presses Tab until it stands on what says so; every stop on the way has a ring and is in sight. How many presses it took. */
async function tabTo(page: Page, says: string): Promise<number> {
  for (let stops = 1; stops <= mostStops; stops += 1) {
    await page.keyboard.press('Tab');
    const at = await place(page);
    expect(at.ring, at.says).toBeGreaterThanOrEqual(2);
    expect(at.inSight, at.says).toBe(true);
    if (at.says === says) return stops;
  }
  throw new Error(`Tab never came to "${says}"`);
}

/** A new page of ours has its heading in focus, so the first Tab leads to what can be done there. */
async function expectHeadingInFocus(page: Page): Promise<void> {
  await expect.poll(async () => (await place(page)).is).toBe('h1');
  expect(await page.evaluate(() => scrollY)).toBe(0);
}

/** At the provider, whose pages are not ours: by keyboard, too. */
async function signInAtExact(page: Page): Promise<void> {
  await page.waitForURL(/\/api\/oauth2\/auth/);
  await page.getByRole('radio', { name: /Kees Bakker/ }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Sign in' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Allow' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/result\?/);
}

async function walk(page: Page, url: string): Promise<void> {
  const { welcome, before, confirm, done, access, withdraw } = messages.en;
  await page.goto(url);
  await expectHeadingInFocus(page);
  expect(await tabTo(page, welcome.continue)).toBe(1);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/go/);
  await expectHeadingInFocus(page);
  expect(await tabTo(page, before.go)).toBeLessThanOrEqual(2);
  await page.keyboard.press('Enter');
  await signInAtExact(page);
  await expectHeadingInFocus(page);
  expect(await tabTo(page, confirm.yes)).toBeLessThanOrEqual(2);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(done.heading);
  await expectHeadingInFocus(page);
  await tabTo(page, done.doubt); // a fold, that opens and closes without a script
  await page.keyboard.press('Space');
  await expect(page.getByText(done.doubtText.replace('<n>{partner}</n>', '').slice(0, 30))).toBeVisible();
  await page.keyboard.press('Space');
  await page.locator('h1').focus();
  await tabTo(page, done.access);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/connect\/wxa_/);
  await expectHeadingInFocus(page);
  await tabTo(page, access.withdrawButton);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(withdraw.heading);
  await expectHeadingInFocus(page);
  await tabTo(page, withdraw.yes);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(withdraw.doneHeading);
  await expectHeadingInFocus(page);
}

const withoutScript = async (browser: Browser) =>
  (await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 700 } })).newPage();

test('35 · the whole story by keyboard, for the demo’s brand', async ({ browser, request }) => {
  const asked = { customer: { name: 'Keys Only', locale: 'en' }, client_registration_id: demo().clientRegistrationId };
  const made = (await (await apiOf(request, demo()).post('/invitations', asked)).json()) as { url: string };
  await walk(await withoutScript(browser), made.url);
});

test('35 · and for one of a colour that hides things', async ({ browser, request }) => {
  const partner: OwnPartner = await aPartnerOfItsOwn(browser, 'Ziggurat Toetsen', '#ffe600');
  await walk(await withoutScript(browser), (await inviteFor(request, partner, { name: 'Keys Only' })).url);
});

test('the first step back from the heading leads to the languages', async ({ browser, request }) => {
  const asked = { customer: { name: 'Shift Tab', locale: 'en' }, client_registration_id: demo().clientRegistrationId };
  const made = (await (await apiOf(request, demo()).post('/invitations', asked)).json()) as { url: string };
  const page = await withoutScript(browser);
  await page.goto(made.url);
  await expectHeadingInFocus(page);
  await page.keyboard.press('Shift+Tab');
  expect(await place(page)).toMatchObject({ is: 'a', says: expect.stringContaining('Español') });
});
