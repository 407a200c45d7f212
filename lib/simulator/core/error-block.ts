import type { Changes, Counter, LedgerView } from './ledger.ts';
import { ERRORS_AN_HOUR, HOUR_SECONDS, hasPassed, type Instant } from './vocabulary.ts';

const COUNTED: readonly number[] = [400, 401, 403, 404];

/** R9: is this client ID shut out? The first block lasts an hour, and each further one an hour longer. */
export function isBlocked(ledger: LedgerView, client: string, now: Instant): boolean {
  const block = ledger.counters.get(blockId(client));
  if (block === undefined || !ledger.switches.errorBlock) return false;
  return !hasPassed(block.since, block.count * HOUR_SECONDS, now);
}

/** R9: ten errors at one endpoint, of one user and company, within an hour of the first; the tenth shuts the key out. */
export function countError(
  ledger: LedgerView,
  error: { readonly client: string; readonly place: string; readonly status: number },
  now: Instant,
): Changes {
  if (!ledger.switches.errorBlock || !COUNTED.includes(error.status)) return {};
  const id = `errors/${error.client}/${error.place}`;
  const known = ledger.counters.get(id);
  const goesOn = known !== undefined && !hasPassed(known.since, HOUR_SECONDS, now);
  const errors: Counter = goesOn ? { ...known, count: known.count + 1 } : { id, since: now, count: 1 };
  if (errors.count < ERRORS_AN_HOUR) return { counters: [errors] };

  const before = ledger.counters.get(blockId(error.client))?.count ?? 0;
  return { counters: [errors, { id: blockId(error.client), since: now, count: before + 1 }] };
}

function blockId(client: string): string {
  return `blocked/${client}`;
}
