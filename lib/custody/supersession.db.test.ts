import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { claimHandoff, confirmHandoff, redeemHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { createRegistration } from '../tenancy/index.ts';
import {
  anInvitation,
  aSealedConnection,
  connect,
  eventsOf,
  grantOf,
  type SealedConnection,
} from '../testing/journey.ts';
import { control } from '../testing/provider.ts';
import { again, aPartner, aRegistration, later, untilBlocked, type World, world } from '../testing/world.ts';
import { identifyGrant, noDemands } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const told = async (ctx: Ctx, { connectionId }: Pick<SealedConnection, 'connectionId'>) =>
  (await eventsOf(ctx)).filter((event) => event.connectionId === connectionId).map(({ type }) => type);

/** A connection, then time enough for it to be claimed. */
async function aDueConnection(ctx: Ctx, more: Parameters<typeof aSealedConnection>[1] = {}) {
  const sealed = await aSealedConnection(ctx, more);
  return { ctx: await later(ctx, 570), ...sealed };
}

describe('a newer consent of the same Exact user on the same client ID ends the older one (C-2 row 20)', () => {
  test("also when it is another customer's, and the partner is told which", async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const older = await aSealedConnection(ctx, { registration, user: 'f.visser' });
    const newer = await aSealedConnection(ctx, {
      registration,
      user: 'f.visser',
      invitation: { customer: { name: 'Tandartspraktijk Smit' } },
    });

    expect(older.connectionId).not.toBe(newer.connectionId);
    expect(await grantOf(ctx, older.grantId)).toMatchObject({
      custody: 'superseded',
      refreshToken: null,
      accessToken: null,
      dueAt: null,
      endedAt: expect.any(Date),
    });
    expect((await grantOf(ctx, newer.grantId)).custody).toBe('sealed');
    expect(await eventsOf(ctx)).toContainEqual({
      type: 'grant.superseded',
      connectionId: older.connectionId,
      data: { grant_id: older.grantId, by_grant_id: newer.grantId, custody: 'sealed' },
    });
  });

  test('also under another registration that carries the same client ID', async () => {
    const ctx = await aPartner();
    const one = await aRegistration(ctx);
    const older = await aSealedConnection(ctx, { registration: one });
    const two = await aRegistration(ctx, { client_id: one.clientId.toUpperCase() });
    await aSealedConnection(ctx, { registration: two });
    expect((await grantOf(ctx, older.grantId)).custody).toBe('superseded');
  });

  test('but not that of another Exact user, nor on another client ID', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const older = await aSealedConnection(ctx, { registration, user: 'j.jansen' });
    const neighbour = { customer: { name: 'Buurman' } };
    await aSealedConnection(ctx, { registration, user: 's.devries', invitation: neighbour });
    await aSealedConnection(ctx, { user: 'j.jansen', invitation: neighbour });
    expect((await grantOf(ctx, older.grantId)).custody).toBe('sealed');
    expect(await told(ctx, older)).toEqual(['invitation.finished', 'grant.sealed']);
  });

  test("and never another partner's", async () => {
    const [one, two] = [await aPartner(), await aPartner()];
    const theirs = await aRegistration(one);
    const older = await aSealedConnection(one, { registration: theirs });
    const app = { site: 'nl', client_id: theirs.clientId, client_secret: 'shared-4711', name: 'Shared app' } as const;
    const ours = await createRegistration(two, { ...app, preflight: true, pkce: true });
    await control('PUT', 'clients', { ...app, redirect_uri: ours.redirectUri, realm: one.partnerId });
    await aSealedConnection(two, { registration: ours });
    expect((await grantOf(one, older.grantId)).custody).toBe('sealed');
    expect(await told(one, older)).toEqual(['invitation.finished', 'grant.sealed']);
  });

  test('a claim on the older one is taken back before a byte leaves', async () => {
    const { ctx, registration, ...older } = await aDueConnection(await aPartner());
    const handoff = await claimHandoff(ctx, older);
    await aSealedConnection(ctx, { registration, invitation: { customer: { name: 'Tweede' } } });

    expect((await grantOf(ctx, older.grantId)).custody).toBe('superseded');
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    const row = await inTenant(ctx.partnerId, (tx) => tx.handoff.findFirst({ where: { id: handoff.id } }));
    expect(row).toMatchObject({ status: 'cancelled', outcomeCode: 'superseded', dueAt: null });
    expect(await told(ctx, older)).toContain('grant.superseded');
    expect(await told(ctx, older)).toContain('handoff.cancelled'); // whoever waits to redeem has to hear of it
  });

  test('a newer consent for the same connection takes its place even as another Exact user', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const customer = { name: 'Bakkerij', external_id: 'K-1' };
    const older = await aSealedConnection(ctx, { registration, user: 'j.jansen', invitation: { customer } });
    const newer = await aSealedConnection(ctx, { registration, user: 's.devries', invitation: { customer } });
    expect(newer.connectionId).toBe(older.connectionId);
    expect((await grantOf(ctx, older.grantId)).custody).toBe('superseded');
  });

  test('a parked one is superseded like any other', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration, { expect: { exact_user: 'nobody' } });
    const { grantId } = await connect(asked, registration);
    await aSealedConnection(ctx, { registration, invitation: { customer: { name: 'Tweede' } } });
    expect(await grantOf(ctx, grantId ?? '')).toMatchObject({ custody: 'superseded', parkedReason: null });
  });
});

