import { z } from 'zod';
import { inTenant } from '../db/index.ts';
import { signClaims, verifyClaims } from '../vault/index.ts';

const type = 'waxseal-audit-head+jws';
const Claims = z.object({
  partner_id: z.string(),
  seq: z.string().regex(/^\d{1,18}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
});

/**
 * The head of a partner's chain, signed for keeping outside (JWS, RFC 7515, Ed25519): whoever holds it can tell later
 * whether the history up to it is the same. Signed with the key that signs receipts; the type keeps the two apart. Null
 * when there is no chain yet.
 */
export function signHead(partnerId: string, at: Date): Promise<string | null> {
  return inTenant(partnerId, async (tx) => {
    const head = await tx.auditHead.findUnique({ where: { partnerId } });
    if (!head) return null;
    const { seq, hash } = { seq: String(head.seq), hash: Buffer.from(head.hash).toString('hex') };
    return signClaims(tx, partnerId, type, { partner_id: partnerId, seq, hash, at: at.toISOString() });
  });
}

/** What a signed head of this partner says, or null when it is not one: another's, altered, or not signed by its keys. */
export async function readSignedHead(partnerId: string, jws: string): Promise<{ seq: bigint; hash: Buffer } | null> {
  const claims = Claims.safeParse(await inTenant(partnerId, (tx) => verifyClaims(tx, partnerId, type, jws)));
  if (!claims.success || claims.data.partner_id !== partnerId) return null;
  return { seq: BigInt(claims.data.seq), hash: Buffer.from(claims.data.hash, 'hex') };
}
