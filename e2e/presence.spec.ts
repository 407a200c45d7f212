import { readFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import pg from 'pg';
import { messages } from '../lib/i18n/index.ts';
import {
  apiOf,
  atExact,
  connect,
  decideAtExact,
  demo,
  faultForDemo,
  goOn,
  sayYes,
  signIn,
  simulatorUrl,
} from './support/product.ts';

/*
 * The customer's two minutes where something is not as it should be: the scenarios of the flow page that need somebody who
 * is still there. Each by its number there.
 */

type Made = { id: string; url: string; connection_id: string };
type Asking = { name: string; external_id?: string };

const api = (page: Page) => apiOf(page.request, demo());
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();

async function invite(page: Page, customer: Asking, more: object = {}): Promise<Made> {
  const asked = {
    customer: { locale: 'en', ...customer },
    client_registration_id: demo().clientRegistrationId,
    ...more,
  };
  const answer = await api(page).post('/invitations', asked);
  expect(answer.status()).toBe(201);
  return (await answer.json()) as Made;
}

const connectionOf = async (page: Page, { connection_id }: Made) =>
  (await (await api(page).get(`/connections/${connection_id}`)).json()) as {
    status: string;
    grant: { custody: string; parked_reason: string | null; confirmed_at: string | null } | null;
  };

const eventsOf = async (page: Page, { connection_id }: Made) =>
  (
    (await (await api(page).get(`/connections/${connection_id}/timeline`)).json()) as {
      items: { action: string; detail: Record<string, unknown> }[];
    }
  ).items;

async function leave(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await press(page, 'Continue');
  await page.waitForURL(/\/go/);
  await page.getByRole('main').getByRole('button').first().click();
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

/** Signs nobody in: whoever was at the simulated Exact Online before is not there any more. */
const freshPage = async (context: BrowserContext | null, page: Page): Promise<Page> =>
  context ? context.newPage() : page;

test.use({ viewport: { width: 390, height: 844 } });

test('9 denied for good: the partner is told, and a change of mind still works', async ({ page }) => {
  const made = await invite(page, { name: 'Never Mind' });
  await leave(page, made.url);
  await atExact(page, /Amina El Amrani/, 'Deny');
  await press(page, 'I do not want to connect');
  await expect(heading(page)).toHaveText('You chose not to connect');
  await expectAccessible(page);
  expect((await eventsOf(page, made)).some(({ detail }) => detail['outcome'] === 'declined')).toBe(true);
  await press(page, 'Connect after all');
  await page.waitForURL(/\/go/);
  await page.getByRole('main').getByRole('button').first().click();
  await atExact(page, /Amina El Amrani/);
  expect((await connectionOf(page, made)).status).toBe('sealed');
});

test('D: while Exact Online takes its time, three lines are there at once, and the page moves on without script', async ({
  browser,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const made = await invite(page, { name: 'Slow House' });
  await faultForDemo(page.request, { endpoint: 'me', kind: 'delay', when: 'before', ms: 5_000, times: 1 });
  await leave(page, made.url);
  const began = Date.now();
  await decideAtExact(page, /Tom Claes/, 'Allow');
  await expect(heading(page)).toHaveText('Sealed. One look at the account');
  expect(Date.now() - began).toBeLessThan(4_500);
  await expect(page.getByRole('listitem').filter({ hasText: 'Permission sealed' })).toContainText('done');
  await page.screenshot({ path: 'test-results/presence-checking.png', fullPage: true });
  await expect(heading(page)).toHaveText('Is this the right account?', { timeout: 15_000 });
  await context.close();
});

test('15 two tabs at once: the newer goes on, the older says so and spends nothing', async ({ page, context }) => {
  const made = await invite(page, { name: 'Two Tabs' });
  await leave(page, made.url);
  await page.waitForURL(/\/api\/oauth2\/auth/);
  const newer = await freshPage(context, page);
  await leave(newer, made.url);
  await newer.waitForURL(/\/api\/oauth2\/auth/);
  await atExact(page, /Tom Claes/);
  await expect(heading(page)).toHaveText('You went on in another tab');
  await expectAccessible(page);
  await newer.reload();
  await atExact(newer, /Tom Claes/);
  await expect(heading(newer)).toHaveText('Is this the right account?');
  expect((await connectionOf(newer, made)).status).toBe('sealed');
});

test('20 forwarded: a second person finishes in their own browser, the first is told nothing of it', async ({
  page,
  browser,
}) => {
  const made = await invite(page, { name: 'Forwarded On' });
  await page.goto(made.url);
  await press(page, 'Continue');
  const colleague = await (await browser.newContext()).newPage();
  await connect(colleague, made.url, /Lotte Peeters/);
  await expect(heading(colleague)).toHaveText('All done on your side');
  await page.goto(made.url);
  await expect(heading(page)).toHaveText('All done on your side');
  await expect(page.getByText('Lotte Peeters')).toHaveCount(0);
  await colleague.context().close();
});

test('21 wrong user: named side by side, and signing in as another one puts it right', async ({ page }) => {
  const made = await invite(page, { name: 'Right User' }, { expect: { exact_user: 'k.bakker' } });
  await leave(page, made.url);
  await atExact(page, /Tom Claes/);
  await expect(heading(page)).toHaveText('You signed in as another user');
  await expect(page.getByRole('main')).toContainText('k.bakker');
  await expect(page.getByRole('main')).toContainText('Tom Claes');
  await expect(page.getByRole('main')).toContainText(/WX-[0-9A-Z]{6}/);
  await expectAccessible(page);
  expect((await connectionOf(page, made)).grant).toMatchObject({ custody: 'parked', parked_reason: 'wrong_user' });
  await press(page, 'Sign in as another user');
  await page.waitForURL(/force_login=1/);
  await atExact(page, /Kees Bakker/);
  await expect(heading(page)).toHaveText('Is this the right account?');
  await sayYes(page);
  const connection = await connectionOf(page, made);
  expect(connection.grant).toMatchObject({ custody: 'sealed', parked_reason: null });
  expect(connection.grant?.confirmed_at).not.toBeNull();
});

test('E: another account after all puts aside what was given, and the new one takes its place', async ({ page }) => {
  const made = await invite(page, { name: 'Second Account' });
  await leave(page, made.url);
  await atExact(page, /Tom Claes/);
  await expect(heading(page)).toHaveText('Is this the right account?');
  await press(page, 'No, use another account');
  await page.waitForURL(/force_login=1/);
  expect((await connectionOf(page, made)).grant).toMatchObject({ custody: 'parked', parked_reason: 'customer_doubts' });
  await atExact(page, /Amina El Amrani/);
  await sayYes(page);
  await expect(page.getByRole('main')).toContainText('Amina El Amrani');
  expect((await connectionOf(page, made)).grant?.custody).toBe('sealed');
});

test('22 wrong country: told whom to ask, or chosen where the link leaves it open', async ({ page, browser }) => {
  const closed = await invite(page, { name: 'Closed Country' });
  await page.goto(closed.url);
  await press(page, 'Continue');
  await page.getByText('Exact Online of another country?').click();
  await expect(page.getByText('This link is for Exact')).toBeVisible();
  await expectAccessible(page);

  const member = await (await browser.newContext()).newPage();
  await signIn(member, demo().memberEmail);
  await member.goto('/console/registrations/new');
  await member.getByLabel('Name').fill('Brightledger Belgium');
  await member.getByLabel('Country site').selectOption('be');
  await member.getByLabel('Client ID').fill(crypto.randomUUID());
  await member.getByLabel('Client secret').fill('simulated-too');
  await press(member, 'Save client registration');
  await member.waitForURL(/registrations\/clr_/);
  await member.context().close();

  const made = await invite(page, { name: 'Open Country' }, { choose_site: true });
  await page.goto(made.url);
  await press(page, 'Continue');
  await page.getByRole('radio', { name: /Belgium/ }).check();
  await expectAccessible(page);
  await page.getByRole('main').getByRole('button').first().click();
  const belgian = new URL(simulatorUrl);
  belgian.port = String(Number(belgian.port) + 1);
  await page.waitForURL((url) => url.origin === belgian.origin);
  await atExact(page, /Lotte Peeters/);
  await sayYes(page);
  await expect(heading(page)).toHaveText('All done on your side');
  await page.goto(made.url); // the old address leads on
  await expect(heading(page)).toHaveText('All done on your side');
});

test('23 the open administration is missing: named, ticked at Exact in another tab, checked again', async ({
  page,
  context,
}) => {
  const made = await invite(page, { name: 'Forgot One' });
  await leave(page, made.url);
  await page.waitForURL(/\/api\/oauth2\/auth/);
  await page.getByRole('radio', { name: /Sanne de Vries/ }).check();
  await press(page, 'Sign in');
  const open = page.getByRole('checkbox', { name: /Open now/ });
  const name = (await page.locator('label.choice', { has: open }).locator('.name').innerText()).trim();
  await open.uncheck();
  await press(page, 'Allow');
  await page.waitForURL(/\/result\?/);
  await expect(heading(page)).toHaveText('One administration is not ticked yet');
  await expect(page.getByRole('main')).toContainText(name);
  await expectAccessible(page);

  await press(page, 'Check again');
  await expect(page.getByRole('status')).toContainText('still like this');
  const exact = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Open Exact Online' }).click();
  const settings = await exact;
  await settings.getByRole('checkbox', { name: /Open now/ }).check();
  await press(settings, 'Save');
  await expect(settings.getByText('Saved.')).toBeVisible();
  await settings.close();

  await press(page, 'Check again');
  await expect(heading(page)).toHaveText('Is this the right account?');
  await sayYes(page);
  expect((await connectionOf(page, made)).grant?.custody).toBe('sealed');
});

test('24 no administration at all is ticked: the same page, and the partner sees why it waits', async ({ page }) => {
  const made = await invite(page, { name: 'Nothing Ticked' });
  await leave(page, made.url);
  await page.waitForURL(/\/api\/oauth2\/auth/);
  await page.getByRole('radio', { name: /Sanne de Vries/ }).check();
  await press(page, 'Sign in');
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  await press(page, 'Allow');
  await page.waitForURL(/\/result\?/);
  await expect(heading(page)).toHaveText('One administration is not ticked yet');
  expect((await connectionOf(page, made)).grant?.parked_reason).toBe('current_missing');
});

test('25 already linked: keep it, connect again, or as somebody else', async ({ page }) => {
  const customer = { name: 'Linked Already', external_id: 'linked-already' };
  await connect(page, (await invite(page, customer)).url, /Tom Claes/);
  const kept = await invite(page, customer);
  await page.goto(kept.url);
  await press(page, 'Continue');
  await expect(page.getByText('You have connected before')).toBeVisible();
  await expect(page.getByRole('main')).toContainText('Tom Claes');
  await expectAccessible(page);
  await press(page, 'Keep what is there');
  await expect(heading(page)).toHaveText('Nothing has changed');
  await expectAccessible(page);
  expect((await connectionOf(page, kept)).grant?.custody).toBe('sealed');

  const again = await invite(page, customer);
  await page.goto(again.url);
  await press(page, 'Continue');
  await press(page, 'Connect as another Exact Online user');
  await page.waitForURL(/force_login=1/);
  await atExact(page, /Femke Visser/);
  await sayYes(page);
  await expect(page.getByRole('main')).toContainText('Femke Visser');
  expect((await connectionOf(page, again)).grant?.custody).toBe('sealed');
});

test('26 the same Exact user under another customer: the older one ends, and the partner is told', async ({ page }) => {
  const first = await invite(page, { name: 'Client One' });
  await connect(page, first.url, /Dirk Mulder|Daan Mulder|Mulder/);
  const second = await invite(page, { name: 'Client Two' });
  await page.goto(second.url);
  await goOn(page, /Mulder/);
  expect((await connectionOf(page, first)).grant?.custody).toBe('superseded');
  expect((await eventsOf(page, first)).some(({ action }) => action === 'grant.superseded')).toBe(true);
});

test('27 an app that is not cleared: the customer is told that the partner has to act', async ({ page }) => {
  const made = await invite(page, { name: 'Not Cleared' });
  const control = (command: string, data: object) =>
    page.request.post(`${simulatorUrl}/__control/${command}`, { data });
  const { clients } = (await (await page.request.get(`${simulatorUrl}/__control`)).json()) as {
    clients: { client_id: string; redirect_uri: string }[];
  };
  const client = clients.find(({ redirect_uri }) => redirect_uri.includes(demo().clientRegistrationId));
  await control('personas', { client_id: client?.client_id, persona: 'not_cleared', times: 1 });
  await control('switches', { notCleared: 'redirect' });
  try {
    await leave(page, made.url);
    await page.waitForURL(/\/api\/oauth2\/auth/);
    await page.getByRole('radio', { name: /Tom Claes/ }).check();
    await press(page, 'Sign in');
    await page.waitForURL(/\/result\?/);
  } finally {
    await control('switches', { notCleared: 'page' });
  }
  await expect(heading(page)).toHaveText('Brightledger is not ready for you yet');
  await expect(page.getByText('unauthorized')).toHaveCount(0);
  await expectAccessible(page);
  expect((await connectionOf(page, made)).status).toBe('blocked');
});

test('30 Exact is closed: said before leaving, and the link keeps working', async ({ page }) => {
  const made = await invite(page, { name: 'Closed House' });
  const maintenance = (value: string) =>
    page.request.post(`${simulatorUrl}/__control/switches`, { data: { maintenance: value } });
  await page.goto(made.url);
  await press(page, 'Continue');
  await maintenance('now');
  try {
    await expect(async () => {
      await page.goto(made.url);
      await press(page, 'Continue');
      await page.getByRole('main').getByRole('button').first().click();
      await expect(heading(page)).toHaveText(/cannot be reached/, { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
    await expectAccessible(page);
  } finally {
    await maintenance('off');
  }
  await press(page, 'Try again');
  await page.waitForURL(/\/go/);
  await page.getByRole('main').getByRole('button').first().click();
  await atExact(page, /Tom Claes/);
  expect((await connectionOf(page, made)).status).toBe('sealed');
});

/** The database of the running product, as its operator: nobody gets in, and who is in is thrown out, until it is called again. */
async function databaseGone(): Promise<() => Promise<void>> {
  const file = (name: string) =>
    readFileSync(path.join(process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal', name), 'utf8').trim();
  const url = new URL((JSON.parse(file('instance.json')) as { DATABASE_URL: string }).DATABASE_URL);
  const database = url.pathname.slice(1);
  const admin = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    user: 'postgres',
    database: 'postgres',
    password: file('postgres-admin.secret'),
  });
  await admin.connect();
  await admin.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database]);
  return async () => {
    await admin.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS true`);
    await admin.end();
  };
}

test('32 the database is gone between the exchange and the seal: nothing is lost, and the customer is told the truth', async ({
  page,
}) => {
  const made = await invite(page, { name: 'Database Gone' });
  const { clients } = (await (await page.request.get(`${simulatorUrl}/__control`)).json()) as {
    clients: { client_id: string; redirect_uri: string }[];
  };
  const client = clients.find(({ redirect_uri }) => redirect_uri.includes(demo().clientRegistrationId));
  await page.request.post(`${simulatorUrl}/__control/faults`, {
    data: { client_id: client?.client_id, endpoint: 'token', kind: 'delay', when: 'after', ms: 2_500 },
  });
  await leave(page, made.url);
  await page.waitForURL(/\/api\/oauth2\/auth/);
  await page.getByRole('radio', { name: /Tom Claes/ }).check();
  await press(page, 'Sign in');
  await page.getByRole('button', { name: 'Allow' }).click({ noWaitAfter: true });
  const exchanged = async () =>
    (
      (await (await page.request.get(`${simulatorUrl}/__control/requests`)).json()) as {
        requests: { path: string; client_id: string; verdict: string; delivered: boolean | null }[];
      }
    ).requests.some(
      ({ path: at, verdict, delivered }) => at.endsWith('/token') && verdict === 'issued' && delivered === null,
    );
  await expect.poll(exchanged, { timeout: 10_000 }).toBe(true);
  const back = await databaseGone();
  await page.waitForTimeout(5_000);
  await back();

  // To their own page, in words that are true whether the seal is there yet or not; never that nothing was stored.
  await page.waitForURL(/\/result\?/, { timeout: 40_000 });
  const { confirm, done, waiting } = messages.en;
  const headings = [confirm.heading, done.heading, waiting.heading, waiting.checking];
  expect(headings).toContain(await heading(page).innerText());
  await expect
    .poll(async () => (await connectionOf(page, made)).grant?.custody ?? null, { timeout: 90_000 })
    .toBe('sealed');
  await page.goto(made.url);
  await expect(heading(page)).toHaveText(/Is this the right account|All done on your side/);
});
