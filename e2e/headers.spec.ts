import { globSync } from 'node:fs';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { apiOf, atExact, baseUrl, connect, demo, simulatorUrl } from './support/product.ts';
import { posted, type Wired, wired } from './support/wire.ts';

/** Every address a customer's browser may ask for, every answer it may get, and what B-2 and design §8 want on each. */

type Kind = 'page' | 'leaving' | 'nothing' | 'script';
type Links = {
  open: string;
  used: string;
  result: string;
  access: string;
  cookie: string;
  unsaid: { path: string; cookie: string };
  csrf: (of: string) => Promise<string>;
};
type Asked = [about: string, kind: Kind, status: number, ask: (links: Links) => Promise<Wired>];

let links: Links;
const callback = () => `/oauth/exact-online/${demo().clientRegistrationId}/callback`;
const get = (path: string, headers: Record<string, string> = {}) => wired(path, { headers });
const csrfOf = async (path: string) => /name="csrf" value="([^"]+)"/.exec((await get(path)).body)?.[1] ?? '';
const large = 'x'.repeat(20_000);

const aReport = JSON.stringify({ 'csp-report': { 'effective-directive': 'img-src', 'blocked-uri': 'data' } });
const reported = (body: string, headers: Record<string, string> = {}) =>
  wired('/browser-reports', {
    method: 'POST',
    headers: { 'content-type': 'application/csp-report', ...headers },
    body,
  });

