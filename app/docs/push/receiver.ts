/** A receiver that needs nothing but Node, to be copied into a file. A test runs exactly this text against a real push. */
export const receiver = `// receiver.mjs: takes the credentials that Waxseal pushes, encrypted to a key that only this machine has.
// Once:  node receiver.mjs new-key        prints the public key; register it with your target
// Then:  WEBHOOK_SECRET=whsec_… PORT=8787 node receiver.mjs        behind a proxy that ends TLS on port 443
// It may be stopped at any point: what it did not confirm comes again, the same bytes under the same webhook-id.
import * as crypto from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { constants, createDecipheriv, createHash, createHmac, privateDecrypt, timingSafeEqual } = crypto;
const { WEBHOOK_SECRET = '', PORT = '8787' } = process.env;
const keyFile = 'receiver-key.pem';
const ownerOnly = { mode: 0o600, flush: true };

if (process.argv[2] === 'new-key') {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(keyFile, privateKey, { ...ownerOnly, flag: 'wx' });
  console.log(publicKey);
  process.exit();
}
const secret = Buffer.from(WEBHOOK_SECRET.replace('whsec_', ''), 'base64');
if (secret.length < 24) throw new Error('WEBHOOK_SECRET is the whsec_… that your target told you.');

// Standard Webhooks: signed over id, moment and the very bytes that came; not older than five minutes.
function isGenuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': moment, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(moment)) <= 300)) return false;
  const expected = createHmac('sha256', secret).update(id + '.' + moment + '.').update(body).digest();
  return signatures.split(' ').some((each) => {
    const [version, text = ''] = each.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function decrypt(jwe) {
  const [head, ...parts] = jwe.split('.');
  const [wrapped, nonce, sealed, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
  const { alg, enc, typ } = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (alg !== 'RSA-OAEP-256' || enc !== 'A256GCM' || typ !== 'waxseal-bundle+jwe') throw new Error('No bundle.');
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const contentKey = privateDecrypt({ key: readFileSync(keyFile), ...padding }, wrapped);
  const decipher = createDecipheriv('aes-256-gcm', contentKey, nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(tag);
  return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString());
}

// Yours to replace: put the credentials where your system keeps secrets, durably, before this returns. What was kept
// stays as it is: the token in it may have been used by now.
function keep(id, bundle) {
  const file = 'credentials-' + id + '.json';
  if (existsSync(file)) return;
  writeFileSync(file + '.new', JSON.stringify(bundle), ownerOnly);
  renameSync(file + '.new', file);
}

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > 65536) throw new Error('Too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function take(request) {
  const body = await bodyOf(request);
  if (!isGenuine(request.headers, body)) return [401, {}];
  const id = request.headers['webhook-id']; // also the id of the handoff
  if (!/^hof_[0-9a-z]+$/.test(id)) return [400, {}];
  const bundle = decrypt(JSON.parse(body).bundle);
  const fingerprint = createHash('sha256').update(bundle.refresh_token).digest('hex');
  if (bundle.version !== 1 || bundle.handoff_id !== id || bundle.token_fingerprint !== fingerprint) return [422, {}];
  keep(id, bundle);
  return [200, { sha256: createHash('sha256').update(body).digest('hex') }]; // this confirms it
}

const server = createServer(async (request, response) => {
  const [status, said] = await take(request).catch((error) => (console.error(error.message), [500, {}]));
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('listening on ' + PORT));
`;
