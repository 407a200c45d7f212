import { type RenewalResult, renewGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { type Claim, findClaimable, lacksFreshPair, noteRefusal } from './claim.ts';

/** The grant that has to be exchanged before this claim; null when the claim can be answered as it stands. */
const grantToExchange = (ctx: Ctx, input: Claim): Promise<string | null> =>
  inTenant(ctx.partnerId, async (tx) => {
    const found = await findClaimable(tx, ctx, input);
    if (found instanceof AppError) return null;
    const lacking = await lacksFreshPair(tx, ctx, found);
    return lacking?.code === 'not_claimable' ? found.grant.id : null;
  }).catch((error: unknown) => {
    if (error instanceof AppError) return null; // the claim itself says it
    throw error;
  });

const later = (why: string, seconds: number) => new AppError('not_claimable', why, { extra: { retry_after: seconds } });

/** What an exchange that brought no pair means for who asked. Nothing is lost in any of them (C-2). */
function refusalOf(result: Exclude<RenewalResult, 'renewed'>): AppError {
  switch (result) {
    case 'waiting':
      return later(
        'Exact Online did not answer; whether the token was exchanged shows in about ten minutes. Nothing is lost.',
        600,
      );
    case 'unchanged':
      return later('Exact Online gave no new pair of tokens. The token that is kept is unchanged.', 1200);
    case 'ended':
      return new AppError('needs_consent', 'The provider refused this consent; the customer has to connect again.');
    case 'overtaken':
    case 'skipped':
      return later('This grant is busy with something else; try again in a minute.', 60);
  }
}

/**
 * Before a claim for a target that hands out fresh pairs: spends the sealed token for a new pair, through custody and its
 * decision table, so that the claim finds one (C-5). Does nothing for any other claim, for one that would be refused, and
 * while the pair at hand is fresh. Runs outside every transaction: the intent is durable before a byte leaves. Throws
 * not_claimable with `retry_after` when no pair came, needs_consent when the provider refused for good.
 */
export async function prepareClaim(ctx: Ctx, input: Claim): Promise<void> {
  const grantId = await grantToExchange(ctx, input);
  if (grantId === null) return;
  const result = await renewGrant(ctx, grantId, 'asked');
  if (result === 'renewed') return;
  const refusal = refusalOf(result);
  await noteRefusal(ctx, { connectionId: input.connectionId }, 'claim', refusal.code);
  throw refusal;
}
