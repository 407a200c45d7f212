import { inTenant } from '../db/index.ts';
import { minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import type { Secret } from '../kernel/secret.ts';
import { redeemHandoff } from './redeem.ts';
import { findHandoff } from './store.ts';

export const viewMinutes = 10;

/**
 * Shows a handoff's credentials to the member who claimed it: the first look redeems, later ones repeat it for the
 * same session within ten minutes (H10). Throws what `redeemHandoff` throws, and window_over afterwards.
 */
export async function viewHandoff(ctx: Ctx, handoffId: string): Promise<{ bundle: Secret<string>; viewUntil: Date }> {
  const before = await inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, handoffId));
  if (!before) throw notFound();
  const until = plus(before.deliveredAt ?? ctx.clock.now(), minutes(viewMinutes));
  if (ctx.clock.now() >= until)
    throw new AppError(
      'window_over',
      'The ten minutes to copy the values are over. Report the outcome; if it did not work, ask the customer to connect again.',
    );
  return { bundle: await redeemHandoff(ctx, handoffId, 'console-view'), viewUntil: until };
}