/** A row for each route: one without is refused below. */
const table: Record<string, Asked[]> = {
  'app/connect/[token]/route.tsx': [
    ['an open link', 'page', 200, ({ open }) => get(open)],
    ['a used link', 'page', 200, ({ used }) => get(used)],
    ['the lasting page', 'page', 200, ({ access }) => get(access)],
    ['an unknown link', 'page', 404, () => get('/connect/wxi_nope')],
    ['HEAD', 'page', 200, ({ open }) => wired(open, { method: 'HEAD' })],
    ['Continue', 'nothing', 303, async ({ open, csrf }) => posted(open, { csrf: await csrf(open) })],
    ['a form without its token', 'page', 400, ({ open }) => posted(open, {})],
    ['a form that is too large', 'page', 400, ({ open }) => posted(open, { large })],
    ['PUT', 'nothing', 405, ({ open }) => wired(open, { method: 'PUT' })],
    ['DELETE', 'nothing', 405, ({ open }) => wired(open, { method: 'DELETE' })],
    ['OPTIONS', 'nothing', 204, ({ open }) => wired(open, { method: 'OPTIONS' })],
    ['TRACE', 'nothing', 405, ({ open }) => wired(open, { method: 'TRACE' })],
    ['a method of other servers', 'nothing', 405, ({ open }) => wired(open, { method: 'PROPFIND' })],
    ['a slash too many', 'nothing', 308, ({ open }) => get(`${open}/`)],
    ['an address that cannot be decoded', 'nothing', 400, () => get('/connect/%zz')],
  ],
  'app/connect/[token]/go/route.tsx': [
    ['before leaving', 'leaving', 200, ({ open }) => get(`${open}/go`)],
    ['of a used link', 'nothing', 303, ({ used }) => get(`${used}/go`)],
    ['leaving', 'nothing', 303, async ({ open, csrf }) => posted(`${open}/go`, { csrf: await csrf(open) })],
    ['a form without its token', 'page', 400, ({ open }) => posted(`${open}/go`, {})],
  ],
  'app/connect/[token]/result/route.tsx': [
    ['what came of it', 'page', 200, ({ result, cookie }) => get(result, { cookie })],
    ['is this right', 'leaving', 200, ({ unsaid }) => get(unsaid.path, { cookie: unsaid.cookie })],
    ['in another browser', 'page', 200, ({ result }) => get(result)],
    ['of no trip', 'nothing', 303, ({ open }) => get(`${open}/result`)],
    ['of a trip that lapsed', 'page', 200, ({ open }) => get(`${open}/result?ended=request_lapsed`)],
    ['of a provider that is closed', 'page', 503, ({ open }) => get(`${open}/result?ended=provider_down`)],
    ['of a no for good that nobody said', 'nothing', 303, ({ open }) => get(`${open}/result?ended=declined`)],
    ['of what nobody kept', 'nothing', 303, ({ used }) => get(`${used}/result?ended=kept`)],
    ['of an odd answer', 'page', 400, ({ open }) => get(`${open}/result?ended=too_large_or_odd`)],
    ['POST', 'nothing', 405, ({ result }) => posted(result, {})],
  ],
  'app/connect/[token]/status/route.ts': [
    ['an open link', 'nothing', 200, ({ open }) => get(`${open}/status`)],
    ['a foreign origin', 'nothing', 200, ({ open }) => get(`${open}/status`, { origin: 'https://evil.example' })],
    ['an unknown link', 'nothing', 200, () => get('/connect/wxi_nope/status')],
    ['POST', 'nothing', 405, ({ open }) => posted(`${open}/status`, {})],
  ],
  'app/connect/[token]/again/route.ts': [
    ['GET', 'nothing', 405, ({ access }) => get(`${access}/again`)],
    ['a form without its token', 'page', 400, ({ access }) => posted(`${access}/again`, {})],
    ['of an unknown link', 'page', 404, () => posted('/connect/wxa_nope/again', {})],
  ],
  'app/connect/[token]/doubt/route.ts': [
    ['GET', 'nothing', 405, ({ used }) => get(`${used}/doubt`)],
    ['a form without its token', 'page', 400, ({ used }) => posted(`${used}/doubt`, {})],
  ],
  'app/connect/[token]/confirm/route.ts': [
    ['GET', 'nothing', 405, ({ used }) => get(`${used}/confirm`)],
    ['a form without its token', 'page', 400, ({ used }) => posted(`${used}/confirm`, {})],
  ],
  'app/connect/[token]/check/route.ts': [
    ['GET', 'nothing', 405, ({ used }) => get(`${used}/check`)],
    ['a form without its token', 'page', 400, ({ used }) => posted(`${used}/check`, {})],
  ],
  'app/connect/[token]/keep/route.ts': [
    ['GET', 'nothing', 405, ({ open }) => get(`${open}/keep`)],
    ['a form without its token', 'page', 400, ({ open }) => posted(`${open}/keep`, {})],
  ],
  'app/connect/[token]/decline/route.ts': [
    ['GET', 'nothing', 405, ({ open }) => get(`${open}/decline`)],
    ['a form without its token', 'page', 400, ({ open }) => posted(`${open}/decline`, {})],
  ],
  'app/connect/[token]/paste/route.tsx': [
    ['of an app that returns here', 'nothing', 303, ({ open }) => get(`${open}/paste`)],
    ['a form without its token', 'page', 400, ({ open }) => posted(`${open}/paste`, {})],
    ['of an unknown link', 'page', 404, () => get('/connect/wxi_nope/paste')],
  ],
  'app/connect/[token]/link/route.tsx': [
    ['GET', 'nothing', 303, ({ open }) => get(`${open}/link`)],
    ['a form without its token', 'page', 400, ({ open }) => posted(`${open}/link`, {})],
    ['of an unknown link', 'page', 404, () => posted('/connect/wxi_nope/link', {})],
  ],
  'app/connect/[token]/stop/route.tsx': [
    ['the page', 'page', 200, ({ open }) => get(`${open}/stop`)],
    ['a form without its token', 'page', 400, ({ open }) => posted(`${open}/stop`, {})],
    ['of an unknown link', 'page', 404, () => get('/connect/wxi_nope/stop')],
  ],
  'app/connect/[token]/withdraw/confirm/route.tsx': [
    ['GET', 'nothing', 405, ({ access }) => get(`${access}/withdraw/confirm`)],
    ['a form without its token', 'page', 400, ({ access }) => posted(`${access}/withdraw/confirm`, {})],
    [
      'are you sure',
      'page',
      200,
      async ({ access, csrf }) => posted(`${access}/withdraw/confirm`, { csrf: await csrf(access) }),
    ],
  ],
  'app/connect/[token]/withdraw/route.tsx': [
    ['GET', 'nothing', 405, ({ access }) => get(`${access}/withdraw`)],
    ['a form without its token', 'page', 400, ({ access }) => posted(`${access}/withdraw`, {})],
  ],
  'app/connect/[[...rest]]/route.ts': [
    ['no link', 'page', 404, () => get('/connect')],
    ['a link twice', 'page', 404, ({ open }) => get(`${open}${open}`)],
    ['POST', 'nothing', 405, () => posted('/connect/a/b/c', {})],
  ],
  'app/oauth/[provider]/[registration]/callback/route.ts': [
    ['nothing', 'nothing', 303, () => get(callback())],
    ['another state', 'nothing', 303, () => get(`${callback()}?state=nope&code=x`)],
    ['two states', 'nothing', 303, () => get(`${callback()}?state=a&state=b&code=x`)],
    ['code and error', 'nothing', 303, () => get(`${callback()}?state=a&code=x&error=access_denied`)],
    ['not UTF-8', 'nothing', 303, () => get(`${callback()}?state=%ff%fe&code=%21`)],
    ['another registration', 'nothing', 303, () => get('/oauth/exact-online/clr_x/callback?state=a&code=b')],
    ['another provider', 'nothing', 303, () => get(`${callback().replace('exact-online', 'other')}?state=a&code=b`)],
    ['HEAD', 'nothing', 405, () => wired(`${callback()}?state=a&code=b`, { method: 'HEAD' })],
    ['POST', 'page', 405, () => posted(callback(), { state: 'a', code: 'b' })],
    ['TRACE', 'nothing', 405, () => wired(`${callback()}?state=a&code=b`, { method: 'TRACE' })],
    ['a registration that cannot be decoded', 'nothing', 400, () => get('/oauth/exact-online/%zz/callback?code=x')],
  ],
  'app/oauth/ended/route.ts': [
    ['no request', 'page', 404, () => get('/oauth/ended?kind=link_unknown')],
    [
      'another browser',
      'page',
      403,
      () => get(`/oauth/ended?kind=other_browser&partner=${demo().partnerId}&trip=arq_${'0'.repeat(24)}`),
    ],
    ['our side', 'page', 503, () => get('/oauth/ended?kind=our_side')],
    ['an odd kind', 'page', 404, () => get('/oauth/ended?kind=%3Cscript%3E&partner=x')],
    ['POST', 'nothing', 405, () => posted('/oauth/ended', {})],
  ],
  'app/oauth/[[...rest]]/route.ts': [
    ['nowhere', 'page', 404, () => get('/oauth')],
    ['nowhere, deep', 'page', 404, () => get('/oauth/a/b/c/d?code=x')],
  ],
  'app/embed/[file]/route.ts': [
    ['the newest', 'script', 200, () => get('/embed/v1.js')],
    ['a fixed version', 'script', 200, () => get('/embed/v1.0.0.js')],
    ['a version that never was', 'nothing', 404, () => get('/embed/v9.9.9.js')],
    ['POST', 'nothing', 405, () => posted('/embed/v1.js', {})],
  ],
  'app/browser-reports/route.ts': [
    ['a report', 'nothing', 204, () => reported(aReport)],
    [
      'from a sandboxed page',
      'nothing',
      204,
      () => reported(aReport, { origin: 'null', 'sec-fetch-site': 'cross-site' }),
    ],
    ['no report', 'nothing', 400, () => reported('{}')],
    ['a report too large', 'nothing', 413, () => reported(large)],
    ['a form', 'nothing', 415, () => posted('/browser-reports', {})],
    ['GET', 'nothing', 405, () => get('/browser-reports')],
    ['TRACE', 'nothing', 405, () => wired('/browser-reports', { method: 'TRACE' })],
  ],
};

