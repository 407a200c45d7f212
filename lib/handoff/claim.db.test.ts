import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ageGrants } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { clockAt, hours, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sweep } from '../sweep/index.ts';
import { listTargets } from '../targets/index.ts';
import { anInvitation, aSealedConnection, eventsOf, eventTypes, firstReminder, grantOf } from '../testing/journey.ts';
import { anApiKey, aPartner, aRegistration, later, untilBlocked, type World, world } from '../testing/world.ts';
import { cancelHandoff, claimHandoff, redeemHandoff } from './index.ts';
import { findHandoff } from './store.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const at = (ctx: Ctx, instant: Date): Ctx => ({ ...ctx, clock: clockAt(instant) });
const handoffOf = (ctx: Ctx, id: string) => inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, id));
const fail = (error: unknown) => {
  throw error;
};

describe('the window of a claim', () => {
  test('opens exactly 570 seconds after the issue, and a claim before that says from when', async () => {
    const ctx = await aPartner();
    const { connectionId, grantId } = await aSealedConnection(ctx);
    const { issuedAt } = await grantOf(ctx, grantId);
    const opens = plus(issuedAt, seconds(570));

    for (const early of [seconds(0), seconds(569), seconds(570) - 1])
      await expect(claimHandoff(at(ctx, plus(issuedAt, early)), { connectionId })).rejects.toMatchObject({
        code: 'too_early',
        extra: { not_before: opens.toISOString() },
      });
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
    expect(await claimHandoff(at(ctx, opens), { connectionId })).toMatchObject({ status: 'claimed', grantId });
    expect(await eventTypes(ctx)).toContain('handoff.refused');
  });

  test('closes exactly one hour before the lapse', async () => {
    const ctx = await aPartner();
    const { connectionId, grantId } = await aSealedConnection(ctx);
    const { lapsesAt } = await grantOf(ctx, grantId);
    await expect(claimHandoff(at(ctx, plus(lapsesAt, -hours(1))), { connectionId })).rejects.toMatchObject({
      code: 'window_over',
    });
    const last = plus(lapsesAt, -hours(1) - 1);
    const handoff = await claimHandoff(at(ctx, last), { connectionId });
    expect(handoff.redeemBefore).toEqual(plus(lapsesAt, -hours(1))); // never past it, although a day is usual
  });

  test('a claim has a day to be redeemed', async () => {
    const ctx = await aPartner();
    const { connectionId } = await aSealedConnection(ctx);
    const due = await later(ctx, 570);
    const { claimedAt, redeemBefore, dueAt } = await claimHandoff(due, { connectionId });
    expect(redeemBefore.getTime() - claimedAt.getTime()).toBe(hours(24));
    expect(dueAt).toEqual(redeemBefore);
  });
});

/** Connections of the app in one process (lib/db/client.ts). */
const pooled = 10;

describe('a grant is claimed once', () => {
  /** They truly overlap: every connection of the pool has read the grant as sealed and stands before the write. */
  test('of twenty claims at once one wins, the others are told that they lost', async () => {
    const sealed = await aPartner();
    const { connectionId, grantId } = await aSealedConnection(sealed);
    const ctx = await later(sealed, 570);
    await listTargets(ctx); // made at first need, one after the other; here they must not be what is waited for

    await house.admin.query('BEGIN');
    await house.admin.query('SELECT FROM token_grant WHERE id = $1 FOR UPDATE', [grantId]);
    const claims = Array.from({ length: 20 }, () => claimHandoff(ctx, { connectionId }));
    const settled = Promise.allSettled(claims);
    await untilBlocked(house.admin, pooled);
    await house.admin.query('COMMIT');
    const results = await settled;

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    expect(lost).toEqual(Array(19).fill('already_claimed'));
    const { rows } = await house.admin.query('SELECT status FROM handoff WHERE grant_id = $1', [grantId]);
    expect(rows).toEqual([{ status: 'claimed' }]);
    expect((await eventsOf(ctx)).filter(({ type }) => type === 'handoff.refused')).toHaveLength(19);
    expect((await eventsOf(ctx)).filter(({ type }) => type === 'handoff.claimed')).toHaveLength(1);
  });

  test('what cannot be claimed says why', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const never = await anInvitation(ctx, registration);
    await expect(claimHandoff(ctx, never)).rejects.toMatchObject({ code: 'needs_consent' });

    const { connectionId, grantId } = await aSealedConnection(ctx);
    const due = await later(ctx, 570);
    for (const [custody, more, code] of [
      ['parked', ", parked_reason = 'wrong_user'", 'not_claimable'],
      [
        'lapsed',
        ', refresh_token = NULL, access_token = NULL, ended_at = now(), parked_reason = NULL',
        'needs_consent',
      ],
    ] as const) {
      await house.admin.query(`UPDATE token_grant SET custody = '${custody}'${more} WHERE id = $1`, [grantId]);
      await expect(claimHandoff(due, { connectionId })).rejects.toMatchObject({ code });
    }
  });

  test("another partner's connection is not found; one event of whoever asked tells of it, and names nothing", async () => {
    const [ours, theirs] = [await aPartner(), await aPartner()];
    const { connectionId, grantId } = await aSealedConnection(theirs);
    const due = await later(theirs, 570);
    await expect(claimHandoff(await later(ours, 570), { connectionId })).rejects.toMatchObject({ code: 'not_found' });
    expect((await grantOf(due, grantId)).custody).toBe('sealed');
    const told = (await eventsOf(ours)).map(({ type, connectionId: named, data }) => [type, named, data]);
    expect(told).toEqual([['handoff.refused', null, { act: 'claim', code: 'not_found' }]]);
    expect((await eventTypes(theirs)).filter((type) => type.startsWith('handoff.'))).toEqual([]);
  });
});

