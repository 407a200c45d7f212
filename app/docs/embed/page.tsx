import { readFileSync } from 'node:fs';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { Code, DocsFrame, Names, Part } from '#components/console/docs.tsx';
import { EmbedPlayground } from '#components/console/embed-playground.tsx';
import { config } from '#lib/config/index.ts';
import { newestVersion, publishedVersions } from '#lib/embed/index.ts';
import { csrfOf, currentMember } from '#lib/session/index.ts';
import { may } from '#lib/tenancy/index.ts';
import { button, calling, codes, endings, events, invitation, listening, policyOf, tagOf } from './samples.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'The button' };

/** The wrapper as the playground itself runs it. */
const reactWrapper = () =>
  readFileSync('components/console/connect-exact.tsx', 'utf8').replace("'use client';\n\n", '').trim();

async function Playground() {
  const session = await currentMember();
  if (!session?.partner.sandbox || !may(session.member.role, 'invite'))
    return (
      <p>
        Sign in to the{' '}
        <a href="/console" className="underline underline-offset-2">
          console
        </a>
        , go to your sandbox, and come back: here then stands a real button, with its events as they come.
      </p>
    );
  const { version, integrity } = newestVersion();
  const nonce = (await headers()).get('x-nonce') ?? undefined;
  return (
    <>
      <p>
        Each invitation is one of your sandbox; Exact Online is simulated. What you press here is the wrapper above.
      </p>
      <script async src={`/embed/v${version}.js`} integrity={integrity} crossOrigin="anonymous" nonce={nonce} />
      <EmbedPlayground csrf={csrfOf(session)} />
    </>
  );
}

export default function EmbedDocs() {
  const origin = config().publicUrl;
  const { version, integrity } = newestVersion();
  return (
    <DocsFrame
      title="The button"
      lead="Your customer connects from your own page. A link does the work; a script of two kilobytes opens it in a window of its own and tells your page how it goes."
    >
      <Part title="Put it there">
        <p>
          Once, an administrator registers the origin of your page in the console, under{' '}
          <a href="/console/embed" className="underline underline-offset-2">
            Button
          </a>
          . Then your server makes an invitation for the customer who is signed in with you, and your page carries its
          address:
        </p>
        <Code>{invitation}</Code>
        <Code>{tagOf(origin, version, integrity)}</Code>
        <Code>{button}</Code>
        <p>
          Without script, or before it has come, the link opens in the same tab and everything works. So it does on
          phones, in web-views, and where a pop-up is blocked. Modes are <code>same-tab</code> (without the attribute),{' '}
          <code>popup</code> and <code>new-tab</code>; a customer who presses for a new tab themselves gets one. There
          is no frame: pages on which people give consent cannot be framed.
        </p>
      </Part>
      <Part title="What your page is told">
        <Code>{listening}</Code>
        <Names of={events} />
        <p>
          How it <code>finished</code>:
        </p>
        <Names of={endings} />
        <p>
          The codes of an <code>error</code>; all but <code>link_ended</code> are recoverable. The <code>stage</code> of{' '}
          <code>provider_down</code> and <code>app_not_ready</code> is <code>leaving</code> where the customer was kept
          from leaving in vain. An obstacle that still stands when it is looked at again is told once.
        </p>
        <Names of={codes} />
        <p>
          Every event but <code>ready</code> carries <code>invitation_id</code> as soon as the script has heard of it,
          which is within a second of the press; only <code>opened</code> of a first press comes before. So two buttons
          do not mix. Events do not bubble. The customer’s page posts them to your registered origin and to no other;
          the script takes them only from the window that it opened and the origin of the link, and asks for the status
          besides, every 1 to 5 seconds for half an hour, so that a lost message costs nothing. The order always holds,
          whichever way the news came. For what you store, ask <code>GET /api/v1/connections/{'{id}'}</code> from your
          server: an event in a browser is news, not proof.
        </p>
        <p>Without the element:</p>
        <Code>{calling}</Code>
      </Part>
      <Part title="Your policies">
        <p>
          The script writes no markup and no style and evaluates nothing: it works with trusted types required for
          scripts. Add to your Content-Security-Policy:
        </p>
        <Code>{policyOf(origin)}</Code>
        <p>
          A page with <code>Cross-Origin-Opener-Policy: same-origin</code> is cut off from the windows it opens. It
          still hears everything by status, a few seconds later; <code>same-origin-allow-popups</code> keeps the faster
          way.
        </p>
      </Part>
      <Part title="Versions">
        <p>
          <code>/embed/v{version}.js</code> never changes; browsers keep it for a year, and it has an integrity value.{' '}
          <code>/embed/v1.js</code> is the newest of its line, asked for again after five minutes, and has none.
        </p>
        <Names of={Object.fromEntries(Object.entries(publishedVersions()).reverse())} />
      </Part>
      <Part title="React">
        <Code>{reactWrapper()}</Code>
      </Part>
      <Part title="Playground">
        <Playground />
      </Part>
    </DocsFrame>
  );
}
