import { record } from '../audit/index.ts';
import { findGrant, shredGrant } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { sameText } from '../kernel/hash.ts';
import { noteRefusal } from './claim.ts';
import { signReceipt } from './receipt.ts';
import { findHandoff, type HandoffRow, moveHandoff } from './store.ts';

export type Confirmation = {
  outcome: 'accepted' | 'rejected';
  code?: string | undefined;
  tokenFingerprint?: string | undefined;
};

/**
 * Takes the outcome of a delivered handoff, shreds what is left, and signs the receipt: one transaction (H7). The same
 * outcome told twice is one outcome. Throws not_found, not_delivered, already_confirmed, fingerprint_mismatch.
 */
export async function confirmHandoff(ctx: Ctx, handoffId: string, confirmation: Confirmation): Promise<HandoffRow> {
  const answer = await inTenant(ctx.partnerId, (tx) => confirmIn(tx, ctx, handoffId, confirmation));
  if (answer instanceof AppError) {
    await noteRefusal(ctx, { handoffId }, 'confirm', answer.code);
    throw answer;
  }
  return answer;
}

async function confirmIn(
  tx: Tx,
  ctx: Ctx,
  handoffId: string,
  confirmation: Confirmation,
): Promise<HandoffRow | AppError> {
  const handoff = await findHandoff(tx, ctx, handoffId);
  if (!handoff) return notFound();
  const to = confirmation.outcome === 'accepted' ? 'confirmed' : 'rejected';
  if (handoff.status === to) return handoff;
  if (handoff.status === 'claimed') return new AppError('not_delivered', 'Nothing has been delivered yet.');
  if (handoff.status !== 'delivered')
    return new AppError('already_confirmed', `This handoff ended as ${handoff.status}.`);
  if (
    confirmation.tokenFingerprint !== undefined &&
    !sameText(confirmation.tokenFingerprint.toLowerCase(), handoff.tokenFingerprint)
  ) {
    return new AppError('fingerprint_mismatch', 'The fingerprint is not that of the token that was delivered.');
  }
  const code = confirmation.code ?? null;
  const settled = await settleDelivered(tx, ctx, handoff, to, code);
  const now = (await findHandoff(tx, ctx, handoffId)) ?? handoff;
  // Told twice at the same moment: the same outcome is one outcome.
  return settled || now.status === to ? now : new AppError('already_confirmed', `This handoff ended as ${now.status}.`);
}

const told = {
  confirmed: 'handoff.confirmed',
  rejected: 'handoff.rejected',
  unconfirmed: 'handoff.unconfirmed',
} as const;

/** Ends a delivered handoff one way or another: receipt, event, shred. False when it had ended already. */
export async function settleDelivered(
  tx: Tx,
  ctx: Ctx,
  handoff: HandoffRow,
  to: 'confirmed' | 'rejected' | 'unconfirmed',
  code: string | null,
): Promise<boolean> {
  const receipt = await signReceipt(tx, ctx, handoff, to, code);
  if (!(await moveHandoff(tx, ctx, handoff.id, to, { outcomeCode: code, receipt }))) return false;
  const about = { connectionId: handoff.connectionId };
  await record(tx, ctx, told[to], about, {
    handoff_id: handoff.id,
    grant_id: handoff.grantId,
    ...(code ? { code } : {}),
  });
  const grant = await findGrant(tx, ctx, handoff.grantId);
  if (grant) await shredGrant(tx, ctx, grant, to);
  return true;
}