describe('what left the house can only be warned about (design §8.8)', () => {
  for (const end of ['handed over', 'registered'] as const) {
    test(`${end}: the database that lives on it may end, and the partner hears so`, async () => {
      const { ctx, registration, ...older } = await aDueConnection(await aPartner());
      const handoff = await claimHandoff(ctx, older);
      await redeemHandoff(ctx, handoff.id, 'k');
      if (end === 'registered') await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });

      const newer = await aSealedConnection(ctx, { registration, invitation: { customer: { name: 'Tweede' } } });

      const grant = await grantOf(ctx, older.grantId);
      expect(grant.custody).toBe(end === 'registered' ? 'shredded' : 'handed_over');
      expect(grant.supersededWarningAt).not.toBeNull();
      expect(await eventsOf(ctx)).toContainEqual({
        type: 'grant.maybe_superseded',
        connectionId: older.connectionId,
        data: { grant_id: older.grantId, by_grant_id: newer.grantId, custody: grant.custody },
      });
      expect((await grantOf(ctx, newer.grantId)).custody).toBe('sealed');
    });
  }

  test('identity unknown: older grants of the connection are maybe superseded and stay sealed', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx, { preflight: false });
    const customer = { name: 'Bakkerij', external_id: 'K-2' };
    const older = await aSealedConnection(ctx, { registration, invitation: { customer } });
    await aSealedConnection(ctx, { registration, invitation: { customer } });
    const grant = await grantOf(ctx, older.grantId);
    expect(grant.custody).toBe('sealed');
    expect(grant.maybeSupersededAt).not.toBeNull();
    expect(await told(ctx, older)).toContain('grant.maybe_superseded');
  });
});

