import type { Metadata } from 'next';
import { SignInFrame } from '#components/console/sign-in-frame.tsx';
import { formToken } from '#lib/browser/index.ts';
import { config } from '#lib/config/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Sign in' };

const sentences: Record<string, string> = {
  email: 'That does not look like an e-mail address.',
  form: 'The page was open for too long, or came from elsewhere. Please try again.',
  link: 'That link has been used, is older than ten minutes, or was opened in another browser than the one that asked for it. Ask for a new one here.',
};

export default async function SignIn({ searchParams }: { searchParams: Promise<{ error?: string }> }) {
  const { error } = await searchParams;
  const sentence = error === undefined ? null : (sentences[error] ?? null);
  return (
    <SignInFrame title="Sign in" demo={config().demo}>
      <p className="mt-2 text-sm leading-6 text-muted">
        We mail you a link that works once. There is no password to lose.
      </p>
      {sentence ? (
        <p role="alert" className="mt-5 rounded-md border border-wax/40 bg-wax/5 px-3 py-2 text-sm">
          {sentence}
        </p>
      ) : null}
      <form method="post" action="/sign-in/send" className="mt-6">
        <input type="hidden" name="csrf" value={formToken('sign-in')} />
        <label htmlFor="email" className="block text-sm font-medium">
          Work e-mail address
        </label>
        <input
          id="email"
          name="email"
          type="email"
          required
          autoComplete="email"
          className="mt-1.5 block h-11 w-full rounded-md border border-line-strong bg-field px-3"
        />
        <button
          type="submit"
          className="mt-4 h-11 w-full rounded-md bg-wax px-4 font-medium text-on-wax hover:bg-wax-deep"
        >
          Mail me a sign-in link
        </button>
      </form>
    </SignInFrame>
  );
}
