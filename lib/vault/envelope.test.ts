import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyIdOf, openBytes, sealBytes, UnreadableError } from './envelope.ts';

const key = randomBytes(32);
const keyId = 'pky_1';
const context = '["ptn_1","token","grt_1","refresh_token",0]';
const aad = Buffer.from(`1|${keyId}|${context}`);
const derive = (from: Uint8Array, salt: Uint8Array, info: string) =>
  Buffer.from(hkdfSync('sha256', from, salt, info, 32));

/** The parts of a sealed record, by the layout at the top of envelope.ts. */
function partsOf(sealed: Uint8Array) {
  let at = 2 + (sealed[1] ?? 0);
  const take = (length: number) => {
    at += length;
    return Buffer.from(sealed.subarray(at - length, at));
  };
  return {
    salt: take(32),
    wrapNonce: take(12),
    wrapped: take(48),
    commitment: take(32),
    nonce: take(12),
    body: take(1e6),
  };
}
const joined = (parts: ReturnType<typeof partsOf>) =>
  new Uint8Array(Buffer.concat([Buffer.from([1, keyId.length]), Buffer.from(keyId), ...Object.values(parts)]));

test('a record names its key and its version', () => {
  const sealed = sealBytes(key, keyId, context, Buffer.from('text'));
  expect(sealed[0]).toBe(1);
  expect(keyIdOf(sealed)).toBe(keyId);
  expect(joined(partsOf(sealed))).toEqual(sealed);
});

/** AES-GCM alone lets crafted bytes open under two keys; the commitment is what forbids it (B-5). */
test('a data key other than the committed one is refused, even when everything else is authentic', () => {
  const parts = partsOf(sealBytes(key, keyId, context, Buffer.from('text')));
  const other = randomBytes(32);
  const encrypt = (under: Uint8Array, nonce: Uint8Array, plain: Uint8Array) => {
    const cipher = createCipheriv('aes-256-gcm', under, nonce).setAAD(aad);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  const forged = {
    ...parts,
    wrapped: encrypt(derive(key, parts.salt, 'wrap'), parts.wrapNonce, other),
    body: encrypt(derive(other, parts.salt, 'seal'), parts.nonce, Buffer.from('lies')),
  };
  expect(() => openBytes(key, context, joined(forged))).toThrow(UnreadableError);
  const recommitted = { ...forged, commitment: derive(other, parts.salt, 'commit') };
  expect(openBytes(key, context, joined(recommitted)).toString()).toBe('lies'); // the commitment was all that stood in the way
});

test('data keys and nonces are fresh for every write', () => {
  const seen = new Set<string>();
  for (let n = 0; n < 500; n++) {
    const { salt, wrapNonce, wrapped, nonce } = partsOf(sealBytes(key, keyId, context, Buffer.from('text')));
    const decipher = createDecipheriv('aes-256-gcm', derive(key, salt, 'wrap'), wrapNonce).setAAD(aad);
    decipher.setAuthTag(wrapped.subarray(32));
    const dataKey = Buffer.concat([decipher.update(wrapped.subarray(0, 32)), decipher.final()]);
    for (const part of [salt, wrapNonce, nonce, dataKey]) seen.add(part.toString('hex'));
  }
  expect(seen.size).toBe(2000);
});

test('another partner key, or another key id in the same bytes, opens nothing', () => {
  const sealed = sealBytes(key, keyId, context, Buffer.from('text'));
  expect(() => openBytes(randomBytes(32), context, sealed)).toThrow(UnreadableError);
  const renamed = Uint8Array.from(sealed);
  renamed[6] = '2'.charCodeAt(0);
  expect(keyIdOf(renamed)).toBe('pky_2');
  expect(() => openBytes(key, context, renamed)).toThrow(UnreadableError);
});
