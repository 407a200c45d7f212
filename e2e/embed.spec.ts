import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BrowserContext, devices, expect, type Page, test } from '@playwright/test';
import { newestVersion } from '../lib/embed/index.ts';
import { apiOf, atExact, baseUrl, connect, demo, goOn, sayYes, signIn, simulatorUrl } from './support/product.ts';

/** The product is on localhost; partners' pages on 127.0.0.1, so they are strangers to each other. */
type Host = { origin: string; close(): void };
type Told = { button: number; type: string; [detail: string]: unknown };
declare global {
  interface Window {
    told: Told[];
  }
}

const policy = [
  "default-src 'none'",
  `script-src 'self' ${baseUrl}`,
  `connect-src ${baseUrl}`,
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const listener = `window.told = [];
document.querySelectorAll('waxseal-connect').forEach((element, button) => {
  for (const type of ['ready', 'opened', 'leaving', 'returned', 'finished', 'closed', 'error'])
    element.addEventListener(type, ({ detail }) => told.push({ button, ...detail }));
});`;

const tag = () => {
  const { version, integrity } = newestVersion();
  return `<script src="${baseUrl}/embed/v${version}.js" integrity="${integrity}" crossorigin="anonymous"></script>`;
};

/** A partner's page under a strict policy: one button per link, everything that is told kept in `told`. */
function pageOf(query: URLSearchParams): string {
  const buttons = query
    .getAll('link')
    .map(
      (link, at) =>
        `<waxseal-connect mode="${query.get('mode') ?? 'popup'}"><a href="${link}">Connect ${at}</a></waxseal-connect>`,
    );
  return `<!doctype html><title>Shop</title>${buttons.join('')}<script src="/host.js"></script>${tag()}`;
}

async function aHost(): Promise<Host> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/host.js') return response.setHeader('content-type', 'text/javascript').end(listener);
    response.setHeader('content-type', 'text/html').setHeader('content-security-policy', policy);
    if (url.searchParams.has('coop')) response.setHeader('cross-origin-opener-policy', 'same-origin');
    return response.end(pageOf(url.searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

let shop: Host;
let stranger: Host;
test.beforeAll(async ({ browser }) => {
  [shop, stranger] = [await aHost(), await aHost()];
  const page = await browser.newPage();
  await signIn(page, demo().memberEmail);
  await page.goto('/console/embed');
  await page.getByLabel('Origin').fill(`${shop.origin}/`);
  await page.getByRole('button', { name: 'Add origin' }).click();
  await expect(page.getByRole('alert').first()).toContainText('Give the origin');
  await page.getByLabel('Origin').fill(shop.origin);
  await page.getByRole('button', { name: 'Add origin' }).click();
  await expect(page.getByRole('paragraph').filter({ hasText: shop.origin })).toBeVisible();
  await page.close();
});
test.afterAll(() => {
  shop.close();
  stranger.close();
});

type Made = { id: string; url: string; connection_id: string };
async function invite(page: Page, name: string, more: { external_id?: string; expect?: object } = {}): Promise<Made> {
  const { external_id, ...asked } = more;
  const answer = await apiOf(page.request, demo()).post('/invitations', {
    ...{ customer: { name, locale: 'en', ...(external_id ? { external_id } : {}) }, ...asked },
    ...{ client_registration_id: demo().clientRegistrationId, channel: 'embed', origin: shop.origin },
    return_url: `${shop.origin}/?back`,
  });
  expect(answer.status()).toBe(201);
  return (await answer.json()) as Made;
}

/** Goes to a partner's page with a button for each of these; a broken policy there fails the test. */
async function visit(page: Page, made: Made[], more: Record<string, string> = {}, host = shop): Promise<void> {
  page.on('console', (message) =>
    expect(message.text()).not.toMatch(/Content Security Policy|integrity|TrustedScript/i),
  );
  page.on('pageerror', (error) => expect(error.message).toBe(''));
  const query = new URLSearchParams(more);
  for (const { url } of made) query.append('link', url);
  await page.goto(`${host.origin}/?${query}`);
}

async function press(page: Page, at = 0): Promise<Page> {
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('link', { name: `Connect ${at}` }).click(),
  ]);
  await popup.waitForLoadState();
  return popup;
}

/** The first two pages of a customer who was just shown the first one. */
async function leave(popup: Page): Promise<void> {
  await popup.getByRole('main').getByRole('button').first().click();
  await popup.waitForURL(/\/go/);
  await popup.getByRole('main').getByRole('button').first().click();
}

const told = (page: Page) => page.evaluate(() => window.told);
const typesOf = async (page: Page, button = 0) =>
  (await told(page)).filter((event) => event.button === button).map(({ type }) => type);
const aPageOf = (context: BrowserContext) => context.newPage();

test('a pop-up, to the end: every event in order, and the page stays where it is', async ({ page }) => {
  const made = await invite(page, 'Popped Up');
  await visit(page, [made]);
  const popup = await press(page);
  expect(popup.url()).toBe(made.url);
  expect(await popup.locator('script').count()).toBe(1);
  await goOn(popup, /Lotte Peeters/);
  await expect.poll(() => typesOf(page)).toEqual(['ready', 'opened', 'leaving', 'returned', 'finished']);
  expect((await told(page)).at(-1)).toEqual({
    ...{ button: 0, type: 'finished', outcome: 'sealed' },
    ...{ invitation_id: made.id, connection_id: made.connection_id },
  });
  expect(new URL(page.url()).origin).toBe(shop.origin);
  await expect(popup.getByRole('link', { name: /^Back to/ })).toHaveCount(0); // the shop stands behind it
});

test('a new tab, declined and then allowed: the refusal is told as one that can be mended', async ({ page }) => {
  const made = await invite(page, 'Second Thoughts in a Tab');
  await visit(page, [made], { mode: 'new-tab' });
  const tab = await press(page);
  await goOn(tab, /Femke Visser/, 'Deny');
  await expect.poll(() => typesOf(page)).toEqual(['ready', 'opened', 'leaving', 'returned', 'error']);
  expect((await told(page)).at(-1)).toMatchObject({ code: 'denied', stage: 'returned', recoverable: true });
  await connect(tab, made.url, /Femke Visser/);
  await expect
    .poll(() => typesOf(page))
    .toEqual(['ready', 'opened', 'leaving', 'returned', 'error', 'leaving', 'returned', 'finished']);
});

test('a blocked pop-up: the same tab, and it works', async ({ page }) => {
  const made = await invite(page, 'Blocked');
  await page.addInitScript(() => Object.assign(window, { open: () => null }));
  await visit(page, [made]);
  await page.getByRole('link', { name: 'Connect 0' }).click();
  await page.waitForURL(made.url);
  await goOn(page, /Tom Claes/);
  await page.getByRole('link', { name: /^Back to/ }).click();
  await expect(page).toHaveURL(`${shop.origin}/?back`);
});

test('a phone: the same tab', async ({ browser }) => {
  const { defaultBrowserType: _, ...phone } = devices['iPhone 13'];
  const context = await browser.newContext(phone);
  const page = await aPageOf(context);
  const made = await invite(page, 'On the Road');
  await visit(page, [made]);
  await page.getByRole('link', { name: 'Connect 0' }).click();
  await page.waitForURL(made.url);
  expect(context.pages()).toHaveLength(1);
  await context.close();
});

test('without script the button is a link, and the customer gets to the end', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await aPageOf(context);
  const made = await invite(page, 'No Script');
  await page.goto(`${shop.origin}/?link=${encodeURIComponent(made.url)}`);
  await page.getByRole('link', { name: 'Connect 0' }).click();
  await page.waitForURL(made.url);
  await goOn(page, /Lotte Peeters/);
  await context.close();
});

