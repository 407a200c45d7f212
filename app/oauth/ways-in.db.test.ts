import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#lib/browser/index.ts';
import { pasteFaults, withdrawInvitation } from '#lib/consent/index.ts';
import { inTenant } from '#lib/db/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { newToken } from '#lib/kernel/ids.ts';
import { consentByRobot } from '#lib/simulator/testing/consent-robot.ts';
import type { RegistrationView } from '#lib/tenancy/index.ts';
import { tablesWith } from '#lib/testing/canaries.ts';
import { hostileTargets } from '#lib/testing/hostile.ts';
import { type Asked, anInvitation, eventsOf, leave, opened } from '#lib/testing/journey.ts';
import { tokenCalls } from '#lib/testing/provider.ts';
import { again, aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { GET as go, POST as leaveNow } from '../connect/[token]/go/route.tsx';
import { POST as paste, GET as pastePage } from '../connect/[token]/paste/route.tsx';
import { GET as result } from '../connect/[token]/result/route.tsx';
import { POST as goOn, GET as welcome } from '../connect/[token]/route.tsx';
import { GET as callback, HEAD as head, POST as posted } from './[provider]/[registration]/callback/route.ts';
import { GET as ended } from './ended/route.ts';

/** E-4 and E-1 on both ways in: the callback, and the address a customer brings by hand. */

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

const base = 'http://localhost:3999';
const vendorUri = 'https://vendor.example/exact/return.aspx?app=7';
const browser = 'the-browser-that-left';
const cookieOf = (secret: string | null): Record<string, string> =>
  secret === null ? {} : { cookie: `__Host-waxseal-browser=${secret}` };
const routeOf = (token: string) => ({ params: Promise.resolve({ token }) });

type Traveller = { asked: Asked; registration: RegistrationView; browser?: string | null };
type WayIn = {
  name: 'callback' | 'paste';
  redirectUri: string | null;
  come(who: Traveller, query: string): Promise<Response>;
};

const byCallback: WayIn = {
  name: 'callback',
  redirectUri: null,
  come: ({ registration, browser: secret = browser }, query) =>
    callback(new Request(`${registration.redirectUri}${query}`, { headers: cookieOf(secret) }), {
      params: Promise.resolve({ provider: 'exact-online', registration: registration.id }),
    }),
};

const postPaste = (token: string, fields: Record<string, string>, headers: Record<string, string>) =>
  paste(
    new Request(`${base}/connect/${token}/paste`, { method: 'POST', body: new URLSearchParams(fields), headers }),
    routeOf(token),
  );

const byPaste: WayIn = {
  name: 'paste',
  redirectUri: vendorUri,
  come: ({ asked, browser: secret = browser }, query) =>
    postPaste(
      asked.token,
      { csrf: formToken(asked.token), lang: 'en', address: `${vendorUri}${query.replace('?', '&')}` },
      { ...cookieOf(secret), origin: base, 'sec-fetch-site': 'same-origin' },
    ),
};

const ways = [byCallback, byPaste];

/** A customer who has left for the provider, and what is on the way back: the end of the address, as it is sent. */
async function aTraveller(way: WayIn) {
  const redirect = way.redirectUri === null ? {} : { redirect_uri: way.redirectUri };
  const registration = await aRegistration(ctx, redirect);
  const asked = await anInvitation(ctx, registration, { customer: { name: 'Reiziger', locale: 'en' } });
  const { authorizeUrl, state } = await leave(asked, browser);
  return { asked, registration, authorizeUrl, state };
}
const answerOf = async (authorizeUrl: string, registration: RegistrationView) => {
  const location = await consentByRobot({ authorizeUrl, user: 'j.jansen' });
  return location.slice(registration.redirectUri.length).replace(/^&/, '?');
};

const plain = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#x27;', "'")
    .replaceAll('\u00a0', ' ')
    .trim();

/** What the reader sees in the end: the sentence of an alert, or else the heading. `bytes` is all that was sent to them. */
async function shown(first: Response): Promise<{ says: string; status: number; bytes: string }> {
  let response = first;
  let bytes = '';
  for (let hops = 0; hops < 5; hops += 1) {
    bytes += [...response.headers].join('\n');
    const location = response.headers.get('location');
    if (response.status !== 303 || location === null) break;
    expect(location).toMatch(/^\/(?:connect|oauth)\//);
    const request = new Request(`${base}${location}`, { headers: cookieOf(browser) });
    const [, token = '', page = ''] = /^\/connect\/([^/?]+)\/?(\w*)/.exec(location) ?? [];
    const pages = { result, paste: pastePage, go, '': welcome } as Record<string, typeof result>;
    response = location.startsWith('/oauth/ended')
      ? await ended(request, undefined)
      : await (pages[page] as typeof result)(request, routeOf(token));
  }
  const html = await response.text();
  const alert = /role="alert".*?<\/svg>(.*?)<\/section>/s.exec(html)?.[1];
  const says = plain(alert ?? /<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? '');
  return { says, status: response.status, bytes: bytes + html };
}

const unknown = 'This link does not work';
const odd = 'That answer made no sense to us';
const incomplete =
  'The address is right, but its end is missing. Copy it as a whole, also the part after the question mark.';
const foreign =
  'That address belongs to another request, or it is an old one. Go to Exact Online from here once more, and paste the address that follows.';
const tooLong = 'That is far too much text. Copy only the address of the page where you landed.';
const elsewhere = 'You started somewhere else';
const stale = 'Please open this page once more';
const sealed = 'Is this the right account?';

type Trip = { state: string; good: string; otherState: string };
type Row = [title: string, query: (trip: Trip) => string, callback: string, paste: string, browser?: string | null];

const rows: Row[] = [
  ['nothing', () => '', unknown, incomplete],
  ['no state', () => '?code=CANARY', unknown, incomplete],
  ['empty state', () => '?code=CANARY&state=', unknown, foreign],
  ['a state nobody made', () => `?code=CANARY&state=${newToken('state', ctx.partnerId)}`, unknown, foreign],
  ['a state of another kind', () => `?code=CANARY&state=${newToken('invitation', ctx.partnerId)}`, unknown, foreign],
  ['two states', ({ good, state }) => `${good}&state=${state}`, unknown, foreign],
  ['the state of another tenant', ({ otherState }) => `?code=CANARY&state=${otherState}`, unknown, foreign],
  ['two codes', ({ good }) => `${good}&code=CANARY`, odd, incomplete],
  ['code and error', ({ good }) => `${good}&error=access_denied`, odd, incomplete],
  ['an empty code', ({ state }) => `?code=&state=${state}`, odd, incomplete],
  ['an empty error', ({ state }) => `?error=&state=${state}`, odd, incomplete],
  ['two errors', ({ state }) => `?error=access_denied&error=x&state=${state}`, odd, incomplete],
  ['a code of 64 kB', ({ state }) => `?code=${'C'.repeat(65_536)}&state=${state}`, odd, tooLong],
  ['a code of 5 kB', ({ state }) => `?code=${'C'.repeat(5000)}&state=${state}`, odd, incomplete],
  ['a code that is not UTF-8', ({ state }) => `?code=%ff%fe%c3%28&state=${state}`, odd, incomplete],
  ['a code with a null byte', ({ state }) => `?code=CANARY%00&state=${state}`, odd, incomplete],
  ['a code with a line break', ({ state }) => `?code=CANARY%0d%0aX-Evil:1&state=${state}`, odd, incomplete],
  ['another issuer', ({ good }) => `${good}&iss=https%3A%2F%2Fevil.example`, odd, incomplete],
  ['two issuers', ({ good }) => `${good}&iss=a&iss=b`, odd, incomplete],
  ['all of it in the fragment', ({ good }) => `#${good.slice(1)}`, unknown, incomplete],
  ['another browser', ({ good }) => good, elsewhere, elsewhere, 'another'],
  ['no cookie', ({ good }) => good, elsewhere, elsewhere, null],
];

describe.each(ways)('E-4 by $name', (way) => {
  test('each odd answer is told in its own words, spends nothing, and the good one still works afterwards, once', async () => {
    const { asked, registration, authorizeUrl, state } = await aTraveller(way);
    const stranger = await aPartner({ name: 'Other' });
    const { state: otherState } = await leave(await anInvitation(stranger, await aRegistration(stranger)), browser);
    const good = await answerOf(authorizeUrl, registration);
    const code = new URLSearchParams(good).get('code') ?? '';
    expect(good).toContain('%21');
    for (const [title, query, atCallback, atPaste, secret] of rows) {
      const who = { asked, registration, ...(secret === undefined ? {} : { browser: secret }) };
      const { says, bytes } = await shown(await way.come(who, query({ state, good, otherState })));
      expect([title, says]).toEqual([title, way.name === 'paste' ? atPaste : atCallback]);
      expect([title, bytes.includes('CANARY'), bytes.includes(code), bytes.includes(state)]).toEqual([
        title,
        ...[false, false, false],
      ]);
      expect([title, await tokenCalls(registration)]).toEqual([title, []]);
    }
    const first = await shown(await way.come({ asked, registration }, good));
    expect(first.says).toBe(sealed);
    // Replayed: by the same browser the same again, by another one nothing; the provider is asked once.
    expect((await shown(await way.come({ asked, registration }, good))).says).toBe(sealed);
    expect((await shown(await way.come({ asked, registration, browser: 'x' }, good))).says).toBe(elsewhere);
    expect((await tokenCalls(registration)).map(({ status }) => status)).toEqual([200]);
    expect(first.bytes.includes(code)).toBe(false);
    expect(await tablesWith(house.admin, [code, state])).toEqual([]);
  });

  test('eight at the same moment: one exchange, and all see what came of it', async () => {
    const { asked, registration, authorizeUrl } = await aTraveller(way);
    const good = await answerOf(authorizeUrl, registration);
    const all = await Promise.all(Array.from({ length: 8 }, () => way.come({ asked, registration }, good)));
    expect(new Set((await Promise.all(all.map(shown))).map(({ says }) => says))).toEqual(new Set([sealed]));
    expect(await tokenCalls(registration)).toHaveLength(1);
  });

  test('after the link was withdrawn, and after the 15 minutes: nothing is spent', async () => {
    const one = await aTraveller(way);
    const good = await answerOf(one.authorizeUrl, one.registration);
    await withdrawInvitation(ctx, one.asked.id);
    expect((await shown(await way.come(one, good))).says).toBe('This link is no longer in use');
    expect(await tokenCalls(one.registration)).toEqual([]);
    const two = await aTraveller(way);
    const late = await answerOf(two.authorizeUrl, two.registration);
    ctx = await later(ctx, 15 * 60);
    expect((await shown(await way.come(two, late))).says).toBe('This page was open for too long');
    expect(await tokenCalls(two.registration)).toEqual([]);
  });

  test('after the three minutes of the code: said so, with one press to start again (T3)', async () => {
    const { asked, registration, authorizeUrl } = await aTraveller(way);
    const good = await answerOf(authorizeUrl, registration);
    ctx = await later(ctx, 180);
    const { says, bytes } = await shown(await way.come({ asked, registration }, good));
    expect(says).toBe('That took a little too long');
    expect(bytes).toContain(`action="/connect/${asked.token}"`);
    expect((await tokenCalls(registration)).map(({ rule }) => rule)).toEqual(['T3']);
  });

  test('a code of double encoding is decoded once: refused by the provider, and not sealed', async () => {
    const { asked, registration, authorizeUrl } = await aTraveller(way);
    const good = await answerOf(authorizeUrl, registration);
    const { says } = await shown(await way.come({ asked, registration }, good.replace('%21', '%2521')));
    expect(says).toBe('Exact Online did not complete the connection');
    expect((await tokenCalls(registration)).map(({ rule }) => rule)).toEqual(['T5']);
  });

  const denied = 'You did not give permission';
  const notReady = 'Waxseal is not ready for you yet';
  const refused = 'Exact Online did not complete the connection';
  test.each([
    ['access_denied', denied, 'access_denied'],
    ['unauthorized_client', notReady, 'unauthorized_client'],
    ['invalid_client', notReady, 'invalid_client'],
    ['invalid_request', notReady, 'invalid_request'],
    ['unsupported_response_type', notReady, 'unsupported_response_type'],
    ['invalid_scope', notReady, 'invalid_scope'],
    ['server_error', refused, 'other'],
    ['temporarily_unavailable', refused, 'other'],
    ['login_required', refused, 'other'],
    ['consent_required', refused, 'other'],
    ['ACCESS_DENIED', refused, 'other'],
    ['access_denied ', refused, 'other'],
    ['CANARY<script>alert(1)</script>', refused, 'other'],
    ['{{7*7}}CANARY', refused, 'other'],
    [`CANARY${'x'.repeat(8000)}`, refused, 'other'],
  ])('B-1: error %# has a page and a code of the closed list, and reflects nothing', async (error, page, code) => {
    const { asked, registration, state } = await aTraveller(way);
    const query = new URLSearchParams({
      error,
      state,
      error_description: 'CANARY <b>x</b>',
      error_uri: 'https://CANARY',
    });
    const { says, bytes } = await shown(await way.come({ asked, registration }, `?${query}`));
    expect([says, bytes.includes('CANARY')]).toEqual([page, false]);
    const [trip] = await inTenant(ctx.partnerId, (tx) =>
      tx.authorizationRequest.findMany({ where: { partnerId: ctx.partnerId, invitationId: asked.id } }),
    );
    expect(trip?.outcomeDetail).toEqual({ error: code });
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await opened(asked)).state).toBe('open');
    expect(JSON.stringify(await eventsOf(ctx))).not.toContain('CANARY');
  });
});

