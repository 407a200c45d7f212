import { record } from '../audit/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { findHandoff, type HandoffRow, isPushed } from './store.ts';

/** Whether a claim waits for a second member. */
export const needsApproval = ({ status, fourEyes, approvedBy }: HandoffRow): boolean =>
  status === 'claimed' && fourEyes && approvedBy === null;

/**
 * A member other than the claimer agrees that a claim may be redeemed, or pushed; until then nothing leaves, and the database holds to
 * that by itself. Agreeing again changes nothing. Throws not_found, forbidden, not_redeemable.
 */
export async function approveHandoff(ctx: Ctx, id: string): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const { partnerId, actor } = ctx;
    const handoff = await findHandoff(tx, ctx, id);
    if (!handoff) throw notFound();
    if (actor.kind !== 'member') throw new AppError('forbidden', 'Only members decide this.');
    if (handoff.claimedByKind === 'member' && handoff.claimedById === actor.id)
      throw new AppError('forbidden', 'You claimed this yourself; another member has to agree.');
    if (handoff.status !== 'claimed') throw new AppError('not_redeemable', 'This claim has ended.');
    const { count } = await tx.handoff.updateMany({
      where: { partnerId, id, status: 'claimed', fourEyes: true, approvedBy: null },
      data: {
        ...{ approvedBy: actor.id, approvedAt: ctx.clock.now() },
        ...(isPushed(handoff) ? { pushDueAt: ctx.clock.now(), pushProblem: null } : {}),
      },
    });
    if (count === 1)
      await record(tx, ctx, 'handoff.approved', { connectionId: handoff.connectionId }, { handoff_id: id });
  });
}
