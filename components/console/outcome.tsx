import type { ReactNode } from 'react';
import { registrationErrorOf } from '#lib/handoff/core/registration-error.ts';
import { Card, Fact, Facts } from '../ui/card.tsx';
import { Notice } from '../ui/notice.tsx';
import { ReceiptLink } from './handoff-card.tsx';
import { spanOf } from './time.ts';

type OutcomeNoticeProps = { status: string; code: string | null; children?: ReactNode };

/** How a handoff ended, and what to do now. */
export function OutcomeNotice({ status, code, children }: OutcomeNoticeProps) {
  if (status === 'confirmed')
    return (
      <Notice tone="good" role="status" title="The database is registered">
        What was left here has been shredded. Keep the signed receipt with your customer’s file.
      </Notice>
    );
  if (status === 'cancelled')
    return (
      <Notice tone="calm" title={code === 'superseded' ? 'Cancelled by a newer consent' : 'The claim was given back'}>
        Nothing had left.{' '}
        {code === 'superseded' ? 'The credentials it held no longer work.' : 'The credentials are sealed again.'}
        {children}
      </Notice>
    );
  const refusal = registrationErrorOf(code);
  return (
    <Notice
      tone="bad"
      title={
        status === 'unconfirmed' ? 'Nobody told the outcome in time' : (refusal?.label ?? 'The form showed an error')
      }
    >
      {status === 'unconfirmed' ? (
        <>
          <p>
            The values left, and for 24 hours nobody said what became of them. What was left here has been shredded.
          </p>
          <ol className="mt-2 list-decimal space-y-1 pl-5">
            <li>Look where the values went whether the database exists and shows data.</li>
            <li>If it does, you are done: nothing needs to be told here any more.</li>
            <li>If it does not, the values cannot be shown again. Ask the customer to connect again.</li>
          </ol>
        </>
      ) : (
        <>
          <p>{refusal?.meaning}</p>
          <p className="mt-1">{refusal?.next ?? 'Ask the customer to connect again.'}</p>
        </>
      )}
      {children}
    </Notice>
  );
}

/** What the receipt says of the token, briefly; its own page has all of it. */
export type ReceiptSummary = {
  handoffId: string;
  tokenFingerprint: string;
  ageSeconds: number;
  openedBefore: number;
  spentBefore: number;
};

export const times = (count: number) => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`);

export function ReceiptCard({ handoffId, tokenFingerprint, ageSeconds, openedBefore, spentBefore }: ReceiptSummary) {
  return (
    <Card title="Receipt" flush aside={<ReceiptLink handoffId={handoffId} />}>
      <Facts>
        <Fact name="Token fingerprint">
          <code className="break-all font-mono text-[13px]">{tokenFingerprint}</code>
        </Fact>
        <Fact name="Age when it left">{spanOf(ageSeconds * 1000)}</Fact>
        <Fact name="Opened before">{times(openedBefore)}</Fact>
        <Fact name="Used before">{times(spentBefore)}</Fact>
        <Fact name="Signature">Ed25519; anyone can verify it, without us</Fact>
      </Facts>
    </Card>
  );
}
