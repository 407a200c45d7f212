import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type News, withdrawInvitation } from '#lib/consent/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { addOrigin, listOrigins, removeOrigin } from '#lib/tenancy/index.ts';
import { call } from '#lib/testing/api.ts';
import { type Asked, anInvitation, comeBack, connect, decide, leave } from '#lib/testing/journey.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { GET as beforeYouGo } from './[token]/go/route.tsx';
import { GET as result } from './[token]/result/route.tsx';
import { POST as goOn, GET as welcome } from './[token]/route.tsx';
import { GET as status } from './[token]/status/route.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const shop = 'https://shop.example.com';
const base = 'http://localhost:3999/connect';
type Get = (request: Request, route: { params: Promise<{ token: string }> }) => Promise<Response>;
const get = (page: Get, token: string, headers: Record<string, string> = {}, query = '') =>
  page(new Request(`${base}/${token}${query}`, { headers }), { params: Promise.resolve({ token }) });
const newsOf = async (token: string, origin = shop) =>
  (await (await get(status, token, { origin })).json()) as News & { code?: string; outcome?: string };

/** A partner with a registered origin, and what it takes to invite. */
async function aShop() {
  const partner = await aPartner();
  const registration = await aRegistration(partner);
  await addOrigin(partner, shop);
  const invite = (more: object = {}) =>
    anInvitation(partner, registration, { channel: 'embed', origin: shop, ...more });
  return { partner, registration, invite };
}

/** Presses *Continue* and goes to the provider; who comes back decides there. */
const tryOnce = async (
  { partner, registration }: Awaited<ReturnType<typeof aShop>>,
  asked: Asked,
  decision: 'allow' | 'deny',
) => {
  const trip = await connect(asked, registration, { decision });
  return { partner, query: `?trip=${trip.id}` };
};

/** The one script of a page: whom it tells, what, when, and the page's policy. */
async function tellingOf(answer: Response) {
  const html = await answer.text();
  const csp = answer.headers.get('content-security-policy') ?? '';
  expect(csp).toContain("img-src 'self';"); // nobody else learns who opens the page
  const scripts = html.match(/<script/g) ?? [];
  const attribute = (name: string) =>
    new RegExp(`<script[^>]* ${name}="([^"]*)"`).exec(html)?.[1]?.replaceAll('&quot;', '"') ?? null;
  const say = JSON.parse(attribute('data-say') ?? '[]') as News[];
  return {
    scripts: scripts.length,
    nonce: attribute('nonce'),
    to: attribute('data-to'),
    when: attribute('data-when'),
    say,
    csp,
    html,
  };
}