describe('the callback by another method', () => {
  test('HEAD and POST are refused with 405, and spend nothing', async () => {
    const { asked, registration, authorizeUrl } = await aTraveller(byCallback);
    const good = await answerOf(authorizeUrl, registration);
    expect([head().status, head().headers.get('allow')]).toEqual([405, 'GET']);
    const answer = await posted(
      new Request(registration.redirectUri, {
        method: 'POST',
        body: new URLSearchParams(good),
        headers: cookieOf(browser),
      }),
      undefined,
    );
    expect([answer.headers.get('allow'), answer.headers.get('cache-control')]).toEqual(['GET', 'no-store']);
    expect(await shown(answer)).toMatchObject({ status: 405, says: odd });
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await shown(await byCallback.come({ asked, registration }, good))).says).toBe(sealed);
  });
});

describe('the address that is brought by hand', () => {
  const sentences: Record<string, string> = {
    empty: 'The field was empty.',
    too_long: 'That is far too much text.',
    no_address: 'That is not an address.',
    our_link: 'That is an address of ours.',
    not_there_yet: 'You are still at Exact Online.',
    other_address: 'That is the address of another page.',
    incomplete: 'The address is right, but its end is missing.',
    other_request: 'That address belongs to another request',
  };

  test('every wrong thing people paste has its sentence, is not echoed, and spends nothing', async () => {
    const { asked, registration, authorizeUrl, state } = await aTraveller(byPaste);
    const good = await answerOf(authorizeUrl, registration);
    // The same bookkeeper, in the same browser, for another customer.
    const second = await anInvitation(ctx, registration, { customer: { name: 'Tweede', locale: 'en' } });
    const { authorizeUrl: secondUrl } = await leave(second, browser);
    const theirs = await answerOf(secondUrl, registration);
    const put = async (text: string) =>
      shown(
        await postPaste(asked.token, { csrf: formToken(asked.token), lang: 'en', address: text }, cookieOf(browser)),
      );
    for (const [text, fault] of [
      ['', 'empty'],
      [' \r\n', 'empty'],
      [`${base}/connect/${asked.token}?CANARY`, 'our_link'],
      [authorizeUrl, 'not_there_yet'],
      ['https://start.exactonline.nl/docs/Login.aspx?CANARY', 'not_there_yet'],
      ['https://elsewhere.example/CANARY?code=c&state=s', 'other_address'],
      [vendorUri, 'incomplete'],
      [`${vendorUri}${theirs.replace('?', '&')}`, 'other_request'],
      ['09:41 CANARY Allow Korenaar Connect to use your bookkeeping? Allow Deny', 'no_address'],
      ['CANARY'.repeat(11_000), 'too_long'],
      [`"><script>alert('CANARY')</script>`, 'no_address'],
    ] as const) {
      const { says, bytes } = await put(text);
      expect([text.slice(0, 60), says.slice(0, sentences[fault]?.length)]).toEqual([
        text.slice(0, 60),
        sentences[fault],
      ]);
      expect([text.slice(0, 60), bytes.includes('CANARY'), bytes.includes(state)]).toEqual([
        text.slice(0, 60),
        false,
        false,
      ]);
      expect(bytes).not.toMatch(/name="address"[^>]* value=/);
      expect(await tokenCalls(registration)).toEqual([]);
    }
    expect((await opened(second)).standing).toBeNull();
    // The same twice: the second time shows what came of the first.
    const address = `${vendorUri}${good.replace('?', '&')}`;
    expect((await put(`<${address}>\r\n`)).says).toBe(sealed);
    expect((await put(good)).says).toBe(sealed);
    expect(await tokenCalls(registration)).toHaveLength(1);
    // What belonged to the other customer still works where it belongs.
    const atHome = await byPaste.come({ asked: second, registration }, theirs);
    expect((await shown(atHome)).says).toBe(sealed);
  });

  test('is taken from our own page only, and from no address bar', async () => {
    const { asked, registration, authorizeUrl } = await aTraveller(byPaste);
    const good = await answerOf(authorizeUrl, registration);
    const address = `${vendorUri}${good.replace('?', '&')}`;
    const fields = { csrf: formToken(asked.token), address };
    for (const [sent, headers] of [
      [{ address }, {}],
      [{ ...fields, csrf: formToken('wxi_other') }, {}],
      [fields, { 'sec-fetch-site': 'cross-site' }],
      [fields, { 'sec-fetch-site': 'same-site' }],
      [fields, { origin: 'https://vendor.example' }],
      [fields, { origin: 'null' }],
    ] as [Record<string, string>, Record<string, string>][])
      expect((await shown(await postPaste(asked.token, sent, { ...cookieOf(browser), ...headers }))).says).toBe(stale);
    for (const method of ['GET', 'HEAD']) {
      const url = `${base}/connect/${asked.token}/paste${good}&address=${encodeURIComponent(address)}`;
      const { says, bytes } = await shown(
        await pastePage(new Request(url, { method, headers: cookieOf(browser) }), routeOf(asked.token)),
      );
      expect(says).toBe('Paste the address you copied');
      expect(bytes).not.toContain(new URLSearchParams(good).get('code'));
    }
    expect(await tokenCalls(registration)).toEqual([]);
  });

  test('has a page that says what was wrong in words of a closed list', async () => {
    const { asked } = await aTraveller(byPaste);
    const page = async (query: string) =>
      shown(await pastePage(new Request(`${base}/connect/${asked.token}/paste${query}`), routeOf(asked.token)));
    expect(Object.keys(sentences).sort()).toEqual([...pasteFaults].sort());
    for (const fault of pasteFaults) expect((await page(`?wrong=${fault}&lang=en`)).says).toContain(sentences[fault]);
    for (const wrong of ['x', '__proto__', 'constructor', '<b>CANARY</b>', 'empty ', '']) {
      const { says, bytes } = await page(`?wrong=${encodeURIComponent(wrong)}&lang=en`);
      expect([wrong, says, bytes.includes('CANARY<')]).toEqual([wrong, 'Paste the address you copied', false]);
    }
  });

  test('is for registrations that lead elsewhere, while somebody may still come back', async () => {
    const at = async ({ token }: Asked) =>
      shown(await pastePage(new Request(`${base}/connect/${token}/paste?lang=en`), routeOf(token)));
    const ours = await aTraveller(byCallback);
    expect((await at(ours.asked)).says).toContain('asks you to connect');
    const answer = await postPaste(
      ours.asked.token,
      { csrf: formToken(ours.asked.token), address: `${ours.registration.redirectUri}?code=c&state=${ours.state}` },
      cookieOf(browser),
    );
    expect(answer.headers.get('location')).toBe(`/connect/${ours.asked.token}`);
    expect(await tokenCalls(ours.registration)).toEqual([]);
    const registration = await aRegistration(ctx, { redirect_uri: vendorUri });
    const brief = await anInvitation(ctx, registration, { expires_in: 60 });
    await leave(brief, browser);
    const left = await anInvitation(ctx, registration, { expires_in: 60 });
    ctx = await later(ctx, 61);
    expect((await at(brief)).says).toBe('Paste the address you copied');
    expect((await at(left)).says).toBe('This link has expired');
    await withdrawInvitation(ctx, brief.id);
    expect((await at(brief)).says).toBe('This link is no longer in use');
    const used = await aTraveller(byPaste);
    const taken = await answerOf(used.authorizeUrl, used.registration);
    expect((await shown(await byPaste.come(used, taken))).says).toBe(sealed);
    expect((await at(used.asked)).says).toBe(sealed);
    expect((await at({ ...brief, token: newToken('invitation', ctx.partnerId) })).says).toBe(unknown);
  });
});

