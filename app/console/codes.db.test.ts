import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { formToken } from '#lib/browser/index.ts';
import { createInvitation, withdrawInvitation } from '#lib/consent/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { readLimited } from '#lib/kernel/body.ts';
import { idsOfCode } from '#lib/kernel/code.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { log } from '#lib/log/index.ts';
import { call } from '#lib/testing/api.ts';
import { jar } from '#lib/testing/jar.ts';
import { type Asked, anInvitation, decide, leave } from '#lib/testing/journey.ts';
import { signedInMember } from '#lib/testing/member.ts';
import { again, anApiKey, aPartner, aRegistration, blocked, later, type World, world } from '#lib/testing/world.ts';
import { guarded } from '../connect/_pages/guard.ts';
import { POST as paste } from '../connect/[token]/paste/route.tsx';
import { GET as result } from '../connect/[token]/result/route.tsx';
import { POST as goOn, GET as welcome } from '../connect/[token]/route.tsx';
import { GET as callback } from '../oauth/[provider]/[registration]/callback/route.ts';
import { GET as ended } from '../oauth/ended/route.ts';
import Connection from './connections/[id]/page.tsx';
import Connections from './page.tsx';

vi.mock('next/headers', async () => ({ cookies: (await import('#lib/testing/jar.ts')).cookiesOfJar }));
vi.mock('next/navigation', () => ({ redirect: () => {}, notFound: () => {}, useRouter: () => ({}) }));

/** A code that a customer reads out is found by the partner's staff, and by nobody else's. */

let house: World;
beforeAll(async () => {
  house = await world();
});
beforeEach(() => jar.clear());
afterAll(() => house.close());

const base = 'http://localhost:3999';
const browser = 'the-browser-that-left';
const cookie = { cookie: `__Host-waxseal-browser=${browser}` };
const routeOf = (token: string) => ({ params: Promise.resolve({ token }) });
const customer = { name: 'Bakkerij Zoek', locale: 'en' as const };
const vendorUri = 'https://vendor.example/exact/return.aspx';

const at = (page: typeof result, { token }: Asked, path = '', init: RequestInit = {}) =>
  page(new Request(`${base}/connect/${token}${path}`, { headers: cookie, ...init }), routeOf(token));
const press = (page: typeof result, asked: Asked, fields: Record<string, string>) =>
  at(page, asked, '', { method: 'POST', body: new URLSearchParams({ lang: 'en', ...fields }) });

/** The page at the end of a way back from the provider. */
async function comeBack(id: string, params: URLSearchParams, headers: Record<string, string> = cookie) {
  const first = await callback(new Request(`${base}/oauth/exact-online/${id}/callback?${params}`, { headers }), {
    params: Promise.resolve({ provider: 'exact-online', registration: id }),
  });
  const location = first.headers.get('location');
  if (location === null) return first;
  const request = new Request(`${base}${location}`, { headers });
  return location.startsWith('/oauth/ended')
    ? ended(request, undefined)
    : result(request, routeOf(location.split('/')[2] ?? ''));
}

type Scene = { ctx: Ctx; asked: Asked; registration: { id: string } };
async function aCustomer(ctx: Ctx, more: { redirect_uri?: string } = {}, asking: object = {}): Promise<Scene> {
  const registration = await aRegistration(ctx, more);
  return { ctx, registration, asked: await anInvitation(ctx, registration, { customer, ...asking }) };
}

async function aTrip({ asked, registration }: Scene, how: Parameters<typeof decide>[1], secret?: string) {
  const { authorizeUrl } = await leave(asked, browser);
  return comeBack(
    registration.id,
    await decide(authorizeUrl, how),
    secret === undefined ? cookie : { cookie: `__Host-waxseal-browser=${secret}` },
  );
}

