import { registrationErrors } from '#lib/handoff/core/registration-error.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorReport } from './error-report.tsx';

type OutcomeFormProps = { handoffId: string; csrf: string };

function Hidden({ handoffId, csrf, outcome }: OutcomeFormProps & { outcome: 'accepted' | 'rejected' }) {
  return (
    <>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value={`/console/handoffs/${handoffId}`} />
      <input type="hidden" name="outcome" value={outcome} />
    </>
  );
}

/** What the form answered. Either answer is final, so an error that can be mended is mended first. */
export function OutcomeForm({ handoffId, csrf }: OutcomeFormProps) {
  const action = `/console/handoffs/${handoffId}/confirm`;
  return (
    <Card title="What did the form say?">
      <div className="grid gap-6 md:grid-cols-2 md:gap-0 md:divide-x md:divide-line">
        <form method="post" action={action} className="flex flex-col items-start md:pr-6">
          <Hidden handoffId={handoffId} csrf={csrf} outcome="accepted" />
          <h3 className="text-sm font-medium">No error</h3>
          <p className="mt-1 text-sm leading-6 text-muted">
            The database exists and answers. What is left here is shredded, and you get a signed receipt.
          </p>
          <Button kind="primary" className="mt-4">
            It worked
          </Button>
        </form>
        <form
          method="post"
          action={action}
          autoComplete="off"
          className="max-md:border-t max-md:border-line max-md:pt-5 md:pl-6"
        >
          <Hidden handoffId={handoffId} csrf={csrf} outcome="rejected" />
          <h3 className="text-sm font-medium">It showed an error</h3>
          <p className="mt-1 mb-4 text-sm leading-6 text-muted">
            A slip in copying? Correct it in the form and press Continue again. Once reported, what is left here is
            shredded.
          </p>
          <ErrorReport />
        </form>
      </div>
      <details className="mt-5 border-t border-line pt-3 text-sm">
        <summary className="w-fit rounded-sm text-muted hover:text-ink">What the errors mean</summary>
        <dl className="mt-3 space-y-4">
          {registrationErrors.map(({ code, label, meaning, next }) => (
            <div key={code}>
              <dt className="font-medium">{label}</dt>
              <dd className="mt-0.5 leading-6 text-muted">
                {meaning} {next}
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </Card>
  );
}
