import { finishExchange } from '../consent/index.ts';
import { findAnswer, readLate, renewedBy, renewGrant, shredAnswer } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Due } from './due.ts';

/** Deeds that leave the house or take several transactions: nothing is held while the provider is asked. */
export const isOutside = ({ kind }: Due): boolean => kind === 'renew' || kind === 'answer';

export async function doOutside(ctx: Ctx, { kind, id }: Due): Promise<void> {
  if (kind === 'renew') await renewGrant(ctx, id);
  else await endAnswer(ctx, id);
}

/**
 * An answer that nobody read in its time is read now: its process is gone, or it waited on disk (C-2 rows 3, 4, 10).
 * What was kept of one is shredded when its time is over (C-3).
 */
async function endAnswer(ctx: Ctx, id: string): Promise<void> {
  const answer = await inTenant(ctx.partnerId, (tx) => findAnswer(tx, ctx, id));
  if (!answer?.dueAt || ctx.clock.now() < answer.dueAt) return;
  if (answer.role === 'unread' && answer.authorizationRequestId) return finishExchange(ctx, answer);
  if (answer.role === 'unread' && answer.renewalId) {
    const grantId = await inTenant(ctx.partnerId, (tx) => renewedBy(tx, ctx, answer.renewalId ?? ''));
    return grantId ? void (await renewGrant(ctx, grantId)) : readLate(ctx, answer.id);
  }
  await inTenant(ctx.partnerId, (tx) => shredAnswer(tx, ctx, id));
}
