import { type Changes, type Ending, type LedgerView, type Pair, pairOf } from './ledger.ts';
import type { Instant, Site } from './vocabulary.ts';

type Of = { readonly site: Site; readonly clientId: string; readonly userId: string };

/**
 * T17, T18: from `at` on, on the client's clock, what this user allowed this client no longer counts. A withdrawal is of
 * the consents given so far, and a later one works. Someone who is gone cannot consent either, until they are welcomed
 * back.
 */
export function endAccess(
  ledger: LedgerView,
  of: Of,
  ending: { readonly kind: Ending['kind']; readonly at: Instant },
): Changes {
  const pair = pairOf(ledger, of);
  const upTo = ending.kind === 'withdrawn' ? pair.consents : null;
  const outdone = (each: Ending) => each.kind === ending.kind && each.at >= ending.at;
  return { pairs: [{ ...pair, endings: [...pair.endings.filter((each) => !outdone(each)), { ...ending, upTo }] }] };
}

/** T18 undone: a user who was deleted or blocked is there again. What they allowed before stays ended. */
export function welcomeBack(ledger: LedgerView, userId: string): Changes {
  const missed = [...ledger.pairs.values()].filter((pair) => pair.userId === userId && pair.endings.length > 0);
  return {
    pairs: missed.map((pair) => ({
      ...pair,
      endings: pair.endings.map((each) => ({ ...each, upTo: each.upTo ?? pair.consents })),
    })),
  };
}

/** What ended this consent, if anything has by now. Gone comes first: someone who is gone has withdrawn as well. */
export function endingOf(pair: Pair, consent: number, now: Instant): Ending['kind'] | null {
  const kinds = pair.endings.filter((each) => consent <= (each.upTo ?? consent) && now >= each.at);
  if (kinds.some((each) => each.kind === 'user_gone')) return 'user_gone';
  return kinds.length > 0 ? 'withdrawn' : null;
}
