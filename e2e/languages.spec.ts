import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { apiOf, demo } from './support/product.ts';

async function invite(page: Page, customer: { name: string; locale?: string }): Promise<string> {
  const api = apiOf(page.request, demo());
  const asked = { customer, client_registration_id: demo().clientRegistrationId };
  return ((await (await api.post('/invitations', asked)).json()) as { url: string }).url;
}

const language = (page: Page) => page.locator('html').getAttribute('lang');
const press = (page: Page, name: string) => page.getByRole('button', { name }).click();
const speak = (page: Page, name: string) => page.getByRole('banner').getByRole('link', { name }).click();

async function atExact(page: Page, answer: 'Allow' | 'Deny'): Promise<void> {
  await page.waitForURL(/\/api\/oauth2\/auth/);
  const who = page.getByRole('radio', { name: /Kees Bakker/ });
  if ((await who.count()) > 0) {
    await who.check();
    await press(page, 'Sign in');
  }
  await press(page, answer);
  await page.waitForURL(/\/result\?/);
}

test('a language that was chosen on the way stays: to Exact Online, back, and after', async ({ page }) => {
  await page.goto(await invite(page, { name: 'Meertalig', locale: 'nl' }));
  expect(await language(page)).toBe('nl');
  await speak(page, 'Français');
  await press(page, 'Continuer');
  await speak(page, 'Deutsch');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await press(page, 'Zu Exact Online');
  await atExact(page, 'Deny');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sie haben keine Freigabe erteilt');
  await press(page, 'Noch einmal beginnen');
  await press(page, 'Zu Exact Online');
  await atExact(page, 'Allow');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ist das das richtige Konto?');
  await press(page, 'Ja, das stimmt');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Für Sie ist alles erledigt');
  await page.getByRole('link', { name: 'Freigabe ansehen oder widerrufen' }).click();
  await press(page, 'Widerrufen');
  await speak(page, 'Español'); // the page before was the answer to a form
  await press(page, 'Retirar');
  await press(page, 'Sí, retirarla');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Su autorización se ha retirado');
  await press(page, 'Volver a conectar');
  expect(await language(page)).toBe('es');
});

test('where nobody named a language the browser’s decides, and then the country', async ({ page, browser }) => {
  const link = await invite(page, { name: 'Sans langue' });
  for (const [asks, gets] of [
    ['fr-BE', 'fr'],
    ['sv-SE', 'nl'],
  ] as const) {
    const context = await browser.newContext({ locale: asks });
    const reader = await context.newPage();
    await reader.goto(link);
    expect(await language(reader)).toBe(gets);
    await context.close();
  }
});
