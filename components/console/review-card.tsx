import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { parkedReasons } from './words.ts';

type ReviewCardProps = {
  connectionId: string;
  grantId: string;
  reason: string | null;
  csrf: string;
  mayDecide: boolean;
};

function Decision({
  to,
  children,
  ...ids
}: { to: 'accept' | 'decline'; children: ReactNode } & Omit<ReviewCardProps, 'reason' | 'mayDecide'>) {
  const page = `/console/connections/${ids.connectionId}`;
  return (
    <form method="post" action={`${page}/${to}`}>
      <input type="hidden" name="csrf" value={ids.csrf} />
      <input type="hidden" name="back" value={page} />
      <input type="hidden" name="grant_id" value={ids.grantId} />
      <Button kind={to === 'accept' ? 'primary' : 'danger'}>{children}</Button>
    </form>
  );
}

/** A parked consent: why it waits, and what each answer does. */
export function ReviewCard({ reason, mayDecide, ...ids }: ReviewCardProps) {
  return (
    <div id="review" className="scroll-mt-4">
      <Card title="Review this consent">
        <p className="text-sm leading-6">
          {parkedReasons[reason ?? ''] ?? 'Someone asked to look at this before anything is used.'}
        </p>
        <p className="mt-2 text-sm leading-6 text-muted">
          Compare the Exact user and companies below with what you know of this customer. Accepting makes the database
          ready to register. Declining shreds the credentials for good; the customer can always connect again. The 30
          days keep running either way.
        </p>
        {mayDecide ? (
          <div className="mt-4 flex flex-wrap gap-2">
            <Decision to="accept" {...ids}>
              Accept this consent
            </Decision>
            <Decision to="decline" {...ids}>
              Decline and shred
            </Decision>
          </div>
        ) : null}
      </Card>
    </div>
  );
}

/** For a member who has a doubt: nothing is lost by looking first. */
export function DoubtForm({ connectionId, grantId, csrf }: { connectionId: string; grantId: string; csrf: string }) {
  const page = `/console/connections/${connectionId}`;
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-ink">
        Is this the wrong account or company?
      </summary>
      <form method="post" action={`${page}/park`} className="mt-2 rounded-lg border border-line bg-raised p-4">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="back" value={page} />
        <input type="hidden" name="grant_id" value={grantId} />
        <p className="leading-6 text-muted">
          Park it: it cannot be registered until someone accepts or declines it. The credentials stay sealed.
        </p>
        <Button kind="plain" size="small" className="mt-3">
          Park this consent
        </Button>
      </form>
    </details>
  );
}
