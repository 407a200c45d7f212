/** Country sites in port order (A1): the n-th site listens n ports above the first. */
export const SITES = ['nl', 'be', 'de', 'fr', 'es', 'uk', 'us'] as const;
export type Site = (typeof SITES)[number];

/** Rules of `exact-online.md` §1 that this simulator can name as the reason for an answer. */
export type RuleId =
  | `A${UpTo10 | 11 | 12 | 13}`
  | `T${UpTo10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21}`
  | `R${UpTo10}`;
type UpTo10 = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** Milliseconds since the epoch. A number rather than a Date, because the ledger is written to disk as JSON. */
export type Instant = number;

const DAY_SECONDS = 86_400;

export const CODE_SECONDS = 180; // T3
export const ACCESS_TOKEN_SECONDS = 600; // R1
export const REFRESH_TOKEN_SECONDS = 30 * DAY_SECONDS; // T16
export const TOO_EARLY_SECONDS = 570; // T10, T11
export const USED_REPEAT_SECONDS = 600; // §1.4, policy overlap

/** The span ends *at* its last second: a code that is exactly 180 s old no longer works. */
export function hasPassed(from: Instant, seconds: number, now: Instant): boolean {
  return now - from >= seconds * 1000;
}
