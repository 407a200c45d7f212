import { finishExchange } from '../consent/index.ts';
import { findAnswer, readLate, renewedBy, renewGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { pushHandoff, workBulkClaim } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Due } from './due.ts';

/** Does one thing of more than one transaction: a try of a renewal or a push, the reading of an answer, a turn of a bulk claim. */
export async function doOutside(ctx: Ctx, { kind, id }: Due): Promise<void> {
  if (kind === 'renew') await renewGrant(ctx, id);
  else if (kind === 'push') await pushHandoff(ctx, id);
  else if (kind === 'bulk') await workBulkClaim(ctx, id);
  else await endAnswer(ctx, id);
}

/** An answer that nobody read in its time is read now: its process is gone, or it waited on disk (C-2 rows 3, 4, 10). */
async function endAnswer(ctx: Ctx, id: string): Promise<void> {
  const answer = await inTenant(ctx.partnerId, (tx) => findAnswer(tx, ctx, id));
  if (answer?.role !== 'unread' || !answer.dueAt || ctx.clock.now() < answer.dueAt) return;
  const { renewalId } = answer;
  if (renewalId === null) return finishExchange(ctx, answer);
  const grantId = await inTenant(ctx.partnerId, (tx) => renewedBy(tx, ctx, renewalId));
  await (grantId ? renewGrant(ctx, grantId) : readLate(ctx, answer.id));
}
