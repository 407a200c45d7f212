import { recordAll } from '../audit/index.ts';
import { Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { alarmDays, nextDue, noticeDue } from './core/windows.ts';

type Aging = { id: string; connectionId: string; dueAt: Date; lapsesAt: Date; renewed: boolean };
/** What time did: how many days were left when a reminder fell due, null for a lapse. */
export type Aged = { id: string; connectionId: string; lapsesAt: Date; at: Date; daysLeft: number | null };

/** Locked in one order, so that two sweeps of the same grants wait for each other instead of deadlocking. */
const dueAmong = (tx: Tx, ctx: Ctx, ids: readonly string[], until: Date) => tx.$queryRaw<Aging[]>`
  SELECT id, connection_id AS "connectionId", due_at AS "dueAt", lapses_at AS "lapsesAt",
    renew_at IS NOT NULL AS renewed FROM token_grant
  WHERE partner_id = ${ctx.partnerId} AND id = ANY(${[...ids]}) AND due_at <= ${until}
    AND custody IN ('sealed', 'parked') AND identity <> 'pending' ORDER BY id FOR UPDATE`;

const lapseAll = (tx: Tx, ctx: Ctx, ids: string[]) => tx.$executeRaw`
  UPDATE token_grant SET custody = 'lapsed', refresh_token = NULL, access_token = NULL, due_at = NULL, renew_at = NULL,
    parked_reason = NULL, ended_at = lapses_at
  WHERE partner_id = ${ctx.partnerId} AND id = ANY(${ids})`;

const postponeAll = (tx: Tx, ctx: Ctx, next: { id: string; dueAt: Date }[]) => tx.$executeRaw`
  UPDATE token_grant g SET due_at = n.due_at
  FROM (VALUES ${Prisma.join(next.map(({ id, dueAt }) => Prisma.sql`(${id}, ${dueAt}::timestamptz)`))}) AS n (id, due_at)
  WHERE g.partner_id = ${ctx.partnerId} AND g.id = n.id`;

const noticeOf = (daysLeft: number | null) => (daysLeft === alarmDays ? 'grant.renewal_overdue' : 'grant.expiring');

/**
 * What time does to held grants, many in one go: a reminder at 14, 7, 3 and 1 days before the window closes, for one
 * that should have renewed itself by then an alarm at 5, then the lapse that wipes the tokens (T16). `at` says as of which moment each is judged, given when it fell due. A sweep that
 * comes late gives the newest reminder only. Told in the order in which things fell due; what is not due, no longer
 * held, or not identified yet is passed over.
 */
export async function ageGrants(
  tx: Tx,
  ctx: Ctx,
  ids: readonly string[],
  at: (dueAt: Date) => Date = () => ctx.clock.now(),
): Promise<Aged[]> {
  const rows = await dueAmong(tx, ctx, ids, ctx.clock.now());
  const aged = rows
    .toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.id < b.id ? -1 : 1))
    .map(({ dueAt, renewed, ...grant }) => {
      const moment = at(dueAt);
      return { ...grant, at: moment, daysLeft: noticeDue(dueAt, moment, grant.lapsesAt, renewed) };
    });
  const over = aged.filter(({ at, lapsesAt }) => at >= lapsesAt);
  const held = aged.filter(({ at, lapsesAt }) => at < lapsesAt);
  if (over.length) await lapseAll(tx, ctx, over.map(({ id }) => id)); // biome-ignore format: one thought
  if (held.length) {
    await postponeAll(
      tx,
      ctx,
      held.map(({ id, at, lapsesAt }) => ({ id, dueAt: nextDue(at, lapsesAt) })),
    );
  }
  const told = aged.filter(({ at, lapsesAt, daysLeft }) => at >= lapsesAt || daysLeft !== null);
  await recordAll(
    tx,
    ctx,
    told.map(({ id, connectionId, lapsesAt, at, daysLeft }) => {
      const [when, about] = [lapsesAt.toISOString(), { connectionId }];
      return at >= lapsesAt || daysLeft === null
        ? { type: 'grant.lapsed', at, about, data: { grant_id: id, lapsed_at: when } }
        : { type: noticeOf(daysLeft), at, about, data: { grant_id: id, days_left: daysLeft, lapses_at: when } };
    }),
  );
  return told;
}