describe('before they leave', () => {
  const leavingPage = async ({ token }: Asked, host = 'localhost:3999') =>
    go(new Request(`${base}/connect/${token}/go?lang=en`, { headers: { host } }), routeOf(token));

  test('they are told where they will land, and Exact opens beside the page that takes the address', async () => {
    const { asked } = await aTraveller(byPaste);
    const html = await (await leavingPage(asked)).text();
    expect(plain(html)).toContain('you land on a page of vendor.example.');
    expect(html).toContain(`<form rel="noopener" action="/connect/${asked.token}/go" method="post" target="_blank">`);
    expect(html).toContain(`href="/connect/${asked.token}/paste?lang=en"`);
    const ours = await (await leavingPage((await aTraveller(byCallback)).asked)).text();
    expect(ours).not.toMatch(/target=|\/paste/);
  });

  test('nobody leaves for a page that is not ours who was not told so', async () => {
    const { asked } = await aTraveller(byPaste);
    const press = async (more: Record<string, string>) => {
      const body = new URLSearchParams({ csrf: formToken(asked.token), lang: 'nl', ...more });
      const url = `${base}/connect/${asked.token}/go`;
      return (await leaveNow(new Request(url, { method: 'POST', body }), routeOf(asked.token))).headers.get('location');
    };
    expect(await press({})).toBe(`/connect/${asked.token}/go?lang=nl`);
    expect(await press({ by_hand: '1' })).toMatch(/\/api\/oauth2\/auth\?/);
  });

  test('nobody is sent to the host of a redirect URL that is not ours, whatever host they came by', async () => {
    const { asked } = await aTraveller(byPaste);
    for (const host of ['localhost:3999', 'evil.example', 'vendor.example'])
      expect((await leavingPage(asked, host)).status).toBe(200);
    const ours = await leavingPage((await aTraveller(byCallback)).asked, 'evil.example');
    expect(ours.headers.get('location')).toMatch(/^http:\/\/localhost:3999\/connect\//);
  });
});

describe('E-1: where anything of ours sends people', () => {
  const names = [
    'return',
    'return_to',
    'next',
    'to',
    'url',
    'redirect',
    'redirect_uri',
    'back',
    'continue',
    'callbackUrl',
    'hop',
    'lang',
    'trip',
    'ended',
    'wrong',
  ];

  test('no parameter leads off the list, given once or twice, by page or by form', async () => {
    const { asked, state } = await aTraveller(byPaste);
    const { asked: ours, registration } = await aTraveller(byCallback);
    const locations: string[] = [];
    const note = async (answer: Response) => {
      const location = answer.headers.get('location');
      if (location !== null) locations.push(location);
      expect([200, 303, 400, 403, 404]).toContain(answer.status);
      const html = await answer.text();
      expect(html).not.toMatch(/(?:href|action|src)="(?:[^"/?#]*evil|\/\/|\/\\|javascript:|data:)/i);
      expect(html).not.toContain('http-equiv');
    };
    for (const target of hostileTargets) {
      const query = new URLSearchParams(
        names.flatMap((name) => [
          [name, target],
          [name, target],
        ]),
      );
      for (const { token } of [asked, ours]) {
        const at = (page: string) => new Request(`${base}/connect/${token}${page}?${query}`);
        await note(await welcome(at(''), routeOf(token)));
        await note(await go(at('/go'), routeOf(token)));
        await note(await result(at('/result'), routeOf(token)));
        await note(await pastePage(at('/paste'), routeOf(token)));
        const body = () => new URLSearchParams([...query, ['csrf', formToken(token)], ['address', target]]);
        const post = (page: string) =>
          new Request(`${base}/connect/${token}${page}?${query}`, { method: 'POST', body: body() });
        if (target.length < 1000) {
          await note(await goOn(post(''), routeOf(token)));
          await note(await paste(post('/paste'), routeOf(token)));
        }
      }
      query.append('state', state);
      await note(await byCallback.come({ asked: ours, registration }, `?${query}`));
      await note(
        await ended(new Request(`${base}/oauth/ended?${query}&partner=${encodeURIComponent(target)}`), undefined),
      );
    }
    expect(locations.length).toBeGreaterThan(hostileTargets.length);
    for (const location of locations) {
      expect(location).toMatch(/^\/(?:connect|oauth)\/[\w?]/);
      expect(new URL(location, base).origin).toBe(base);
    }
  });
});

describe('a partner with a host of its own', () => {
  test('has its links, redirect URLs, forms and cookies there', async () => {
    const partner = await aPartner({ name: 'Own Host' });
    await house.admin.query("UPDATE partner SET host = 'link.own.example' WHERE partner_id = $1", [partner.partnerId]);
    const own = 'https://link.own.example';
    const registration = await aRegistration(await again(partner));
    expect(registration.redirectUri).toBe(`${own}/oauth/exact-online/${registration.id}/callback`);
    const asked = await anInvitation(partner, registration);
    const { partner: view } = await opened(asked);
    expect(view.home).toBe(own);
    // Entered at ours: on to the host that will receive the callback, where the cookie has to be.
    const hop = await go(
      new Request(`${base}/connect/${asked.token}/go`, { headers: { host: 'localhost:3999' } }),
      routeOf(asked.token),
    );
    expect(hop.headers.get('location')).toBe(`${own}/connect/${asked.token}/go?hop=1`);
    const press = (origin: string) =>
      goOn(
        new Request(`${own}/connect/${asked.token}`, {
          method: 'POST',
          body: new URLSearchParams({ csrf: formToken(asked.token) }),
          headers: { origin, host: 'link.own.example' },
        }),
        routeOf(asked.token),
      );
    expect((await press(own)).status).toBe(303);
    expect((await press('https://link.own.example.evil.example')).status).toBe(400);
    const stranger = await anInvitation(ctx, await aRegistration(ctx));
    const foreignForm = await goOn(
      new Request(`${base}/connect/${stranger.token}`, {
        method: 'POST',
        body: new URLSearchParams({ csrf: formToken(stranger.token) }),
        headers: { origin: own },
      }),
      routeOf(stranger.token),
    );
    expect(foreignForm.status).toBe(400);
  });
});
