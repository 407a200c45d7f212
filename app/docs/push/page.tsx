import type { Metadata } from 'next';
import { Code, DocsFrame, Names, Part } from '#components/console/docs.tsx';
import { pushProblems } from '#components/console/words.ts';
import { receiver } from './receiver.ts';
import { answers, headers, tries } from './words.ts';

export const metadata: Metadata = { title: 'Push' };

const setUp = `# 1  A target with your endpoint; keep push.secret of the answer, it is told this once
curl -s $BASE/api/v1/targets -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{"name":"Our ERP","kind":"push","push":{"url":"https://erp.example/waxseal"}}'

# 2  The public key that bundles are encrypted to
curl -s $BASE/api/v1/targets/tgt_…/recipient-keys -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"label":"receiver.mjs","public_key":"-----BEGIN PUBLIC KEY-----…"}'

# 3  Whenever a customer is to be registered: claim for it, and we bring it within seconds
curl -s -X POST $BASE/api/v1/connections/con_…/handoffs -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"target":"Our ERP"}'`;

const rotate = `curl -s -X POST $BASE/api/v1/targets/tgt_…/rotate-secret -H "Authorization: Bearer $KEY" \\
  -H "Idempotency-Key: rotate-2026-11"`;

export default function PushDocs() {
  return (
    <DocsFrame
      title="Push to an endpoint"
      lead="We bring the credentials to your HTTPS endpoint: signed, encrypted to your key, and again until you have said that you hold them."
    >
      <Part title="How it goes">
        <Code>{setUp}</Code>
        <p>
          The body is <code>{'{"bundle": "…"}'}</code>, a JWE to the key that the claim named, or to the newest live key
          of the target;{' '}
          <a href="/docs/bundles" className="underline underline-offset-2">
            what is in it
          </a>{' '}
          is the same as for a redemption. A target with <code>recipient_key_required: false</code> and no key gets
          plain JSON. Nobody can redeem such a handoff.
        </p>
        <p>
          Before anything leaves we look whether your endpoint is there: its name, its address and its certificate. As
          long as it is not, the claim stands, says why in <code>push.problem</code>, and can be cancelled. With the
          first try custody ends: from then on the same bytes are sent until you confirm, for 24 hours at most. If you
          have not by then, what is left here is shredded, and the customer has to connect again.
        </p>
      </Part>
      <Part title="A receiver to copy">
        <p>Node, and nothing else. The tests of this product run it as it stands.</p>
        <Code>{receiver}</Code>
        <p>
          Signatures follow <em>Standard Webhooks</em>; its libraries verify them in most languages.
        </p>
      </Part>
      <Part title="What a request brings">
        <Names of={headers} />
      </Part>
      <Part title="What you answer">
        <Names of={answers} />
        <p>
          Tries come {tries}, each up to a tenth of its wait later, so that what failed together does not come back
          together. The same bytes may arrive twice: the <code>webhook-id</code> tells. Whether the database could be
          registered with what you took is yours to report, if it could not:{' '}
          <code>POST /handoffs/{'{id}'}/confirm</code> with <code>rejected</code> instead of the hash in the answer.
        </p>
      </Part>
      <Part title="Where we send">
        <p>
          To <code>https</code> on port 443 of a host whose every address is on the public internet, with a certificate
          that browsers accept, and without a user name in the URL. A URL is not edited: make a new target, and archive
          the old one.
        </p>
        <h3 className="pt-2 font-semibold">push.problem</h3>
        <Names of={pushProblems} />
      </Part>
      <Part title="Another secret">
        <p>
          Rotate it here, or on the target’s page in the console. For 24 hours requests carry two signatures, of the new
          secret and of the one before it. Rotating once more within that time ends the oldest at once.
        </p>
        <Code>{rotate}</Code>
      </Part>
    </DocsFrame>
  );
}
