import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sampleTokens } from '#components/customer/samples.tsx';
import { formToken } from '#lib/browser/index.ts';
import { useConfig } from '#lib/config/index.ts';
import { patience } from '#lib/consent/callback.ts';
import { withdrawConsent } from '#lib/consent/index.ts';
import { drainAnswers } from '#lib/custody/index.ts';
import { connectDatabase, disconnectDatabase } from '#lib/db/index.ts';
import { messages } from '#lib/i18n/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import type { RegistrationView } from '#lib/tenancy/index.ts';
import { type Asked, anInvitation, aSealedConnection, decide, grantOf, leave, opened } from '#lib/testing/journey.ts';
import { control, tokenCalls } from '#lib/testing/provider.ts';
import { again, aPartner, aRegistration, blocked, later, type World, world } from '#lib/testing/world.ts';
import { GET as callback } from '../oauth/[provider]/[registration]/callback/route.ts';
import { GET as ended } from '../oauth/ended/route.ts';
import { POST as declines } from './[token]/decline/route.ts';
import { GET as beforeLeaving, POST as leaves } from './[token]/go/route.tsx';
import { POST as keeps } from './[token]/keep/route.ts';
import { GET as result } from './[token]/result/route.tsx';
import { POST as goesOn, GET as welcome } from './[token]/route.tsx';

/** What customers read when something does not go as it should: true at that moment, and with a way on. */

let house: World;
beforeAll(async () => {
  patience.saveDelaysMs = [0, 20, 60];
  house = await world();
});
afterEach(() => useConfig(house.config));
afterAll(() => house.close());

const base = 'http://localhost:3999';
const { problem, waiting, confirm, kept, before } = messages.en;
const brandName = 'Korenaar Cijfers';

type Handler = (request: Request, route: { params: Promise<{ token: string }> }) => Promise<Response>;
const routeOf = (token: string) => ({ params: Promise.resolve({ token }) });
const cookieOf = (secret: string | null): Record<string, string> =>
  secret === null ? {} : { cookie: `__Host-waxseal-browser=${secret}` };

const open = (handler: Handler, { token }: Pick<Asked, 'token'>, rest = '', cookie: string | null = null) =>
  handler(new Request(`${base}/connect/${token}${rest}`, { headers: cookieOf(cookie) }), routeOf(token));
const press = (
  handler: Handler,
  { token }: Pick<Asked, 'token'>,
  rest: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) => {
  const body = new URLSearchParams(fields);
  return handler(new Request(`${base}/connect/${token}${rest}`, { method: 'POST', body, headers }), routeOf(token));
};
const good = ({ token }: Asked) => ({ csrf: formToken(token), lang: 'en' });

/** What stands on a page, as text; its links and the addresses of its forms as they are. */
async function read(answer: Response) {
  const html = await answer.text();
  const text = html
    .replace(/<style.*?<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#x27;', "'");
  const main = /<main.*<\/main>/s.exec(html)?.[0] ?? '';
  const ways = [...main.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, to = '']) => to.replaceAll('&amp;', '&'));
  return { status: answer.status, html, text, ways, lang: /<html lang="(\w+)"/.exec(html)?.[1] };
}
const plain = (words: string) => words.replace(/<\/?n>/g, '').replace('{partner}', brandName);

async function aBrandedPartner(): Promise<Ctx> {
  const ctx = await aPartner();
  await house.admin.query('UPDATE partner SET theme = $1 WHERE partner_id = $2', [
    { ...sampleTokens, displayName: brandName },
    ctx.partnerId,
  ]);
  return again(ctx);
}

async function aCustomer() {
  const ctx = await aBrandedPartner();
  const registration = await aRegistration(ctx);
  const asked = await anInvitation(ctx, registration, { customer: { name: 'Bakkerij', locale: 'en' } });
  return { ctx, registration, asked };
}