describe('a claim that delivers nothing goes back (H6)', () => {
  async function aClaim() {
    const sealed = await aPartner();
    const connection = await aSealedConnection(sealed);
    const { ctx } = await anApiKey(await later(sealed, 570));
    return { ctx, ...connection, handoff: await claimHandoff(ctx, connection) };
  }

  test('cancelled: the grant is sealed again with the clock it had, and can be claimed again', async () => {
    const { ctx, handoff, grantId, connectionId } = await aClaim();
    await cancelHandoff(ctx, handoff.id);
    const grant = await grantOf(ctx, grantId);
    expect(grant).toMatchObject({ custody: 'sealed', dueAt: firstReminder(grant) });
    expect(await handoffOf(ctx, handoff.id)).toMatchObject({ status: 'cancelled', dueAt: null });
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    await expect(cancelHandoff(ctx, handoff.id)).rejects.toMatchObject({ code: 'not_cancellable' });
    expect(await claimHandoff(ctx, { connectionId })).toMatchObject({ status: 'claimed' });
  });

  test('but not once a byte has left', async () => {
    const { ctx, handoff, grantId } = await aClaim();
    await redeemHandoff(ctx, handoff.id, 'k');
    await expect(cancelHandoff(ctx, handoff.id)).rejects.toMatchObject({ code: 'not_cancellable' });
    expect((await grantOf(ctx, grantId)).custody).toBe('handed_over');
  });

  test('redeem and cancel at once: one of them happened, never both', async () => {
    const { ctx, handoff, grantId } = await aClaim();
    const [redeemed, cancelled] = await Promise.allSettled([
      redeemHandoff(ctx, handoff.id, 'k'),
      cancelHandoff(ctx, handoff.id),
    ]);
    expect([redeemed.status, cancelled.status].sort()).toEqual(['fulfilled', 'rejected']);
    const { custody } = await grantOf(ctx, grantId);
    expect(custody).toBe(redeemed.status === 'fulfilled' ? 'handed_over' : 'sealed');
  });

  test('redeem_before passes: too late to redeem at that very moment, and the sweep seals it again', async () => {
    const { ctx, handoff, grantId } = await aClaim();
    await expect(redeemHandoff(at(ctx, handoff.redeemBefore), handoff.id, 'k')).rejects.toMatchObject({
      code: 'window_over',
    });
    const after = await later(ctx, 86_400);
    expect(await handoffOf(after, handoff.id)).toMatchObject({ status: 'cancelled', outcomeCode: 'not_redeemed' });
    const grant = await grantOf(after, grantId);
    expect(grant).toMatchObject({ custody: 'sealed', dueAt: firstReminder(grant) });
    expect(await eventsOf(after)).toContainEqual(
      expect.objectContaining({
        type: 'handoff.cancelled',
        data: { handoff_id: handoff.id, reason: 'not_redeemed' },
      }),
    );
  });

  test('a claim forgotten until after the lapse goes back and lapses, in that order', async () => {
    const { ctx, handoff, grantId } = await aClaim();
    const after = await later(ctx, 40 * 86_400);
    expect((await handoffOf(after, handoff.id))?.status).toBe('cancelled');
    expect(await grantOf(after, grantId)).toMatchObject({ custody: 'lapsed', refreshToken: null, accessToken: null });
    const told = await eventTypes(after);
    expect(told.slice(told.indexOf('handoff.cancelled'))).toEqual([
      'handoff.cancelled',
      ...Array(4).fill('grant.expiring'),
      'grant.lapsed',
    ]);
  });
});

describe('the lapse', () => {
  test('comes at exactly 30 days, not a moment earlier, and wipes the token', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    const { issuedAt, lapsesAt } = await grantOf(ctx, grantId);
    expect(lapsesAt.getTime() - issuedAt.getTime()).toBe(30 * 24 * hours(1));

    await inTenant(ctx.partnerId, (tx) => ageGrants(tx, at(ctx, plus(lapsesAt, -1)), [grantId]));
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
    await inTenant(ctx.partnerId, (tx) => ageGrants(tx, at(ctx, lapsesAt), [grantId]));
    expect(await grantOf(ctx, grantId)).toMatchObject({
      custody: 'lapsed',
      refreshToken: null,
      accessToken: null,
      endedAt: lapsesAt,
    });
    expect(await eventTypes(ctx)).toContain('grant.lapsed');
  });

  test('is found by the sweep, once, and only under its own partner', async () => {
    const [ctx, other] = [await aPartner(), await aPartner()];
    const { grantId } = await aSealedConnection(ctx);
    const theirs = await aSealedConnection(other);
    const after = await later(ctx, 30 * 86_400);
    expect((await grantOf(after, grantId)).custody).toBe('lapsed');
    expect((await grantOf(other, theirs.grantId)).custody).toBe('sealed');
    expect(await sweep(fail)).toBe(0);
    expect((await eventTypes(after)).filter((type) => type === 'grant.lapsed')).toHaveLength(1);
  });
});