describe('what a page tells the page whose button opened it', () => {
  test('on every step, to the registered origin, under the nonce of its policy, and within the budget', async () => {
    const place = await aShop();
    const asked = await place.invite();
    const pages: Awaited<ReturnType<typeof tellingOf>>[] = [];
    const look = async (page: Get, query = '') => {
      const seen = await tellingOf(await get(page, asked.token, {}, query));
      pages.push(seen);
      return [seen.when, ...seen.say.map(({ type, step }) => `${type} ${step}`)];
    };
    expect(await look(welcome)).toEqual(['now', 'opened 1']);
    expect(await look(beforeYouGo, '?hop=1')).toEqual(['submit', 'leaving 2']);
    const denied = await tryOnce(place, asked, 'deny');
    expect(await look(result, denied.query)).toEqual(['now', 'returned 3', 'error 4']);
    expect(await look(beforeYouGo, '?hop=1')).toEqual(['submit', 'leaving 6']);
    const sealed = await tryOnce(place, asked, 'allow');
    expect(await look(result, sealed.query)).toEqual(['now', 'returned 7', 'finished 1000000']);
    expect(await look(welcome)).toEqual(['now', 'finished 1000000']);
    for (const { scripts, to, nonce, csp, html, say } of pages) {
      expect([scripts, to]).toEqual([1, shop]);
      expect(csp).toContain(` script-src 'nonce-${nonce}';`);
      expect(csp).toContain("frame-ancestors 'none'");
      expect(Buffer.byteLength(html)).toBeLessThan(32 * 1024);
      expect(html.replace(/<script.*?<\/script>/, '').length).toBeGreaterThan(html.length - 900);
      for (const { invitation_id } of say) expect(invitation_id).toBe(asked.id);
    }
    expect(new Set(pages.map(({ nonce }) => nonce)).size).toBe(pages.length);
  });

  test('nothing, and has no script, where no origin was given, on another channel, or once it is removed', async () => {
    const { partner, registration, invite } = await aShop();
    const without = await invite({ origin: undefined });
    const redirect = await anInvitation(partner, registration);
    const given = await invite();
    const [row] = await listOrigins(partner);
    await removeOrigin(partner, row?.id ?? '');
    for (const { token } of [without, redirect, given]) {
      const seen = await tellingOf(await get(welcome, token));
      expect([seen.scripts, seen.csp.includes('script-src')]).toEqual([0, false]);
    }
    await addOrigin(partner, shop);
    expect((await tellingOf(await get(welcome, given.token))).to).toBe(shop);
  });

  test('an ended link says so', async () => {
    const { partner, invite } = await aShop();
    const asked = await invite();
    await withdrawInvitation(partner, asked.id);
    const { say } = await tellingOf(await get(welcome, asked.token));
    expect(say).toEqual([expect.objectContaining({ type: 'error', code: 'link_ended', recoverable: false })]);
  });
});

describe('an invitation is given an origin', () => {
  const ask = async (partner: Ctx, registrationId: string, more: object) => {
    const { key } = await anApiKey(partner);
    const body = { customer: { name: 'Jansen' }, client_registration_id: registrationId, ...more };
    return call('createInvitation', { key, body });
  };

  test('that is registered to this partner, for channel embed alone', async () => {
    const { partner, registration } = await aShop();
    const stranger = await aShop();
    await addOrigin(stranger.partner, 'https://other.example.com');
    const refused = [
      { channel: 'embed', origin: 'https://other.example.com' },
      { channel: 'embed', origin: `${shop}/` },
      { channel: 'embed', origin: 'https://SHOP.example.com' },
      { channel: 'embed', origin: `${shop}.evil.example` },
      { channel: 'embed', origin: 'null' },
      { channel: 'embed', origin: '' },
      { channel: 'embed', origin: '*' },
      { channel: 'redirect', origin: shop },
      { origin: shop },
    ];
    for (const more of refused) {
      const answer = await ask(partner, registration.id, more);
      expect([more, answer.status, answer.json['type']]).toEqual([
        more,
        400,
        expect.stringContaining('invalid_request'),
      ]);
    }
    expect((await ask(partner, registration.id, { channel: 'embed', origin: shop })).status).toBe(201);
    expect((await ask(partner, registration.id, { channel: 'embed' })).status).toBe(201);
  });
});

