import { countOf, countUp, startOfDay, startOfMinute } from './counters.ts';
import type { Changes, LedgerView } from './ledger.ts';
import { CALLS_A_DAY, CALLS_A_MINUTE, DAY_SECONDS, type Instant } from './vocabulary.ts';

export type Limited = {
  readonly exceeded: boolean;
  /** §6: resets in epoch milliseconds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly changes: Changes;
};

/** R8: calls of one app for one company, by the minute and by the day. A refused call is not counted. */
export function countApiCall(ledger: LedgerView, callee: string, now: Instant): Limited {
  if (!ledger.switches.rateLimits) return { exceeded: false, headers: {}, changes: {} };
  const minute = { id: `calls-a-minute/${callee}`, since: startOfMinute(now) };
  const day = { id: `calls-a-day/${callee}`, since: startOfDay(now) };
  const minuteLeft = CALLS_A_MINUTE - countOf(ledger, minute.id, minute.since);
  const dayLeft = CALLS_A_DAY - countOf(ledger, day.id, day.since);
  const minutely = (left: number) => limitHeaders('Minutely-', CALLS_A_MINUTE, left, minute.since + 60_000);
  const daily = (left: number) => limitHeaders('', CALLS_A_DAY, left, day.since + DAY_SECONDS * 1000);

  if (minuteLeft === 0) return { exceeded: true, headers: minutely(0), changes: {} }; // §6: and no daily ones
  if (dayLeft === 0) return { exceeded: true, headers: { ...daily(0), ...minutely(minuteLeft) }, changes: {} };
  return {
    exceeded: false,
    headers: { ...daily(dayLeft - 1), ...minutely(minuteLeft - 1) },
    changes: { counters: [countUp(ledger, minute.id, minute.since), countUp(ledger, day.id, day.since)] },
  };
}

function limitHeaders(span: '' | 'Minutely-', limit: number, left: number, resetAt: Instant): Record<string, string> {
  return {
    [`X-RateLimit-${span}Limit`]: String(limit),
    [`X-RateLimit-${span}Remaining`]: String(left),
    [`X-RateLimit-${span}Reset`]: String(resetAt),
  };
}
