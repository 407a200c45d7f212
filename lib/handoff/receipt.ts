import { consentOf, findGrant } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { isId } from '../kernel/ids.ts';
import { type PublishedKey, publicKeys, publishedKeys, signClaims } from '../vault/index.ts';
import { type HandoffRow, recipientOf } from './store.ts';

/** The partner's public receipt keys, as a JWK set (RFC 7517) to verify receipts with; retired ones too. */
export async function receiptKeys(ctx: Ctx): Promise<{ keys: PublishedKey[] }> {
  return inTenant(ctx.partnerId, async (tx) => ({ keys: await publicKeys(tx, ctx.partnerId) }));
}

/**
 * The same set for anyone, by the partner's id as receipts name it. Who has signed nothing, was deleted, or never was has the
 * same empty set, so that asking tells nothing else.
 */
export async function publishedReceiptKeys(partnerId: string): Promise<{ keys: PublishedKey[] }> {
  if (!isId('partner', partnerId)) return { keys: [] };
  return inTenant(partnerId, async (tx) => ({ keys: await publishedKeys(tx, partnerId) }));
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

/** What a receipt says. Optional: what receipts of earlier versions do not have, and what not every handoff has. */
export type ReceiptClaims = {
  partner_id: string;
  handoff_id: string;
  connection_id: string;
  grant_id: string;
  target: string;
  target_id?: string;
  recipient_key_thumbprint?: string;
  file_format?: string;
  site: string;
  client_id: string;
  token_fingerprint: string;
  consented_at: string;
  issued_at: string;
  lapses_at?: string;
  generation: number;
  claimed_at: string;
  claimed_by: string;
  delivered_at: string;
  age_at_release_seconds: number;
  opened_before_release: number;
  spent_before_release: number;
  outcome: Outcome;
  code?: string;
  settled_at: string;
  settled_by?: string;
};
export type Outcome = 'confirmed' | 'rejected' | 'unconfirmed';

/** Reads what a receipt says; its signature is for whoever got it from us to check. Null when it cannot be read. */
export function readClaims(jws: string): ReceiptClaims | null {
  try {
    return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as ReceiptClaims;
  } catch {
    return null;
  }
}

/**
 * Signs the account of a handoff (JWS, RFC 7515, Ed25519): who, when, to what target, which token by its fingerprint,
 * how old it was, how often it had been opened and spent before release, and who told which outcome. Holds no secret.
 */
export async function signReceipt(
  tx: Tx,
  ctx: Ctx,
  handoff: HandoffRow,
  outcome: Outcome,
  code: string | null,
): Promise<string> {
  const grant = await findGrant(tx, ctx, handoff.grantId);
  if (!grant || !handoff.deliveredAt) throw new Error('a receipt needs a delivered handoff');
  const openedBefore = await countOpenings(tx, ctx, handoff, grant.generation);
  const claims: ReceiptClaims = {
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
    ...(handoff.approvedBy ? { approved_by: `member:${handoff.approvedBy}` } : {}),
    ...(handoff.freshPair ? { fresh_pair: true } : {}),
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
