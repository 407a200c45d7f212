import type { JWK } from 'jose';
import { consentOf, findGrant } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { publicKeys, signClaims } from '../vault/index.ts';
import { type HandoffRow, recipientOf } from './store.ts';

/** The partner's public receipt keys, as a JWK set (RFC 7517) to verify receipts with; retired ones too. */
export async function receiptKeys(ctx: Ctx): Promise<{ keys: JWK[] }> {
  return inTenant(ctx.partnerId, async (tx) => ({ keys: await publicKeys(tx, ctx.partnerId) }));
}

/** How often the delivered token had been opened before; what was opened of its predecessors is not its account. */
async function countOpenings(tx: Tx, ctx: Ctx, handoff: HandoffRow, generation: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM opening o
    LEFT JOIN renewal r ON r.partner_id = o.partner_id AND r.id = o.renewal_id
    WHERE o.partner_id = ${ctx.partnerId} AND o.grant_id = ${handoff.grantId} AND o.field = 'refresh_token'
      AND (o.handoff_id <> ${handoff.id} OR r.generation = ${generation})`;
  return row?.count ?? 0;
}

/**
 * Signs the account of a handoff (JWS, RFC 7515, Ed25519): who, when, to what target, which token by its fingerprint,
 * how old it was, how often it had been opened and spent before release, and who told which outcome. Holds no secret.
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
  const openedBefore = await countOpenings(tx, ctx, handoff, grant.generation);
  const claims = {
    partner_id: ctx.partnerId,
    handoff_id: handoff.id,
    connection_id: handoff.connectionId,
    grant_id: grant.id,
    ...recipientOf(handoff),
    site: grant.site,
    client_id: grant.clientId,
    token_fingerprint: handoff.tokenFingerprint,
    consented_at: consentOf(grant).toISOString(),
    issued_at: grant.issuedAt.toISOString(),
    lapses_at: grant.lapsesAt.toISOString(),
    generation: grant.generation,
    claimed_at: handoff.claimedAt.toISOString(),
    claimed_by: `${handoff.claimedByKind}:${handoff.claimedById}`,
    delivered_at: handoff.deliveredAt.toISOString(),
    age_at_release_seconds: Math.floor((handoff.deliveredAt.getTime() - grant.issuedAt.getTime()) / 1000),
    opened_before_release: openedBefore,
    spent_before_release: grant.spends,
    outcome,
    ...(code ? { code } : {}),
    settled_at: ctx.clock.now().toISOString(),
    settled_by: `${ctx.actor.kind}:${ctx.actor.id}`,
  };
  return signClaims(tx, ctx.partnerId, 'waxseal-receipt+jws', claims);
}
