import { claimableAt } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';

export type NextClaimable = { connectionId: string; customer: string; lapsesAt: Date };

/**
 * What could be registered right now, the one that lapses first, and how many there are: sealed, old enough, with an
 * hour left, not withdrawn, and the newest consent of its connection. The claim itself decides again.
 */
export async function nextClaimable(ctx: Ctx): Promise<{ first: NextClaimable | null; total: number }> {
  const { issuedBy, lapsingAfter } = claimableAt(ctx.clock.now());
  // What is sealed has a due moment, its lapse at the latest, and by that an index finds it among all that has ended.
  const [row] = await inTenant(
    ctx.partnerId,
    (tx) =>
      tx.$queryRaw<(NextClaimable & { total: number })[]>`
      SELECT g.connection_id AS "connectionId", u.name AS customer, g.lapses_at AS "lapsesAt", (count(*) OVER ())::int AS total
      FROM token_grant g
      JOIN connection c ON c.partner_id = g.partner_id AND c.id = g.connection_id
      JOIN customer u ON u.partner_id = c.partner_id AND u.id = c.customer_id
      WHERE g.partner_id = ${ctx.partnerId} AND g.custody = 'sealed' AND g.due_at IS NOT NULL
        AND g.issued_at <= ${issuedBy} AND g.lapses_at > ${lapsingAfter}
        AND c.withdrawn_at IS NULL AND c.attention IS NULL
        AND NOT EXISTS (SELECT FROM token_grant newer WHERE newer.partner_id = g.partner_id
          AND newer.connection_id = g.connection_id
          AND (newer.custody <> 'shredded' OR EXISTS (SELECT FROM handoff h
            WHERE h.partner_id = newer.partner_id AND h.grant_id = newer.id AND h.delivered_at IS NOT NULL))
          AND (coalesce(newer.consented_at, newer.issued_at), newer.sealed_at, newer.id)
            > (coalesce(g.consented_at, g.issued_at), g.sealed_at, g.id))
      ORDER BY g.lapses_at, g.id LIMIT 1`,
  );
  if (!row) return { first: null, total: 0 };
  const { total, ...first } = row;
  return { first, total };
}