describe('a form that is not taken', () => {
  /** An answer of Exact Online has nothing to do with it. */
  test('says that the page is no longer current, in its brand and language, and leads back to it', async () => {
    const { asked } = await aCustomer();
    const rows = [
      [goesOn, '', `/connect/${asked.token}`, {}],
      [leaves, '/go', `/connect/${asked.token}/go`, { csrf: 'stale' }],
      [declines, '/decline', `/connect/${asked.token}`, { csrf: formToken('wxi_other') }],
      [leaves, '/go', `/connect/${asked.token}/go`, { ...good(asked), pad: 'x'.repeat(20_000) }],
    ] as const;
    for (const [handler, rest, back, fields] of rows) {
      const page = await read(await press(handler, asked, rest, fields));
      expect(page.status).toBe(400);
      expect(page.text).toContain(problem.page_stale.what);
      expect(page.text).not.toMatch(/Exact Online normally/);
      expect(page.html).toContain(brandName);
      expect(page.ways).toContain(`${back}?lang=en`);
    }
    expect((await opened(asked)).invitation).toMatchObject({ openedAt: null, declinedAt: null });
    const referer = `${base}/connect/${asked.token}/go?lang=fr`;
    const french = await read(await press(leaves, asked, '/go', {}, { referer }));
    expect([french.lang, french.ways.includes(`/connect/${asked.token}/go?lang=fr`)]).toEqual(['fr', true]);
  });

  test('a country that is not offered, or one too many, is said so, and the link goes on with the one it has', async () => {
    const ctx = await aBrandedPartner();
    const nl = await aRegistration(ctx);
    await aRegistration(ctx, { site: 'be' });
    let asked = await anInvitation(ctx, nl, { choose_site: true, customer: { name: 'x', locale: 'en' } });
    const choose = (site: string) => press(leaves, asked, '/go', { ...good(asked), site });
    const other = await read(await choose('fr'));
    expect([other.status, other.ways]).toEqual([400, expect.arrayContaining([`/connect/${asked.token}/go?lang=en`])]);
    expect(other.text).toContain(plain(problem.site_not_offered.what));
    const first = asked;
    for (let moves = 0; moves < 5; moves += 1) {
      await choose(moves % 2 ? 'nl' : 'be');
      const at = (await open(welcome, asked)).headers.get('location') ?? '';
      asked = { ...asked, token: /wxi_\w+/.exec(at)?.[0] ?? '' };
    }
    const often = await read(await choose('nl'));
    expect(often.text).toContain(problem.site_changed_often.what);
    expect((await opened(asked)).state).toBe('open');
    // A link that moved meanwhile shows what it leads to by now.
    const late = await press(leaves, first, '/go', { ...good(first), site: 'be' });
    expect(late.headers.get('location')).toBe(`/connect/${first.token}?lang=en`);
  });
});

describe('an end that says that somebody was told', () => {
  test('is shown after it happened, and to nobody who merely writes it in the address', async () => {
    const { ctx, registration, asked } = await aCustomer();
    for (const end of ['declined', 'kept', 'app_not_ready']) {
      const answer = await open(result, asked, `/result?ended=${end}&lang=en`);
      expect([end, answer.headers.get('location')]).toEqual([end, `/connect/${asked.token}?lang=en`]);
    }
    const declined = await press(declines, asked, '/decline', good(asked));
    expect(declined.headers.get('location')).toContain('ended=declined');
    const said = await read(await open(result, asked, '/result?ended=declined&lang=en'));
    expect(said.text).toContain(plain(problem.declined.what));

    const customer = { name: 'Twice', external_id: 'K-1', locale: 'en' as const };
    const first = await aSealedConnection(ctx, { registration, invitation: { customer } });
    const second = await anInvitation(await again(ctx), registration, { customer });
    const keptNow = () => open(result, second, '/result?ended=kept&lang=en');
    expect((await keptNow()).headers.get('location')).toBe(`/connect/${second.token}?lang=en`);
    await press(keeps, second, '/keep', good(second));
    expect((await read(await keptNow())).text).toContain(plain(kept.lead));
    await withdrawConsent(await opened(first.asked));
    expect((await keptNow()).headers.get('location')).toBe(`/connect/${second.token}?lang=en`);
  });

  test('nobody keeps what is no longer there, and no partner is told so', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const customer = { name: 'Gone', external_id: 'K-2' };
    const first = await aSealedConnection(ctx, { registration, invitation: { customer } });
    const second = await anInvitation(await again(ctx), registration, { customer });
    await withdrawConsent(await opened(first.asked));
    const answer = await press(keeps, second, '/keep', good(second));
    expect(answer.headers.get('location')).toBe(`/connect/${second.token}?lang=en`);
    const { rows } = await house.admin.query(
      `SELECT count(*)::int AS told FROM audit_event WHERE partner_id = $1 AND detail->>'outcome' = 'kept'`,
      [ctx.partnerId],
    );
    expect(rows).toEqual([{ told: 0 }]);
  });
});

