import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type APIRequestContext, expect, type Page } from '@playwright/test';

export const baseUrl = process.env['WAXSEAL_URL'] ?? 'http://localhost:3000';
export const simulatorUrl = process.env['WAXSEAL_SIMULATOR_URL'] ?? 'http://127.0.0.1:4010';
const dataDir = process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal';

export type Partner = { partnerId: string; apiKey: string; memberEmail: string; clientRegistrationId: string };

/** The demo's partner, as scripts outside find it. */
export const demo = (): Partner => JSON.parse(readFileSync(path.join(dataDir, 'demo.json'), 'utf8')) as Partner;

/** An operator's command, as an operator types it; a sandbox twin, so that its clock can be pushed. */
export function createPartner(name: string, email: string, accent = '#7a3ea1'): { apiKey: string } {
  const said = execFileSync(
    process.execPath,
    [
      'lib/ops/partner.ts',
      '--name',
      name,
      '--email',
      email,
      '--member',
      'Bo Tester',
      '--api-key',
      'Story',
      '--sandbox',
      '--accent',
      accent,
    ],
    { encoding: 'utf8' },
  );
  return { apiKey: /wxk_\w+/.exec(said)?.[0] ?? '' };
}

/** An API client of one partner. */
export function apiOf(request: APIRequestContext, { apiKey }: Pick<Partner, 'apiKey'>) {
  const headers = { authorization: `Bearer ${apiKey}` };
  return {
    get: (path: string) => request.get(`${baseUrl}/api/v1${path}`, { headers }),
    post: (path: string, data: object = {}, more: Record<string, string> = {}) =>
      request.post(`${baseUrl}/api/v1${path}`, { headers: { ...headers, ...more }, data }),
  };
}

export const fingerprintOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A recipient: spends a refresh token at the provider, as registering the database does. */
export const spend = (
  request: APIRequestContext,
  bundle: { client_id: string; client_secret: string; refresh_token: string },
) =>
  request.post(`${simulatorUrl}/api/oauth2/token`, {
    form: {
      grant_type: 'refresh_token',
      refresh_token: bundle.refresh_token,
      client_id: bundle.client_id,
      client_secret: bundle.client_secret,
    },
  });

/** How often the simulator has seen a token presented, from its own log. */
export async function timesPresented(request: APIRequestContext, fingerprint: string): Promise<number> {
  const { requests } = (await (await request.get(`${simulatorUrl}/__control/requests`)).json()) as {
    requests: { token_fingerprint?: string; path: string }[];
  };
  return requests.filter(
    (entry) => entry.token_fingerprint === fingerprint.slice(0, 12) && entry.path.endsWith('/token'),
  ).length;
}

/** Tells the simulated Exact Online how to treat the demo's app from here on. */
async function treatDemo(request: APIRequestContext, command: string, how: object): Promise<void> {
  const { clients } = (await (await request.get(`${simulatorUrl}/__control`)).json()) as {
    clients: { client_id: string; redirect_uri: string }[];
  };
  const client = clients.find(({ redirect_uri }) => redirect_uri.includes(demo().clientRegistrationId));
  const answer = await request.post(`${simulatorUrl}/__control/${command}`, {
    data: { client_id: client?.client_id, ...how },
  });
  expect(answer.ok()).toBe(true);
}

export const useDemoPolicy = (request: APIRequestContext, policy: string): Promise<void> =>
  treatDemo(request, 'policy', { policy });

/** The demo's app meets this fault at the simulated Exact Online. */
export const faultForDemo = (request: APIRequestContext, fault: object): Promise<void> =>
  treatDemo(request, 'faults', fault);

/** How large the customer's pages are that this page loads, in bytes; one that was left before it was read whole counts as none. */
export function sizesOf(page: Page): () => Promise<number[]> {
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => {
    if (!response.url().includes('/connect/') || response.status() !== 200) return;
    sizes.push(
      response.body().then(
        ({ length }) => length,
        () => 0,
      ),
    );
  });
  return () => Promise.all(sizes);
}

/** A customer's clicks: both pages of ours, sign-in and consent at the provider, and yes when asked whether that was right. */
export async function connect(
  page: Page,
  link: string,
  person: RegExp,
  decision: 'Allow' | 'Deny' = 'Allow',
): Promise<void> {
  await page.goto(link);
  await goOn(page, person, decision);
}

/** The same from the first page on, wherever it was opened. */
export async function goOn(page: Page, person: RegExp, decision: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  await page.getByRole('main').getByRole('button').first().click();
  await page.waitForURL(/\/go/);
  await page.getByRole('main').getByRole('button').first().click();
  await atExact(page, person, decision);
  await sayYes(page);
}

/** Says yes if the page asks whether the account is the right one. */
export async function sayYes(page: Page): Promise<void> {
  const yes = page.locator('form[action$="/confirm"] button');
  if ((await yes.count()) > 0) await yes.click();
}

type Decision = 'Allow' | 'Deny';

/** Sign-in and decision at the simulated Exact Online, and back to what came of it. */
export async function atExact(
  page: Page,
  person: RegExp,
  decision: Decision = 'Allow',
  how: { untick?: readonly RegExp[] } = {},
): Promise<void> {
  await decideAtExact(page, person, decision, how);
  await page.waitForURL(/\/result\?/);
  await expect(page.locator('main .dots')).toHaveCount(0, { timeout: 30_000 }); // the page that waits moves on by itself
}

/** The same up to the press of the button: what comes back is the test's own to look at. */
export async function decideAtExact(
  page: Page,
  person: RegExp,
  decision: Decision,
  { untick = [] }: { untick?: readonly RegExp[] } = {},
): Promise<void> {
  await page.waitForURL(/\/api\/oauth2\/auth/);
  const who = page.getByRole('radio', { name: person });
  // Someone who was here before is still signed in at the provider.
  if ((await who.count()) > 0) {
    await who.check();
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  for (const name of untick) await page.getByRole('checkbox', { name }).uncheck();
  await page.getByRole('button', { name: decision }).click({ noWaitAfter: true });
}

/** A member's way in: address, mailed link, confirm. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Work e-mail address').fill(email);
  await page.getByRole('button', { name: 'Mail me a sign-in link' }).click();
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
  const link = page.locator(`details:has-text("${email}") a[href*="/sign-in/confirm"]`).first();
  await expect(async () => {
    await page.goto('/demo/mailbox');
    await expect(link).toHaveCount(1, { timeout: 500 });
  }).toPass({ timeout: 10_000 });
  await page.goto((await link.getAttribute('href')) ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/console$/);
}
