import { z } from 'zod';
import { record } from '../audit/index.ts';
import { inTenant, inTenantApart } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { type ReadKey, readPublicKey } from './public-key.ts';
import { findRecipientKey, lockLive, type RecipientKeyRow } from './store.ts';
import { Label, type RecipientKeyView, viewKey } from './targets.ts';

/** The old one and the new one, while the recipient changes over. */
export const mostLiveKeys = 2;

export const RecipientKeyInput = z.strictObject({
  label: Label,
  /** PEM (SPKI) or a JWK as text, or the JWK itself. */
  public_key: z.union([z.string(), z.record(z.string(), z.unknown())], {
    error: 'public_key: a JWK, or PEM that begins with BEGIN PUBLIC KEY.',
  }),
});
export type RecipientKeyInput = z.infer<typeof RecipientKeyInput>;

/** A private key that was sent here has been seen on the way, so its owner should hear of it. */
async function readOrTell(ctx: Ctx, targetId: string, pasted: RecipientKeyInput['public_key']): Promise<ReadKey> {
  try {
    return await readPublicKey(typeof pasted === 'string' ? pasted : JSON.stringify(pasted));
  } catch (error) {
    if (error instanceof AppError && error.code === 'private_key_given')
      await inTenantApart(ctx.partnerId, (tx) =>
        record(tx, ctx, 'security.private_key_given', {}, { target_id: targetId }),
      );
    throw error;
  }
}

/**
 * Adds a public key that bundles for a target may be encrypted to. At most two live ones. Throws not_found,
 * target_archived, private_key_given, invalid_recipient_key, recipient_key_known, too_many_recipient_keys.
 */
export async function addRecipientKey(
  ctx: Ctx,
  targetId: string,
  { label, public_key: pasted }: RecipientKeyInput,
): Promise<RecipientKeyView> {
  const { partnerId } = ctx;
  await inTenant(partnerId, (tx) => lockLive(tx, ctx, targetId)); // a foreign target is not found, whatever else is sent
  const { jwk, thumbprint } = await readOrTell(ctx, targetId, pasted);
  const id = newId('recipientKey');
  return inTenant(partnerId, async (tx) => {
    const target = await lockLive(tx, ctx, targetId);
    if (target.kind === 'assistant')
      throw new AppError('invalid_request', 'An assistant shows the values to a member; it has no recipient keys.');
    const live = await tx.recipientKey.findMany({ where: { partnerId, targetId, retiredAt: null } });
    if (live.some((key) => key.thumbprint === thumbprint))
      throw new AppError('recipient_key_known', 'This public key is in use at this target already.');
    if (live.length >= mostLiveKeys)
      throw new AppError('too_many_recipient_keys', 'A target has at most two live keys; retire one first.');
    const createdAt = ctx.clock.now();
    const row = await tx.recipientKey.create({
      data: { partnerId, id, targetId, label, publicJwk: jwk, thumbprint, createdAt },
    });
    await record(tx, ctx, 'recipient_key.added', {}, { recipient_key_id: id, target_id: targetId, thumbprint });
    return viewKey(row);
  });
}

/** Ends a key: no bundle is encrypted to it from here on, not even for a claim that stands. Again does nothing. Throws not_found. */
export async function retireRecipientKey(ctx: Ctx, id: string): Promise<RecipientKeyView> {
  return inTenant(ctx.partnerId, async (tx) => {
    const { count } = await tx.recipientKey.updateMany({
      where: { partnerId: ctx.partnerId, id, retiredAt: null },
      data: { retiredAt: ctx.clock.now() },
    });
    const row: RecipientKeyRow | null = await findRecipientKey(tx, ctx, id);
    if (!row) throw notFound();
    const { targetId: target_id, thumbprint } = row;
    if (count === 1)
      await record(tx, ctx, 'recipient_key.retired', {}, { recipient_key_id: id, target_id, thumbprint });
    return viewKey(row);
  });
}
