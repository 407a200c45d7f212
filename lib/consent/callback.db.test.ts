import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newToken } from '../kernel/ids.ts';
import { changeRegistration } from '../tenancy/index.ts';
import {
  anInvitation,
  aSealedConnection,
  comeBack,
  connect,
  decide,
  eventsOf,
  eventTypes,
  leave,
  opened,
  tripOf,
} from '../testing/journey.ts';
import { tokenCalls } from '../testing/provider.ts';
import { aPartner, aRegistration, later, untilBlocked, type World, world } from '../testing/world.ts';
import { readTrip, withdrawInvitation } from './index.ts';

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

const trips = async (where: object) =>
  inTenant(ctx.partnerId, (tx) => tx.authorizationRequest.findMany({ where: { partnerId: ctx.partnerId, ...where } }));

describe('the code is spent only when state, browser, registration and tenant agree (TH5)', () => {
  test('no state, an empty, a malformed or an unknown one, or two: nothing is asked of the provider', async () => {
    const registration = await aRegistration(ctx);
    const { state } = await leave(await anInvitation(ctx, registration));

    const twice = new URLSearchParams([
      ['state', state],
      ['state', state],
      ['code', 'x'],
    ]);
    for (const params of [
      {},
      { code: 'x' },
      { code: 'x', state: '' },
      { code: 'x', state: 'wxs_' },
      { code: 'x', state: `${state}x` },
      { code: 'x', state: state.toUpperCase() },
      { code: 'x', state: newToken('state', ctx.partnerId) },
      { code: 'x', state: newToken('invitation', ctx.partnerId) },
      { code: 'x', state: `wxs_${ctx.partnerId.slice(4)}_' OR 1=1 --` },
      twice,
    ])
      expect(await comeBack(registration, params), JSON.stringify(params)).toEqual({ kind: 'no_request' });
    expect(await tokenCalls(registration)).toEqual([]);
  });

  test("another partner's name in the state finds nothing", async () => {
    const registration = await aRegistration(ctx);
    const other = await aPartner({ name: 'Other' });
    const { state } = await leave(await anInvitation(ctx, registration));
    const foreign = state.replace(ctx.partnerId.slice(4), other.partnerId.slice(4));
    expect(await comeBack(registration, { code: 'x', state: foreign })).toEqual({ kind: 'no_request' });
  });

  test('another browser, or one without the cookie, is turned away and the partner is told; the right one goes on', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { authorizeUrl } = await leave(asked, 'browser one');
    const params = await decide(authorizeUrl);

    expect(await comeBack(registration, params, 'browser two')).toMatchObject({ kind: 'other_browser' });
    expect(await comeBack(registration, params, null)).toMatchObject({ kind: 'other_browser' });
    expect(await comeBack(registration, params, '')).toMatchObject({ kind: 'other_browser' });
    expect(await tokenCalls(registration)).toEqual([]);
    expect(await eventTypes(ctx)).toContain('security.other_browser');

    expect((await tripOf(await comeBack(registration, params, 'browser one'))).outcome).toBe('sealed');
  });

  test('the callback path of another registration of the same partner is not the one (mix-up)', async () => {
    const [one, two] = [await aRegistration(ctx), await aRegistration(ctx)];
    const { authorizeUrl } = await leave(await anInvitation(ctx, one));
    const params = await decide(authorizeUrl);
    expect(await comeBack(two, params)).toEqual({ kind: 'no_request' });
    expect(await comeBack({ id: 'clr_nothing' }, params)).toEqual({ kind: 'no_request' });
    expect(await tokenCalls(one)).toEqual([]);
  });

  test('two codes, a code with an error, an empty code, neither: malformed, and the trip can still be finished', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl, state } = await leave(await anInvitation(ctx, registration));
    const good = await decide(authorizeUrl);
    const code = good.get('code') ?? '';

    for (const params of [
      new URLSearchParams([
        ['state', state],
        ['code', code],
        ['code', code],
      ]),
      new URLSearchParams({ state, code, error: 'access_denied' }),
      new URLSearchParams({ state, code, error: '' }),
      new URLSearchParams({ state, code: '' }),
      new URLSearchParams({ state }),
    ])
      expect(await comeBack(registration, params), String(params)).toMatchObject({ kind: 'malformed' });
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await tripOf(await comeBack(registration, good))).outcome).toBe('sealed');
  });

  test('a state older than 15 minutes is lapsed and its code is not spent', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl } = await leave(await anInvitation(ctx, registration));
    const params = await decide(authorizeUrl);
    ctx = await later(ctx, 15 * 60);
    expect(await comeBack(registration, params)).toMatchObject({ kind: 'lapsed' });
    expect(await tokenCalls(registration)).toEqual([]);
  });

  /** E-4, "after link revoked": the partner took the question back while the customer was at the provider. */
  test('an invitation withdrawn during the trip spends no code', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { authorizeUrl } = await leave(asked);
    const params = await decide(authorizeUrl);
    expect(await withdrawInvitation(ctx, asked.id)).toBe(true);

    await comeBack(registration, params);

    expect(await tokenCalls(registration)).toEqual([]);
    expect((await opened(asked)).standing).toBeNull();
  });
});

