import type { Metadata } from 'next';
import { Code, DocsFrame, Part } from '#components/console/docs.tsx';
import { operationList } from '#lib/api/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Documentation' };

const quickStart = `KEY=wxk_…   REGISTRATION=clr_…   BASE=https://your-waxseal.example

# 1  Ask a customer to connect; send them the url
curl -s $BASE/api/v1/invitations -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -H "Idempotency-Key: invite-K-1001" \\
  -d '{"customer":{"name":"Bakkerij De Korenaar","external_id":"K-1001","locale":"nl"},
       "client_registration_id":"'$REGISTRATION'"}'

# 2  Watch the clock: status, lapses_at, claimable_from
curl -s $BASE/api/v1/connections/con_… -H "Authorization: Bearer $KEY"

# 3  Days later: claim, redeem once, report the outcome
curl -s -X POST $BASE/api/v1/connections/con_…/handoffs -H "Authorization: Bearer $KEY"
curl -s -X POST $BASE/api/v1/handoffs/hof_…/redeem -H "Authorization: Bearer $KEY" -H "Idempotency-Key: redeem-1"
curl -s -X POST $BASE/api/v1/handoffs/hof_…/confirm -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"outcome":"accepted"}'`;

export default function Docs() {
  return (
    <DocsFrame
      title="Waxseal in ten minutes"
      lead="Your customer connects Exact Online today, under your brand. You register the database hours or days later, with credentials nobody has used."
    >
      <Part title="What happens to a consent">
        <p>
          An Exact Online refresh token works once, and lapses after 30 days unused. Waxseal seals it in the request
          that receives it, never presents it to Exact, and hands it over one single time: claim, redeem, confirm. After
          the outcome is reported, what is left here is shredded, and a signed receipt stays.
        </p>
        <p>
          Two rules of Exact shape the rest. A token cannot be spent in the first 570 seconds after its issue, so a
          claim is refused until <code>claimable_from</code>. And one Exact user has one live token per client ID: when
          the same person consents again, Waxseal marks the older grant <em>superseded</em> and tells you.
        </p>
      </Part>
      <Part title="Three calls">
        <Code>{quickStart}</Code>
        <p>
          Redeem answers once. If the answer is lost on the way, the same API key with the same{' '}
          <code>Idempotency-Key</code> hears the same bytes again until you confirm; anyone else is refused, and you get
          an event. Receipts (JWS) can be{' '}
          <a href="/docs/receipts" className="underline underline-offset-2">
            checked by anyone
          </a>
          , offline. Name a{' '}
          <a href="/docs/bundles" className="underline underline-offset-2">
            recipient key
          </a>{' '}
          in the claim, and the answer is encrypted to it; name a target that makes{' '}
          <a href="/docs/files" className="underline underline-offset-2">
            a file
          </a>
          , and it is one. Or let us{' '}
          <a href="/docs/push" className="underline underline-offset-2">
            push it to your endpoint
          </a>
          .
        </p>
        <p>
          With many customers, <code>POST /bulk-claims</code> takes up to 1,000 <code>connection_ids</code> and answers
          at once; <code>/bulk-claims/bcl_…</code> says how far it is, and its <code>/results</code> what became of
          each: a handoff to redeem, or the code a single claim would have got.
        </p>
        <p>
          With <code>{'"channel": "mail"'}</code> we write to the customer in your name, and remind whoever does not
          finish after two days and a day before the end, unless you say <code>{'"remind": false'}</code> or they stop
          it. At most five such mails go to one address within a day; what was held back is told in the console. A
          customer who comes too late can have a new link mailed to that address.{' '}
          <code>POST /invitations/inv_…/withdraw</code> takes an invitation back.
        </p>
        <p>
          A page that could not go on shows the customer a code to quote, such as <code>WX-7F3K2Q</code>. Your
          colleagues type it into the search of the console, or ask <code>GET /connections?code=WX-7F3K2Q</code>; the
          timeline has it beside the try it belongs to. <code>WX-NOLINK</code> stands for a link that is not known. A
          code that nobody finds is of a try of more than 30 days ago, or of a page that failed before it was known
          whose it was: that one is in the log of the server only.
        </p>
        <p>
          <a href="/docs/customer" className="underline underline-offset-2">
            What your customer meets
          </a>{' '}
          on the way, what you can settle of it, and what you are told. On your own page, a{' '}
          <a href="/docs/embed" className="underline underline-offset-2">
            button
          </a>{' '}
          leads to the customer’s page and tells yours how it goes.
        </p>
        <p>
          With <code>return_url</code> on an invitation the pages at the end (done, kept, declined) have a link back to
          you. It is https, at one of the origins that you registered for your button (in a sandbox also an address of
          your own machine), without user name or a part after #, and has at most 500 characters. Nobody is sent there
          by themselves, and nothing is added to it: anyone can open that address, so being there proves nothing. What
          came of it, <code>GET /connections/con_…</code> and the events tell.
        </p>
      </Part>
      <Part title="Every operation">
        <dl className="divide-y divide-line rounded-lg border border-line">
          {operationList.map(({ method, path, summary }) => (
            <div key={`${method} ${path}`} className="px-4 py-3">
              <dt className="break-all font-mono text-[13px]">
                <span className="inline-block w-11 text-muted">{method}</span> {path}
              </dt>
              <dd className="mt-1 text-sm leading-6">{summary}</dd>
            </div>
          ))}
        </dl>
        <p>
          Lists that grow take <code>limit</code> and <code>cursor</code>.{' '}
          <a href="/docs/events" className="underline underline-offset-2">
            Events
          </a>{' '}
          are in commit order: keep <code>next_cursor</code> and come back with it.
        </p>
      </Part>
      <Part title="Trying it">
        <p>
          A sandbox partner talks to a simulated Exact Online that refuses as the real one does, and its clock moves
          when you say so: <code>POST /api/v1/sandbox/advance</code> with <code>{'{"seconds": 1036800}'}</code> is
          twelve days later, for our windows and for the simulated provider alike; reminders and lapses on the way
          happen in their order.{' '}
          <a href="/docs/simulator" className="underline underline-offset-2">
            How to make it say no
          </a>
          .
        </p>
      </Part>
    </DocsFrame>
  );
}
