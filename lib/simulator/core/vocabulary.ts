/** Country sites in port order (A1): the n-th site listens n ports above the first. */
export const SITES = ['nl', 'be', 'de', 'fr', 'es', 'uk', 'us'] as const;
export type Site = (typeof SITES)[number];

/** The rules of `exact-online.md` §1, all of which hold here; `rules/` has an entry for each. */
export const RULES = [
  ...(['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9', 'A10', 'A11', 'A12', 'A13'] as const),
  ...(['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9', 'T10', 'T11', 'T12', 'T13', 'T14', 'T15'] as const),
  ...(['T16', 'T17', 'T18', 'T19', 'T20', 'T21'] as const),
  ...(['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9', 'R10'] as const),
];
export type RuleId = (typeof RULES)[number];

/** Milliseconds since the epoch. A number rather than a Date, because the ledger is written to disk as JSON. */
export type Instant = number;

export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;

export const CODE_SECONDS = 180; // T3
export const ACCESS_TOKEN_SECONDS = 600; // R1
export const REFRESH_TOKEN_SECONDS = 30 * DAY_SECONDS; // T16
export const TOO_EARLY_SECONDS = 570; // T10, T11
export const USED_REPEAT_SECONDS = 600; // §1.4, policy overlap

export const TOKEN_CALLS_A_DAY = 200; // T20
export const CALLS_A_MINUTE = 60; // R8
export const CALLS_A_DAY = 5_000; // R8
export const ERRORS_AN_HOUR = 10; // R9

/** The span ends *at* its last second: a code that is exactly 180 s old no longer works. */
export function hasPassed(from: Instant, seconds: number, now: Instant): boolean {
  return now - from >= seconds * 1000;
}