describe('one state acts once', () => {
  test('six parallel callbacks exchange once, and all are shown the outcome', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { authorizeUrl } = await leave(asked);
    const params = await decide(authorizeUrl);
    // All six come as far as the row that only one may take, before any of them gets it.
    const rival = new pg.Client({ connectionString: house.urls.admin });
    await rival.connect();
    await rival.query('BEGIN');
    await rival.query('SELECT 1 FROM authorization_request WHERE invitation_id = $1 FOR UPDATE', [asked.id]);
    const coming = Promise.all(Array.from({ length: 6 }, () => comeBack(registration, params)));
    await untilBlocked(house.admin, 6);
    await rival.query('COMMIT');
    await rival.end();
    const answers = await coming;

    expect(answers.map(({ kind }) => kind)).toEqual(Array(6).fill('settled'));
    expect(await tokenCalls(registration)).toHaveLength(1);
    const seen = await Promise.all(answers.map(tripOf));
    expect(new Set(seen.map(({ id, outcome }) => `${id} ${outcome}`))).toEqual(new Set([`${seen[0]?.id} sealed`]));
    expect(await trips({ invitationId: asked.id })).toHaveLength(1);
  });

  test('a callback repeated after the end shows the same end and asks nothing', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl } = await leave(await anInvitation(ctx, registration));
    const params = await decide(authorizeUrl);
    const first = await tripOf(await comeBack(registration, params));
    const second = await tripOf(await comeBack(registration, params));
    expect(second).toEqual(first);
    ctx = await later(ctx, 16 * 60); // past the life of the state: what came of it stays readable
    expect(await tripOf(await comeBack(registration, params))).toEqual(first);
    expect(await tokenCalls(registration)).toHaveLength(1);
  });

  test('the outcome is shown to the browser that made the trip as its own, to others as not theirs', async () => {
    const { asked, grantId } = await aSealedConnection(ctx);
    const visit = await opened(asked);
    const [trip] = await trips({ invitationId: asked.id });
    expect(await readTrip(visit, trip?.id ?? '', 'this browser')).toEqual({
      outcome: 'sealed',
      answeredAt: trip?.answeredAt,
      grantId,
      sameBrowser: true,
    });
    expect(await readTrip(visit, trip?.id ?? '', 'another')).toMatchObject({ sameBrowser: false });
    expect(await readTrip(visit, trip?.id ?? '', null)).toMatchObject({ sameBrowser: false });
    const elsewhere = await opened(await anInvitation(ctx, await aRegistration(ctx)));
    expect(await readTrip(elsewhere, trip?.id ?? '', 'this browser')).toBeNull();
  });
});

