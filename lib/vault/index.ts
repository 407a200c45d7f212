import { createHmac } from 'node:crypto';
import type { Tx } from '../db/index.ts';
import { Secret } from '../kernel/secret.ts';
import { keyIdOf, openBytes, sealBytes } from './envelope.ts';
import { keyById, type PartnerKey, type Purpose, primaryKey } from './keyring.ts';

export { UnreadableError } from './envelope.ts';
export {
  destroyAllKeys,
  destroyKey,
  keysToRewrap,
  type Purpose,
  purposes,
  replacePrimary,
  rewrapKey,
} from './keyring.ts';
export { fileRootKey } from './root-key.ts';
export { type PublishedKey, publicKeys, publishedKeys, signClaims, verifyClaims } from './signing.ts';

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

/** Uses a key, or a text in the open, and wipes it whatever happens. */
function wiping<T>(bytes: Uint8Array, use: () => T): T {
  try {
    return use();
  } finally {
    bytes.fill(0);
  }
}

function sealUnder(key: PartnerKey, plain: Uint8Array, place: Place): Uint8Array<ArrayBuffer> {
  return wiping(plain, () => wiping(key.bytes, () => sealBytes(key.bytes, key.id, contextOf(place), plain)));
}

async function openHere(tx: Tx, sealed: Uint8Array, place: Place): Promise<Buffer> {
  const key = await keyById(tx, place.partnerId, keyIdOf(sealed), place.purpose);
  return wiping(key.bytes, () => openBytes(key.bytes, contextOf(place), sealed));
}

/** Seals a text into its place: fresh data key, partner key of the purpose, root key above it. */
export async function seal(tx: Tx, secret: Secret<string>, place: Place): Promise<Uint8Array<ArrayBuffer>> {
  const key = await primaryKey(tx, place.partnerId, place.purpose);
  return sealUnder(key, Buffer.from(secret.reveal(), 'utf8'), place);
}

/** Seals into places of one partner and purpose with the key at hand, until it is told to forget the key. */
export type Sealer = {
  seal(secret: Secret<string>, place: Pick<Place, 'recordId' | 'field' | 'generation'>): Uint8Array<ArrayBuffer>;
  forget(): void;
};

/** A sealer whose key is fetched now, for what must be sealed although the database may be gone by then (C-2 row 10). */
export async function sealerFor(tx: Tx, partnerId: string, purpose: Place['purpose']): Promise<Sealer> {
  const key = await primaryKey(tx, partnerId, purpose);
  return {
    seal(secret, place) {
      const plain = Buffer.from(secret.reveal(), 'utf8');
      return wiping(plain, () => sealBytes(key.bytes, key.id, contextOf({ ...place, partnerId, purpose }), plain));
    },
    forget: () => void key.bytes.fill(0),
  };
}

/**
 * Opens a sealed text in its place. Tokens are not opened through this by anyone but lib/custody/verbs.ts, which first
 * writes the row that says why. Throws UnreadableError when the bytes, the key or the place do not fit.
 */
export async function open(tx: Tx, sealed: Uint8Array, place: Place): Promise<Secret<string>> {
  const plain = await openHere(tx, sealed, place);
  return wiping(plain, () => new Secret(plain.toString('utf8')));
}

/**
 * Seals anew, under the primary key and a new data key, what an older key sealed; nobody gets to see it, so this needs no
 * opening row (design §8.13). Throws UnreadableError as `open` does.
 */
export async function reseal(tx: Tx, sealed: Uint8Array, place: Place): Promise<Uint8Array<ArrayBuffer>> {
  const key = await primaryKey(tx, place.partnerId, place.purpose);
  return sealUnder(key, await openHere(tx, sealed, place), place);
}

/** A keyed index by which equal values can be found without being readable: HMAC-SHA-256 under the partner's own key. */
export async function blindIndex(tx: Tx, partnerId: string, ...parts: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await primaryKey(tx, partnerId, 'blind_index');
  return wiping(bytes, () => new Uint8Array(createHmac('sha256', bytes).update(JSON.stringify(parts)).digest()));
}
