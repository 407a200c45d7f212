import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Sharing } from './core/preflight.ts';

/**
 * Where else the Exact user of a grant came in with the same client ID, by the blind index that outlives the shred
 * (design §8.8): other connections, and an earlier registration of this one. Databases that were made with it first.
 * The receiving side takes one data container per pair (itgenscr590). `total` counts also what is beyond `limit`.
 */
export async function sharingExactUser(
  ctx: Ctx,
  grantId: string,
  limit: number,
): Promise<{ others: Sharing[]; total: number }> {
  const found = await inTenant(
    ctx.partnerId,
    (tx) =>
      tx.$queryRaw<(Sharing & { total: number })[]>`
      SELECT s.*, (count(*) OVER ())::int AS total FROM (
        SELECT c.id AS "connectionId", u.name AS customer, c.id = mine.connection_id AS own,
          bool_or(EXISTS (SELECT FROM handoff h WHERE h.partner_id = g.partner_id AND h.grant_id = g.id
            AND h.status IN ('delivered', 'confirmed', 'unconfirmed'))) AS registered
        FROM token_grant mine
        JOIN token_grant g ON g.partner_id = mine.partner_id AND g.exact_user_index = mine.exact_user_index AND g.id <> mine.id
        JOIN connection c ON c.partner_id = g.partner_id AND c.id = g.connection_id
        JOIN customer u ON u.partner_id = c.partner_id AND u.id = c.customer_id
        WHERE mine.partner_id = ${ctx.partnerId} AND mine.id = ${grantId}
        GROUP BY c.id, u.name, mine.connection_id) s
      WHERE s.registered OR NOT s.own
      ORDER BY s.registered DESC, s."connectionId" LIMIT ${limit}`,
  );
  return { others: found.map(({ total: _, ...row }) => row), total: found[0]?.total ?? 0 };
}
