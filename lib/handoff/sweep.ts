import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { giveBack } from './claim.ts';
import { settleDelivered } from './confirm.ts';
import { findHandoff } from './store.ts';

/** What time does to a handoff: an unredeemed claim goes back, an unconfirmed delivery ends and is told (H8). */
export async function endHandoffDue(tx: Tx, ctx: Ctx, handoffId: string): Promise<void> {
  const handoff = await findHandoff(tx, ctx, handoffId);
  if (!handoff?.dueAt || ctx.clock.now() < handoff.dueAt) return;
  if (handoff.status === 'delivered') {
    await settleDelivered(tx, ctx, handoff, 'unconfirmed', null);
    return;
  }
  await giveBack(tx, ctx, handoff, 'not_redeemed', {}, { dueAt: { lte: ctx.clock.now() } });
}
