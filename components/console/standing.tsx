import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import type { ConnectionView } from '#lib/connections/index.ts';
import { isRunning, LapseMeter } from './lapse-clock.tsx';
import { Moment } from './moment.tsx';
import { whyNeedsConsent } from './reasons.ts';
import { StatusChip } from './status-chip.tsx';
import { dayMs, spanOf } from './time.ts';
import { statusWords } from './words.ts';

type StandingProps = { view: ConnectionView; now: Date; actions: ReactNode };

/** Where a connection stands, in one look: the word, what it means, the clock, and what to do. */
export function Standing({ view, now, actions }: StandingProps) {
  const { grant, status } = view;
  const running = grant && isRunning(grant, now) ? grant : null;
  const left = running ? running.lapsesAt.getTime() - now.getTime() : 0;
  return (
    <section aria-label="Status" className="rounded-lg border border-line bg-raised px-4 py-4 sm:px-5">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-64">
          <StatusChip status={status} />
          <p className="mt-2 text-sm leading-6">
            {status === 'needs_consent' ? whyNeedsConsent(view) : statusWords[status].meaning}
          </p>
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </div>
      {running ? (
        <div className="mt-4 border-t border-line pt-4">
          <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
            <span>
              <span
                className={clsx('text-lg font-semibold tracking-tight tabular-nums', left <= 3 * dayMs && 'text-bad')}
              >
                {spanOf(left)}
              </span>{' '}
              left of 30 days
            </span>
            <span className="text-[13px] text-muted">
              lapses <Moment at={running.lapsesAt} />
            </span>
          </p>
          <div className="mt-2">
            <LapseMeter grant={running} now={now} tall />
          </div>
        </div>
      ) : null}
    </section>
  );
}
