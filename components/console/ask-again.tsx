import { Button } from '../ui/button.tsx';

type AskAgainProps = { connectionId: string; csrf: string; email: string | null; back: string; strong?: boolean };

/** One click makes a new invitation: mailed, or as a link to send along yourself. */
export function AskAgain({ connectionId, csrf, email, back, strong = true }: AskAgainProps) {
  return (
    <form method="post" action={`/console/connections/${connectionId}/ask`} className="flex flex-wrap gap-2">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value={back} />
      {email ? (
        <Button kind={strong ? 'primary' : 'plain'} name="channel" value="mail">
          Ask again by e-mail
        </Button>
      ) : null}
      <Button kind={email || !strong ? 'plain' : 'primary'} name="channel" value="redirect">
        Ask again with a link
      </Button>
    </form>
  );
}
