import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { parkGrant, sealGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { Secret } from '../kernel/secret.ts';
import { sweep } from '../sweep/index.ts';
import {
  anInvitation,
  aSealedConnection,
  comeBack,
  connect,
  decide,
  eventsOf,
  eventTypes,
  firstReminder,
  grantOf,
  leave,
  opened,
  tripOf,
} from '../testing/journey.ts';
import { control, journal, tokenCalls } from '../testing/provider.ts';
import { aPartner, aRegistration, later, type World, world } from '../testing/world.ts';

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

describe('sealed first (design §8.1, §8.2)', () => {
  test('the whole way: sealed, identified, told, and asked of the provider in this order', async () => {
    const { grantId, registration, asked } = await aSealedConnection(ctx, { user: 's.devries' });

    const asks = (await journal(registration)).filter(({ path }) => /token|v1/.test(path));
    expect(asks.map(({ path, status }) => [path, status])).toEqual([
      ['/api/oauth2/token', 200],
      ['/api/v1/current/Me', 200],
      ['/api/v1/1240118/system/Divisions', 200],
    ]);
    const grant = await grantOf(ctx, grantId);
    expect(grant).toMatchObject({
      custody: 'sealed',
      generation: 0,
      identity: 'known',
      spends: 0,
      clientId: registration.clientId,
      redirectUri: registration.redirectUri,
      exactUser: { userName: 's.devries', fullName: 'Sanne de Vries', email: 'sanne@example.test' },
      divisions: [{ code: 1240118 }, { code: 1240119 }],
    });
    expect(grant.lapsesAt.getTime() - grant.issuedAt.getTime()).toBe(30 * 86_400_000);
    expect(grant.dueAt).toEqual(firstReminder(grant));
    expect((await eventsOf(ctx)).filter(({ connectionId }) => connectionId === asked.connectionId)).toMatchObject([
      { type: 'invitation.finished', data: { outcome: 'sealed' } },
      { type: 'grant.sealed', data: { grant_id: grantId, identity: 'known' } },
    ]);
  });

  /** The witness stands between us and the provider and looks into the database at the first API call. */
  test('the refresh token is durable before the access token is used', async () => {
    const registration = await aRegistration(ctx);
    const { authorizeUrl } = await leave(await anInvitation(ctx, registration));
    const params = await decide(authorizeUrl);
    const seen: unknown[] = [];
    const witness = createServer((request, response) => {
      if (request.url === '/api/oauth2/token')
        return void response.end('{"access_token":"a1","expires_in":"600","refresh_token":"t0 of the witness"}');
      void house.admin
        .query('SELECT custody, refresh_token IS NOT NULL AS held FROM token_grant WHERE client_id = $1', [
          registration.clientId,
        ])
        .then(({ rows }) => {
          seen.push(rows);
          response.end('{}');
        });
    });
    await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve));
    useConfig({
      ...house.config,
      simulatorOrigins: { nl: `http://127.0.0.1:${(witness.address() as AddressInfo).port}` },
    });

    const trip = await tripOf(await comeBack(registration, params));
    useConfig(house.config);
    witness.closeAllConnections();
    witness.close();

    expect(trip.outcome).toBe('sealed');
    expect(seen).toEqual([[{ custody: 'sealed', held: true }]]);
  });

  test('with the pre-flight switched off no API call is ever made, and the identity is unknown', async () => {
    const registration = await aRegistration(ctx, { preflight: false });
    const { grantId } = await aSealedConnection(ctx, { registration });
    expect((await journal(registration)).filter(({ path }) => path.startsWith('/api/v1/'))).toEqual([]);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed', identity: 'unknown', exactUser: null });
  });

  test('a connection that was blocked or withdrawn is whole again once it is sealed', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { state } = await leave(asked);
    await comeBack(registration, { state, error: 'unauthorized_client' });
    expect((await opened(asked)).connection.attention).toBe('blocked');
    await connect(asked, registration);
    expect((await opened(asked)).connection).toMatchObject({ attention: null, withdrawnAt: null });
  });

  test('nothing of a token is in the audit trail or the events', async () => {
    const { grantId } = await aSealedConnection(ctx);
    const { tokenFingerprint } = await grantOf(ctx, grantId);
    const told = await inTenant(ctx.partnerId, async (tx) => [
      await tx.auditEvent.findMany({ where: { partnerId: ctx.partnerId }, omit: { seq: true, hash: true } }),
      (await tx.outboxEvent.findMany({ where: { partnerId: ctx.partnerId } })).map(({ data }) => data),
    ]);
    expect(JSON.stringify(told)).not.toMatch(/IAAAA|gAAAA/);
    expect(JSON.stringify(told)).not.toContain(tokenFingerprint);
  });
});

