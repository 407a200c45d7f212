import type { Counter, LedgerView } from './ledger.ts';
import { DAY_SECONDS, type Instant } from './vocabulary.ts';

/** How often `id` happened in the span that began at `since`. */
export function countOf(ledger: LedgerView, id: string, since: Instant): number {
  const counter = ledger.counters.get(id);
  return counter?.since === since ? counter.count : 0;
}

export function countUp(ledger: LedgerView, id: string, since: Instant): Counter {
  return { id, since, count: countOf(ledger, id, since) + 1 };
}

export function startOfMinute(now: Instant): Instant {
  return startOf(60, now);
}

/** Whose midnight nobody says; like the dates of T3 and T16 it is UTC here. */
export function startOfDay(now: Instant): Instant {
  return startOf(DAY_SECONDS, now);
}

function startOf(seconds: number, now: Instant): Instant {
  return now - (now % (seconds * 1000));
}
