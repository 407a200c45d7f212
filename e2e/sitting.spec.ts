import { type APIRequestContext, type Browser, expect, type Page, test } from '@playwright/test';
import { isInOrder } from './support/in-order.ts';
import { apiOf, connect, createPartner, signIn, simulatorUrl, timesPresented } from './support/product.ts';
import {
  fillIn,
  fillInByKeyboard,
  fillInOneByOne,
  openReceivingForm,
  type ReceivingForm,
  tabTo,
} from './support/receiving-form.ts';

type App = { id: string; clientId: string; clientSecret: string; redirectUri: string };

/** An app of their own, saved in the console. */
async function registerApp(page: Page): Promise<App> {
  const [clientId, clientSecret] = [crypto.randomUUID(), 'sitting-secret-1'];
  await page.goto('/console/registrations/new');
  const redirectUri =
    /http:\/\/localhost:\d+\/oauth\/exact-online\/clr_\w+\/callback/.exec(await page.content())?.[0] ?? '';
  await page.getByLabel(/^name/i).fill('Sitting app');
  await page.getByLabel(/client id/i).fill(clientId);
  await page.getByLabel(/client secret/i).fill(clientSecret);
  await page.getByRole('button', { name: 'Save client registration' }).click();
  await page.waitForURL(/\/console\/registrations\/clr_\w+/);
  return { id: /clr_\w+/.exec(page.url())?.[0] ?? '', clientId, clientSecret, redirectUri };
}

async function consent(browser: Browser, link: string, person: RegExp): Promise<void> {
  const context = await browser.newContext();
  await connect(await context.newPage(), link, person);
  await context.close();
}

/** The simulated Exact Online is told how to treat this app. */
async function command(request: APIRequestContext, path: string, data: object): Promise<void> {
  expect((await request.post(`${simulatorUrl}/__control/${path}`, { data })).ok()).toBe(true);
}

/**
 * The customer gives the same app another consent, without us: whoever asked has the code exchanged. Under the strictest
 * reading of Exact's rules what is sealed here is dead from then on.
 */
async function consentElsewhere(browser: Browser, request: APIRequestContext, app: App, person: RegExp): Promise<void> {
  await command(request, 'policy', { client_id: app.clientId, policy: 'single' });
  const context = await browser.newContext();
  const page = await context.newPage();
  const query = new URLSearchParams({ client_id: app.clientId, redirect_uri: app.redirectUri, response_type: 'code' });
  await page.goto(`${simulatorUrl}/api/oauth2/auth?${query}`);
  await page.getByRole('radio', { name: person }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  const back = page.waitForRequest((asked) => asked.url().startsWith(app.redirectUri));
  await page.getByRole('button', { name: 'Allow' }).click();
  const code = new URL((await back).url()).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: app.redirectUri };
  const answer = await request.post(`${simulatorUrl}/api/oauth2/token`, {
    form: { ...form, client_id: app.clientId, client_secret: app.clientSecret },
  });
  expect(answer.status()).toBe(200);
  await context.close();
}

/** Which of two refusals Exact gives then nobody outside can say; the simulator knows one, partners report the other. */
const answerOldToken = (request: APIRequestContext, { clientId }: App) =>
  command(request, 'faults', {
    ...{ client_id: clientId, endpoint: 'refresh', kind: 'refuse', when: 'after', status: 401, times: 1 },
    body: '{"error":"unauthorized_client","error_description":"Old refresh token used."}',
    headers: { 'content-type': 'application/json' },
  });

