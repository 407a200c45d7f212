import { clsx } from 'clsx';
import type { TimelineEntry } from '#lib/connections/index.ts';
import { Moment } from './moment.tsx';
import { actorName, codeIn, tellEntry } from './sentences.ts';
import type { Tone } from './words.ts';

const dots: Record<Tone, string> = {
  good: 'fill-good',
  calm: 'fill-calm',
  warn: 'fill-warn',
  bad: 'fill-bad',
  quiet: 'fill-line-strong',
};

/** Everything that happened, newest first, with who did it and when. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  if (entries.length === 0) return <p className="px-4 py-4 text-sm text-muted sm:px-5">Nothing has happened yet.</p>;
  return (
    <ol className="px-4 py-4 sm:px-5">
      {entries.toReversed().map((entry, at) => (
        <Entry key={entry.id} entry={entry} last={at === entries.length - 1} />
      ))}
    </ol>
  );
}

function Entry({ entry, last }: { entry: TimelineEntry; last: boolean }) {
  const { text, tone } = tellEntry(entry);
  const code = codeIn(entry);
  return (
    <li className={clsx('relative pl-6', !last && 'pb-4')}>
      {last ? null : <span aria-hidden="true" className="absolute top-4 bottom-[-4px] left-[4.5px] w-px bg-line" />}
      <svg
        width="10"
        height="10"
        viewBox="0 0 10 10"
        aria-hidden="true"
        className={clsx('absolute top-[5px] left-0', dots[tone])}
      >
        <circle cx="5" cy="5" r="4" />
      </svg>
      <p className="text-sm leading-5">{text}</p>
      <p className="mt-0.5 text-[13px] leading-5 text-muted">
        <Moment at={entry.at} /> · {actorName(entry)}
        {code ? <span className="whitespace-nowrap"> · code {code}</span> : null}
      </p>
    </li>
  );
}
