import type { NextClaimable } from '#lib/connections/index.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { spanOf } from './time.ts';

type NextCustomerProps = { next: NextClaimable | null; total: number; now: Date; strong: boolean };

/** After an outcome: straight on to whoever lapses first, with how many are left. */
export function NextCustomer({ next, total, now, strong }: NextCustomerProps) {
  if (!next)
    return (
      <Card title="No customer left to register">
        <p className="text-sm leading-6 text-muted">The list shows who is waiting and who needs attention.</p>
        <ButtonLink href="/console" className="mt-3">
          To the list
        </ButtonLink>
      </Card>
    );
  return (
    <Card title={total === 1 ? 'One customer left to register' : `${total} customers left to register`}>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 text-sm leading-6">
          <p className="break-words font-medium">
            <bdi>{next.customer}</bdi>
          </p>
          <p className="text-muted">
            {spanOf(next.lapsesAt.getTime() - now.getTime())} left
            {total === 1 ? '.' : ', the shortest of them.'}
          </p>
        </div>
        <ButtonLink
          href={`/console/connections/${next.connectionId}/register`}
          kind={strong ? 'primary' : 'plain'}
          className="max-sm:w-full"
        >
          Next customer
        </ButtonLink>
      </div>
    </Card>
  );
}
