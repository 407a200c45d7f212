import { endingOf } from './endings.ts';
import type { Chain, Ending, LedgerView, Pair, RefreshToken } from './ledger.ts';
import { clientPolicy, pairOf } from './ledger.ts';
import { hasPassed, type Instant, REFRESH_TOKEN_SECONDS, USED_REPEAT_SECONDS } from './vocabulary.ts';

export const POLICIES = ['legacy', 'overlap', 'single'] as const;
export type Policy = (typeof POLICIES)[number];

type Reading = {
  /** T13: a token that stopped answering because of a later one in its own chain. */
  superseded: (token: RefreshToken, newest: RefreshToken, now: Instant) => boolean;
  /** T14: a chain that ended because of a newer consent by the same user on the same client ID. */
  replaced: (consent: number, pair: Pair) => boolean;
  /** T15: a code whose authorisation was overtaken by a newer one before it was exchanged. */
  overtaken: (consent: number, pair: Pair) => boolean;
};

const newerExchanged = (consent: number, pair: Pair) => pair.newestExchanged > consent;

/** §1.4 as data: three readings of the same facts. Nobody outside Exact can say which one applies to a client ID. */
const READINGS: Record<Policy, Reading> = {
  legacy: {
    superseded: () => false,
    replaced: () => false,
    overtaken: () => false,
  },
  overlap: {
    // Two tokens answer: the last one issued, and the one it came from, until its successor is first used (R10).
    superseded: (token, newest, now) => {
      if (token.id === newest.id) return false;
      if (token.id !== newest.parent || newest.touchedAt !== null) return true;
      // A successor handed out with a refusal (T12) counts like any other, so the parent always has a use to count from.
      return hasPassed(token.usedAt ?? token.issuedAt, USED_REPEAT_SECONDS, now);
    },
    replaced: (consent, pair) => pair.newestUsed > consent,
    overtaken: newerExchanged,
  },
  single: {
    superseded: (token, newest) => token.id !== newest.id,
    replaced: newerExchanged,
    overtaken: newerExchanged,
  },
};

export function isSuperseded(policy: Policy, token: RefreshToken, newest: RefreshToken, now: Instant): boolean {
  return READINGS[policy].superseded(token, newest, now);
}

export function isReplaced(policy: Policy, consent: number, pair: Pair): boolean {
  return READINGS[policy].replaced(consent, pair);
}

export function isOvertaken(policy: Policy, consent: number, pair: Pair): boolean {
  return READINGS[policy].overtaken(consent, pair);
}

/** Whether a chain can still answer at all, and if not, what ended it: T17, T18, T14. */
export function stateOf(ledger: LedgerView, chain: Chain, now: Instant): 'live' | 'replaced' | Ending['kind'] {
  const pair = pairOf(ledger, chain);
  const replaced = isReplaced(clientPolicy(ledger, chain.clientId), chain.consent, pair);
  return endingOf(pair, chain.consent, now) ?? (replaced ? 'replaced' : 'live');
}

/** Would this refresh token get past T16, T17, T18, T14 and T13 now? The token endpoint keeps its own order. */
export function stillAnswers(ledger: LedgerView, chain: Chain, token: RefreshToken, now: Instant): boolean {
  const policy = clientPolicy(ledger, chain.clientId);
  const newest = ledger.refreshTokens.get(chain.newestToken) ?? token;
  return (
    !hasPassed(token.issuedAt, REFRESH_TOKEN_SECONDS, now) &&
    stateOf(ledger, chain, now) === 'live' &&
    !isSuperseded(policy, token, newest, now)
  );
}

/** Whoever counts need not look at more tokens of a chain than these: the newest and its parent, unless old ones never die. */
export function mayStillAnswer(ledger: LedgerView, chain: Chain): readonly RefreshToken[] | 'any' {
  if (clientPolicy(ledger, chain.clientId) === 'legacy') return 'any';
  const newest = ledger.refreshTokens.get(chain.newestToken);
  const parent = newest?.parent ? ledger.refreshTokens.get(newest.parent) : undefined;
  return [newest, parent].filter((token) => token !== undefined);
}
