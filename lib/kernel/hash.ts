import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a text, as stored beside a credential that must be recognised but never read back. */
export function sha256(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(text, 'utf8').digest());
}

/** The fingerprint by which a token is spoken of in receipts and by recipients: SHA-256, lower-case hex. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** HMAC-SHA-256 over parts that are joined unambiguously. */
export function mac(key: string | Uint8Array, ...parts: string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

/** Compares two texts in time that depends on their length only. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
