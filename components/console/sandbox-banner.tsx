import { FlaskConical } from 'lucide-react';
import { BackField } from './back-field.tsx';
import { clockOf } from './time.ts';

const day = 86_400;
const pushes = [
  { label: '+1 day', seconds: day },
  { label: '+7 days', seconds: 7 * day },
  { label: '+25 days', seconds: 25 * day },
] as const;

type SandboxBannerProps = { now: Date; csrf: string; mayAdvance: boolean; mailbox: boolean };

/** Says on every page that nothing here is real, what time it is here, and lets time pass. */
export function SandboxBanner({ now, csrf, mayAdvance, mailbox }: SandboxBannerProps) {
  return (
    <aside
      aria-label="Sandbox"
      className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-warn/25 bg-warn-soft px-4 py-2 text-[13px] leading-5 sm:px-6 lg:px-8"
    >
      <p className="flex min-w-0 items-start gap-2">
        <FlaskConical size={15} aria-hidden="true" className="mt-0.5 shrink-0 text-warn" />
        <span>
          <span className="font-medium">Demo: Exact Online is simulated here.</span> Sandbox clock:{' '}
          <time dateTime={now.toISOString()} className="whitespace-nowrap tabular-nums">
            {clockOf(now)}
          </time>
        </span>
      </p>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        {mayAdvance ? (
          <form method="post" action="/console/sandbox/advance" className="flex items-center gap-1">
            <input type="hidden" name="csrf" value={csrf} />
            <BackField />
            <span className="sr-only">Push the clock by</span>
            {pushes.map(({ label, seconds }) => (
              <button
                key={seconds}
                type="submit"
                name="seconds"
                value={seconds}
                className="h-7 rounded border border-warn/40 bg-raised px-2 font-medium tabular-nums hover:border-warn max-md:h-9"
              >
                {label}
              </button>
            ))}
          </form>
        ) : null}
        {mailbox ? (
          <a href="/demo/mailbox" className="py-1 font-medium underline underline-offset-2">
            Local mailbox
          </a>
        ) : null}
      </div>
    </aside>
  );
}
