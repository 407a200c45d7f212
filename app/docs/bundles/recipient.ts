/** A recipient that needs nothing but Node, to be copied into a file. A test runs exactly this text against a real handoff. */
export const recipient = `// recipient.mjs: takes the credentials of one connection, encrypted to a key that only this machine has.
// BASE=https://your-waxseal.example API_KEY=wxk_… node recipient.mjs con_…
// It may be started again at any point: what it asked for once it hears again, until it has confirmed.
import { constants, createDecipheriv, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const { BASE, API_KEY } = process.env;
const keyFile = 'recipient-key.json';
const ownerOnly = { mode: 0o600 };

async function call(method, path, body, idempotencyKey) {
  const headers = { authorization: 'Bearer ' + API_KEY };
  if (body) headers['content-type'] = 'application/json';
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
  const answer = await fetch(BASE + '/api/v1' + path, { method, headers, body: body && JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(path + ': ' + said.code + ': ' + said.detail);
  return said;
}

// Once: a key pair whose private half stays here, and a target that gets nothing unencrypted.
async function introduceOurselves() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const target = await call('POST', '/targets', { name: 'Our ERP', kind: 'redeem' });
  const named = { label: 'recipient.mjs', public_key: publicKey };
  const key = await call('POST', '/targets/' + target.id + '/recipient-keys', named);
  writeFileSync(keyFile, JSON.stringify({ id: key.id, thumbprint: key.thumbprint, privateKey }), ownerOnly);
}

function decrypt(jwe, { thumbprint, privateKey }) {
  const [head, ...parts] = jwe.split('.');
  const [wrapped, nonce, sealed, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
  const { alg, enc, kid, typ } = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (alg !== 'RSA-OAEP-256' || enc !== 'A256GCM' || typ !== 'waxseal-bundle+jwe' || kid !== thumbprint)
    throw new Error('This bundle is not for our key.');
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const contentKey = privateDecrypt({ key: privateKey, ...padding }, wrapped);
  const decipher = createDecipheriv('aes-256-gcm', contentKey, nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(tag);
  return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString());
}

// Yours to replace: put the credentials where your system keeps secrets, durably, before this returns.
function keep(bundle) {
  writeFileSync('credentials-' + bundle.handoff_id + '.json', JSON.stringify(bundle), ownerOnly);
}

if (!existsSync(keyFile)) await introduceOurselves();
const key = JSON.parse(readFileSync(keyFile, 'utf8'));
const { id, grant } = await call('GET', '/connections/' + process.argv[2]);
if (!grant) throw new Error('The customer has not connected yet.');
const claim = { recipient_key_id: key.id };
const handoff = await call('POST', '/connections/' + id + '/handoffs', claim, 'claim-' + grant.id);
const { bundle: jwe } = await call('POST', '/handoffs/' + handoff.id + '/redeem', {}, 'redeem-' + handoff.id);
const bundle = decrypt(jwe, key);
const fingerprint = createHash('sha256').update(bundle.refresh_token).digest('hex');
if (bundle.version !== 1 || bundle.handoff_id !== handoff.id || bundle.token_fingerprint !== fingerprint)
  throw new Error('This bundle is not the one that was asked for.');
keep(bundle);
const outcome = { outcome: 'accepted', token_fingerprint: fingerprint };
const { status } = await call('POST', '/handoffs/' + handoff.id + '/confirm', outcome);
console.log(status + ', spend the refresh token from ' + bundle.refresh_not_before + ' until ' + bundle.lapses_at);
`;
