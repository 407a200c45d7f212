import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, type Page, test } from '@playwright/test';
import { apiOf, connect, demo, signIn, spend } from './support/product.ts';

/** Where the product was told that a test listens. */
const receiver = process.env['WAXSEAL_PUSH_ORIGINS'] ?? '';

type Got = { headers: IncomingHttpHeaders; body: string };
let server: Server;
let got: Got[];
let status: number;
test.beforeEach(async () => {
  expect(receiver, 'WAXSEAL_PUSH_ORIGINS: an origin on this machine, also of the running product').not.toBe('');
  [got, status] = [[], 200];
  server = createServer(async (request, response) => {
    const body = await text(request);
    got.push({ headers: request.headers, body });
    const sha256 = createHash('sha256').update(body).digest('hex');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ sha256 }));
  });
  const { hostname, port } = new URL(receiver);
  await new Promise<void>((listening) => server.listen(Number(port), hostname, listening));
});
test.afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A target made in the console, and the secret its page shows once. */
async function aPushTarget(page: Page, name: string): Promise<string> {
  await page.goto('/console/targets/new');
  const fill = async (url: string) => {
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await page.getByRole('radio', { name: /pushed/ }).check();
    await page.getByRole('textbox', { name: /Endpoint/ }).fill(url);
    await page.locator('#recipient_key_required').uncheck();
    await page.getByRole('button', { name: 'Save target' }).click();
  };
  await fill('https://127.0.0.1/');
  await expect(page.getByText('This address is not on the public internet.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: /Endpoint/ })).toHaveValue('https://127.0.0.1/');
  await fill(`${receiver}/waxseal`);
  await expect(page.getByText('The target is saved')).toBeVisible();
  await page.getByRole('button', { name: 'Make a signing secret' }).click();
  const secret = await page.getByText(/^whsec_/).innerText();
  await page.getByRole('button', { name: /Done/ }).click();
  await page.reload();
  expect(await page.content()).not.toContain('whsec_');
  return secret;
}

const isSignedWith = (secret: string, { headers, body }: Got): boolean => {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(signed)
    .digest('base64');
  return String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`);
};

test('a member has it pushed: the worker brings it, again until the endpoint names what it took, and it works', async ({
  page,
  browser,
  request,
}) => {
  await signIn(page, demo().memberEmail);
  const name = `ERP ${Date.now()}`;
  const secret = await aPushTarget(page, name);
  const api = apiOf(request, demo());
  const invited = { customer: { name: 'Pushed', locale: 'en' }, client_registration_id: demo().clientRegistrationId };
  const made = await (await api.post('/invitations', invited)).json();
  const customer = await (await browser.newContext()).newPage();
  await connect(customer, made.url, /Daan Mulder/);
  await customer.context().close();
  await api.post('/sandbox/advance', { seconds: 600 });

  status = 503;
  await page.goto(`/console/connections/${made.connection_id}/register`);
  await page.getByRole('radio', { name: new RegExp(name) }).check();
  await page.getByRole('button', { name: /start registration/i }).click();
  await page.waitForURL(/\/console\/handoffs\//);
  await expect.poll(() => got.length, { timeout: 30_000 }).toBeGreaterThan(0);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('the endpoint answered HTTP 503')).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 10_000 });
  status = 200;
  await api.post('/sandbox/advance', { seconds: 600 }); // the third try

  await expect
    .poll(async () => (await (await api.get(`/connections/${made.connection_id}`)).json()).status, { timeout: 30_000 })
    .toBe('registered');
  expect(new Set(got.map(({ body }) => body)).size).toBe(1);
  for (const each of got) expect(isSignedWith(secret, each)).toBe(true);
  const bundle = JSON.parse(got[0]?.body ?? '{}');
  expect((await spend(request, bundle)).status()).toBe(200);
  await page.reload();
  await expect(page.getByText(/It worked|registered/i).first()).toBeVisible();
});
