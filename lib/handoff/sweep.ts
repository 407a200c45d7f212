import { record } from '../audit/index.ts';
import { returnGrant } from '../custody/index.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { settleDelivered } from './confirm.ts';
import { findHandoff, moveHandoff } from './store.ts';

/** What time does to a handoff: an unredeemed claim goes back, an unconfirmed delivery ends and is told (H8). */
export async function endHandoffDue(tx: Tx, ctx: Ctx, handoffId: string): Promise<void> {
  const handoff = await findHandoff(tx, ctx, handoffId);
  if (!handoff?.dueAt || ctx.clock.now() < handoff.dueAt) return;
  if (handoff.status === 'delivered') {
    await settleDelivered(tx, ctx, handoff, 'unconfirmed', null);
    return;
  }
  if (
    !(await moveHandoff(
      tx,
      ctx,
      handoffId,
      'cancelled',
      { outcomeCode: 'not_redeemed' },
      { dueAt: { lte: ctx.clock.now() } },
    ))
  )
    return;
  await returnGrant(tx, ctx, handoff.grantId);
  await record(
    tx,
    ctx,
    'handoff.cancelled',
    { connectionId: handoff.connectionId },
    { handoff_id: handoffId, reason: 'not_redeemed' },
  );
}