describe('when consents, claims and deliveries meet', () => {
  test('two consents of one user settling at once leave exactly one sealed', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx, { preflight: false });
    const made: SealedConnection[] = [];
    for (const name of ['Een', 'Twee', 'Drie'])
      made.push(await aSealedConnection(ctx, { registration, invitation: { customer: { name } } }));
    // As three pre-flights would do it that finish together.
    await house.admin.query(`UPDATE token_grant SET identity = 'pending' WHERE partner_id = $1`, [ctx.partnerId]);
    const user = { id: 'u1', userName: 'u', fullName: 'U', email: null };
    await Promise.all(
      made.map(({ grantId }) =>
        inTenant(ctx.partnerId, (tx) => identifyGrant(tx, ctx, grantId, { user, divisions: [] }, noDemands)),
      ),
    );
    const grants = await Promise.all(made.map(({ grantId }) => grantOf(ctx, grantId)));
    expect(grants.map(({ custody }) => custody).sort()).toEqual(['sealed', 'superseded', 'superseded']);
    const newest = grants.toSorted((a, b) => b.issuedAt.getTime() - a.issuedAt.getTime())[0];
    expect(newest?.custody).toBe('sealed');
  });

  test.each(['older', 'newer'] as const)(
    'a consent that settles while that of the %s one is not committed waits for it',
    async (first) => {
      const ctx = await aPartner();
      await aSealedConnection(ctx); // the partner has its keys, which would be waited for
      const registration = await aRegistration(ctx, { preflight: false });
      const older = await aSealedConnection(ctx, { registration, invitation: { customer: { name: 'Een' } } });
      const newer = await aSealedConnection(ctx, { registration, invitation: { customer: { name: 'Twee' } } });
      await house.admin.query(`UPDATE token_grant SET identity = 'pending' WHERE partner_id = $1`, [ctx.partnerId]);
      const user = { id: 'u1', userName: 'u', fullName: 'U', email: null };
      const settle = ({ grantId }: SealedConnection, before: () => Promise<void> = async () => {}) =>
        inTenant(ctx.partnerId, async (tx) => {
          await identifyGrant(tx, ctx, grantId, { user, divisions: [] }, noDemands);
          await before();
        });
      const [one, other] = first === 'older' ? [older, newer] : [newer, older];
      const held = Promise.withResolvers<void>();
      const settled = Promise.withResolvers<void>();
      const ahead = settle(one, () => {
        settled.resolve();
        return held.promise;
      });
      await settled.promise;
      const behind = settle(other);
      await Promise.race([behind, untilBlocked(house.admin)]);
      held.resolve();
      await Promise.all([ahead, behind]);
      expect((await grantOf(ctx, older.grantId)).custody).toBe('superseded');
      expect((await grantOf(ctx, newer.grantId)).custody).toBe('sealed');
    },
  );

  /** A newer grant, sealed and not identified yet, beside a claimed older one of the same Exact user. */
  async function aNewcomer() {
    const { ctx, registration, ...older } = await aDueConnection(await aPartner());
    const handoff = await claimHandoff(ctx, older);
    const quiet = await aRegistration(ctx, { client_id: registration.clientId, preflight: false });
    const newer = await aSealedConnection(ctx, { registration: quiet, invitation: { customer: { name: 'Nieuw' } } });
    await house.admin.query(`UPDATE token_grant SET identity = 'pending' WHERE id = $1`, [newer.grantId]);
    const { exactUser } = await grantOf(ctx, older.grantId);
    const user = exactUser as { id: string; userName: string; fullName: string; email: string | null };
    const identify = async () => {
      const now = await again(ctx);
      return inTenant(now.partnerId, (tx) => identifyGrant(tx, now, newer.grantId, { user, divisions: [] }, noDemands));
    };
    const rival = new pg.Client({ connectionString: house.urls.admin });
    await rival.connect();
    return { ctx, older, newer, handoff, identify, rival };
  }

  /** Redeem locks the handoff, then the grant. Whoever takes them the other way round meets it in a deadlock. */
  test('superseding waits for a delivery in progress without holding its grant', async () => {
    const { handoff, older, identify, rival } = await aNewcomer();
    await rival.query('BEGIN');
    await rival.query('SELECT 1 FROM handoff WHERE id = $1 FOR UPDATE', [handoff.id]);
    const settling = identify();
    await untilBlocked(house.admin);

    const free = await rival
      .query('SELECT 1 FROM token_grant WHERE id = $1 FOR UPDATE NOWAIT', [older.grantId])
      .then(() => true)
      .catch(() => false);

    await rival.query('ROLLBACK');
    await rival.end();
    await settling;
    expect(free).toBe(true);
  });

  test('a delivery that wins the race against a newer consent is warned about, not forgotten', async () => {
    const { ctx, handoff, older, identify, rival } = await aNewcomer();
    // What redeem writes, held open before its commit.
    await rival.query('BEGIN');
    await rival.query('SELECT 1 FROM handoff WHERE id = $1 FOR UPDATE', [handoff.id]);
    await rival.query(
      `UPDATE token_grant SET custody = 'handed_over', refresh_token = NULL, access_token = NULL WHERE id = $1`,
      [older.grantId],
    );
    await rival.query(
      `UPDATE handoff SET status = 'delivered', delivered_at = now(), envelope = '\\x00', due_at = now() + interval '1 day' WHERE id = $1`,
      [handoff.id],
    );
    const settling = identify();
    await untilBlocked(house.admin);
    await rival.query('COMMIT');
    await rival.end();
    await settling;

    expect((await grantOf(ctx, older.grantId)).supersededWarningAt).not.toBeNull();
    expect(await told(ctx, older)).toContain('grant.maybe_superseded');
  });
});
