import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, exportJWK, importJWK, type JWK } from 'jose';
import type { Tx } from '../db/index.ts';
import { keysOf, type PartnerKey, primaryKey } from './keyring.ts';

// RFC 8410: an Ed25519 private key is this prefix and 32 bytes.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Turns a key's seed into the key, and leaves no copy of the seed. */
function privateKeyOf({ bytes }: PartnerKey): KeyObject {
  const der = Buffer.concat([pkcs8Prefix, bytes]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
    bytes.fill(0);
  }
}

/** Signs claims as the partner (JWS, RFC 7515, Ed25519); `type` says what kind of statement it is. */
export async function signClaims(tx: Tx, partnerId: string, type: string, claims: object): Promise<string> {
  const key = await primaryKey(tx, partnerId, 'receipt_signing');
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'Ed25519', kid: key.id, typ: type })
    .sign(privateKeyOf(key));
}

/** The partner's public signing keys as JWKs (RFC 7517), the one in use first: what retired ones signed stays verifiable. */
export async function publicKeys(tx: Tx, partnerId: string): Promise<(JWK & { kid: string })[]> {
  const { id, bytes } = await primaryKey(tx, partnerId, 'receipt_signing'); // made at first need
  bytes.fill(0);
  return (await knownKeys(tx, partnerId)).sort((a, b) => Number(b.kid === id) - Number(a.kid === id));
}

async function knownKeys(tx: Tx, partnerId: string): Promise<(JWK & { kid: string })[]> {
  const all = (await keysOf(tx, partnerId, 'receipt_signing')).map(async (key) => ({
    ...(await exportJWK(createPublicKey(privateKeyOf(key)))),
    kid: key.id,
    alg: 'Ed25519',
    use: 'sig',
  }));
  return Promise.all(all);
}

/** What a statement of this type says, if one of the partner's keys signed it; otherwise null. */
export async function verifyClaims(tx: Tx, partnerId: string, type: string, jws: string): Promise<unknown> {
  const keys = await knownKeys(tx, partnerId);
  try {
    const { payload, protectedHeader } = await compactVerify(
      jws.trim(),
      async ({ kid }) => {
        const key = keys.find((each) => each.kid === kid);
        if (!key) throw new Error('not a key of this partner');
        return importJWK(key, 'Ed25519');
      },
      { algorithms: ['Ed25519'] },
    );
    return protectedHeader.typ === type ? JSON.parse(new TextDecoder().decode(payload)) : null;
  } catch {
    return null;
  }
}