test('closed by the customer: told as a hint after ten seconds, and a press goes on', async ({ page }) => {
  const made = await invite(page, 'Closed Early');
  await visit(page, [made]);
  const popup = await press(page);
  await popup.getByRole('button', { name: 'Continue' }).click();
  await popup.waitForURL(/\/go/);
  const closed = Date.now();
  await popup.close();
  await expect.poll(() => typesOf(page), { timeout: 20_000 }).toEqual(['ready', 'opened', 'closed']);
  expect(Date.now() - closed).toBeGreaterThan(9000);
  expect((await told(page)).at(-1)).toEqual({ button: 0, type: 'closed', stage: 'opened', invitation_id: made.id });
  const again = await press(page);
  await goOn(again, /Femke Visser/);
  await expect.poll(async () => (await typesOf(page)).at(-1)).toBe('finished');
  expect(await typesOf(page)).not.toContain('error');
});

test('the question left open by closing the window: what is sealed is told as the end, not the window', async ({
  page,
}) => {
  const made = await invite(page, 'Closed at the Question');
  await visit(page, [made]);
  const popup = await press(page);
  await leave(popup);
  await atExact(popup, /Lotte Peeters/);
  await expect(popup.getByRole('heading', { level: 1 })).toHaveText('Is this the right account?');
  const way = ['ready', 'opened', 'leaving', 'returned'];
  await expect.poll(() => typesOf(page)).toEqual(way);
  await popup.close();
  await expect.poll(() => typesOf(page), { timeout: 20_000 }).toEqual([...way, 'finished']);
  expect((await told(page)).at(-1)).toEqual({
    ...{ button: 0, type: 'finished', outcome: 'sealed' },
    ...{ invitation_id: made.id, connection_id: made.connection_id },
  });
});