describe('the status of an invitation', () => {
  test('follows it: waiting, opened, leaving, denied, leaving again, finished', async () => {
    const place = await aShop();
    const asked = await place.invite();
    const seen: string[] = [];
    const look = async () => {
      const { type, step, code } = await newsOf(asked.token);
      seen.push([type, step, ...(code ? [code] : [])].join(' '));
    };
    await look();
    const form = new URLSearchParams({
      csrf: (await (await get(welcome, asked.token)).text()).match(/name="csrf" value="([^"]+)"/)?.[1] ?? '',
    });
    await goOn(new Request(`${base}/${asked.token}`, { method: 'POST', body: form }), {
      params: Promise.resolve({ token: asked.token }),
    });
    await look();
    const { authorizeUrl } = await leave(asked);
    await look();
    await comeBack(place.registration, await decide(authorizeUrl, { decision: 'deny' }));
    await look();
    const again = await leave(asked);
    await look();
    await comeBack(place.registration, await decide(again.authorizeUrl));
    await look();
    expect(seen).toEqual(['waiting 0', 'opened 1', 'leaving 2', 'error 4 denied', 'leaving 6', 'finished 1000000']);
  });

  test('says nothing of the customer: state, the two ids the partner has, and a sentence of ours', async () => {
    const place = await aShop();
    const asked = await place.invite({ customer: { name: 'Jansen & Zn', email: 'jan@jansen.example' } });
    await tryOnce(place, asked, 'allow');
    expect(await newsOf(asked.token)).toEqual({
      ...{ invitation_id: asked.id, step: 1_000_000, type: 'finished' },
      ...{ outcome: 'sealed', connection_id: asked.connectionId },
    });
    const answer = await get(status, asked.token, { origin: shop });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.has('set-cookie')).toBe(false);
  });

  test('a consent by somebody the partner did not expect is parked', async () => {
    const place = await aShop();
    const asked = await place.invite({ expect: { exact_user: 'somebody.else' } });
    await tryOnce(place, asked, 'allow');
    expect(await newsOf(asked.token)).toMatchObject({ type: 'finished', outcome: 'parked' });
  });

  test('a customer who left in time is on their way though the link has lapsed; then it has ended', async () => {
    const place = await aShop();
    const asked = await place.invite();
    const early = await place.invite();
    await later(place.partner, 25 * 60);
    await leave(asked);
    await later(place.partner, 6 * 60);
    expect([(await newsOf(asked.token)).type, (await newsOf(early.token)).code]).toEqual(['leaving', 'link_ended']);
    await later(place.partner, 10 * 60);
    expect((await newsOf(asked.token)).code).toBe('link_ended');
  });

  test('is read by pages of this partner’s registered origins, letter by letter, and by no others (B-2)', async () => {
    const { partner, invite } = await aShop();
    const { token } = await invite();
    const allowed = async (origin: string | null, asked = token) => {
      const answer = await get(status, asked, origin === null ? {} : { origin });
      expect(answer.headers.get('vary')).toBe('Origin');
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
      return answer.headers.get('access-control-allow-origin');
    };
    expect(await allowed(shop)).toBe(shop);
    const hostile = [
      ...['null', '*', 'https://evil.example', `${shop}.evil.example`, 'https://evilshop.example.com', `${shop}:8443`],
      ...[
        'http://shop.example.com',
        `${shop}/`,
        'https://SHOP.example.com',
        'https://shop.example.com.',
        `${shop} ${shop}`,
      ],
    ];
    for (const origin of [...hostile, null]) expect([origin, await allowed(origin)]).toEqual([origin, null]);
    const foreign = await aShop();
    await addOrigin(foreign.partner, 'https://foreign.example.com');
    expect(await allowed('https://foreign.example.com')).toBeNull();
    const [row] = await listOrigins(partner);
    await removeOrigin(partner, row?.id ?? '');
    expect(await allowed(shop)).toBeNull();
  });

  test('of an unknown link is that of an ended one, byte by byte, for the same partner', async () => {
    const { partner, invite } = await aShop();
    const withdrawn = await invite();
    await withdrawInvitation(partner, withdrawn.id);
    const guessed = withdrawn.token.replace(/.{32}$/, '0'.repeat(32));
    const answers = await Promise.all([withdrawn.token, guessed].map((token) => get(status, token, { origin: shop })));
    const told = await Promise.all(
      answers.map(async (answer) => [answer.status, await answer.text(), [...answer.headers]]),
    );
    expect(told[0]).toEqual(told[1]);
    const elsewhere = ['x', 'wxi_000000000000000000000000_00000000000000000000000000000000', 'wxa_1', "' OR 1=1 --"];
    for (const token of elsewhere) {
      const answer = await get(status, token, { origin: shop });
      expect([answer.status, await answer.text()]).toEqual([200, told[0]?.[1]]);
      expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    }
  });
});
