import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { apiOf, baseUrl, connect, createPartner, signIn } from './support/product.ts';

/** On a phone and on a desk: nothing that a screen reader trips over, nothing wider than the window. */
async function isInOrder(page: Page): Promise<void> {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  }
}

async function registerApp(page: Page): Promise<string> {
  await page.goto('/console/registrations/new');
  await page.getByLabel(/^name/i).fill('Files app');
  await page.getByLabel(/client id/i).fill(crypto.randomUUID());
  await page.getByLabel(/client secret/i).fill('files&secret-1');
  await page.getByRole('button', { name: 'Save client registration' }).click();
  await page.waitForURL(/\/console\/registrations\/clr_\w+/);
  return /clr_\w+/.exec(page.url())?.[0] ?? '';
}

test('a target that makes a file, one download and no second one, and a receipt that is printed and checked', async ({
  page,
  browser,
  request,
}) => {
  test.setTimeout(120_000);
  const email = `files-${Date.now()}@files.example`;
  const api = apiOf(request, createPartner('Files', email));
  await signIn(page, email);
  const registrationId = await registerApp(page);

  await page.goto('/console/targets/new');
  await isInOrder(page);
  await page.getByRole('textbox', { name: 'Name' }).fill('On-premise');
  await page.getByRole('radio', { name: /^As a file/ }).check();
  await isInOrder(page);
  await page.getByRole('radio', { name: /^settings\.xml fragment \(preview\)/ }).check();
  await page.getByRole('button', { name: 'Save target' }).click();
  await page.waitForURL(/\/console\/targets\/tgt_/);
  await expect(page.getByText('the name of the refresh token’s attribute is a guess')).toBeVisible();
  await isInOrder(page);

  const invitation = {
    customer: { name: 'Bakkerij "Oven" & Zn', locale: 'en' },
    client_registration_id: registrationId,
  };
  const made = await (await api.post('/invitations', invitation)).json();
  const context = await browser.newContext();
  await connect(await context.newPage(), made.url, /Jan Jansen/);
  await context.close();
  await api.post('/sandbox/advance', { seconds: 600 });

  await page.goto(`/console/connections/${made.connection_id}/register`);
  await page.getByRole('radio', { name: /^On-premise\s*settings\.xml fragment \(preview\), readable/ }).check();
  await isInOrder(page);
  await page.getByRole('button', { name: 'Start registration' }).click();
  await page.waitForURL(/\/console\/handoffs\/hof_/);
  const handoff = page.url();
  await isInOrder(page);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the file' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^waxseal-hof_\w+-single-use\.xml$/);
  const xml = readFileSync(await file.path(), 'utf8');
  expect(xml).toContain('api-client-secret=files&amp;secret-1;');
  const token = /api-refresh-token=([^"]+)"/.exec(xml)?.[1] ?? '';

  await expect(page.getByRole('button', { name: 'Download it again' })).toBeVisible();
  await isInOrder(page);
  const second = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download it again' }).click();
  expect(readFileSync(await (await second).path(), 'utf8')).toBe(xml);
  expect((await page.request.get(`${handoff}/file`)).status()).toBe(405);

  await page.getByRole('button', { name: 'It worked' }).click();
  await expect(page.getByText('The database is registered')).toBeVisible();
  await isInOrder(page);
  await page.getByRole('link', { name: 'Receipt' }).click();
  await expect(page.getByRole('heading', { name: 'Receipt of a handoff' })).toBeVisible();
  await expect(page.getByText(createHash('sha256').update(token).digest('hex')).first()).toBeVisible();
  await isInOrder(page);
  const jws = (await (await page.request.get(`${handoff}/receipt/jws`)).text()).trim();
  await expect(page.getByText(jws)).toBeVisible();
  expect(await page.content()).not.toContain(token);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('navigation', { name: 'Console' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await expect(page.getByText(jws)).toBeVisible();

  const { partner_id, kid } = {
    ...(JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as { partner_id: string }),
    ...(JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }),
  };
  const keys = await (await fetch(`${baseUrl}/api/v1/receipt-keys/${partner_id}`)).json(); // without an API key
  expect(keys.keys.map((key: { kid: string }) => key.kid)).toEqual([kid]);
  for (const path of ['/docs/files', '/docs/receipts']) {
    await page.emulateMedia({ media: 'screen' });
    await page.goto(path);
    await isInOrder(page);
  }
});