test('already linked: by whom is told to the browser that connected, and to nobody else who has the link', async () => {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const customer = { name: 'Twice', external_id: 'K-1', locale: 'en' as const };
  await aSealedConnection(ctx, { registration, invitation: { customer } });
  const asked = await anInvitation(await again(ctx), registration, { customer });
  for (const cookie of [null, 'another browser']) {
    const page = await read(await open(beforeLeaving, asked, '/go?lang=en', cookie));
    expect(page.text).toContain(before.sealedAlready);
    expect(page.text).not.toMatch(/jansen/i);
  }
  expect((await read(await open(beforeLeaving, asked, '/go?lang=en', 'this browser'))).text).toMatch(/jansen/i);
});

/** The callback as the browser calls it. */
const comeBack = (registration: RegistrationView, params: URLSearchParams, cookie: string | null = 'this browser') =>
  callback(new Request(`${registration.redirectUri}?${params}`, { headers: cookieOf(cookie) }), {
    params: Promise.resolve({ provider: 'exact-online', registration: registration.id }),
  });

async function aTrip() {
  const of = await aCustomer();
  const { authorizeUrl } = await leave(of.asked);
  return { ...of, params: await decide(authorizeUrl) };
}

const grantsOf = async ({ partnerId }: Ctx): Promise<string[]> =>
  (await house.admin.query('SELECT id FROM token_grant WHERE partner_id = $1', [partnerId])).rows.map(({ id }) => id);

describe('our own side fails', () => {
  test('before anything was done: said so, nothing of the permission is claimed, and the same page is one press away', async () => {
    const { asked } = await aCustomer();
    await disconnectDatabase();
    connectDatabase(house.urls.app.replace(/\/[^/]*$/, '/no_such_database'));
    try {
      for (const [handler, rest] of [
        [welcome, '?lang=nl'],
        [beforeLeaving, '/go?lang=nl'],
        [result, '/result?trip=arq_x&lang=nl'],
      ] as const) {
        const page = await read(await open(handler, asked, rest));
        expect([page.status, page.lang]).toEqual([503, 'nl']);
        expect(page.text).toContain(messages.nl.problem.our_side.what);
        expect(page.text).not.toContain(messages.nl.problem.not_saved.what);
        expect(page.ways).toContain(`/connect/${asked.token}${rest}`);
      }
      const posted = await read(await press(goesOn, asked, '', good(asked)));
      expect([posted.status, posted.ways.at(0)]).toEqual([503, `/connect/${asked.token}?lang=en`]);
    } finally {
      await disconnectDatabase();
      connectDatabase(house.urls.app);
    }
    // The database is there again, and one page is not: it says whose it is.
    const release = await blocked(house, 'invitation', 'UPDATE');
    const page = await read(await press(goesOn, asked, '', good(asked)));
    expect([page.status, page.html.includes(brandName)]).toEqual([503, true]);
    await release();
  });

  test('at the callback: neither the code nor the state is on the page, and the same address works afterwards', async () => {
    const { registration, params } = await aTrip();
    const release = await blocked(house, 'authorization_request', 'UPDATE');
    const page = await read(await comeBack(registration, params));
    expect([page.status, page.text.includes(problem.our_side.what)]).toEqual([503, true]);
    for (const secret of params.values()) expect(page.html).not.toContain(secret);
    expect(await tokenCalls(registration)).toEqual([]);
    await release();
    expect((await comeBack(registration, params)).headers.get('location')).toMatch(/result\?trip=/);
  });
});

