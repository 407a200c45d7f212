import type { ReactNode } from 'react';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Notice } from '../ui/notice.tsx';

type ApprovalProps = {
  handoffId: string;
  csrf: string;
  customer: string;
  target: string;
  /** Stands in for the button while the sign-in is too old. */
  again: ReactNode;
};

/** Four eyes: a second member looks at a claim before anything of it leaves. */
export function Approval({ handoffId, csrf, customer, target, again }: ApprovalProps) {
  return (
    <Card title="A second person has to agree">
      <p className="text-sm leading-6">
        The credentials of <bdi className="font-medium">{customer}</bdi> are to go to{' '}
        <span className="font-medium">{target}</span>. Nothing has left yet. Ask whoever claimed them if you did not
        expect this.
      </p>
      <div className="mt-4">
        {again ?? (
          <form method="post" action={`/console/handoffs/${handoffId}/approve`}>
            <input type="hidden" name="csrf" value={csrf} />
            <input type="hidden" name="back" value={`/console/handoffs/${handoffId}`} />
            <Button kind="primary">Agree, they may leave</Button>
          </form>
        )}
      </div>
    </Card>
  );
}

/** What the claimer sees meanwhile. */
export function AwaitingApproval({ handoffId, cancel }: { handoffId: string; cancel: ReactNode }) {
  return (
    <Notice tone="calm" title="A colleague has to agree first">
      <p>
        This target asks for two people. Send a colleague the address of this page, and look again when they have
        agreed.
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <ButtonLink href={`/console/handoffs/${handoffId}`}>Look again</ButtonLink>
        {cancel}
      </div>
    </Notice>
  );
}
