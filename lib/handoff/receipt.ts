import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CompactSign, exportJWK, type JWK } from 'jose';
import { findGrant } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Secret } from '../kernel/secret.ts';
import { receiptKeySeed } from '../vault/index.ts';
import type { HandoffRow } from './store.ts';

// RFC 8410: an Ed25519 private key is this prefix and 32 bytes.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const privateKeyOf = (seed: Secret<Uint8Array>) =>
  createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed.reveal()]), format: 'der', type: 'pkcs8' });

/** The partner's public receipt keys, as a JWK set (RFC 7517) to verify receipts with. */
export async function receiptKeys(ctx: Ctx): Promise<{ keys: JWK[] }> {
  return inTenant(ctx.partnerId, async (tx) => {
    const { kid, seed } = await receiptKeySeed(tx, ctx.partnerId);
    const jwk = await exportJWK(createPublicKey(privateKeyOf(seed)));
    return { keys: [{ ...jwk, kid, alg: 'Ed25519', use: 'sig' }] };
  });
}

/**
 * Signs the account of a handoff (JWS, RFC 7515, Ed25519): who, when, to what target, which token by its fingerprint,
 * how old it was, and how often it had been opened and spent before release. Holds no secret.
 */
export async function signReceipt(
  tx: Tx,
  ctx: Ctx,
  handoff: HandoffRow,
  outcome: string,
  code: string | null,
): Promise<string> {
  const grant = await findGrant(tx, ctx, handoff.grantId);
  if (!grant || !handoff.deliveredAt) throw new Error('a receipt needs a delivered handoff');
  const openedBefore = await tx.opening.count({
    where: { partnerId: ctx.partnerId, grantId: grant.id, handoffId: { not: handoff.id } },
  });
  const { kid, seed } = await receiptKeySeed(tx, ctx.partnerId);
  const claims = {
    partner_id: ctx.partnerId,
    handoff_id: handoff.id,
    connection_id: handoff.connectionId,
    grant_id: grant.id,
    target: handoff.target,
    site: grant.site,
    client_id: grant.clientId,
    token_fingerprint: handoff.tokenFingerprint,
    consented_at: grant.issuedAt.toISOString(),
    claimed_at: handoff.claimedAt.toISOString(),
    claimed_by: `${handoff.claimedByKind}:${handoff.claimedById}`,
    delivered_at: handoff.deliveredAt.toISOString(),
    age_at_release_seconds: Math.floor((handoff.deliveredAt.getTime() - grant.issuedAt.getTime()) / 1000),
    opened_before_release: openedBefore,
    spent_before_release: grant.spends,
    outcome,
    ...(code ? { code } : {}),
    settled_at: ctx.clock.now().toISOString(),
  };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'Ed25519', kid, typ: 'waxseal-receipt+jws' })
    .sign(privateKeyOf(seed));
}
