import { SealMark } from '#components/console/sign-in-frame.tsx';
import { config } from '#lib/config/index.ts';

export const dynamic = 'force-dynamic';

const points = [
  [
    'Sealed',
    'The refresh token of a consent is encrypted in the request that receives it, and never presented to Exact while we keep it.',
  ],
  ['Watched', 'Thirty days, from the first minute on a clock: on every screen, in the API, in the event feed.'],
  ['Handed over once', 'Claim, redeem, confirm. Then what is left here is shredded, and a signed receipt remains.'],
];

export default function Home() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-3xl flex-col justify-center px-4 py-16 sm:px-6">
      <SealMark size={44} />
      <h1 className="mt-6 text-balance text-4xl font-semibold tracking-tight sm:text-5xl">
        Connect Exact Online today. Register the database when you are ready.
      </h1>
      <p className="mt-5 max-w-xl text-lg leading-8 text-muted">
        Your customers give consent on a page that carries your brand. Waxseal keeps what came of it, unused, until the
        day you need it.
      </p>
      <div className="mt-8 flex flex-wrap gap-3">
        <a
          href="/console"
          className="inline-flex h-11 items-center rounded-md bg-wax px-5 font-medium text-on-wax hover:bg-wax-deep"
        >
          Open the console
        </a>
        <a
          href="/docs"
          className="inline-flex h-11 items-center rounded-md border border-line-strong px-5 font-medium hover:bg-raised"
        >
          Read the documentation
        </a>
        {config().demo ? (
          <a
            href="/demo/mailbox"
            className="inline-flex h-11 items-center rounded-md px-3 font-medium text-muted underline underline-offset-4 hover:text-ink"
          >
            Local mailbox
          </a>
        ) : null}
      </div>
      <dl className="mt-16 grid gap-8 border-t border-line pt-8 sm:grid-cols-3">
        {points.map(([term, text]) => (
          <div key={term}>
            <dt className="font-semibold">{term}</dt>
            <dd className="mt-2 text-sm leading-6 text-muted">{text}</dd>
          </div>
        ))}
      </dl>
    </main>
  );
}
