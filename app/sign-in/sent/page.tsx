import type { Metadata } from 'next';
import { cookies } from 'next/headers';
import Link from 'next/link';
import { SignInFrame } from '#components/console/sign-in-frame.tsx';
import { config } from '#lib/config/index.ts';
import { returnCookieName, returnPath } from '#lib/session/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Check your mail' };

export default async function Sent() {
  const back = returnPath((await cookies()).get(`__Host-${returnCookieName}`)?.value);
  return (
    <SignInFrame title="Check your mail" demo={config().demo}>
      <p className="mt-2 text-sm leading-6 text-muted">
        If that address belongs to a member, a link is on its way. It works once, within ten minutes, in this browser
        {back ? ', and brings you back to where you were' : ''}.
      </p>
      <p className="mt-6 text-sm">
        Nothing there?{' '}
        <Link
          href={back ? `/sign-in/again?to=${encodeURIComponent(back)}` : '/sign-in'}
          className="font-medium text-wax underline underline-offset-2"
        >
          Ask again
        </Link>
        ; only the newest link works.
      </p>
    </SignInFrame>
  );
}
