import { KeyRound } from 'lucide-react';
import { ButtonLink } from '../ui/button.tsx';

type SignInAgainProps = { to: string; what: string; kind?: 'primary' | 'plain' };

/** Stands where a button would that needs a sign-in of the last minutes, and leads to one and back. */
export function SignInAgain({ to, what, kind = 'primary' }: SignInAgainProps) {
  return (
    <div>
      <p className="text-sm leading-6 text-muted">
        You signed in more than five minutes ago. {what} needs a fresh sign-in: we mail you a link, and you come back
        here.
      </p>
      <ButtonLink href={`/sign-in/again?to=${encodeURIComponent(to)}`} kind={kind} className="mt-3">
        <KeyRound size={16} aria-hidden="true" />
        Sign in again
      </ButtonLink>
    </div>
  );
}
