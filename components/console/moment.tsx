import { dayOf, momentOf } from './time.ts';

/** A moment in Dutch time, as everywhere in the product; the machine-readable one is UTC. */
export function Moment({ at, dateOnly = false }: { at: Date; dateOnly?: boolean }) {
  return (
    <time dateTime={at.toISOString()} title={at.toISOString()} className="whitespace-nowrap tabular-nums">
      {dateOnly ? dayOf(at) : momentOf(at)}
    </time>
  );
}
