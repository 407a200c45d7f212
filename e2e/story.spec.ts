import { type APIRequestContext, type Browser, expect, type Page, test } from '@playwright/test';
import {
  apiOf,
  connect,
  createPartner,
  demo,
  fingerprintOf,
  type Partner,
  signIn,
  spend,
  timesPresented,
  useDemoPolicy,
} from './support/product.ts';

const twelveDays = 12 * 86_400;

type Bundle = {
  client_id: string;
  client_secret: string;
  refresh_token: string;
  token_fingerprint: string;
  redirect_uri: string;
  site: string;
};

/** A customer in a browser of their own, without script, as phones and wary people have it. */
async function consentInOwnBrowser(browser: Browser, link: string, person: RegExp): Promise<string> {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await connect(page, link, person);
  const heading = await page.getByRole('heading', { level: 1 }).innerText();
  await context.close();
  return heading;
}

/** Registers a database as the assistant leads: start, reveal, copy what the form asks for, say that it worked. */
async function registerThroughAssistant(
  page: Page,
  connectionId: string,
): Promise<Omit<Bundle, 'token_fingerprint' | 'site'>> {
  await page.goto(`/console/connections/${connectionId}/register`);
  await page.getByRole('button', { name: /start registration/i }).click();
  await page.waitForURL(/\/console\/handoffs\//);
  const values = page.waitForResponse((response) => response.url().endsWith('/values'));
  await page.getByRole('button', { name: /reveal/i }).click();
  const { values: bundle } = (await (await values).json()) as { values: Omit<Bundle, 'token_fingerprint' | 'site'> };
  await expect(page.getByRole('button', { name: /copy/i }).first()).toBeVisible();
  expect(await page.content()).not.toContain(bundle.refresh_token); // masked until copied
  return bundle;
}

/** Nobody outside Exact knows which policy a client ID has, so the story has to end well under each (exact-online.md §1.4). */
const policies = [
  { policy: 'legacy', spentTokenAnswers: 200 },
  { policy: 'overlap', spentTokenAnswers: 200 },
  { policy: 'single', spentTokenAnswers: 401 },
] as const;

for (const { policy, spentTokenAnswers } of policies) {
  test(`the whole story under ${policy}: connect, wait twelve days, register, and the credentials work`, async ({
    page,
    browser,
    request,
  }) => {
    const partner: Partner = demo();
    await useDemoPolicy(request, policy);
    const bundle = await tellStory(page, browser, request, partner);
    // Used once more before its successor: what comes back tells which policy really ruled.
    await apiOf(request, partner).post('/sandbox/advance', { seconds: 575 });
    expect((await spend(request, bundle)).status()).toBe(spentTokenAnswers);
  });
}

async function tellStory(page: Page, browser: Browser, request: APIRequestContext, partner: Partner) {
  await signIn(page, partner.memberEmail);
  await page.goto('/console/invite');
  await page
    .getByLabel(/^name/i)
    .or(page.getByLabel(/customer/i))
    .first()
    .fill('Bakkerij Story');
  await page.getByLabel('Language').selectOption({ label: 'Nederlands' });
  await page.getByText(/give me a link/i).click();
  await page
    .getByRole('button', { name: /invite|create|send/i })
    .first()
    .click();
  await page.waitForURL(/\/console\/connections\/con_\w+/);
  const connectionId = /con_\w+/.exec(page.url())?.[0] ?? '';
  const link = /http:\/\/localhost:\d+\/connect\/wxi_\w+/.exec(await page.content())?.[0] ?? '';
  expect(await consentInOwnBrowser(browser, link, /Kees Bakker/)).toMatch(/klaar/i);

  const api = apiOf(request, partner);
  expect((await (await api.get(`/connections/${connectionId}`)).json()).status).toBe('sealed');
  await api.post('/sandbox/advance', { seconds: twelveDays });

  const bundle = await registerThroughAssistant(page, connectionId);
  expect(await timesPresented(request, fingerprintOf(bundle.refresh_token))).toBe(0); // we never spent what we kept
  expect((await spend(request, bundle)).status()).toBe(200); // and it works for its recipient
  expect(await timesPresented(request, fingerprintOf(bundle.refresh_token))).toBe(1); // the log would have shown us
  await page.getByRole('button', { name: /it worked/i }).click();
  await expect
    .poll(async () => (await (await api.get(`/connections/${connectionId}`)).json()).status)
    .toBe('registered');
  return bundle;
}

test('the same story for another partner, from its first sign-in: own app, own customer, redeemed by its own machine', async ({
  page,
  browser,
  request,
}) => {
  const email = `bo-${Date.now()}@tidebooks.example`;
  const { apiKey } = createPartner('Tidebooks', email);
  const clientId = crypto.randomUUID();
  await signIn(page, email);
  await page.goto('/console/registrations/new');
  await expect(page.getByText(/\/oauth\/exact-online\/clr_\w+\/callback/).first()).toBeVisible(); // to paste at Exact, first of all
  await page.getByLabel(/^name/i).fill('Tidebooks app');
  await page.getByLabel(/country|site/i).selectOption('nl');
  await page.getByLabel(/client id/i).fill(clientId);
  await page.getByLabel(/client secret/i).fill('tide-secret-1');
  await page.getByRole('button', { name: /save|create|add/i }).click();
  await page.waitForURL(/\/console\/registrations/);
  expect(await page.content()).not.toContain('tide-secret-1');

  const api = apiOf(request, { apiKey });
  await page.goto('/console/registrations');
  const registrationId = /clr_\w+/.exec(await page.content())?.[0] ?? '';
  const made = await (
    await api.post('/invitations', {
      customer: { name: 'Tide Customer', locale: 'en' },
      client_registration_id: registrationId,
    })
  ).json();
  expect(await consentInOwnBrowser(browser, made.url, /Daan Mulder/)).toMatch(/done/i);
  await api.post('/sandbox/advance', { seconds: twelveDays });

  const handoff = await (await api.post(`/connections/${made.connection_id}/handoffs`)).json();
  const first = await api.post(`/handoffs/${handoff.id}/redeem`, {}, { 'idempotency-key': 'machine-1' });
  const bundle = (await first.json()) as Bundle;
  const again = await api.post(`/handoffs/${handoff.id}/redeem`, {}, { 'idempotency-key': 'machine-1' });
  expect(await again.body()).toEqual(await first.body()); // a lost answer is heard again, byte for byte
  await expectRefused(request, apiKey, handoff.id);
  expect((await spend(request, bundle)).status()).toBe(200);
  await api.post(`/handoffs/${handoff.id}/confirm`, {
    outcome: 'accepted',
    token_fingerprint: bundle.token_fingerprint,
  });
  const connection = await (await api.get(`/connections/${made.connection_id}`)).json();
  expect(connection).toMatchObject({ status: 'registered', grant: { custody: 'shredded' } });
  expect((await (await api.get(`/handoffs/${handoff.id}/receipt`)).json()).jws).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
});

/** Anyone else: another Idempotency-Key, none at all, and another partner's key. */
async function expectRefused(request: APIRequestContext, apiKey: string, handoffId: string): Promise<void> {
  const own = apiOf(request, { apiKey });
  expect((await own.post(`/handoffs/${handoffId}/redeem`, {}, { 'idempotency-key': 'machine-2' })).status()).toBe(409);
  expect((await own.post(`/handoffs/${handoffId}/redeem`, {})).status()).toBe(409);
  expect(
    (
      await apiOf(request, demo()).post(`/handoffs/${handoffId}/redeem`, {}, { 'idempotency-key': 'machine-1' })
    ).status(),
  ).toBe(404);
}