describe('every end is a defined one', () => {
  test('a denial leaves the invitation open, so the customer can change their mind', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);

    expect(await connect(asked, registration, { decision: 'deny' })).toMatchObject({
      outcome: 'denied',
      grantId: null,
    });

    expect((await opened(asked)).state).toBe('open');
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await connect(asked, registration)).outcome).toBe('sealed');
    expect((await opened(asked)).state).toBe('used');
  });

  test("the app is not accepted: blocked, and the partner is told that its registration's check failed", async () => {
    for (const error of ['unauthorized_client', 'invalid_client']) {
      const registration = await aRegistration(ctx);
      const asked = await anInvitation(ctx, registration);
      const { state } = await leave(asked);

      const trip = await tripOf(await comeBack(registration, { state, error, error_description: '<b>secret</b>' }));

      expect(trip).toMatchObject({ outcome: 'app_not_ready' });
      const visit = await opened(asked);
      expect(visit.connection.attention).toBe('blocked');
      expect(visit.state).toBe('open');
      expect(await eventsOf(ctx)).toContainEqual({
        type: 'registration.check_failed',
        connectionId: asked.connectionId,
        data: { registration_id: registration.id, reason: error },
      });
    }
    expect(JSON.stringify(await eventsOf(ctx))).not.toContain('<b>');
  });

  test('an error that somebody made up cannot make a good connection look blocked', async () => {
    const registration = await aRegistration(ctx);
    const customer = { name: 'Good already', external_id: 'K-forged' };
    const first = await anInvitation(ctx, registration, { customer });
    await connect(first, registration);
    const again = await anInvitation(ctx, registration, { customer });
    const { state } = await leave(again);
    const trip = await tripOf(await comeBack(registration, { state, error: 'unauthorized_client' }));
    expect(trip.outcome).toBe('app_not_ready');
    expect((await opened(again)).connection.attention).toBeNull();
  });

  test('two first consents at the same moment leave one lasting link, and it is not replaced', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const [one, two] = [await leave(asked, 'browser one'), await leave(asked, 'browser two')];
    const [a, b] = [await decide(one.authorizeUrl), await decide(two.authorizeUrl, { user: 's.devries' })];
    await Promise.all([comeBack(registration, a, 'browser one'), comeBack(registration, b, 'browser two')]);
    const link = async () =>
      (await house.admin.query('SELECT access_token_hash FROM connection WHERE id = $1', [asked.connectionId])).rows[0];
    const made = await link();
    expect(made.access_token_hash).not.toBeNull();
    await connect(await anInvitation(ctx, registration), registration);
    expect(await link()).toEqual(made);
  });

  test('an error nobody knows is refused, and its text goes nowhere', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { state } = await leave(asked);
    const trip = await tripOf(await comeBack(registration, { state, error: '{{7*7}}' }));
    expect(trip).toMatchObject({ outcome: 'refused', outcomeDetail: { error: 'other' } });
    expect(JSON.stringify(await eventsOf(ctx))).not.toContain('7*7');
  });

  test('a code older than three minutes is too old, and says so', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl } = await leave(await anInvitation(ctx, registration));
    const params = await decide(authorizeUrl);
    ctx = await later(ctx, 180);
    expect((await tripOf(await comeBack(registration, params))).outcome).toBe('code_too_old');
  });

  test('a code decoded not at all, cut or altered is refused, never sealed', async () => {
    for (const spoil of [(code: string) => code.replace('!', '%21'), (code: string) => code.slice(0, -1)]) {
      const registration = await aRegistration(ctx);
      const asked = await anInvitation(ctx, registration);
      const { authorizeUrl, state } = await leave(asked);
      const code = spoil((await decide(authorizeUrl)).get('code') ?? '');
      expect(await tripOf(await comeBack(registration, { state, code }))).toMatchObject({
        outcome: 'refused',
        grantId: null,
      });
      expect((await tokenCalls(registration)).map(({ rule }) => rule)).toEqual(['T5']);
    }
  });

  test('what cannot be a code is not sent anywhere, and the trip can still be finished', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl, state } = await leave(await anInvitation(ctx, registration));
    const good = await decide(authorizeUrl);
    const code = good.get('code') ?? '';
    for (const spoilt of [`${'A'.repeat(64_000)}${code}`, `${code}\u0000`, `${code}\ufffd`, `${code}\n`, `é${code}`])
      expect(await comeBack(registration, { state, code: spoilt })).toMatchObject({ kind: 'malformed' });
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await tripOf(await comeBack(registration, good))).outcome).toBe('sealed');
  });

  /** RFC 9207: absent is allowed for Exact, which is not known to send it; what is there must be right. */
  test('an answer that names another issuer, or two, is not taken; the right one is', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl } = await leave(await anInvitation(ctx, registration));
    const good = await decide(authorizeUrl);
    const { origin } = new URL(authorizeUrl);
    const naming = (...issuers: string[]) => {
      const params = new URLSearchParams(good);
      for (const iss of issuers) params.append('iss', iss);
      return params;
    };
    for (const issuers of [
      ['https://evil.example'],
      [''],
      [`${origin}/`],
      [origin.toUpperCase()],
      ['https://start.exactonline.nl'],
      [origin, origin],
    ])
      expect(await comeBack(registration, naming(...issuers)), issuers.join()).toMatchObject({ kind: 'malformed' });
    const denial = { state: good.get('state') ?? '', error: 'access_denied', iss: 'https://evil.example' };
    expect(await comeBack(registration, denial)).toMatchObject({ kind: 'malformed' });
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await tripOf(await comeBack(registration, naming(origin)))).outcome).toBe('sealed');
  });

  test('a wrong client secret: the app is not ready, the code is spent, and the connection says blocked', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { authorizeUrl } = await leave(asked);
    const params = await decide(authorizeUrl);
    await changeRegistration(ctx, registration.id, {
      name: registration.name,
      site: 'nl',
      client_id: registration.clientId,
      client_secret: 'somebody-mistyped-it',
      preflight: true,
      pkce: true,
    });

    expect((await tripOf(await comeBack(registration, params))).outcome).toBe('app_not_ready');
    expect((await opened(asked)).connection.attention).toBe('blocked');
    expect(await eventTypes(ctx)).toContain('registration.check_failed');
  });

  test('an authorisation overtaken by a newer one of the same user is refused (T15)', async () => {
    const registration = await aRegistration(ctx);
    const older = await leave(await anInvitation(ctx, registration));
    const newer = await leave(await anInvitation(ctx, registration, { customer: { name: 'Tweede' } }));
    const [first, second] = [await decide(older.authorizeUrl), await decide(newer.authorizeUrl)];
    expect((await tripOf(await comeBack(registration, second))).outcome).toBe('sealed');
    expect((await tripOf(await comeBack(registration, first))).outcome).toBe('refused');
  });
});
