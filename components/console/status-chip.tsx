import { clsx } from 'clsx';
import { type Status, statusWords, type Tone } from './words.ts';

const dots: Record<Tone, string> = {
  good: 'fill-good',
  calm: 'fill-calm',
  warn: 'fill-warn',
  bad: 'fill-bad',
  quiet: 'fill-line-strong',
};

/** Where a connection stands, in one word. */
export function StatusChip({ status }: { status: Status }) {
  const { label, tone } = statusWords[status];
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap rounded-full border border-line bg-raised py-0.5 pr-2.5 pl-2 text-[13px] font-medium leading-5">
      <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true" className={clsx('shrink-0', dots[tone])}>
        <circle cx="4" cy="4" r="4" />
      </svg>
      {label}
    </span>
  );
}
