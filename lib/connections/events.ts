import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { decodeCursor, encodeCursor, type Page } from '../kernel/paging.ts';

export type EventView = {
  id: string;
  type: string;
  at: Date;
  connectionId: string | null;
  data: Record<string, unknown>;
};
type EventRow = {
  id: string;
  type: string;
  at: Date;
  connection_id: string | null;
  data: Record<string, unknown>;
  tx: string;
  seq: string;
};

/**
 * The first transaction id that may still be running here: every older one has ended, so its rows are there for the next
 * statement or never will be. A transaction that is shown to run in another database of the cluster does not count.
 */
async function eventHorizon(tx: Tx): Promise<string> {
  const [row] = await tx.$queryRaw<{ horizon: string }[]>`
    WITH s AS (SELECT pg_current_snapshot() AS taken)
    SELECT coalesce(
      (SELECT min(running::text::bigint) FROM s, pg_snapshot_xip(s.taken) AS running
       WHERE NOT EXISTS (
         SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'transactionid' AND l.granted AND l.transactionid::text::bigint = running::text::bigint & 4294967295
           AND a.datid <> (SELECT oid FROM pg_database WHERE datname = current_database()))),
      (SELECT pg_snapshot_xmax(taken)::text::bigint FROM s))::text AS horizon`;
  return row?.horizon ?? '0';
}

/**
 * The partner's event feed in commit order: nothing can appear behind a reader's cursor, because only events below the
 * horizon are shown. Null when the cursor is not one of ours.
 */
export async function listEvents(
  ctx: Ctx,
  input: { limit: number; cursor?: string | undefined },
): Promise<Page<EventView> | null> {
  const after = input.cursor === undefined ? ['0', '0'] : decodeCursor(input.cursor, 2);
  if (!after?.every((part) => /^\d{1,19}$/.test(part) && BigInt(part) < 2n ** 63n)) return null;
  const rows = await inTenant(ctx.partnerId, async (tx) => {
    const horizon = await eventHorizon(tx);
    return tx.$queryRaw<EventRow[]>`
      SELECT id, type, at, connection_id, data, tx::text AS tx, seq::text AS seq FROM outbox_event
      WHERE partner_id = current_partner() AND tx < ${horizon}::text::xid8
        AND (tx, seq) > (${after[0]}::text::xid8, ${after[1]}::text::bigint)
      ORDER BY tx, seq LIMIT ${input.limit}`;
  });
  const last = rows.at(-1);
  return {
    items: rows.map((row) => ({
      id: row.id,
      type: row.type,
      at: row.at,
      connectionId: row.connection_id,
      data: row.data,
    })),
    next: last ? encodeCursor([last.tx, last.seq]) : (input.cursor ?? null),
  };
}
