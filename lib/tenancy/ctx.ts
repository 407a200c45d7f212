import { randomUUID } from 'node:crypto';
import { inTenant, type Tx } from '../db/index.ts';
import { clockFrom } from '../kernel/clock.ts';
import type { Actor, Ctx } from '../kernel/ctx.ts';

type PartnerTime = { now: Date; sandbox: boolean };

async function readTime(tx: Tx): Promise<PartnerTime | null> {
  const [row] = await tx.$queryRaw<PartnerTime[]>`
    SELECT clock_timestamp() + clock_offset_ms * interval '1 millisecond' AS now, sandbox_of IS NOT NULL AS sandbox
    FROM partner WHERE partner_id = current_partner() AND deleted_at IS NULL`;
  return row ?? null;
}

/** The context of a request in a transaction that already runs, or null when there is no such partner, or no longer. */
export async function ctxIn(
  tx: Tx,
  partnerId: string,
  actor: Actor,
  requestId: string = randomUUID(),
): Promise<Ctx | null> {
  const time = await readTime(tx);
  return time && { partnerId, sandbox: time.sandbox, actor, clock: clockFrom(time.now), requestId };
}

/** The context of a request: the database clock, plus a sandbox's offset (design §5). Null when there is no such partner. */
export const openCtx = (partnerId: string, actor: Actor, requestId?: string): Promise<Ctx | null> =>
  inTenant(partnerId, (tx) => ctxIn(tx, partnerId, actor, requestId));

/** The same context on behalf of someone else. */
export const actingAs = (ctx: Ctx, actor: Actor): Ctx => ({ ...ctx, actor });