describe('what Exact Online gave', () => {
  const shown = async (asked: Asked, answer: Response) =>
    read(await open(result, asked, /\/result\?.*/.exec(answer.headers.get('location') ?? '')?.[0], 'this browser'));

  /** The sweep seals it minutes later: the customer must neither despair nor begin again. */
  test('is here, and sealing it takes longer than the callback waits: their page says that it is being sealed, until it is', {
    timeout: 60_000,
  }, async () => {
    const { ctx, registration, asked, params } = await aTrip();
    const release = await blocked(house, 'token_grant', 'INSERT');
    const answer = await comeBack(registration, params);
    expect(answer.status).toBe(303);
    const first = await shown(asked, answer);
    expect(first.text).toContain(waiting.heading);
    await house.admin.query(
      `UPDATE authorization_request SET answered_at = answered_at - interval '10 minutes' WHERE partner_id = $1`,
      [ctx.partnerId],
    );
    expect((await shown(asked, answer)).text).toContain(waiting.heading); // and not that the answer was lost
    await release();
    const after = await later(ctx, 120);
    const [grantId = ''] = await grantsOf(after);
    expect((await grantOf(after, grantId)).custody).toBe('sealed');
    expect((await shown(asked, answer)).text).toContain(confirm.heading);
  });

  test('is on disk because the database went away for longer than the callback waits: they get to their page, and it is sealed', {
    timeout: 60_000,
  }, async () => {
    const { ctx, registration, asked, params } = await aTrip();
    const ms = 1_500;
    await control('POST', 'faults', {
      client_id: registration.clientId,
      endpoint: 'code',
      kind: 'delay',
      when: 'after',
      ms,
    });
    const coming = comeBack(registration, params);
    while ((await tokenCalls(registration)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await disconnectDatabase();
    connectDatabase(house.urls.app.replace(/\/[^/]*$/, '/no_such_database'));
    const answer = await coming;
    expect([answer.status, answer.headers.get('location')?.startsWith(`/connect/${asked.token}/result?trip=`)]).toEqual(
      [303, true],
    );
    const away = await shown(asked, answer);
    expect(away.text).toContain(problem.our_side.what);
    expect(away.ways).toContain(answer.headers.get('location'));
    await disconnectDatabase();
    connectDatabase(house.urls.app);
    await drainAnswers((error) => {
      throw error;
    });
    const after = await later(ctx, 120);
    expect(await grantsOf(after)).toHaveLength(1);
    expect((await shown(asked, answer)).text).toContain(confirm.heading);
  });

  test('could be kept nowhere: only then they read that it was not stored, and begin again from there', {
    timeout: 60_000,
  }, async () => {
    const { ctx, registration, asked, params } = await aTrip();
    const release = [await blocked(house, 'kept_answer', 'INSERT'), await blocked(house, 'token_grant', 'INSERT')];
    useConfig({ ...house.config, spoolDir: null });
    const page = await read(await comeBack(registration, params));
    for (const undo of release) await undo();
    expect([page.status, page.text.includes(problem.not_saved.what)]).toEqual([503, true]);
    expect([page.html.includes(brandName), page.ways.at(0)]).toEqual([true, `/connect/${asked.token}`]);
    for (const secret of params.values()) expect(page.html).not.toContain(secret);
    expect(await grantsOf(ctx)).toEqual([]);
    const again = await comeBack(registration, params);
    expect((await shown(asked, again)).text).toContain(problem.not_saved.what);
  });
});

describe('the way back in another browser', () => {
  test('says which link to open, in the language they left in and the partner’s look, and nothing of the invitation', async () => {
    const { ctx, registration, asked } = await aCustomer();
    await house.admin.query('UPDATE invitation SET locale = $1 WHERE id = $2', ['de', asked.id]);
    const { authorizeUrl } = await leave(asked);
    await house.admin.query('UPDATE authorization_request SET locale = $1 WHERE partner_id = $2', [
      'fr',
      ctx.partnerId,
    ]);
    const sent =
      (await comeBack(registration, await decide(authorizeUrl), 'another browser')).headers.get('location') ?? '';
    expect(sent).toMatch(/^\/oauth\/ended\?/);
    const at = async (address: string) => read(await ended(new Request(`${base}${address}`), undefined));
    const page = await at(sent);
    expect([page.status, page.lang, page.html.includes(brandName)]).toEqual([403, 'fr', true]);
    expect(page.text).toContain(messages.fr.problem.byLink);
    expect(page.ways.some((way) => way.startsWith('mailto:'))).toBe(true);
    expect(sent + page.html).not.toContain(asked.token);

    const own = new URLSearchParams({ kind: 'other_browser', partner: ctx.partnerId });
    const { partnerId: other } = await aBrandedPartner();
    const proof = new URL(sent, base).searchParams.get('from') ?? '';
    for (const query of [
      own,
      new URLSearchParams({ ...Object.fromEntries(own), from: 'x' }),
      new URLSearchParams({ kind: 'other_browser', partner: other, from: proof }),
    ]) {
      const plainPage = await at(`/oauth/ended?${query}&lang=en`);
      expect([plainPage.status, plainPage.html.includes(brandName)]).toEqual([403, false]);
      expect(plainPage.text).toContain(problem.byLink);
      expect(plainPage.text).toContain(problem.helpSender);
    }
  });
});
