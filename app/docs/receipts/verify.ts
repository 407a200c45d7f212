/** Checks a receipt with nothing but Node, offline. A test runs exactly this text. */
export const verifier = `// verify.mjs: says whether a receipt is one that this key set signed, and what it says. Needs no network.
// node verify.mjs receipt.jws receipt-keys.json
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [receiptFile, keysFile] = process.argv.slice(2);
const [head, claims, signature] = readFileSync(receiptFile, 'utf8').trim().split('.');
const read = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());

const { alg, kid, typ } = read(head);
if (alg !== 'Ed25519' || typ !== 'waxseal-receipt+jws') throw new Error('This is no receipt.');
const jwk = JSON.parse(readFileSync(keysFile, 'utf8')).keys.find((key) => key.kid === kid);
if (!jwk) throw new Error('Signed by a key that is not in the set.');
const signed = Buffer.from(head + '.' + claims);
const key = createPublicKey({ key: jwk, format: 'jwk' });
if (!verify(null, signed, key, Buffer.from(signature, 'base64url'))) throw new Error('It was changed.');
console.log(JSON.stringify(read(claims), null, 2));
`;

/** The same with a library. A test runs this text, too. */
export const withJose = `// verify-with-jose.mjs
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, compactVerify } from 'jose';

const [receiptFile, keysFile] = process.argv.slice(2);
const keys = createLocalJWKSet(JSON.parse(readFileSync(keysFile, 'utf8')));
const receipt = readFileSync(receiptFile, 'utf8').trim();
const { payload, protectedHeader } = await compactVerify(receipt, keys, { algorithms: ['Ed25519'] });
if (protectedHeader.typ !== 'waxseal-receipt+jws') throw new Error('This is no receipt.');
console.log(new TextDecoder().decode(payload));
`;

/** What a receipt says. A test holds the list against a real one. */
export const claims = {
  partner_id: 'whose receipt it is; the key set is published under it',
  handoff_id: 'the handoff',
  connection_id: 'the customer’s connection',
  grant_id: 'the one consent behind it',
  target: 'where it went, by the name it had then',
  target_id: 'the same by its id',
  recipient_key_thumbprint: 'the key the answer was encrypted to (RFC 7638, SHA-256); absent for a plain answer',
  file_format: 'where it left as a file: sheet, json, csv, settings_xml or connection_string; absent otherwise',
  site: 'nl, be, de, fr, es, uk or us: whose Exact Online it is',
  client_id: 'of the app at Exact Online',
  token_fingerprint: 'SHA-256 of the refresh token, hex; whoever has the token can compare',
  consented_at: 'when the customer gave consent (RFC 3339, UTC, like every moment here)',
  issued_at: 'when Exact issued this token',
  lapses_at: 'when it would have lapsed unused',
  generation: '0 as the consent gave it; one more for every renewal since',
  claimed_at: 'when it was reserved for one recipient',
  claimed_by: 'who claimed it: api_key or member, and its id',
  delivered_at: 'when it left',
  age_at_release_seconds: 'how old it was then',
  opened_before_release:
    'how often the token had been decrypted before; 0 unless something refused or a renewal came to nothing',
  spent_before_release: 'how often a token of this consent had been presented to Exact before; 0 unless it was renewed',
  outcome: 'confirmed, rejected, or unconfirmed when nobody told',
  code: 'what the recipient said to a refusal; absent otherwise',
  settled_at: 'when the outcome was told',
  settled_by: 'who told it; system when the time was over',
} as const;
