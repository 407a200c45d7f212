import type { Metadata } from 'next';
import { Code, DocsFrame, Names, Part } from '#components/console/docs.tsx';
import { claims, verifier, withJose } from './verify.ts';

export const metadata: Metadata = { title: 'Receipts' };

const fetchThem = `BASE=https://your-waxseal.example   PARTNER=ptn_…   KEY=wxk_…

# The receipt of an ended handoff: {"jws": "…", "text": "…"}, or download it in the console
curl -s $BASE/api/v1/handoffs/hof_…/receipt -H "Authorization: Bearer $KEY" | node -p 'JSON.parse(fs.readFileSync(0)).jws' > receipt.jws

# The public keys, for anyone and without an API key: fetch them once and keep them with your receipts
curl -s $BASE/api/v1/receipt-keys/$PARTNER > receipt-keys.json

node verify.mjs receipt.jws receipt-keys.json`;

export default function ReceiptDocs() {
  return (
    <DocsFrame
      title="Receipts"
      lead="Every handoff that ended has a signed account: who took what, when, where it went, and that nobody had opened or used it before. Anyone can check it, without us."
    >
      <Part title="What to keep">
        <p>
          A receipt is a JWS (RFC 7515) signed with Ed25519. The public keys are a JWK set at{' '}
          <code>/api/v1/receipt-keys/&lt;partner id&gt;</code>, readable by anyone; keys of before stay in it, so old
          receipts stay verifiable. An id that never signed anything has an empty set, and so has one that never was.
        </p>
        <p>
          Fetch the set from an address you know to be ours, and keep it. A receipt names its key by its{' '}
          <code>kid</code> and never says where to fetch one, since a forger could say that too.
        </p>
        <Code>{fetchThem}</Code>
      </Part>
      <Part title="Checking one, offline">
        <p>Node and nothing else; the tests of this product run it as it stands.</p>
        <Code>{verifier}</Code>
        <p>With a library it is shorter, in most languages: any JWS implementation that knows Ed25519 will do.</p>
        <Code>{withJose}</Code>
      </Part>
      <Part title="What it says">
        <Names of={claims} />
        <p>
          In the console a receipt has a page to print, with the signed text at its end, and a short version of four
          lines for a customer’s file.
        </p>
      </Part>
    </DocsFrame>
  );
}
