import type { Metadata } from 'next';
import { Code, DocsFrame, Names, Part } from '#components/console/docs.tsx';
import { localeNames } from '#lib/i18n/index.ts';
import { confirmations, lookups, misfitPages, onInvitation, problemPages } from './words.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'What your customer meets' };

const invitation = `curl -s $BASE/api/v1/invitations -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{"customer":{"name":"Bakkerij De Korenaar","external_id":"K-1001","email":"ada@korenaar.example","locale":"nl"},
       "client_registration_id":"'$REGISTRATION'", "channel":"mail",
       "expect":{"exact_user":"ada@korenaar.example","division":1240118}}'`;

const told = `invitation.opened     {invitation_id}                        a person pressed Continue
invitation.finished   {invitation_id, outcome, grant_id}     back, and sealed
grant.sealed          {grant_id, lapses_at, identity}        looked at, and it fits: claim it when you like

# The same with an administration that was not ticked, put right at once
invitation.finished   {… "outcome": "sealed"}
grant.parked          {grant_id, "reason": "current_missing"}
grant.sealed          {grant_id, "looked_again": true}`;

type Page = { name: string; heading: string; todo: string; told: string };

/** Pages by the heading their reader sees, with the way on, and what the partner hears. */
function Pages({ of }: { of: readonly Page[] }) {
  return (
    <dl className="divide-y divide-line rounded-lg border border-line">
      {of.map(({ name, heading, todo, told: event }) => (
        <div key={name} className="grid gap-x-6 gap-y-0.5 px-4 py-2.5 sm:grid-cols-[15rem_1fr]">
          <dt className="text-sm font-semibold leading-6">{heading}</dt>
          <dd className="text-sm leading-6">
            {todo}
            <span className="block text-muted wrap-anywhere">You are told: {event}.</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export default function CustomerDocs() {
  return (
    <DocsFrame
      title="What your customer meets"
      lead="A bookkeeper, perhaps on a phone, who has never heard of us. Two pages before Exact Online and one or two after it, in your brand and their language, in about two minutes."
    >
      <Part title="The way">
        <ol className="list-decimal space-y-3 pl-5">
          <li>
            <strong>Your request.</strong> Who asks, for which company, what for in your own words; what is kept, for
            how long, and how to stop it. Opening the link changes nothing, since mail scanners open links, too. A
            colleague who may connect apps can be sent the link from here. <em>Continue</em> is the first deed of a
            person: <code>invitation.opened</code>.
          </li>
          <li>
            <strong>Before they leave.</strong> Which user should sign in, to tick every administration, and which
            address their browser should show before they type a password. If you let them, they choose the country
            here. Who has connected before reads since when and until when, and can keep that, connect again or use
            another account. When they press on, Exact Online is asked first whether it is open.
          </li>
          <li>
            <strong>Exact Online.</strong> Its own pages, in the same tab or the window that your button opened. They
            sign in, choose administrations and allow it. They have 15 minutes from leaving, and Exact Online itself
            gives about three after the last click.
          </li>
          <li>
            <strong>Back, and sealed.</strong> The refresh token is sealed before anything else is done. Then Exact
            Online is asked once who signed in and what is covered, and what you expect is held against it.
          </li>
          <li>
            <strong>Is this right?</strong> They see whose account it is and say yes, or go back and use another. If
            something does not fit they read what, with the one thing to do about it.
          </li>
          <li>
            <strong>Done.</strong> Until when you can finish the set-up, what happens next, and the way to their own
            page. With a mail address they get a receipt that leads there, too.
          </li>
        </ol>
        <p>
          Every page works on a phone and without script, names whom to ask at yours, and can be reloaded. A link that
          was used shows what came of it.
        </p>
      </Part>
      <Part title="What you are told">
        <Code>{told}</Code>
        <p>
          <code>invitation.finished</code> says how a way ended, <code>grant.sealed</code> that you may claim. Whoever
          said no, or came too late, may come back: the link stays open until a consent came through it.{' '}
          <code>GET /invitations/inv_…</code> tells where it stands: <code>opened_at</code>, <code>declined_at</code>,{' '}
          <code>finished_at</code>. All of them:{' '}
          <a href="/docs/events" className="underline underline-offset-2">
            events
          </a>
          ; while they are on your own page,{' '}
          <a href="/docs/embed" className="underline underline-offset-2">
            the button
          </a>{' '}
          tells it.
        </p>
      </Part>
      <Part title="What an invitation settles">
        <Code>{invitation}</Code>
        <Names of={onInvitation} />
        <p>
          An expectation that is not met loses nothing: the consent is sealed and waits. In the console a member accepts
          it as it is, declines it or asks again.
        </p>
      </Part>
      <Part title="What a client registration settles">
        <p>In the console, for every customer who connects through it.</p>
        <h3 className="pt-2 font-semibold">The look at Exact Online (pre-flight)</h3>
        <Names of={lookups} />
        <h3 className="pt-2 font-semibold">Is this the right account?</h3>
        <Names of={confirmations} />
        <h3 className="pt-2 font-semibold">Another redirect URL</h3>
        <p>
          An app at Exact Online whose redirect URL cannot be changed may keep it. Customers are told beforehand that
          they will land elsewhere; they copy the whole address of that page, come back to ours and paste it, within
          three minutes. A wrong paste is answered with what was wrong about it, and can be tried again.
        </p>
      </Part>
      <Part title="When it does not fit">
        <p>
          The consent is sealed, and parked until it is put right. Only the browser that gave it reads this; whoever has
          the link alone reads that you check the account first.
        </p>
        <Pages of={misfitPages} />
        <p>
          <em>Check again</em> asks Exact Online once more, with the first access token, for the ten minutes that it
          works; after that they connect again, and it is looked at anew. What then fits is released:{' '}
          <code>grant.sealed</code> with <code>looked_again</code>. <em>No, use another account</em> and{' '}
          <em>ask to check first</em> park it with <code>customer_doubts</code>, and only a member, or a newer consent,
          settles that.
        </p>
      </Part>
      <Part title="When it does not work">
        <p>
          One sentence of what happened, one thing to do, who else can help, and a short code to mention. Nothing that
          Exact Online wrote is shown.
        </p>
        <Pages of={problemPages} />
      </Part>
      <Part title="Their own page">
        <p>
          <em>My access</em> is a lasting page for each connection, reached from the last page and from the receipt. It
          tells where the permission is, until when, and what has happened to it: sealed, asked for, handed over to
          whom, set up, expired, replaced. Who signed in and for what is shown only in the browser that connected, for
          four hours, since a link may be passed on; whoever has the address can withdraw.
        </p>
        <p>
          <em>Withdraw</em> destroys what is sealed here at once, and takes back a claim of which nothing has left:{' '}
          <code>security.consent_withdrawn</code>, <code>handoff.cancelled</code>, <code>grant.shredded</code>. What has
          been handed over only Exact Online can end; the page says so and shows where. A customer can connect again at
          any time.
        </p>
      </Part>
      <Part title="Mails and reminders">
        <p>
          In your name, with your logo and colours, and answers go to your address: the invitation, two reminders (two
          days after it and a day before the link ends), a new link where one lapsed, and the receipt. Nobody is
          reminded who finished, declined, stopped the reminders or is on the way at this moment. At most five mails
          that ask something go to one address of yours within a day; what was held back is told in the console. Links
          that you pass on yourself are yours to follow up.
        </p>
      </Part>
      <Part title="Brand and language">
        <p>
          Under{' '}
          <a href="/console/brand" className="underline underline-offset-2">
            Brand
          </a>{' '}
          in the console: your name, one colour, corners, letters, a logo for light and one for dark, support and legal
          links, and the sender of mails. Your own words have three places: what you want the connection for, before
          they leave, and when they are done. They stand beside ours, never instead: what is promised about passwords,
          custody and withdrawal is the same for every partner. All of it is previewed, and each page and mail looked
          at, before it is saved; a sandbox has a brand of its own to try.
        </p>
        <p>
          {Object.values(localeNames).join(', ')}: the customer’s <code>locale</code>, else the browser’s; for a mail
          the country of the Exact Online site. They can change it on every page, and come back from Exact Online in it.
          Where your words are missing in a language, what you want the connection for is said in ours and the other
          places stay empty; nothing is translated by machine.
        </p>
      </Part>
    </DocsFrame>
  );
}
