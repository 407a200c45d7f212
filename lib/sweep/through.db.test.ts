import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { days, hours, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { addMember } from '../tenancy/index.ts';
import { anInvitation, aSealedConnection, grantOf } from '../testing/journey.ts';
import { manySealed } from '../testing/many.ts';
import { aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { sweep } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};
const feed = (ctx: Ctx) =>
  inTenant(ctx.partnerId, (tx) =>
    tx.outboxEvent.findMany({ where: { partnerId: ctx.partnerId }, orderBy: { seq: 'asc' } }),
  );
const letters = async (ctx: Ctx): Promise<{ at: string; memberId: string }[]> =>
  (
    await house.admin.query(
      "SELECT data FROM pgboss.job WHERE name = 'mail.expiring' AND data->>'partnerId' = $1 ORDER BY data->>'at'",
      [ctx.partnerId],
    )
  ).rows.map(({ data }) => data);
const aMember = (ctx: Ctx, role: 'admin' | 'staff' | 'auditor', name: string) =>
  addMember(ctx, { email: `${name}-${ctx.partnerId}@example.test`, name, role });

describe('31 days of a sandbox in one push', () => {
  test('reminders at 14, 7, 3 and 1 days and the lapse, each at its own moment', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    const { lapsesAt } = await grantOf(ctx, grantId);
    const after = await later(ctx, 31 * 86_400);
    const told = (await feed(after)).filter(({ type }) => type.startsWith('grant.')).slice(1);
    expect(told.map(({ type, at, data }) => [type, at, (data as { days_left?: number }).days_left ?? null])).toEqual([
      ['grant.expiring', plus(lapsesAt, -days(14)), 14],
      ['grant.expiring', plus(lapsesAt, -days(7)), 7],
      ['grant.expiring', plus(lapsesAt, -days(3)), 3],
      ['grant.expiring', plus(lapsesAt, -days(1)), 1],
      ['grant.lapsed', lapsesAt, null],
    ]);
  });

  test('what belongs to different customers comes in the order of time, not of kind', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const early = await aSealedConnection(ctx, { registration, invitation: { customer: { name: 'Early' } } });
    const nextDay = await later(ctx, 86_400);
    await anInvitation(nextDay, registration, { customer: { name: 'Idle' }, expires_in: 20 * 86_400 });
    const late = await aSealedConnection(nextDay, {
      registration,
      user: 's.devries',
      invitation: { customer: { name: 'Late' } },
    });
    const after = await later(nextDay, 40 * 86_400);
    const told = await feed(after);
    const moments = told.map(({ at }) => at.getTime());
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    const who = (id: string | null) =>
      id === early.connectionId ? 'early' : id === late.connectionId ? 'late' : 'idle';
    expect(told.slice(-11).map(({ type, connectionId }) => `${who(connectionId)} ${type}`)).toEqual([
      'early grant.expiring',
      'late grant.expiring',
      'idle invitation.abandoned',
      'early grant.expiring',
      'late grant.expiring',
      'early grant.expiring',
      'late grant.expiring',
      'early grant.expiring',
      'early grant.lapsed',
      'late grant.expiring',
      'late grant.lapsed',
    ]);
  });

  test('members get one letter for all that is close, not one for each; auditors get none', async () => {
    const ctx = await aPartner();
    const [admin, staff] = [await aMember(ctx, 'admin', 'ann'), await aMember(ctx, 'staff', 'sam')];
    await aMember(ctx, 'auditor', 'aud');
    const grants = await manySealed(ctx, 20, 60_000);
    await later(ctx, 31 * 86_400);
    const sent = await letters(ctx);
    expect(new Set(sent.map(({ memberId }) => memberId))).toEqual(new Set([admin, staff]));
    const [first] = grants;
    const due = (left: number, wait: number) => plus(first?.lapsesAt ?? new Date(0), wait - days(left)).toISOString();
    expect(sent.filter(({ memberId }) => memberId === admin).map(({ at }) => at)).toEqual([
      due(14, hours(24)),
      due(7, hours(24)),
      due(3, hours(1)),
      due(1, hours(1)),
    ]);
  });

  test('1,000 grants in seconds, and nothing is told twice or left out', { timeout: 120_000 }, async () => {
    const ctx = await aPartner();
    await aMember(ctx, 'admin', 'max');
    await manySealed(ctx, 1000, 17 * 60_000); // connected over twelve days, as a partner's customers do
    const started = performance.now();
    await later(ctx, 31 * 86_400); // in as many calls as it takes
    const took = performance.now() - started;
    const { rows } = await house.admin.query(
      `SELECT type, count(*)::int AS times, count(DISTINCT data->>'grant_id')::int AS grants,
         bool_and(at <= now() + interval '32 days') AS sane
       FROM outbox_event WHERE partner_id = $1 AND type IN ('grant.expiring', 'grant.lapsed') GROUP BY 1 ORDER BY 1`,
      [ctx.partnerId],
    );
    expect(rows).toEqual([
      { type: 'grant.expiring', times: 4000, grants: 1000, sane: true },
      { type: 'grant.lapsed', times: 1000, grants: 1000, sane: true },
    ]);
    expect(await sweep(fail)).toBe(0);
    process.stdout.write(`31 days over 1,000 grants: ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(60_000);
  });
});

describe('a sweep that comes late', () => {
  test('gives the newest reminder only, once, and goes on from there', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    await house.admin.query('UPDATE partner SET clock_offset_ms = $1 WHERE partner_id = $2', [days(28), ctx.partnerId]);
    await Promise.all([sweep(fail), sweep(fail)]);
    const told = (await feed(ctx)).filter(({ type }) => type === 'grant.expiring');
    expect(told.map(({ data }) => (data as { days_left: number }).days_left)).toEqual([3]);
    const { dueAt, lapsesAt } = await grantOf(ctx, grantId);
    expect(dueAt).toEqual(plus(lapsesAt, -days(1)));
  });
});
