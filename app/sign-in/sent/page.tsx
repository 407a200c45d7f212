import type { Metadata } from 'next';
import Link from 'next/link';
import { SignInFrame } from '#components/console/sign-in-frame.tsx';
import { config } from '#lib/config/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Check your mail' };

export default function Sent() {
  return (
    <SignInFrame title="Check your mail" demo={config().demo}>
      <p className="mt-2 text-sm leading-6 text-muted">
        If that address belongs to a member, a link is on its way. It works once, within ten minutes, in this browser.
      </p>
      <p className="mt-6 text-sm">
        Nothing there?{' '}
        <Link href="/sign-in" className="font-medium text-wax underline underline-offset-2">
          Ask again
        </Link>
        ; only the newest link works.
      </p>
    </SignInFrame>
  );
}
