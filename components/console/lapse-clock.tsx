import { clsx } from 'clsx';
import type { GrantView } from '#lib/connections/index.ts';
import { Moment } from './moment.tsx';
import { dayMs, spanOf } from './time.ts';

const running: readonly string[] = ['sealed', 'parked', 'claimed', 'renewing'];

/** Whether the 30 days are still worth counting for this grant. */
export const isRunning = (grant: GrantView, now: Date): boolean =>
  running.includes(grant.custody) && now < grant.lapsesAt;

const toneOf = (left: number) => (left <= 3 * dayMs ? 'fill-bad' : left <= 7 * dayMs ? 'fill-warn' : 'fill-good');

type MeterProps = { grant: GrantView; now: Date; tall?: boolean };

/** How much of the window is left, as a bar that empties; the words beside it say the same. */
export function LapseMeter({ grant, now, tall = false }: MeterProps) {
  const whole = grant.lapsesAt.getTime() - grant.sealedAt.getTime();
  const left = grant.lapsesAt.getTime() - now.getTime();
  const share = Math.min(100, Math.max(2, (left / whole) * 100));
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      className={clsx('block w-full overflow-hidden rounded-full', tall ? 'h-1.5' : 'h-1')}
    >
      <rect width="100" height="4" className="fill-line" />
      <rect width={share} height="4" className={toneOf(left)} />
    </svg>
  );
}

/** The clock of a connection in a list: what is left, a thin meter, and the last day. */
export function LapseClock({ grant, now }: { grant: GrantView; now: Date }) {
  const left = grant.lapsesAt.getTime() - now.getTime();
  return (
    <div className="w-full max-w-40 @max-4xl:max-w-none">
      <p className="text-sm tabular-nums">
        <span className={clsx('font-medium', left <= 3 * dayMs && 'text-bad')}>{spanOf(left)}</span> left
      </p>
      <div className="my-1.5">
        <LapseMeter grant={grant} now={now} />
      </div>
      <p className="text-[13px] text-muted">
        lapses <Moment at={grant.lapsesAt} dateOnly />
      </p>
    </div>
  );
}
