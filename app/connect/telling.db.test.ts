import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  confirmAccount,
  declineForGood,
  doubtGrant,
  lookAgain,
  type News,
  withdrawConsent,
  withdrawInvitation,
} from '#lib/consent/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { addOrigin, listOrigins, removeOrigin } from '#lib/tenancy/index.ts';
import { call } from '#lib/testing/api.ts';
import { type Asked, anInvitation, comeBack, connect, decide, leave, opened } from '#lib/testing/journey.ts';
import { control, manageDivisions } from '#lib/testing/provider.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { GET as beforeYouGo, POST as goAway } from './[token]/go/route.tsx';
import { POST as keepIt } from './[token]/keep/route.ts';
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
/** The status in a few words. */
const inShort = async ({ token }: Asked) => {
  const news = await newsOf(token);
  return [news.type, news.code, news.outcome].filter(Boolean).join(' ');
};

/** A partner with a registered origin, and what it takes to invite; customers are not asked afterwards, unless `more` says so. */
async function aShop(more: Parameters<typeof aRegistration>[1] = {}) {
  const partner = await aPartner();
  const registration = await aRegistration(partner, { confirmation: 'skip', ...more });
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

type Post = (request: Request, route: { params: Promise<{ token: string }> }) => Promise<Response>;
/** Sends the form of a page, as its reader would. */
async function press(page: Post, token: string, action = ''): Promise<Response> {
  const html = await (await get(welcome, token)).text();
  const body = new URLSearchParams({ csrf: html.match(/name="csrf" value="([^"]+)"/)?.[1] ?? '' });
  const request = new Request(`${base}/${token}${action}`, { method: 'POST', body });
  return page(request, { params: Promise.resolve({ token }) });
}

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
    when: attribute('data-sent')?.replace(/.*\//, '') ?? 'now',
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
    expect(await look(beforeYouGo, '?hop=1')).toEqual(['go', 'leaving 64']);
    const denied = await tryOnce(place, asked, 'deny');
    expect(await look(result, denied.query)).toEqual(['now', 'returned 65', 'error 67']);
    expect(await look(beforeYouGo, '?hop=1')).toEqual(['go', 'leaving 128']);
    const sealed = await tryOnce(place, asked, 'allow');
    expect(await look(result, sealed.query)).toEqual(['now', 'returned 129', 'finished 1000000']);
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

describe('the end is told once, when nothing is left for the customer to do', () => {
  test('asked whether it is the right account: after the yes', async () => {
    const place = await aShop({ confirmation: 'ask' });
    const asked = await place.invite();
    const { query } = await tryOnce(place, asked, 'allow');
    const ending = { outcome: 'sealed', connection_id: asked.connectionId };
    expect((await tellingOf(await get(result, asked.token, {}, query))).say).toEqual([
      { invitation_id: asked.id, step: 65, type: 'returned', if_closed: ending },
    ]);
    expect(await newsOf(asked.token)).toMatchObject({ type: 'returned', if_closed: ending });
    await confirmAccount(await opened(asked));
    expect(await inShort(asked)).toBe('finished sealed');
  });

  test('asked, and silent for ten minutes: what is sealed is sealed', async () => {
    const place = await aShop({ confirmation: 'ask' });
    const asked = await place.invite();
    await tryOnce(place, asked, 'allow');
    await later(place.partner, 9 * 60);
    expect(await inShort(asked)).toBe('returned');
    await later(place.partner, 61);
    expect(await inShort(asked)).toBe('finished sealed');
  });

  test('asked, and the partner is to look first: parked', async () => {
    const place = await aShop({ confirmation: 'ask' });
    const asked = await place.invite();
    await tryOnce(place, asked, 'allow');
    await doubtGrant(await opened(asked));
    expect(await inShort(asked)).toBe('finished parked');
  });

  test('asked, and they leave to sign in as somebody else: on their way again', async () => {
    const place = await aShop({ confirmation: 'ask' });
    const asked = await place.invite();
    await tryOnce(place, asked, 'allow');
    await doubtGrant(await opened(asked));
    const { authorizeUrl } = await leave(asked);
    expect(await newsOf(asked.token)).toMatchObject({ type: 'leaving', step: 128 });
    await comeBack(place.registration, await decide(authorizeUrl, { decision: 'deny' }));
    expect(await inShort(asked)).toBe('error denied');
    await later(place.partner, 10 * 60);
    expect(await inShort(asked)).toBe('finished parked');
  });

  test('a yes that is required: not parked before it was asked for, nor by closing the window', async () => {
    const place = await aShop({ confirmation: 'require' });
    const asked = await place.invite();
    const { query } = await tryOnce(place, asked, 'allow');
    expect((await tellingOf(await get(result, asked.token, {}, query))).say).toEqual([
      { invitation_id: asked.id, step: 65, type: 'returned' },
    ]);
    expect(await inShort(asked)).toBe('returned');
    await confirmAccount(await opened(asked));
    expect(await inShort(asked)).toBe('finished sealed');
  });

  test('a yes that is required and does not come within ten minutes: parked', async () => {
    const place = await aShop({ confirmation: 'require' });
    const asked = await place.invite();
    await tryOnce(place, asked, 'allow');
    await later(place.partner, 10 * 60);
    expect(await inShort(asked)).toBe('finished parked');
  });

  test('not whom the partner expected: something to put right, then done', async () => {
    const place = await aShop();
    const asked = await place.invite({ expect: { exact_user: 's.devries' } });
    const { query } = await tryOnce(place, asked, 'allow');
    const told = { type: 'error', code: 'wrong_user', stage: 'returned', recoverable: true, step: 67 };
    expect((await tellingOf(await get(result, asked.token, {}, query))).say).toMatchObject([
      { type: 'returned' },
      told,
    ]);
    expect(await newsOf(asked.token)).toMatchObject(told);
    await connect(asked, place.registration, { user: 's.devries' });
    expect(await inShort(asked)).toBe('finished sealed');
  });

  test('not what the partner expected, and left like this: parked', async () => {
    const place = await aShop();
    const asked = await place.invite({ expect: { division: 7_777_777 } });
    await tryOnce(place, asked, 'allow');
    expect(await inShort(asked)).toBe('error wrong_company');
    await later(place.partner, 10 * 60);
    expect(await inShort(asked)).toBe('finished parked');
  });

  test('an administration that was not ticked: told again when it is something else, done when it is mended', async () => {
    const place = await aShop();
    const sanne = { user: 's.devries', open: 1240118, other: 1240119 };
    const asked = await place.invite({ expect: { division: sanne.other } });
    const { id } = await connect(asked, place.registration, { user: sanne.user, divisions: [1240120] });
    const look = async (ticked: number[]) => {
      await manageDivisions(place.registration, sanne.user, ticked);
      await lookAgain(await opened(asked), id);
      const { step, code, outcome } = await newsOf(asked.token);
      return [step, code ?? outcome];
    };
    expect(await inShort(asked)).toBe('error current_missing');
    expect(await look([sanne.open])).toEqual([68, 'wrong_company']);
    expect(await look([sanne.open, sanne.other])).toEqual([1_000_000, 'sealed']);
  });

  test('what was expected could not be seen: something to check again', async () => {
    const place = await aShop({ preflight: false });
    const asked = await place.invite({ expect: { exact_user: 'j.jansen' } });
    await tryOnce(place, asked, 'allow');
    expect(await inShort(asked)).toBe('error not_verified');
  });

  test('nobody to ask and nothing to mend: parked at once', async () => {
    const place = await aShop({ preflight: false, confirmation: 'require' });
    const asked = await place.invite();
    await tryOnce(place, asked, 'allow');
    expect(await inShort(asked)).toBe('finished parked');
  });

  test('a no for good, until they set out again', async () => {
    const place = await aShop();
    const asked = await place.invite();
    await tryOnce(place, asked, 'deny');
    await declineForGood(await opened(asked));
    const page = await tellingOf(await get(result, asked.token, {}, '?ended=declined'));
    const told = { type: 'finished', outcome: 'declined', connection_id: asked.connectionId, step: 104 };
    expect(page.say).toMatchObject([told]);
    expect(await newsOf(asked.token)).toMatchObject(told);
    const { authorizeUrl } = await leave(asked);
    expect(await newsOf(asked.token)).toMatchObject({ type: 'leaving', step: 128 });
    await comeBack(place.registration, await decide(authorizeUrl, { decision: 'deny' }));
    expect(await inShort(asked)).toBe('error denied');
    await declineForGood(await opened(asked));
    expect(await inShort(asked)).toBe('finished declined');
  });

  test('what stands is kept: told by the press that keeps it, which says nothing of leaving', async () => {
    const place = await aShop();
    const customer = { name: 'Twice', external_id: 'twice' };
    await tryOnce(place, await place.invite({ customer }), 'allow');
    const asked = await place.invite({ customer });
    const { html, when } = await tellingOf(await get(beforeYouGo, asked.token, {}, '?hop=1'));
    expect([when, html.includes(`action="/connect/${asked.token}/keep"`)]).toEqual(['go', true]);
    const to = (await press(keepIt, asked.token, '/keep')).headers.get('location') ?? '';
    const told = { type: 'finished', outcome: 'kept', connection_id: asked.connectionId };
    expect((await tellingOf(await get(result, asked.token, {}, new URL(to, base).search))).say).toMatchObject([told]);
    expect(await newsOf(asked.token)).toMatchObject(told);
  });

  test('given in one browser while another is on its way: done', async () => {
    const place = await aShop();
    const asked = await place.invite();
    const { authorizeUrl } = await leave(asked);
    await leave(asked, 'another browser');
    await comeBack(place.registration, await decide(authorizeUrl));
    expect(await inShort(asked)).toBe('finished sealed');
  });

  test('what was withdrawn meanwhile is not told as sealed', async () => {
    const place = await aShop();
    const asked = await place.invite();
    await tryOnce(place, asked, 'allow');
    await withdrawConsent(await opened(asked));
    expect(await inShort(asked)).toBe('error link_ended');
  });
});

describe('whoever is stopped', () => {
  const stoppedAs = async (asked: Asked, code: string, step: number) => {
    const to = (await press(goAway, asked.token, '/go')).headers.get('location') ?? '';
    const told = { type: 'error', code, stage: 'leaving', recoverable: true, step };
    expect((await tellingOf(await get(result, asked.token, {}, new URL(to, base).search))).say).toMatchObject([told]);
    expect(await newsOf(asked.token)).toMatchObject(told);
  };

  test('before leaving, by a provider that is closed: told each time, and the next trip counts on', async () => {
    const place = await aShop({ site: 'be' });
    const asked = await place.invite();
    await control('POST', 'switches', { maintenance: 'now' });
    await stoppedAs(asked, 'provider_down', 66);
    await stoppedAs(asked, 'provider_down', 130);
    await control('POST', 'switches', { maintenance: 'off' });
    expect((await tellingOf(await get(beforeYouGo, asked.token, {}, '?hop=1'))).say).toMatchObject([{ step: 192 }]);
    await leave(asked);
    expect(await newsOf(asked.token)).toMatchObject({ type: 'leaving', step: 192 });
  });

  test('before leaving, because the app was refused to somebody else', async () => {
    const place = await aShop();
    const asked = await place.invite();
    await house.admin.query('UPDATE client_registration SET refused_at = now() WHERE id = $1', [place.registration.id]);
    await stoppedAs(asked, 'app_not_ready', 66);
  });

  test('by an answer that makes no sense: told once, and the true one still counts', async () => {
    const place = await aShop();
    const asked = await place.invite();
    const { authorizeUrl, state } = await leave(asked);
    for (const odd of [{ state }, { state, code: 'x', error: 'access_denied' }]) {
      expect((await comeBack(place.registration, odd)).kind).toBe('malformed');
      expect(await newsOf(asked.token)).toMatchObject({ code: 'odd_answer', stage: 'returned', step: 130 });
    }
    const { say } = await tellingOf(await get(result, asked.token, {}, '?ended=too_large_or_odd'));
    expect(say).toMatchObject([{ type: 'error', code: 'odd_answer', recoverable: true }]);
    await comeBack(place.registration, await decide(authorizeUrl, { decision: 'deny' }));
    expect(await newsOf(asked.token)).toMatchObject({ code: 'denied', step: 131 });
    await tryOnce(place, asked, 'allow');
    expect(await inShort(asked)).toBe('finished sealed');
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
    await press(goOn, asked.token);
    await look();
    const { authorizeUrl } = await leave(asked);
    await look();
    await comeBack(place.registration, await decide(authorizeUrl, { decision: 'deny' }));
    await look();
    const again = await leave(asked);
    await look();
    await comeBack(place.registration, await decide(again.authorizeUrl));
    await look();
    expect(seen).toEqual(['waiting 0', 'opened 1', 'leaving 64', 'error 67 denied', 'leaving 128', 'finished 1000000']);
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
