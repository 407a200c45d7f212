import { Button } from '../ui/button.tsx';
import { clockOf, spanOf } from './time.ts';

const hour = 3600;
const day = 24 * hour;
const pushes = [
  { label: '+1 hour', seconds: hour },
  { label: '+1 day', seconds: day },
  { label: '+7 days', seconds: 7 * day },
  { label: '+25 days', seconds: 25 * day },
  { label: '+31 days', seconds: 31 * day },
] as const;

type PushClockProps = { now: Date; csrf: string; secondsLeft: number | null };

/**
 * Lets time pass: reminders, lapses and ends of windows on the way happen in order, each at its own moment. A push that
 * had too much to do stopped on the way, and goes on from there.
 */
export function PushClock({ now, csrf, secondsLeft }: PushClockProps) {
  return (
    <form method="post" action="/console/sandbox/advance" className="space-y-4 text-sm">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value="/console/sandbox" />
      <p className="leading-6 text-muted">
        It is{' '}
        <time dateTime={now.toISOString()} className="font-medium text-ink tabular-nums">
          {clockOf(now)}
        </time>{' '}
        here. Reminders, lapses and ends of windows on the way happen in their order, each at its own moment. Time does
        not go back.
      </p>
      {secondsLeft === null ? null : (
        <div role="status" className="flex flex-wrap items-center gap-3">
          <p>So much happened on the way that the clock stands here for now.</p>
          <Button name="seconds" value={secondsLeft} size="small" kind="primary">
            Go on: {spanOf(secondsLeft * 1000)} left
          </Button>
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        {pushes.map(({ label, seconds }) => (
          <Button key={seconds} name="seconds" value={seconds} size="small" className="tabular-nums">
            {label}
          </Button>
        ))}
      </div>
    </form>
  );
}
