import { FileText } from 'lucide-react';
import type { ConnectionView } from '#lib/connections/index.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Card, Fact, Facts } from '../ui/card.tsx';
import { Moment } from './moment.tsx';
import { formatName, targetName } from './words.ts';

export const handoffWords: Record<string, string> = {
  claimed: 'Claimed, nothing has left yet',
  delivered: 'Handed over, outcome not told yet',
  confirmed: 'It worked',
  rejected: 'It was refused',
  unconfirmed: 'Nobody told the outcome in time',
  cancelled: 'Given back, nothing left',
};
const withReceipt: readonly string[] = ['confirmed', 'rejected', 'unconfirmed'];

export function ReceiptLink({ handoffId }: { handoffId: string }) {
  return (
    <ButtonLink href={`/console/handoffs/${handoffId}/receipt`} size="small">
      <FileText size={14} aria-hidden="true" />
      Open the receipt
    </ButtonLink>
  );
}

type HandoffCardProps = { handoff: NonNullable<ConnectionView['handoff']>; onItsPage?: boolean };

/** What became of the registration, with its receipt. */
export function HandoffCard({ handoff, onItsPage = false }: HandoffCardProps) {
  return (
    <Card
      title="Registration"
      flush
      aside={
        onItsPage || handoff.status === 'cancelled' ? null : (
          <span className="flex flex-wrap gap-2">
            {withReceipt.includes(handoff.status) ? <ReceiptLink handoffId={handoff.id} /> : null}
            <ButtonLink href={`/console/handoffs/${handoff.id}`} size="small">
              Open
            </ButtonLink>
          </span>
        )
      }
    >
      <Facts>
        <Fact name="Outcome">
          {handoffWords[handoff.status] ?? handoff.status}
          {handoff.outcomeCode && handoff.status === 'rejected' ? (
            <code className="ml-2 font-mono text-[13px] text-muted">{handoff.outcomeCode}</code>
          ) : null}
        </Fact>
        <Fact name="For">{targetName(handoff.target)}</Fact>
        {handoff.fileFormat ? <Fact name="As">{formatName(handoff.fileFormat)}</Fact> : null}
        <Fact name="Claimed">
          <Moment at={handoff.claimedAt} />
        </Fact>
        {handoff.status === 'claimed' ? (
          <Fact name="Use before">
            <Moment at={handoff.redeemBefore} />
          </Fact>
        ) : null}
        {handoff.deliveredAt ? (
          <Fact name="Handed over">
            <Moment at={handoff.deliveredAt} />
          </Fact>
        ) : null}
        {handoff.status === 'delivered' && handoff.confirmBefore ? (
          <Fact name="Tell before">
            <Moment at={handoff.confirmBefore} />
          </Fact>
        ) : null}
        {handoff.settledAt ? (
          <Fact name="Settled">
            <Moment at={handoff.settledAt} />
          </Fact>
        ) : null}
      </Facts>
    </Card>
  );
}
