import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { Moment } from '#components/console/moment.tsx';
import { SignInFrame } from '#components/console/sign-in-frame.tsx';
import { Button } from '#components/ui/button.tsx';
import { formToken } from '#lib/browser/index.ts';
import { config } from '#lib/config/index.ts';
import { freshMinutes, isFresh, requireMember, returnPath } from '#lib/session/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Sign in again' };

type Query = { to?: string | string[] };

/** Step-up: asks someone who is signed in to prove it once more, and brings them back to where they were. */
export default async function Again({ searchParams }: { searchParams: Promise<Query> }) {
  const session = await requireMember();
  const { to } = await searchParams;
  const back = returnPath(typeof to === 'string' ? to : null) ?? '/console';
  if (isFresh(session)) redirect(back);
  const { email } = session.member;
  return (
    <SignInFrame title="Confirm that it is you" demo={config().demo}>
      <p className="mt-2 text-sm leading-6 text-muted">
        What you are about to do shows or changes a secret. For that we ask for a sign-in of the last {freshMinutes}{' '}
        minutes
        {session.signedInAt ? (
          <>
            ; yours was at <Moment at={session.signedInAt} />
          </>
        ) : null}
        .
      </p>
      <p className="mt-3 text-sm leading-6 text-muted">
        Nothing has been done yet. You come back to the same page and decide there.
      </p>
      <form method="post" action="/sign-in/send" className="mt-6">
        <input type="hidden" name="csrf" value={formToken('sign-in')} />
        <input type="hidden" name="email" value={email} />
        <input type="hidden" name="to" value={back} />
        <Button kind="primary" className="w-full">
          Mail me a sign-in link
        </Button>
        <p className="mt-2 break-words text-[13px] leading-5 text-muted">It goes to {email}.</p>
      </form>
      <p className="mt-5 text-sm">
        <Link href={back} className="font-medium text-wax underline underline-offset-2">
          Not now, go back
        </Link>
      </p>
    </SignInFrame>
  );
}
