import { type Instant, TOO_EARLY_SECONDS } from './vocabulary.ts';

/** What one client ID did and was told, counted as it happened: the journal forgets its oldest entries, this does not. */
export type Tally = {
  readonly tokenCalls: number;
  readonly issued: number;
  readonly refused: number;
  /** Token calls of one chain that followed each other within the 570 s of T10. */
  readonly shortGaps: number;
  readonly smallestGapSeconds: number | null;
  /** Refresh tokens presented again after they had succeeded, by what they got. */
  readonly repeatsAnswered: number;
  readonly repeatsRefused: number;
  /** Processed, but the answer did not leave whole. */
  readonly answersLost: number;
};

export type TokenCall = {
  readonly at: Instant;
  /** The chain's token call before this one. */
  readonly previousAt: Instant | null;
  readonly issued: boolean;
  readonly repeated: boolean;
};

export const NOTHING_COUNTED: Tally = {
  tokenCalls: 0,
  issued: 0,
  refused: 0,
  shortGaps: 0,
  smallestGapSeconds: null,
  repeatsAnswered: 0,
  repeatsRefused: 0,
  answersLost: 0,
};

export function countTokenCall(tally: Tally, { at, previousAt, issued, repeated }: TokenCall): Tally {
  const gap = previousAt === null ? null : (at - previousAt) / 1000;
  return {
    ...tally,
    tokenCalls: tally.tokenCalls + 1,
    issued: tally.issued + Number(issued),
    refused: tally.refused + Number(!issued),
    shortGaps: tally.shortGaps + Number(gap !== null && gap < TOO_EARLY_SECONDS),
    smallestGapSeconds: smaller(tally.smallestGapSeconds, gap),
    repeatsAnswered: tally.repeatsAnswered + Number(repeated && issued),
    repeatsRefused: tally.repeatsRefused + Number(repeated && !issued),
  };
}

export function countLostAnswer(tally: Tally): Tally {
  return { ...tally, answersLost: tally.answersLost + 1 };
}

export function addUp(tallies: Iterable<Tally>): Tally {
  let sum = NOTHING_COUNTED;
  for (const each of tallies) {
    sum = {
      tokenCalls: sum.tokenCalls + each.tokenCalls,
      issued: sum.issued + each.issued,
      refused: sum.refused + each.refused,
      shortGaps: sum.shortGaps + each.shortGaps,
      smallestGapSeconds: smaller(sum.smallestGapSeconds, each.smallestGapSeconds),
      repeatsAnswered: sum.repeatsAnswered + each.repeatsAnswered,
      repeatsRefused: sum.repeatsRefused + each.repeatsRefused,
      answersLost: sum.answersLost + each.answersLost,
    };
  }
  return sum;
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
