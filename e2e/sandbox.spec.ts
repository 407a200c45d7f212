import { expect, test } from '@playwright/test';
import { apiOf, connect, demo, signIn } from './support/product.ts';

test('live and sandbox are one press apart and never mixed', async ({ page }) => {
  const partner = demo();
  await signIn(page, partner.memberEmail);
  await expect(page).toHaveTitle(/Sandbox/);
  await expect(page.getByText('Bakkerij De Korenaar').first()).toBeVisible();
  const sandboxPage = await page.context().newPage();
  await sandboxPage.goto('/console/invite');

  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await page.waitForURL(/\/console$/);
  await expect(page).not.toHaveTitle(/Sandbox/);
  await expect(page.getByText('Bakkerij De Korenaar')).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Sandbox' })).toHaveCount(0); // nothing is played in live
  expect((await page.goto('/console/sandbox'))?.status()).toBe(404);

  // A form that was left open on the other side does nothing here.
  await sandboxPage
    .getByLabel(/^name/i)
    .or(sandboxPage.getByLabel(/customer/i))
    .first()
    .fill('Wrong side');
  await sandboxPage
    .getByRole('button', { name: /invite|create|send/i })
    .first()
    .click();
  await expect(sandboxPage.getByText(/open the page again/i)).toBeVisible();
  await page.goto('/console');
  await expect(page.getByText('Wrong side')).toHaveCount(0);

  await page.getByRole('button', { name: 'Sandbox', exact: true }).click();
  await page.waitForURL(/\/console$/);
  await expect(page.getByText('Bakkerij De Korenaar').first()).toBeVisible();
  await expect(page.getByText('Wrong side')).toHaveCount(0);
});

test('a member lets time pass and decides how the next visit goes', async ({ page, browser, request }) => {
  const partner = demo();
  const api = apiOf(request, partner);
  await signIn(page, partner.memberEmail);
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Sandbox' }).click();
  await page.waitForURL(/\/console\/sandbox$/);
  const clock = async () =>
    new Date((await page.locator('main time').first().getAttribute('datetime')) ?? '').getTime();
  const before = await clock();
  await page.getByRole('button', { name: '+1 hour' }).click();
  await expect.poll(clock).toBeGreaterThanOrEqual(before + 3_600_000);

  const next = page.locator(`#persona-${partner.clientRegistrationId}`);
  await next.selectOption({ label: 'denies' });
  await page.locator('form', { has: next }).getByRole('button', { name: 'Save' }).click();
  await expect(next).toHaveValue('denies');
  const made = await (
    await api.post('/invitations', {
      customer: { name: 'Somebody who denies', locale: 'en' },
      client_registration_id: partner.clientRegistrationId,
    })
  ).json();
  const visitor = await (await browser.newContext()).newPage();
  await connect(visitor, made.url, /Lotte Peeters/);
  await expect(visitor.getByRole('heading', { level: 1 })).not.toHaveText(/done/i);
  await visitor.context().close();
  expect((await (await api.get(`/connections/${made.connection_id}`)).json()).status).not.toBe('sealed');

  await page.reload();
  await expect(page.getByText('denied').first()).toBeVisible(); // and the judge saw it
});
