import { createHmac } from 'node:crypto';
import type { Tx } from '../db/index.ts';
import { Secret } from '../kernel/secret.ts';
import { keyIdOf, openBytes, sealBytes } from './envelope.ts';
import { keyById, type Purpose, primaryKey } from './keyring.ts';

/** Where a secret belongs. Bound into its bytes as encryption context; there is no mode without. */
export type Place = {
  purpose: Exclude<Purpose, 'blind_index' | 'receipt_signing'>;
  partnerId: string;
  recordId: string;
  field: string;
  generation?: number;
};

const contextOf = (place: Place) =>
  JSON.stringify([place.partnerId, place.purpose, place.recordId, place.field, place.generation ?? 0]);

/** Seals a text into its place: fresh data key, partner key of the purpose, root key above it. */
export async function seal(tx: Tx, secret: Secret<string>, place: Place): Promise<Uint8Array<ArrayBuffer>> {
  const key = await primaryKey(tx, place.partnerId, place.purpose);
  return sealBytes(key.bytes, key.id, contextOf(place), Buffer.from(secret.reveal(), 'utf8'));
}

/** Seals into a place of one partner and purpose, with the key at hand. */
export type Sealer = (
  secret: Secret<string>,
  place: Pick<Place, 'recordId' | 'field' | 'generation'>,
) => Uint8Array<ArrayBuffer>;

/** A sealer whose key is fetched now, for what must be sealed although the database may be gone by then (C-2 row 10). */
export async function sealerFor(tx: Tx, partnerId: string, purpose: Place['purpose']): Promise<Sealer> {
  const key = await primaryKey(tx, partnerId, purpose);
  return (secret, place) =>
    sealBytes(key.bytes, key.id, contextOf({ ...place, partnerId, purpose }), Buffer.from(secret.reveal(), 'utf8'));
}

/**
 * Opens a sealed text in its place. Tokens are not opened through this by anyone but lib/custody/open.ts, which first
 * writes the row that says why. Throws UnreadableError when the bytes, the key or the place do not fit.
 */
export async function open(tx: Tx, sealed: Uint8Array, place: Place): Promise<Secret<string>> {
  const key = await keyById(tx, place.partnerId, keyIdOf(sealed), place.purpose);
  return new Secret(openBytes(key.bytes, contextOf(place), sealed).toString('utf8'));
}

/** A keyed index by which equal values can be found without being readable: HMAC-SHA-256 under the partner's own key. */
export async function blindIndex(tx: Tx, partnerId: string, ...parts: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const key = await primaryKey(tx, partnerId, 'blind_index');
  return new Uint8Array(createHmac('sha256', key.bytes).update(JSON.stringify(parts)).digest());
}

/** The 32-byte seed of the partner's receipt-signing key, with its id as `kid`. */
export async function receiptKeySeed(tx: Tx, partnerId: string): Promise<{ kid: string; seed: Secret<Uint8Array> }> {
  const key = await primaryKey(tx, partnerId, 'receipt_signing');
  return { kid: key.id, seed: new Secret(key.bytes) };
}