async function startAndReveal(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start registration' }).click();
  await page.waitForURL(/\/console\/handoffs\//);
  await page.getByRole('button', { name: 'Reveal the values' }).click();
  await expect(page.getByRole('button', { name: /copy/i }).first()).toBeVisible();
}

const works = 'The database exists and can be used.';

/** One customer, from the page that checks to the outcome. */
async function register(page: Page, tab: Page, { url }: ReceivingForm): Promise<void> {
  await startAndReveal(page);
  expect(await fillIn(page, tab, url)).toBe(works);
  await page.getByRole('button', { name: 'It worked' }).click();
}

/** The same without a mouse. */
async function registerByKeyboard(page: Page, tab: Page, { url }: ReceivingForm): Promise<void> {
  const press = async (name: string) => {
    await tabTo(page, name);
    await page.keyboard.press('Enter');
  };
  await press('Next customer');
  await page.waitForURL(/\/register$/);
  await press('Start registration');
  await page.waitForURL(/\/console\/handoffs\//);
  await press('Reveal the values');
  await expect(page.getByText(/Values shown for another/)).toBeVisible();
  expect(await fillInByKeyboard(page, tab, url)).toBe(works);
  await press('It worked');
}

test('five customers in one sitting: the oldest first, one by keyboard alone, and one whose token was ended elsewhere is asked again', async ({
  page,
  context,
  browser,
  request,
}) => {
  test.setTimeout(180_000); // five customers at Exact, and five registrations
  const email = `sitting-${Date.now()}@sitting.example`;
  const api = apiOf(request, createPartner('Sitting', email));
  await signIn(page, email);
  const app = await registerApp(page);
  const customers = [
    ['Alpha', /Jan Jansen/],
    ['Beta', /Kees Bakker/],
    ['Gamma', /Daan Mulder/],
    ['Delta', /Lotte Peeters/],
    ['Epsilon', /Sanne de Vries/],
  ] as const;
  const connections: string[] = [];
  for (const [name, person] of customers) {
    const invitation = { customer: { name, locale: 'en' }, client_registration_id: app.id };
    const made = await (await api.post('/invitations', invitation)).json();
    await consent(browser, made.url, person);
    await api.post('/sandbox/advance', { seconds: 60 });
    connections.push(made.connection_id);
  }
  const read = async (at: number) => (await api.get(`/connections/${connections[at]}`)).json();
  const statusOf = async (at: number) => (await read(at)).status;
  const tokenOf = async (at: number) =>
    (await (await api.get(`/handoffs/${(await read(at)).handoff_id}`)).json()).token_fingerprint;
  const tokens: string[] = [];

  await page.goto(`/console/connections/${connections[4]}/register`);
  await expect(page.getByText(/Can be registered from \d\d:\d\d:\d\d/)).toBeVisible();
  await expect(page.getByRole('timer')).toHaveText(/\d+ min \d\d s to go/);
  await expect(page.getByRole('button', { name: 'Start registration' })).toHaveCount(0);
  await isInOrder(page);
  await api.post('/sandbox/advance', { seconds: 600 });
  await consentElsewhere(browser, request, app, /Kees Bakker/);

  const form = await openReceivingForm();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const tab = await context.newPage();
  try {
    await page.goto(`/console/connections/${connections[0]}/register`);
    await register(page, tab, form);
    await expect(page.getByText('4 customers left to register')).toBeVisible();
    expect(await statusOf(0)).toBe('registered');
    await isInOrder(page);

    await page.getByRole('link', { name: 'Next customer' }).click();
    await page.waitForURL(`**/connections/${connections[1]}/register`);
    await startAndReveal(page);
    await answerOldToken(request, app);
    const said = await fillIn(page, tab, form.url);
    expect(said).toContain('Old refresh token used.');
    await page.getByLabel('Paste what the form said').fill(`${said} eyJ-a-pasted-secret`);
    await expect(page.getByLabel('Or pick the error')).toHaveValue('old_refresh_token');
    await expect(page.getByText(/another token of this Exact user and app has taken over/).first()).toBeVisible();
    await isInOrder(page);
    const posted = page.waitForRequest(/\/confirm$/);
    await page.getByRole('button', { name: 'Report this error' }).click();
    expect((await posted).postData()).not.toContain('pasted');
    await expect(page.getByText('3 customers left to register')).toBeVisible();
    expect(await statusOf(1)).toBe('needs_consent');
    tokens.push(await tokenOf(1));
    await page.getByRole('button', { name: 'Ask again with a link' }).click();
    await page.waitForURL(/\?invited=inv_/);
    await expect(page.getByText(/http:\/\/localhost:\d+\/connect\/wxi_\w+/).first()).toBeVisible();
    expect(await statusOf(1)).toBe('invited');
    await page.goBack();

    await registerByKeyboard(page, tab, form);
    await expect(page.getByText('2 customers left to register')).toBeVisible();
    await page.getByRole('link', { name: 'Next customer' }).click();
    await page.waitForURL(/\/register$/);
    await register(page, tab, form);
    await expect(page.getByText('One customer left to register')).toBeVisible();

    await page.getByRole('link', { name: 'Next customer' }).click();
    await page.waitForURL(/\/register$/);
    await startAndReveal(page);
    expect(await fillInOneByOne(page, tab, form.url)).toBe(works);
    await isInOrder(page);
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    expect(await clipboard()).not.toBe('');
    await page.getByRole('button', { name: 'Hide now' }).click();
    await expect.poll(clipboard).toBe('');
    await page.getByRole('button', { name: 'It worked' }).click();
    await expect(page.getByText('No customer left to register')).toBeVisible();
  } finally {
    await form.close();
  }
  for (const at of [0, 2, 3, 4]) {
    expect(await statusOf(at)).toBe('registered');
    tokens.push(await tokenOf(at));
  }
  for (const token of tokens) expect(await timesPresented(request, token)).toBe(1); // by the form, and never by us
});

test('a sign-in that was asked for on a page of the console comes back to it, and to no other place', async ({
  page,
}) => {
  const email = `again-${Date.now()}@sitting.example`;
  createPartner('Again', email);
  await signIn(page, email);
  await page.goto('/sign-in/again?to=%2Fconsole%2Fapi-keys'); // fresh: straight on
  expect(page.url()).toMatch(/\/console\/api-keys$/);
  for (const elsewhere of ['https%3A%2F%2Fevil.example%2F', '%2F%2Fevil.example', '%2Fconsole%2F..%2Fsign-in']) {
    await page.goto(`/sign-in/again?to=${elsewhere}`);
    expect(new URL(page.url()).pathname, elsewhere).toBe('/console');
  }
});
