import type { Metadata } from 'next';
import { Code, DocsFrame, Names, Part } from '#components/console/docs.tsx';
import { fields, header } from './fields.ts';
import { recipient } from './recipient.ts';

export const metadata: Metadata = { title: 'Encrypted bundles' };

const withJose = `import { compactDecrypt } from 'jose'; // for keys on P-256 and X25519, too
const { plaintext, protectedHeader } = await compactDecrypt(bundle, privateKey);`;

const cancel = `# The key was retired between claim and redeem: 409 recipient_key_retired. Give the claim back, claim for a live key
curl -s -X POST $BASE/api/v1/handoffs/hof_…/cancel -H "Authorization: Bearer $KEY"
curl -s -X POST $BASE/api/v1/connections/con_…/handoffs -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"recipient_key_id":"rky_…"}'`;

export default function BundleDocs() {
  return (
    <DocsFrame
      title="Encrypted bundles"
      lead="Credentials that only your machine can read: no proxy, log or cache on the way learns them. You register a public key once, and claim for it."
    >
      <Part title="How it goes">
        <p>
          A <em>target</em> is where handoffs go: who may claim for it, how long after the token’s issue and until how
          long before its lapse, and whether it takes plain answers. A target you make takes encrypted bundles only,
          unless you say otherwise. Its <em>recipient keys</em> are public keys, given as a JWK or as PEM; never send us
          a private one. Two can be live at once, so that you can change over.
        </p>
        <p>
          A claim names the key, and that is settled from then on. Redeem answers <code>{'{"bundle": "…"}'}</code>, a
          compact JWE (RFC 7516). If the answer is lost, the same API key with the same <code>Idempotency-Key</code>{' '}
          hears the same bytes again until you confirm. The signed receipt names the key by its thumbprint.
        </p>
        <p>
          A claim that names neither target nor key goes to your built-in target <code>redeem</code>, which answers
          plain JSON over TLS.
        </p>
      </Part>
      <Part title="A recipient to copy">
        <p>Node, and nothing else. The tests of this product run it as it stands.</p>
        <Code>{recipient}</Code>
        <p>With a library it is two lines, in most languages: any JWE implementation reads a bundle.</p>
        <Code>{withJose}</Code>
      </Part>
      <Part title="What is in it">
        <Names of={fields} />
        <h3 className="pt-2 font-semibold">Header</h3>
        <Names of={header} />
      </Part>
      <Part title="Changing keys">
        <p>
          Add the new key, claim for it from then on, and retire the old one when no claim for it is open. A retired key
          gets nothing any more, not even for a claim that stands; such a claim can be given back, and nothing is lost.
        </p>
        <Code>{cancel}</Code>
      </Part>
    </DocsFrame>
  );
}
