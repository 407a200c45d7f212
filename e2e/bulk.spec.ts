import { expect, test } from '@playwright/test';
import { isInOrder } from './support/in-order.ts';
import { apiOf, createPartner, signIn } from './support/product.ts';

test('a bulk claim of a system of theirs: its progress is looked at without script, and each refusal says what to do', async ({
  browser,
  request,
}) => {
  const email = `bulk-${Date.now()}@bulk.example`;
  const api = apiOf(request, createPartner('Bulk', email));
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, email);
  await page.goto('/console/registrations/new');
  await page.getByLabel(/^name/i).fill('Bulk app');
  await page.getByLabel(/client id/i).fill(crypto.randomUUID());
  await page.getByLabel(/client secret/i).fill('bulk-secret-1');
  await page.getByRole('button', { name: 'Save client registration' }).click();
  await page.waitForURL(/\/console\/registrations\/clr_\w+/);
  const registrationId = /clr_\w+/.exec(page.url())?.[0];
  const ids: string[] = [];
  for (const name of ['Alpha', 'Beta']) {
    const made = await api.post('/invitations', { customer: { name }, client_registration_id: registrationId });
    ids.push((await made.json()).connection_id);
  }
  const asked = await api.post('/bulk-claims', { connection_ids: [...ids, `con_${'0'.repeat(24)}`, ids[0]] });
  expect(asked.status()).toBe(202);
  const { id } = await asked.json();

  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
  const still = await plain.newPage();
  await still.goto(`/console/bulk-claims/${id}`);
  await expect(async () => {
    const again = still.getByRole('link', { name: 'Look again' });
    if ((await again.count()) > 0) await again.click();
    await expect(still.getByText('0 claimed, 4 refused')).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await expect(still.getByRole('progressbar')).toHaveAttribute('value', '4');
  await expect(still.getByText('No connection of yours')).toHaveCount(1);
  await still.getByRole('link', { name: /^Ask the customer again.*Beta/ }).click();
  await still.waitForURL(`**/console/connections/${ids[1]}#ask`);
  await plain.close();

  await page.goto('/console');
  await page.getByRole('link', { name: 'Bulk claims' }).click();
  await isInOrder(page);
  await page.getByRole('link', { name: '4 connections' }).click();
  await page.waitForURL(`**/console/bulk-claims/${id}`);
  await isInOrder(page);
  await context.close();
});