test('the wrong user is told as something to mend, and the end once it is', async ({ page }) => {
  const made = await invite(page, 'Mended', { expect: { exact_user: 'k.bakker' } });
  await visit(page, [made]);
  const popup = await press(page);
  await leave(popup);
  await atExact(popup, /Tom Claes/);
  const way = ['ready', 'opened', 'leaving', 'returned', 'error'];
  await expect.poll(() => typesOf(page)).toEqual(way);
  expect((await told(page)).at(-1)).toMatchObject({ code: 'wrong_user', stage: 'returned', recoverable: true });
  await popup.getByRole('button', { name: 'Sign in as another user' }).click();
  await popup.waitForURL(/force_login=1/);
  await atExact(popup, /Kees Bakker/);
  await sayYes(popup);
  await expect.poll(() => typesOf(page)).toEqual([...way, 'leaving', 'returned', 'finished']);
  expect((await told(page)).at(-1)).toMatchObject({ outcome: 'sealed' });
});

test('stopped before leaving, by an Exact Online that is closed: told, and the way goes on', async ({ page }) => {
  const made = await invite(page, 'Closed House');
  const maintenance = (value: string) =>
    page.request.post(`${simulatorUrl}/__control/switches`, { data: { maintenance: value } });
  await visit(page, [made]);
  const popup = await press(page);
  await maintenance('now');
  try {
    await page.waitForTimeout(5_500); // what was found open before counts for five seconds
    await leave(popup);
    const way = ['ready', 'opened', 'leaving', 'error'];
    await expect.poll(() => typesOf(page)).toEqual(way);
    expect((await told(page)).at(-1)).toMatchObject({ code: 'provider_down', stage: 'leaving', recoverable: true });
  } finally {
    await maintenance('off');
  }
  await expect(async () => {
    await popup.goto(made.url);
    await leave(popup);
    await popup.waitForURL(/\/api\/oauth2\/auth/, { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await atExact(popup, /Tom Claes/);
  await sayYes(popup);
  await expect.poll(async () => (await typesOf(page)).slice(-3)).toEqual(['leaving', 'returned', 'finished']);
});

test('no for good is the end', async ({ page }) => {
  const made = await invite(page, 'Declined for Good');
  await visit(page, [made]);
  const popup = await press(page);
  await goOn(popup, /Femke Visser/, 'Deny');
  await popup.locator('form[action$="/decline"] button').click();
  const way = ['ready', 'opened', 'leaving', 'returned', 'error', 'finished'];
  await expect.poll(() => typesOf(page)).toEqual(way);
  expect((await told(page)).at(-1)).toMatchObject({ outcome: 'declined', connection_id: made.connection_id });
});

test('what is linked already is kept: the end, without having left', async ({ page }) => {
  const external_id = 'kept-by-the-button';
  const before = await invite(page, 'Kept', { external_id });
  await connect(page, before.url, /Tom Claes/);
  const made = await invite(page, 'Kept', { external_id });
  await visit(page, [made]);
  const popup = await press(page);
  await popup.getByRole('button', { name: 'Continue' }).click();
  await popup.getByRole('button', { name: 'Keep what is there' }).click();
  await expect.poll(() => typesOf(page)).toEqual(['ready', 'opened', 'finished']);
  expect((await told(page)).at(-1)).toMatchObject({ outcome: 'kept', connection_id: before.connection_id });
});

test('a page that cuts off what it opens (COOP) hears the end by status', async ({ page }) => {
  const made = await invite(page, 'Cut Off');
  await visit(page, [made], { coop: '1' });
  const popup = await press(page);
  expect(await popup.evaluate(() => window.opener)).toBeNull();
  await goOn(popup, /Tom Claes/);
  await expect
    .poll(async () => (await told(page)).at(-1), { timeout: 10_000 })
    .toMatchObject({
      ...{ type: 'finished', outcome: 'sealed', invitation_id: made.id, connection_id: made.connection_id },
    });
  expect(await typesOf(page)).not.toContain('error');
});

test('two buttons at once hear their own', async ({ page }) => {
  const made = [await invite(page, 'First of Two'), await invite(page, 'Second of Two')];
  await visit(page, made);
  const first = await press(page, 0);
  const second = await press(page, 1);
  await goOn(second, /Lotte Peeters/);
  await expect.poll(async () => (await typesOf(page, 1)).at(-1)).toBe('finished');
  expect(await typesOf(page, 0)).toEqual(['ready', 'opened']);
  await goOn(first, /Femke Visser/);
  await expect.poll(async () => (await typesOf(page, 0)).at(-1)).toBe('finished');
  const ends = (await told(page)).filter(({ type }) => type === 'finished');
  expect(ends.map(({ button, connection_id }) => [button, connection_id])).toEqual([
    [1, made[1]?.connection_id],
    [0, made[0]?.connection_id],
  ]);
});

test('what others say is not heard: another origin in the opened window, and another window', async ({ page }) => {
  const made = await invite(page, 'Forged');
  await visit(page, [made]);
  const popup = await press(page);
  const forged = {
    invitation_id: made.id,
    step: 1_000_000,
    type: 'finished',
    outcome: 'sealed',
    connection_id: 'con_x',
  };
  await popup.evaluate((away) => location.assign(away), stranger.origin); // as a link would: the opener stays
  await popup.waitForURL(`${stranger.origin}/`);
  expect(await popup.evaluate(() => window.opener !== null)).toBe(true);
  await popup.evaluate((news) => window.opener.postMessage({ waxseal: news }, '*'), forged);
  await page.evaluate((news) => window.postMessage({ waxseal: news }, '*'), forged);
  await page.waitForTimeout(2500); // and two looks at the status
  expect(await typesOf(page)).toEqual(['ready', 'opened']);
});

test('a page of an origin that is not registered is told nothing, by message or by status', async ({ page }) => {
  const made = await invite(page, 'Elsewhere');
  const errors: string[] = [];
  page.on('requestfailed', (request) => errors.push(new URL(request.url()).pathname));
  await page.goto(`${stranger.origin}/?link=${encodeURIComponent(made.url)}`);
  const popup = await press(page);
  await goOn(popup, /Tom Claes/);
  await page.waitForTimeout(1500);
  expect((await typesOf(page)).filter((type) => type !== 'error')).toEqual(['ready', 'opened']);
  expect((await told(page)).filter(({ type }) => type === 'error').every(({ code }) => code === 'unreachable')).toBe(
    true,
  );
  expect(errors).toContain(`${new URL(made.url).pathname}/status`);
});

test('the playground shows what a page is told, in the reader’s sandbox', async ({ page }) => {
  await page.goto('/docs/embed');
  await expect(page.getByRole('button', { name: 'Make an invitation' })).toHaveCount(0);
  await signIn(page, demo().memberEmail);
  const broken: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && broken.push(message.text()));
  await page.goto('/docs/embed');
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  const open = async (name: string) => {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name }).click()]);
    return popup;
  };
  const first = await open('Connect Exact Online');
  await first.waitForLoadState();
  await first.close();
  const hint = page.getByRole('status').filter({ hasText: 'Did the window close?' });
  await expect(hint).toBeVisible({ timeout: 20_000 });
  const popup = await open('Continue here');
  await expect(hint).toHaveCount(0);
  await goOn(popup, /Lotte Peeters/);
  const log = page.getByRole('log');
  for (const type of ['opened', 'leaving', 'returned', 'finished']) await expect(log).toContainText(type);
  expect(broken).toEqual([]);
});