type Failure = [name: string, heading: string, happen: (ctx: Ctx) => Promise<[Scene, Response]>];
const failures: Failure[] = [
  [
    'a link that lapsed',
    'This link has expired',
    async (ctx) => {
      const scene = await aCustomer(ctx, {}, { expires_in: 60 });
      await later(ctx, 61);
      return [scene, await at(welcome, scene.asked)];
    },
  ],
  [
    'a link that was withdrawn',
    'This link is no longer in use',
    async (ctx) => {
      const scene = await aCustomer(ctx);
      await withdrawInvitation(ctx, scene.asked.id);
      return [scene, await at(welcome, scene.asked)];
    },
  ],
  [
    'a no at Exact Online',
    'You did not give permission',
    async (ctx) => {
      const scene = await aCustomer(ctx);
      return [scene, await aTrip(scene, { decision: 'deny' })];
    },
  ],
  [
    'another browser at the callback',
    'You started somewhere else',
    async (ctx) => {
      const scene = await aCustomer(ctx);
      return [scene, await aTrip(scene, {}, 'another')];
    },
  ],
  [
    'another browser where an address is pasted',
    'You started somewhere else',
    async (ctx) => {
      const scene = await aCustomer(ctx, { redirect_uri: vendorUri });
      const { authorizeUrl } = await leave(scene.asked, 'another');
      const address = `${vendorUri}?${await decide(authorizeUrl)}`;
      return [scene, await press(paste, scene.asked, { csrf: formToken(scene.asked.token), address })];
    },
  ],
  [
    'the wrong user',
    'You signed in as another user',
    async (ctx) => {
      const scene = await aCustomer(ctx, {}, { expect: { exact_user: 'somebody.else' } });
      return [scene, await aTrip(scene, {})];
    },
  ],
  [
    'a form that was not ours',
    'Please open this page once more',
    async (ctx) => {
      const scene = await aCustomer(ctx);
      return [scene, await press(goOn, scene.asked, { csrf: 'made up' })];
    },
  ],
  [
    'a fault of ours on a page',
    'Something went wrong on our side',
    async (ctx) => {
      const scene = await aCustomer(ctx);
      const free = await blocked(house, 'invitation', 'UPDATE');
      const answer = await press(goOn, scene.asked, { csrf: formToken(scene.asked.token) });
      await free();
      return [scene, answer];
    },
  ],
  [
    'a fault of ours on the way back',
    'Something went wrong on our side',
    async (ctx) => {
      const scene = await aCustomer(ctx);
      const free = await blocked(house, 'authorization_request', 'UPDATE', 'OLD.answered_at IS NULL');
      const answer = await aTrip(scene, {});
      await free();
      return [scene, answer];
    },
  ],
];

const plain = (html: string) =>
  html
    .replace(/<style.*?<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#x27;', '’')
    .replaceAll(/\s+/g, ' ');
const codeOn = (text: string) => /WX-[0-9A-Z]{6}/.exec(text)?.[0] ?? 'none';

/** What whoever is signed in gets for this search, as text. */
const searched = async (q: string, more: Record<string, string> = {}) =>
  plain(renderToStaticMarkup(await Connections({ searchParams: Promise.resolve({ q, ...more }) })));
const connectionPage = async (id: string) =>
  plain(renderToStaticMarkup(await Connection({ params: Promise.resolve({ id }), searchParams: Promise.resolve({}) })));

/** Others of the same partner, of whom none may turn up. */
const others = async (ctx: Ctx) =>
  createInvitation(ctx, {
    customer: { name: 'Fietsen Anders' },
    client_registration_id: (await aRegistration(ctx)).id,
  });

describe('a code that a customer was shown', () => {
  test.each(failures)('%s', async (_name, heading, happen) => {
    const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
    const ctx = await aPartner();
    await others(ctx);
    const [{ asked }, answer] = await happen(await again(ctx));
    errors.mockRestore();
    const page = plain(await answer.text());
    expect(page).toContain(heading);
    const code = codeOn(page);

    await signedInMember(house, await again(ctx));
    for (const typed of [code, code.slice(3), code.toLowerCase().replace('-', ' ')]) {
      const found = await searched(typed, { group: 'done' });
      expect([typed, found.includes('Bakkerij Zoek'), found.includes('Fietsen')]).toEqual([typed, true, false]);
    }
    expect(await connectionPage(asked.connectionId)).toContain(`code ${code}`);
    const { key } = await anApiKey(ctx);
    const { json } = await call('listConnections', { key, query: `?code=${code}` });
    expect(json).toMatchObject({ items: [{ id: asked.connectionId }], next_cursor: null });

    const stranger = await aPartner();
    await others(stranger);
    await signedInMember(house, stranger);
    expect(await searched(code)).not.toContain('Bakkerij Zoek');
    const { key: foreign } = await anApiKey(stranger);
    expect((await call('listConnections', { key: foreign, query: `?code=${code}` })).json['items']).toEqual([]);
  });

  test('is found beyond the page of the list, and beside names it happens to be part of', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const { id } = await anInvitation(ctx, registration, { customer });
    const code = id.slice(4, 10);
    await anInvitation(ctx, registration, { customer: { name: `Firma ${code}` } });
    const { key } = await anApiKey(ctx);
    const first = await call('listConnections', { key, query: '?limit=1' });
    await signedInMember(house, await again(ctx));
    const found = await searched(code, { cursor: String(first.json['next_cursor']) });
    expect(found).toContain('Bakkerij Zoek');
    expect(await searched(code)).toContain('Firma');
  });

  test('that nobody has says what it may be', async () => {
    const ctx = await aPartner();
    await others(ctx);
    await signedInMember(house, ctx);
    expect(await searched('WX-000000')).toContain('in the log of this server only');
    expect(await searched('wx-nolink')).toContain('a link that is not known here');
    expect(await searched('Fietsenmaker')).not.toContain('code');
  });

  test('is six letters and digits to the API', async () => {
    const { key } = await anApiKey(await aPartner());
    expect((await call('listConnections', { key, query: '?code=%25%25' })).status).toBe(400);
    expect((await call('listConnections', { key, query: '?code=wx000000' })).json['items']).toEqual([]);
  });
});

