import { createPublicKey, type KeyObject } from 'node:crypto';
import { CompactEncrypt, calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import { AppError } from '../kernel/errors.ts';

/** Larger than any key that is accepted, in UTF-8. */
const longestBytes = 8 * 1024;
/** NIST SP 800-131A: less is no longer allowed for key transport. More than the upper bound is only slow. */
const rsaBits = { least: 2048, most: 8192 };
const leastExponent = 65537n; // FIPS 186-5 §5.4

const refuse = (sentence: string) => new AppError('invalid_recipient_key', sentence);

const privateKeyGiven = () =>
  new AppError(
    'private_key_given',
    'This holds a private key, and a private key belongs to nobody but its owner. Nothing of it was stored. Make a new pair and give its public key.',
  );

// RFC 7518 §6.2.2, §6.3.2 and §6.4.1; RFC 8037 §2. A symmetric key (k) is as private as the others.
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isPrivate(value: Record<string, unknown>): boolean {
  const within = Array.isArray(value['keys']) ? value['keys'].filter(isObject) : [];
  return [value, ...within].some((each) => privateMembers.some((name) => name in each));
}

function refuseOtherUse({ use, key_ops: operations }: Record<string, unknown>): void {
  const signs = Array.isArray(operations) && operations.some((each) => each === 'sign' || each === 'verify');
  if ((use !== undefined && use !== 'enc') || signs)
    throw refuse('This key says that it is for signatures; give one for encryption.');
}

function parseJwk(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('This begins like a JWK and is not JSON.');
  }
  if (!isObject(value)) throw refuse('A JWK is a JSON object.');
  if (isPrivate(value)) throw privateKeyGiven();
  if ('keys' in value) throw refuse('This is a set of keys; give one JWK of it.');
  refuseOtherUse(value);
  return value;
}

function importPublic(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch {
    throw refuse('This cannot be read as a public key.');
  }
}

function fromJwk(text: string): { key: KeyObject; alg: unknown } {
  const { alg, kty, n, e, crv, x, y } = parseJwk(text);
  const jwk = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined));
  return { key: importPublic(() => createPublicKey({ key: jwk, format: 'jwk' })), alg };
}

const spki = /^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/;

function fromPem(text: string): { key: KeyObject; alg: unknown } {
  if (!spki.test(text)) throw refuse('Give one public key: a JWK, or PEM that begins with BEGIN PUBLIC KEY.');
  return { key: importPublic(() => createPublicKey(text)), alg: undefined };
}

function refuseUnfit(key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength < rsaBits.least || publicExponent < leastExponent)
      throw refuse('This RSA key is too weak: at least 2048 bits and the exponent 65537.');
    if (modulusLength > rsaBits.most) throw refuse(`This RSA key is too large: at most ${rsaBits.most} bits.`);
    return;
  }
  const agrees = key.asymmetricKeyType === 'x25519' || (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1');
  if (!agrees) throw refuse('Only RSA, EC on P-256 and X25519 keys are accepted.');
}

/** A public key as it is stored: the required members of its JWK and nothing else (RFC 7638 §3.2). */
export type PublicJwk = { kty: string; [member: string]: string };
export type ReadKey = { jwk: PublicJwk; thumbprint: string };

/** Key management algorithm (RFC 7518 §4) by kind of key. */
const algOfKind: Record<string, string> = { RSA: 'RSA-OAEP-256', EC: 'ECDH-ES+A256KW', OKP: 'ECDH-ES+A256KW' };

/**
 * Encrypts a text to a recipient key: compact JWE (RFC 7516), A256GCM, `kid` is the key's thumbprint. Twice the same text
 * gives two different JWEs. `typ` and `cty` say what is in it.
 */
export async function encryptTo(
  { jwk, thumbprint }: ReadKey,
  text: string,
  { typ, cty } = { typ: 'waxseal-bundle+jwe', cty: 'json' },
): Promise<string> {
  const alg = algOfKind[jwk.kty] ?? '';
  return new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg, enc: 'A256GCM', kid: thumbprint, typ, cty })
    .encrypt(await importJWK(jwk as JWK, alg));
}

/**
 * Reads a recipient's public key from what was pasted: a JWK (RFC 7517) or PEM (SPKI). RSA of 2048 bits and more, EC on
 * P-256, X25519. The thumbprint is RFC 7638 with SHA-256. Nothing of what was pasted is in an error. Throws
 * private_key_given, invalid_recipient_key.
 */
export async function readPublicKey(pasted: string): Promise<ReadKey> {
  if (Buffer.byteLength(pasted) > longestBytes) throw refuse('This is larger than 8 kB; a public key is not.');
  if (/PRIVATE KEY/i.test(pasted)) throw privateKeyGiven();
  const text = pasted.trim();
  const { key, alg } = text.startsWith('{') ? fromJwk(text) : fromPem(text);
  refuseUnfit(key);
  const jwk = key.export({ format: 'jwk' }) as PublicJwk;
  const expected = algOfKind[jwk.kty];
  if (alg !== undefined && alg !== expected)
    throw refuse(`This key names another algorithm than ${expected}, which bundles for it would use.`);
  const read = { jwk, thumbprint: await calculateJwkThumbprint(jwk as JWK, 'sha256') };
  // A key that nothing can be encrypted to (a point of small order, say) is found out here and not at a handoff.
  await encryptTo(read, 'a trial').catch(() => {
    throw refuse('Nothing can be encrypted to this key.');
  });
  return read;
}
