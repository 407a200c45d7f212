import { Button } from '../ui/button.tsx';
import { SelectField } from '../ui/field.tsx';
import { Moment } from './moment.tsx';
import { reopenReasonWords } from './words.ts';

type ReopenProps = {
  handoffId: string;
  csrf: string;
  /** What waits for a second member: who asked, until when, and why. */
  request: { mine: boolean; until: Date; reason: string } | null;
};

const options = Object.entries(reopenReasonWords).map(([value, label]) => ({ value, label }));

/** Gives back what somebody else claimed: one member asks, another agrees. */
export function Reopen({ handoffId, csrf, request }: ReopenProps) {
  const page = `/console/handoffs/${handoffId}`;
  const hidden = (
    <>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value={page} />
    </>
  );
  if (request?.mine)
    return (
      <p className="text-sm leading-6">
        You asked to give it back. Another member has to agree on this page before <Moment at={request.until} />.
      </p>
    );
  if (request)
    return (
      <form method="post" action={`${page}/reopen/agree`}>
        {hidden}
        <p className="text-sm leading-6">
          A colleague asks to give it back: {(reopenReasonWords[request.reason] ?? request.reason).toLowerCase()}. You
          can agree until <Moment at={request.until} />. The credentials are then sealed again, and whoever claimed them
          can no longer use the claim.
        </p>
        <Button kind="primary" className="mt-3">
          Agree, give it back
        </Button>
      </form>
    );
  return (
    <form method="post" action={`${page}/reopen`} className="max-w-sm space-y-3">
      {hidden}
      <SelectField
        id="reason"
        label="Why should it be given back?"
        options={options}
        hint="Another member has to agree within four hours. Unused, it goes back by itself when its time is over."
      />
      <Button kind="plain">Ask to give it back</Button>
    </form>
  );
}