describe('the wrong account is parked, never discarded (TH8)', () => {
  test('an Exact user other than the expected one', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration, { expect: { exact_user: 's.devries' } });
    const trip = await connect(asked, registration, { user: 'j.jansen' });
    const grant = await grantOf(ctx, trip.grantId ?? '');
    expect(grant).toMatchObject({ custody: 'parked', parkedReason: 'wrong_user' });
    expect(grant.refreshToken).not.toBeNull();
    expect(await eventsOf(ctx)).toContainEqual(
      expect.objectContaining({
        type: 'grant.parked',
        connectionId: asked.connectionId,
        data: expect.objectContaining({ reason: 'wrong_user' }),
      }),
    );
  });

  test('an administration that was left unticked', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration, { expect: { division: 1240119 } });
    const trip = await connect(asked, registration, { user: 's.devries', divisions: [1240118] });
    expect(await grantOf(ctx, trip.grantId ?? '')).toMatchObject({ custody: 'parked', parkedReason: 'wrong_company' });
  });

  test('the expected user by name or by mail address, whatever the case, is sealed', async () => {
    for (const exact_user of ['J.Jansen', 'JAN@example.test']) {
      const registration = await aRegistration(ctx);
      const asked = await anInvitation(ctx, registration, { expect: { exact_user, division: 1234567 } });
      const trip = await connect(asked, registration);
      expect((await grantOf(ctx, trip.grantId ?? '')).custody).toBe('sealed');
    }
  });

  /** R4: Exact hands out 60 rows at a time; an accountant has hundreds. */
  test('an expectation that cannot be checked is not taken for met', async () => {
    const registration = await aRegistration(ctx, { preflight: false });
    const asked = await anInvitation(ctx, registration, { expect: { exact_user: 'j.jansen' } });
    const trip = await connect(asked, registration, { user: 'j.jansen' });
    expect(await grantOf(ctx, trip.grantId ?? '')).toMatchObject({
      custody: 'parked',
      parkedReason: 'not_verified',
      identity: 'unknown',
    });
  });

  test('an administration on the second page of the list is found', async () => {
    await control('POST', 'users', {
      id: '5c1f0000-0000-4000-8000-0000000000aa',
      user_name: 'a.accountant',
      full_name: 'Ans Accountant',
      email: 'ans@example.test',
      divisions: Array.from({ length: 75 }, (_, index) => ({
        code: 3_000_001 + index,
        description: `Klant ${index}`,
        customer_name: `Klant ${index}`,
        country: 'NL',
        vat_number: '',
        current: index === 0,
      })),
    });
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration, { expect: { division: 3_000_075 } });
    const trip = await connect(asked, registration, { user: 'a.accountant' });
    const grant = await grantOf(ctx, trip.grantId ?? '');
    expect([grant.custody, grant.parkedReason, (grant.divisions as unknown[]).length]).toEqual(['sealed', null, 75]);
  });
});

describe('a crash between sealing and asking who it was', () => {
  /** What the callback leaves behind when its process ends right after the commit of the seal. */
  async function aCrash() {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const { state } = await leave(asked);
    // A denial settles a request row for the grant to hang on.
    const trip = await tripOf(await comeBack(registration, { state, error: 'access_denied' }));
    const grant = await inTenant(ctx.partnerId, (tx) =>
      sealGrant(tx, ctx, {
        connectionId: asked.connectionId,
        authorizationRequestId: trip.id,
        site: 'nl',
        clientId: registration.clientId,
        redirectUri: registration.redirectUri,
        unusedDays: 30,
        tokens: {
          refreshToken: new Secret('t0 of a crash'),
          accessToken: new Secret('a1 of a crash'),
          accessLifetimeSeconds: 600,
        },
        issuedAt: ctx.clock.now(),
      }),
    );
    return { grant, registration };
  }

  test('is settled by the sweep after two minutes: sealed, identity unknown, and told', async () => {
    const { grant, registration } = await aCrash();
    const fail = (error: unknown) => {
      throw error;
    };
    await sweep(fail);
    expect((await grantOf(ctx, grant.id)).identity).toBe('pending');

    ctx = await later(ctx, 120);

    const settled = await grantOf(ctx, grant.id);
    expect(settled).toMatchObject({ custody: 'sealed', identity: 'unknown', dueAt: firstReminder(settled) });
    expect(await eventTypes(ctx)).toContain('grant.sealed');
    expect(await tokenCalls(registration)).toEqual([]);
  });

  test('is no reason to look at the grant again and again when somebody doubted it meanwhile', async () => {
    const { grant } = await aCrash();
    await inTenant(ctx.partnerId, (tx) => parkGrant(tx, ctx, grant, 'customer_doubts'));
    ctx = await later(ctx, 120);
    const settled = await grantOf(ctx, grant.id);
    expect(settled).toMatchObject({ custody: 'parked', identity: 'unknown', dueAt: firstReminder(settled) });
    const last = (await eventsOf(ctx)).filter(({ connectionId }) => connectionId === grant.connectionId).at(-1);
    expect(last?.type).toBe('grant.parked'); // not grant.sealed: it is not
  });
});
