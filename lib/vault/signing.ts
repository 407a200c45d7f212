import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, exportJWK, importJWK, type JWK } from 'jose';
import type { Tx } from '../db/index.ts';
import { keyById, keyIdsOf, type PartnerKey, primaryKey } from './keyring.ts';

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

/** A public signing key as it is published (RFC 7517, RFC 8037). */
export type PublishedKey = JWK & { kid: string };

/** The partner's public signing keys, the one in use first: what retired ones signed stays verifiable. Makes one at first need. */
export async function publicKeys(tx: Tx, partnerId: string): Promise<PublishedKey[]> {
  const { bytes } = await primaryKey(tx, partnerId, 'receipt_signing');
  bytes.fill(0);
  return publishedKeys(tx, partnerId);
}

/** Public halves by key id: an id never names another key, so asking again opens no private key. */
const published = new Map<string, PublishedKey>();

async function publishedKey(tx: Tx, partnerId: string, id: string): Promise<PublishedKey> {
  const known = published.get(id);
  if (known) return known;
  const jwk = await exportJWK(createPublicKey(privateKeyOf(await keyById(tx, partnerId, id, 'receipt_signing'))));
  const key = { ...jwk, kid: id, alg: 'Ed25519', use: 'sig' };
  published.set(id, key);
  return key;
}

/** The same for whoever asks, without writing anything: a partner that has signed nothing has none, and nobody has none. */
export async function publishedKeys(tx: Tx, partnerId: string): Promise<PublishedKey[]> {
  const ids = await keyIdsOf(tx, partnerId, 'receipt_signing');
  return Promise.all(ids.map((id) => publishedKey(tx, partnerId, id)));
}

/** What a statement of this type says, if one of the partner's keys signed it; otherwise null. */
export async function verifyClaims(tx: Tx, partnerId: string, type: string, jws: string): Promise<unknown> {
  const keys = await publishedKeys(tx, partnerId);
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
