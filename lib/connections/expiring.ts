import { inTenant } from '../db/index.ts';
import { days, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';

export type ExpiringView = { connectionId: string; customer: string; parked: boolean; lapsesAt: Date };

/** How far ahead members are told (design §4). */
const horizon = days(14);

/**
 * What a partner holds whose window closes within 14 days of `at`, soonest first, as it stood then: a letter that is
 * written later still tells of its own moment. `total` counts also what is beyond `limit`.
 */
export async function expiringAsOf(
  ctx: Ctx,
  at: Date,
  limit: number,
): Promise<{ rows: ExpiringView[]; total: number }> {
  const found = await inTenant(
    ctx.partnerId,
    (tx) =>
      tx.$queryRaw<(ExpiringView & { total: number })[]>`
      SELECT g.connection_id AS "connectionId", u.name AS customer, g.lapses_at AS "lapsesAt",
        g.custody = 'parked' AS parked, (count(*) OVER ())::int AS total
      FROM token_grant g
      JOIN connection c ON c.partner_id = g.partner_id AND c.id = g.connection_id
      JOIN customer u ON u.partner_id = c.partner_id AND u.id = c.customer_id
      WHERE g.partner_id = ${ctx.partnerId} AND g.sealed_at <= ${at} AND g.lapses_at > ${at}
        AND g.lapses_at <= ${plus(at, horizon)} AND (g.ended_at IS NULL OR g.ended_at > ${at})
        AND NOT EXISTS (SELECT FROM handoff h WHERE h.partner_id = g.partner_id AND h.grant_id = g.id
          AND h.claimed_at <= ${at} AND (h.status <> 'cancelled' OR h.settled_at > ${at}))
      ORDER BY g.lapses_at, g.id LIMIT ${limit}`,
  );
  return { rows: found.map(({ total: _, ...row }) => row), total: found[0]?.total ?? 0 };
}
