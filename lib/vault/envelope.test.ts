import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
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

test('every record has a data key of its own, also of the same text in the same place', () => {
  const dataKeyOf = (sealed: Uint8Array) => {
    const { salt, wrapNonce, wrapped } = partsOf(sealed);
    const decipher = createDecipheriv('aes-256-gcm', derive(key, salt, 'wrap'), wrapNonce).setAAD(aad);
    decipher.setAuthTag(wrapped.subarray(32));
    return Buffer.concat([decipher.update(wrapped.subarray(0, 32)), decipher.final()]).toString('hex');
  };
  const all = Array.from({ length: 20 }, () => dataKeyOf(sealBytes(key, keyId, context, Buffer.from('text'))));
  expect(new Set(all).size).toBe(20);
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

/** Multiplication in GCM's field (NIST SP 800-38D §6.3): bits from the left, reduced by x^128 + x^7 + x^2 + x + 1. */
function times(x: bigint, y: bigint): bigint {
  let product = 0n;
  let v = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= v;
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return product;
}
const inverse = (x: bigint): bigint => {
  let result = 1n << 127n; // one, and x^(2^128 - 2) is what undoes x
  let square = x;
  for (let n = 1; n < 128; n++) {
    square = times(square, square);
    result = times(result, square);
  }
  return result;
};
const asNumber = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex').padEnd(32, '0')}`);
const asBlock = (number: bigint) => Buffer.from(number.toString(16).padStart(32, '0'), 'hex');
const blockUnder = (k: Uint8Array, block: Uint8Array) => {
  const cipher = createCipheriv('aes-256-ecb', k, null).setAutoPadding(false);
  return asNumber(cipher.update(block));
};

/** One ciphertext of two blocks, and a tag, that AES-GCM holds for authentic under both keys: the first block is chosen, the second solved for. */
function forTwoKeys(keys: readonly [Uint8Array, Uint8Array], nonce: Uint8Array): Buffer {
  const first = asNumber(randomBytes(16));
  const padded = Buffer.concat([aad, Buffer.alloc((16 - (aad.length % 16)) % 16)]);
  const lengths = (BigInt(aad.length * 8) << 64n) | 256n;
  const parts = keys.map((k) => {
    const h = blockUnder(k, Buffer.alloc(16));
    let ghash = 0n;
    for (let at = 0; at < padded.length; at += 16) ghash = times(ghash ^ asNumber(padded.subarray(at, at + 16)), h);
    ghash = times(ghash ^ first, h);
    const mask = blockUnder(k, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])]));
    const square = times(h, h);
    // tag = (ghash + second) h² + lengths h + mask
    return { square, rest: times(ghash, square) ^ times(lengths, h) ^ mask };
  });
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const second = times(a.rest ^ b.rest, inverse(a.square ^ b.square));
  return Buffer.concat([asBlock(first), asBlock(second), asBlock(times(second, a.square) ^ a.rest)]);
}

function decrypted(under: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', under, nonce, { authTagLength: 16 }).setAAD(aad);
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
}

describe('bytes made to be authentic under two keys open under one only (B-5)', () => {
  test('two partner keys: the data key that one of them unwraps is the only committed one', () => {
    const other = randomBytes(32);
    const parts = partsOf(sealBytes(key, keyId, context, Buffer.from('text')));
    const wraps = [derive(key, parts.salt, 'wrap'), derive(other, parts.salt, 'wrap')] as const;
    const wrapped = Buffer.from(forTwoKeys(wraps, parts.wrapNonce));
    const dataKeys = wraps.map((wrap) => decrypted(wrap, parts.wrapNonce, wrapped)); // neither throws
    const bodies = dataKeys.map((dataKey) => derive(dataKey, parts.salt, 'seal')) as unknown as [Buffer, Buffer];
    const body = Buffer.from(forTwoKeys(bodies, parts.nonce));
    for (const under of bodies) decrypted(under, parts.nonce, body); // nor do these: GCM has no objection at all
    for (const [n, mine] of [key, other].entries()) {
      const theirs = n === 0 ? other : key;
      const crafted = joined({
        ...parts,
        wrapped,
        commitment: derive(dataKeys[n] ?? Buffer.alloc(0), parts.salt, 'commit'),
        body,
      });
      expect(openBytes(mine, context, crafted)).toHaveLength(32);
      expect(() => openBytes(theirs, context, crafted)).toThrow(UnreadableError);
    }
  });
});

test('a record of a version this build does not know is not opened', () => {
  const sealed = sealBytes(key, keyId, context, Buffer.from('text'));
  for (const version of [0, 2, 255]) {
    const other = Uint8Array.from(sealed);
    other[0] = version;
    expect(() => keyIdOf(other)).toThrow(UnreadableError);
    expect(() => openBytes(key, context, other)).toThrow(UnreadableError);
  }
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