describe('a page that cannot tell whose it was', () => {
  test('has its code in the log', async () => {
    const errors = vi.spyOn(log(), 'error').mockImplementation(() => {});
    const ctx = await aPartner();
    const { asked } = await aCustomer(ctx);
    await house.admin.query('ALTER TABLE invitation RENAME TO invitation_away');
    const page = plain(await (await at(welcome, asked)).text());
    await house.admin.query('ALTER TABLE invitation_away RENAME TO invitation');
    expect(errors.mock.calls).toMatchObject([[{ code: codeOn(page) }, 'customer page failed']]);
    errors.mockRestore();
  });

  test('and so has one that refused what came; neither says what was sent', async () => {
    const warnings = vi.spyOn(log(), 'warn').mockImplementation(() => {});
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) });
    const request = new Request(`${base}/connect/wxi_nobody`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    const read = guarded(async (asked) => new Response(await readLimited(asked)));
    const page = plain(await (await read(request, {})).text());
    expect(warnings.mock.calls).toMatchObject([
      [{ code: codeOn(page), why: 'invalid_request' }, 'customer page refused'],
    ]);
    expect(JSON.stringify(warnings.mock.calls)).not.toContain('nobody');
    warnings.mockRestore();
  });
});

test('the primary key finds a code, among the rows of this partner only', async () => {
  const ctx = await aPartner();
  const { asked } = await aCustomer(ctx);
  await leave(asked, browser);
  // What a busy partner has made; only its ids matter here.
  await house.admin.query(`
    SET session_replication_role = replica;
    INSERT INTO authorization_request SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', 'arq_' || lpad(n::text, 24, '0'), 'state_hash', '\\x' || md5(n::text)))).*
      FROM generate_series(1, 20000) n, (SELECT r FROM authorization_request r WHERE partner_id = '${ctx.partnerId}') of;
    RESET session_replication_role;
    ANALYZE authorization_request`);
  const { gte, lte } = idsOfCode('authorizationRequest', '7f3k2q');
  const plan = await inTenant(
    ctx.partnerId,
    (tx) => tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
      EXPLAIN SELECT connection_id FROM authorization_request WHERE partner_id = ${ctx.partnerId} AND id >= ${gte} AND id <= ${lte}`,
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
    /authorization_request_pkey.*Index Cond: [^\n]*partner_id = [^\n]*id >= [^\n]*id <= /s,
  );
});
