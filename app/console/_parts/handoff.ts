import { inTenant } from '#lib/db/index.ts';
import { findHandoff, type HandoffRow } from '#lib/handoff/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { notFound } from '#lib/kernel/errors.ts';

/** A handoff of this partner. Throws not_found. */
export async function handoffOf(ctx: Ctx, id: string): Promise<HandoffRow> {
  const row = await inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, id));
  if (!row) throw notFound();
  return row;
}