const directives = (policy: string) =>
  new Map(
    policy.split('; ').map((each): [string, string[]] => {
      const [name = '', ...values] = each.trim().split(' ');
      return [name, values];
    }),
  );

function expectCommon({ headers, cookies }: Wired, kind: Kind, route: string): void {
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('same-origin');
  expect(headers['cross-origin-opener-policy']).toBe(
    /^app\/(?:embed|browser-reports)\//.test(route) ? 'same-origin' : 'unsafe-none',
  );
  expect(headers['cross-origin-resource-policy']).toBe(kind === 'script' ? 'cross-origin' : 'same-origin');
  if (kind === 'script') expect(headers['cache-control']).toMatch(/^public, max-age=/);
  else expect(headers['cache-control']).toContain('no-store');
  if (baseUrl.startsWith('https:')) expect(headers['strict-transport-security']).toContain('includeSubDomains');
  for (const cookie of cookies)
    expect(cookie).toMatch(/^__Host-[\w-]+=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
}

function expectPolicy({ headers, body }: Wired, kind: Kind): string | null {
  const policy = String(headers['content-security-policy'] ?? '');
  const rules = directives(policy);
  expect(rules.get('default-src')).toEqual(["'none'"]); // objects among them
  expect(policy).not.toMatch(/unsafe-|\*|data:|http:\/\/(?!127\.0\.0\.1|login\.localhost)/);
  // Over https `report-to` beside it, with the header that names it.
  const page = kind === 'page' || kind === 'leaving';
  expect(rules.get('report-uri')).toEqual(page ? ['/browser-reports'] : undefined);
  expect(rules.has('report-to')).toBe(page && baseUrl.startsWith('https:'));
  expect(headers['reporting-endpoints'] !== undefined).toBe(rules.has('report-to'));
  if (kind === 'script') return null;
  expect(rules.get('base-uri') ?? ["'none'"]).toEqual(["'none'"]);
  if (kind === 'nothing') {
    expect([...rules.keys()].filter((name) => name.endsWith('-src'))).toEqual(['default-src']);
    return null;
  }
  expect(rules.get('frame-ancestors')).toEqual(["'none'"]);
  expect(rules.get('script-src')).toBeUndefined();
  const [own, ...elsewhere] = rules.get('form-action') ?? [];
  expect(own).toBe("'self'");
  // Chromium applies it to the whole chain of redirects, so the page that leaves for Exact names more (design §8.4).
  expect(elsewhere.includes('https:') && elsewhere.includes(simulatorUrl)).toBe(kind === 'leaving');
  if (kind === 'page') expect(elsewhere).toEqual([]);
  const nonce = /^'nonce-([A-Za-z0-9+/]{22}==)'$/.exec(rules.get('style-src')?.join(' ') ?? '')?.[1] ?? null;
  expect(nonce).not.toBeNull();
  if (body) expect(body).toContain(`<style nonce="${nonce}">`);
  return nonce;
}

const cookiesOf = async (page: Page) =>
  (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');

/** Somebody who is back from Exact, and has not said yet whether the account is right. */
async function anUnsaidCustomer(browser: Browser) {
  const page = await (await browser.newContext()).newPage();
  await page.goto((await invited(page, 'Headers, unsaid')).url);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Go to Exact Online' }).click();
  await atExact(page, /Lotte Peeters/);
  const { pathname, search } = new URL(page.url());
  return { path: pathname + search, cookie: await cookiesOf(page) };
}

async function aConnectedCustomer(page: Page, url: string) {
  await connect(page, url, /Kees Bakker/);
  const access = (await page.getByRole('main').locator('a[href*="/connect/wxa_"]').first().getAttribute('href')) ?? '';
  const cookie = await cookiesOf(page);
  const { pathname, search } = new URL(page.url());
  return { result: pathname + search, access: access.split('?')[0] ?? '', cookie };
}

async function invited(page: Page, name: string) {
  const asked = { customer: { name, locale: 'en' }, client_registration_id: demo().clientRegistrationId };
  const made = (await (await apiOf(page.request, demo()).post('/invitations', asked)).json()) as {
    url: string;
    connection_id: string;
  };
  return { ...made, path: new URL(made.url).pathname };
}

test.beforeAll(async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  const [open, used] = [await invited(page, 'Headers'), await invited(page, 'Headers, used')];
  const unsaid = await anUnsaidCustomer(browser);
  links = { open: open.path, used: used.path, csrf: csrfOf, unsaid, ...(await aConnectedCustomer(page, used.url)) };
  await page.context().close();
});

test('no route of the customer’s is left out', () => {
  const routes = globSync('app/{connect,oauth,embed,browser-reports}/**/route.{ts,tsx}').sort();
  expect(routes.length).toBeGreaterThan(10);
  expect(Object.keys(table).sort()).toEqual(routes);
});

for (const [route, asked] of Object.entries(table)) {
  test(`headers of ${route.replace(/^app|\/route\.tsx?$/g, '')}`, async () => {
    for (const [about, kind, status, ask] of asked) {
      await test.step(about, async () => {
        const answer = await ask(links);
        expect(answer.status).toBe(status);
        expectCommon(answer, kind, route);
        const nonce = expectPolicy(answer, kind);
        if (nonce) expect(expectPolicy(await ask(links), kind)).not.toBe(nonce);
      });
    }
  });
}

test('the browser’s cookie is ours alone: bound to the host, closed to scripts, secure, lax', async () => {
  const { cookies, headers } = await posted(`${links.open}/go`, { csrf: await csrfOf(links.open) });
  expect(cookies).toHaveLength(1);
  expect(headers.location).toMatch(new RegExp(`^${simulatorUrl}/api/oauth2/auth\\?`));
});

test('pages go compressed to whoever can open them', async () => {
  const { headers, body, bytes } = await get(links.open, { 'accept-encoding': 'gzip' });
  expect(headers['content-encoding']).toBe('gzip');
  expect(body).toContain('<h1');
  expect(bytes).toBeLessThan(10_000);
});
