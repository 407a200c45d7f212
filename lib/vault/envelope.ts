import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The bytes of a sealed record, version 1:
 *
 *   1 version · 1 key-id length · key id · 32 salt · 12 nonce · 48 wrapped data key · 32 commitment · 12 nonce · text + 16 tag
 *
 * A fresh data key per write is wrapped by a key derived from the partner key and the salt. Both layers authenticate
 * the same encryption context, so bytes copied to another row, field, generation or partner do not open (TH2). The
 * commitment (32 bytes of HKDF over the data key, compared before the text is opened) ties the bytes to one data key, and
 * through it to one partner key: AES-GCM alone lets crafted bytes open under two (B-5; README).
 */
const version = 1;
const lengths = { salt: 32, nonce: 12, wrapped: 48, commitment: 32, tag: 16 } as const;

export class UnreadableError extends Error {
  constructor(cause?: unknown) {
    super('a sealed record did not open in its place', { cause });
    this.name = 'UnreadableError';
  }
}

/** Derives a key for one use and wipes it afterwards. */
function withDerived<T>(key: Uint8Array, salt: Uint8Array, info: string, use: (derived: Buffer) => T): T {
  const derived = Buffer.from(hkdfSync('sha256', key, salt, info, 32));
  try {
    return use(derived);
  } finally {
    derived.fill(0);
  }
}

const commitmentOf = (dataKey: Uint8Array, salt: Uint8Array) =>
  Buffer.from(hkdfSync('sha256', dataKey, salt, 'commit', lengths.commitment));

function encrypt(key: Uint8Array, nonce: Uint8Array, aad: Buffer, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, nonce: Uint8Array, aad: Buffer, sealed: Uint8Array): Buffer {
  // Without the length Node takes shorter tags too, and with them bytes that were cut off.
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: lengths.tag }).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - lengths.tag));
  const plain = decipher.update(sealed.subarray(0, sealed.length - lengths.tag));
  try {
    decipher.final();
    return plain;
  } catch (error) {
    plain.fill(0); // what is not authentic is nobody's to read
    throw error;
  }
}

/** Seals bytes under a partner key; `context` is the canonical text of where they belong. */
export function sealBytes(
  partnerKey: Uint8Array,
  keyId: string,
  context: string,
  plain: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const id = Buffer.from(keyId, 'utf8');
  const aad = Buffer.from(`${version}|${keyId}|${context}`);
  const salt = randomBytes(lengths.salt);
  const dataKey = randomBytes(32);
  const wrapNonce = randomBytes(lengths.nonce);
  const nonce = randomBytes(lengths.nonce);
  const wrapped = withDerived(partnerKey, salt, 'wrap', (key) => encrypt(key, wrapNonce, aad, dataKey));
  const body = withDerived(dataKey, salt, 'seal', (key) => encrypt(key, nonce, aad, plain));
  const commitment = commitmentOf(dataKey, salt);
  dataKey.fill(0);
  return new Uint8Array(
    Buffer.concat([Buffer.from([version, id.length]), id, salt, wrapNonce, wrapped, commitment, nonce, body]),
  );
}

/** The id of the partner key a sealed record names, without opening it. Throws UnreadableError. */
export function keyIdOf(sealed: Uint8Array): string {
  const length = sealed[1];
  if (sealed[0] !== version || length === undefined || sealed.length < 2 + length) throw new UnreadableError();
  const id = Buffer.from(sealed.subarray(2, 2 + length)).toString('latin1');
  if (!/^[\x21-\x7e]+$/.test(id)) throw new UnreadableError();
  return id;
}

/**
 * Opens what `sealBytes` made, in the same context or not at all; the caller wipes what it gets. Throws UnreadableError,
 * whatever was wrong.
 */
export function openBytes(partnerKey: Uint8Array, context: string, sealed: Uint8Array): Buffer {
  const keyId = keyIdOf(sealed);
  const aad = Buffer.from(`${version}|${keyId}|${context}`);
  let at = 2 + Buffer.byteLength(keyId);
  const take = (length: number) => {
    at += length;
    return sealed.subarray(at - length, at);
  };
  let dataKey: Buffer | undefined;
  try {
    const salt = take(lengths.salt);
    const wrapNonce = take(lengths.nonce);
    const wrapped = take(lengths.wrapped);
    dataKey = withDerived(partnerKey, salt, 'wrap', (key) => decrypt(key, wrapNonce, aad, wrapped));
    if (!timingSafeEqual(commitmentOf(dataKey, salt), take(lengths.commitment))) throw new UnreadableError();
    const nonce = take(lengths.nonce);
    return withDerived(dataKey, salt, 'seal', (key) => decrypt(key, nonce, aad, sealed.subarray(at)));
  } catch (error) {
    throw error instanceof UnreadableError ? error : new UnreadableError(error);
  } finally {
    dataKey?.fill(0);
  }
}
