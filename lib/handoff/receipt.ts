import type { JWK } from 'jose';
import { findGrant, type GrantRow } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { publicKeys, signClaims } from '../vault/index.ts';
import type { HandoffRow } from './store.ts';

/** The partner's public receipt keys, as a JWK set (RFC 7517) to verify receipts with; retired ones too. */
export async function receiptKeys(ctx: Ctx): Promise<{ keys: JWK[] }> {
  return inTenant(ctx.partnerId, async (tx) => ({ keys: await publicKeys(tx, ctx.partnerId) }));
}

/** How often the token that was delivered had been opened for anything else: a renewal that left it as it was. */
async function openedElsewhere(tx: Tx, ctx: Ctx, grant: GrantRow, handoffId: string): Promise<number> {
  const [found] = await tx.$queryRaw<{ times: number }[]>`
    SELECT count(*)::int AS times FROM opening o
      LEFT JOIN renewal r ON r.partner_id = o.partner_id AND r.id = o.renewal_id
    WHERE o.partner_id = ${ctx.partnerId} AND o.grant_id = ${grant.id} AND o.handoff_id IS DISTINCT FROM ${handoffId}
      AND (r.id IS NULL OR r.generation = ${grant.generation})`;
  return found?.times ?? 0;
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
  const openedBefore = await openedElsewhere(tx, ctx, grant, handoff.id);
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
  return signClaims(tx, ctx.partnerId, 'waxseal-receipt+jws', claims);
}
