import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aRecipientKey, decrypted } from '../testing/recipient.ts';
import { encryptTo, readPublicKey } from './public-key.ts';

const pem = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'spki', format: 'pem' }).toString();
const code = (pasted: string) =>
  readPublicKey(pasted).then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  );

const algorithms = { rsa: 'RSA-OAEP-256', 'P-256': 'ECDH-ES+A256KW', x25519: 'ECDH-ES+A256KW' } as const;

describe('what can be encrypted to', () => {
  for (const [kind, alg] of Object.entries(algorithms) as [keyof typeof algorithms, string][]) {
    test(`${kind}: as PEM, as JWK and as JWK with its own words, the same key; the holder reads what was written`, async () => {
      const recipient = aRecipientKey(kind);
      const jwk = createPublicKey(recipient.pem).export({ format: 'jwk' });
      const read = await readPublicKey(recipient.pem);
      for (const pasted of [
        `\n${recipient.pem}\n`,
        JSON.stringify(jwk),
        JSON.stringify({ ...jwk, use: 'enc', alg, kid: 'erp-1', key_ops: ['wrapKey'], x5t: 'x' }, null, 2),
      ])
        expect(await readPublicKey(pasted)).toEqual(read);

      const { header, bundle } = await decrypted(
        recipient,
        JSON.stringify({ bundle: await encryptTo(read, '{"a":1}') }),
      );
      expect(bundle).toEqual({ a: 1 });
      expect(header).toMatchObject({
        alg,
        enc: 'A256GCM',
        kid: read.thumbprint,
        typ: 'waxseal-bundle+jwe',
        cty: 'json',
      });
    });
  }

  test('the thumbprint is the hash of the required members in their order (RFC 7638 §3)', async () => {
    const { n, e } = createPublicKey(aRecipientKey('rsa').pem).export({ format: 'jwk' });
    const { thumbprint } = await readPublicKey(JSON.stringify({ kty: 'RSA', n, e }));
    expect(thumbprint).toBe(createHash('sha256').update(`{"e":"${e}","kty":"RSA","n":"${n}"}`).digest('base64url'));
  });
});

describe('what is refused', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { privateKey: okp } = generateKeyPairSync('x25519');
  const jwk = publicKey.export({ format: 'jwk' });

  test('a private key, in any form, by a code of its own; nothing of it is in the error', async () => {
    const pastes = [
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      ec.export({ type: 'sec1', format: 'pem' }).toString(),
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      `${pem(publicKey)}${okp.export({ type: 'pkcs8', format: 'pem' })}`,
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
      ...[privateKey, ec, okp].map((key) => JSON.stringify(key.export({ format: 'jwk' }))),
      JSON.stringify({ keys: [jwk, ec.export({ format: 'jwk' })] }),
      JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' }),
      JSON.stringify({ ...jwk, d: '' }),
    ];
    for (const pasted of pastes) {
      const error = await readPublicKey(pasted).catch((reason: unknown) => reason as Error & { code: string });
      expect(error, pasted.slice(0, 60)).toMatchObject({ code: 'private_key_given' });
      const said = `${(error as Error).stack}${JSON.stringify(error)}`;
      for (const line of pasted.split(/[\n"]/).filter((part) => part.length > 40)) expect(said).not.toContain(line);
    }
  });

  test('weak, of the wrong kind, for another use, too large, or no key at all', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey;
    const onCurve = ec.export({ format: 'jwk' });
    for (const pasted of [
      pem(weak),
      pem(small),
      pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
      pem(generateKeyPairSync('ed25519').publicKey),
      pem(generateKeyPairSync('x448').publicKey),
      pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
      pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      `${pem(publicKey)}${pem(publicKey)}`,
      JSON.stringify({ ...jwk, use: 'sig' }),
      JSON.stringify({ ...jwk, key_ops: ['verify'] }),
      JSON.stringify({ ...jwk, alg: 'RSA-OAEP' }),
      JSON.stringify({ ...jwk, alg: 'RS256' }),
      JSON.stringify({ ...jwk, n: undefined }),
      JSON.stringify({ ...jwk, n: 5 }),
      JSON.stringify({ ...jwk, n: 'AQ' }),
      JSON.stringify({ kty: 'EC', crv: 'P-256', x: onCurve.x, y: onCurve.x }),
      JSON.stringify({ kty: 'OKP', crv: 'X25519', x: Buffer.alloc(32).toString('base64url') }),
      JSON.stringify({ kty: 'RSA', n: Buffer.alloc(1025, 0xff).toString('base64url'), e: 'AQAB' }),
      JSON.stringify({ keys: [jwk] }),
      JSON.stringify([jwk]),
      '{',
      '{}',
      '',
      'ssh-rsa AAAAB3NzaC1yc2E= me@example',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      `${pem(publicKey)}${' '.repeat(9_000)}`,
      `{"__proto__":${JSON.stringify(jwk)}}`,
    ])
      expect([pasted.slice(0, 90), await code(pasted)]).toEqual([pasted.slice(0, 90), 'invalid_recipient_key']);
  });
});
