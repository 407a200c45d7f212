import { audit } from '../audit/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { hours, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { giveBack } from './claim.ts';
import { findHandoff, type HandoffRow } from './store.ts';

/** Why somebody else's claim should be given back. A closed list: free text may hold what nobody should keep. */
export const reopenReasons = ['holder_away', 'wrong_connection', 'system_failed', 'other'] as const;
type ReopenReason = (typeof reopenReasons)[number];

/** How long a second member has to agree. */
const reopenHours = 4;

/** A request that still waits for a second member at `now`; null when there is none, or its four hours are over. */
export function openRequest(row: HandoffRow, now: Date): { askedBy: string; until: Date; reason: string } | null {
  const { reopenAskedBy, reopenAskedAt, reopenReason } = row;
  if (row.status !== 'claimed' || !reopenAskedBy || !reopenAskedAt || !reopenReason) return null;
  const until = plus(reopenAskedAt, hours(reopenHours));
  return now < until ? { askedBy: reopenAskedBy, until, reason: reopenReason } : null;
}

const hasLeft = () => new AppError('not_cancellable', 'The credentials have left already, or the claim has ended.');

async function findClaim(tx: Tx, ctx: Ctx, id: string): Promise<HandoffRow> {
  const handoff = await findHandoff(tx, ctx, id);
  if (!handoff) throw notFound();
  if (ctx.actor.kind !== 'member') throw new AppError('forbidden', 'Only members decide this.');
  if (handoff.status !== 'claimed') throw hasLeft();
  return handoff;
}

/**
 * One member asks that a claim with no byte out be given back; it takes another to agree. A second request within four
 * hours changes nothing. Throws not_found, forbidden, not_cancellable.
 */
export async function askReopen(ctx: Ctx, id: string, reason: ReopenReason): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const { connectionId } = await findClaim(tx, ctx, id);
    const now = ctx.clock.now();
    const { count } = await tx.handoff.updateMany({
      where: {
        partnerId: ctx.partnerId,
        id,
        status: 'claimed',
        OR: [{ reopenAskedAt: null }, { reopenAskedAt: { lte: plus(now, -hours(reopenHours)) } }],
      },
      data: { reopenAskedBy: ctx.actor.id, reopenAskedAt: now, reopenReason: reason },
    });
    if (count === 1) await audit(tx, ctx, 'handoff.reopen_asked', { connectionId }, { handoff_id: id, reason });
  });
}

/**
 * A second member agrees within four hours: the claim is cancelled and the grant goes back into custody, its clock where
 * it was. Throws not_found, forbidden (the one who asked), not_cancellable.
 */
export async function agreeReopen(ctx: Ctx, id: string): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const handoff = await findClaim(tx, ctx, id);
    const request = openRequest(handoff, ctx.clock.now());
    if (!request) throw new AppError('not_cancellable', 'Nobody asks for this any more; it has to be asked again.');
    if (request.askedBy === ctx.actor.id)
      throw new AppError('forbidden', 'You asked for this yourself; another member has to agree.');
    // The very request that was agreed to: one that was made anew meanwhile is somebody else's question.
    const still = { reopenAskedBy: handoff.reopenAskedBy, reopenAskedAt: handoff.reopenAskedAt };
    const more = { why: request.reason, asked_by: request.askedBy };
    if (!(await giveBack(tx, ctx, handoff, 'reopened', more, still))) throw hasLeft();
  });
}
