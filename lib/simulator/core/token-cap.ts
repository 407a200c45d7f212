import { countOf, countUp, startOfDay } from './counters.ts';
import { type Changes, type LedgerView, pairOf } from './ledger.ts';
import { type Refusal, tooManyTokenCalls } from './refusals.ts';
import { type Instant, type Site, TOKEN_CALLS_A_DAY } from './vocabulary.ts';

/** T20: token calls of one client and user on one day, refused ones included. Counted only while the cap is on. */
export function countTokenCall(
  ledger: LedgerView,
  of: { readonly site: Site; readonly clientId: string; readonly userId: string },
  now: Instant,
): { readonly overCap: Refusal | null; readonly counted: Changes } {
  if (!ledger.switches.tokenCallCap) return { overCap: null, counted: {} };
  const id = `token-calls/${pairOf(ledger, of).id}`;
  const today = startOfDay(now);
  if (countOf(ledger, id, today) >= TOKEN_CALLS_A_DAY) return { overCap: tooManyTokenCalls(), counted: {} };
  return { overCap: null, counted: { counters: [countUp(ledger, id, today)] } };
}
