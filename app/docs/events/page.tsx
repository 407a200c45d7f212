import type { Metadata } from 'next';
import { Code, DocsFrame, Facts, Part } from '#components/console/docs.tsx';
import { entryList, eventList } from '#lib/api/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Events' };

const reading = `# The first time without a cursor; from then on with the last next_cursor you have stored
curl -s "$BASE/api/v1/events?limit=200&cursor=$CURSOR" -H "Authorization: Bearer $KEY"

{"items": [{"id": "evt_…", "type": "invitation.finished", "at": "2026-11-21T10:04:31.208Z",
            "connection_id": "con_…", "data": {"invitation_id": "inv_…", "outcome": "sealed", "grant_id": "grt_…"}}],
 "next_cursor": "…"}`;

const families = [
  ['invitation.', 'Invitations'],
  ['grant.', 'Grants'],
  ['handoff.', 'Handoffs'],
  ['bulk_claim.', 'Bulk claims'],
  ['target.', 'Targets'],
  ['recipient_key.', 'Recipient keys'],
  ['registration.', 'Client registrations'],
  ['security.', 'Security'],
] as const;

export default function EventDocs() {
  return (
    <DocsFrame
      title="Events"
      lead="What happened, in the order in which it became true. Your server reads the feed and never misses one; nothing in it is secret."
    >
      <Part title="Reading the feed">
        <Code>{reading}</Code>
        <p>
          An event is written in the transaction of what it tells of, so what is told is true. Ask as often as you like:
          the last page has a <code>next_cursor</code>, too, and with it you get what came since. Store the cursor with
          what you did about the page; read a page twice and its <code>id</code>s are the same. Events stay for 90 days.
        </p>
        <p>
          New types and new fields may come: pass over what you do not know. <code>connection_id</code> is null where an
          event is about no connection, and a field with a question mark is not always there. Types for your code are in
          the{' '}
          <a href="/api/v1/openapi.json" className="underline underline-offset-2">
            API description
          </a>
          , as <code>EventData</code>.
        </p>
      </Part>
      {families.map(([prefix, title]) => (
        <Part key={prefix} title={title}>
          <Facts of={eventList.filter(({ name }) => name.startsWith(prefix))} />
        </Part>
      ))}
      <Part title="Also on a timeline">
        <p>
          <code>GET /connections/con_…/timeline</code> tells more than the feed: every event of the connection, under
          the same name and with the same fields as <code>detail</code>, who did it, and these steps, of which nobody
          has to be told.
        </p>
        <Facts of={entryList} />
      </Part>
    </DocsFrame>
  );
}
