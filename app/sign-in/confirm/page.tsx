import type { Metadata } from 'next';
import { SignInFrame } from '#components/console/sign-in-frame.tsx';
import { formToken } from '#lib/browser/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Confirm that it is you' };

type Query = { token?: string; email?: string; proof?: string };

/** Where a mailed link leads. Opening it spends nothing, so a mail scanner may look; the person's click signs in. */
export default async function Confirm({ searchParams }: { searchParams: Promise<Query> }) {
  const { token = '', email = '', proof = '' } = await searchParams;
  return (
    <SignInFrame title="Confirm that it is you" demo={false}>
      <p className="mt-2 text-sm leading-6 text-muted">
        You are about to sign in to Waxseal{typeof email === 'string' && email ? ' as ' : ''}
        <strong className="break-all font-medium text-ink">{String(email).slice(0, 254)}</strong>.
      </p>
      <form method="post" action="/sign-in/accept" className="mt-6">
        <input type="hidden" name="csrf" value={formToken('sign-in')} />
        <input type="hidden" name="token" value={String(token)} />
        <input type="hidden" name="email" value={String(email)} />
        <input type="hidden" name="proof" value={String(proof)} />
        <button type="submit" className="h-11 w-full rounded-md bg-wax px-4 font-medium text-on-wax hover:bg-wax-deep">
          Sign in
        </button>
      </form>
    </SignInFrame>
  );
}
