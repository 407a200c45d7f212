import { hours, minutes, plus, seconds } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/hash.ts';

/** What one presentation of a sealed token showed, as far as the next step depends on it (C-2). */
export type Reading =
  | { kind: 'unsent' } //                                        row 1: no byte left
  | { kind: 'issued' } //                                        rows 2, 13: a successor, in a success
  | { kind: 'issued_in_refusal'; refusal: Refusal } //           row 3: a successor all the same
  | { kind: 'lost' } //                                          rows 4, 6: processed or not, nobody knows
  | Refusal;
type Refusal =
  | { kind: 'fault'; code: string } //                           row 5: our request is wrong, the token is not
  | { kind: 'busy'; retryAfterSeconds: number | null } //        row 7: 429, or 503 with a proper body
  | { kind: 'too_early' } //                                     row 7: T10, a token was issued less than 570 s ago
  | { kind: 'dead'; cause: DeadCause }; //                       rows 8, 9, 21
export type DeadCause = 'superseded' | 'chain_replaced' | 'expired' | 'withdrawn';

export type RenewalFacts = {
  /** The chain's last issue to us; the provider counts 570 s from it. */
  lastIssuedAt: Date;
  /** When this presentation was sent: the slots count from its first byte, not from when it was given up. */
  sentAt: Date;
  /** When a presentation was first sent whose outcome is still unknown; null while every outcome is known. */
  unknownSince: Date | null;
  /** Successors in the house that have not been relied on yet. */
  candidates: number;
  /** A later presentation than that of the newest candidate was never answered here (`isOutrun`). */
  outrun: boolean;
  /** The token that is presented was in doubt in this way itself. */
  doubted: boolean;
  /** Tries in a row that certainly changed nothing. */
  fruitless: number;
};

/** What to do with the grant. `row` names the row of decision table C-2 it follows. */
export type Decision =
  | { do: 'renew'; row: 2 | 13 } //                              the successor takes the token's place
  | { do: 'promote'; row: 3 | 8; outrun: boolean } //            the newest candidate does; `outrun`: it may have ended
  | { do: 'ask_again'; at: Date; overdue: boolean; row: 3 | 4 | 5 | 6 | 7 } // stays renewing until a decisive answer
  | { do: 'put_back'; retryAt: Date | null; row: 1 | 5 | 7 } //  sealed as it was
  | { do: 'end'; cause: Exclude<DeadCause, 'superseded'> | 'answer_lost' | 'used_elsewhere'; row: 8 | 9 }; // consent needed

/** Design §5: replays open when the 570 s end and close after the ten minutes in which a used token repeats itself. */
const replaySlots = [575, 590, 605, 620, 660].map(seconds);
const budget = seconds(570);
/** What still does not answer is asked slowly: a provider that is away longer has usually processed nothing. */
const slowly = hours(1);

/** The first replay after `now`; `overdue` once the slots are over and somebody should know. */
function nextReplay(unknownSince: Date, now: Date): { at: Date; overdue: boolean } {
  const slot = replaySlots.map((after) => plus(unknownSince, after)).find((at) => at > now);
  return slot ? { at: slot, overdue: false } : { at: plus(now, slowly), overdue: true };
}

const unsentDelays = [1, 5, 25].map(seconds);
const atMost = (n: number, limit: number) => Math.min(n, limit);

/** Row 1: after 1, 5 and 25 s, then every minute, later less often. */
const afterUnsent = (fruitless: number): number =>
  unsentDelays[fruitless] ?? minutes(atMost(2 ** (fruitless - unsentDelays.length), 60));

/** Row 7: what the provider asks for, else a minute, growing. */
const afterBusy = (fruitless: number, asked: number | null): number =>
  Math.max(seconds(atMost(asked ?? 0, 86_400)), minutes(atMost(2 ** fruitless, 60)));

/**
 * Decision table C-2, rows 1 to 9, 13 and 21, for one reading. While an earlier outcome is unknown, nothing but a
 * successor or a decisive no ends the waiting; while none is, nothing that certainly changed nothing keeps the grant
 * from being claimed.
 */
export function decide(facts: RenewalFacts, reading: Reading, now: Date): Decision {
  if (reading.kind === 'issued') return { do: 'renew', row: facts.candidates > 0 ? 13 : 2 };
  if (reading.kind === 'issued_in_refusal') {
    // Saved by now. A decisive no promotes it; anything else is settled by asking with the old token once more.
    if (reading.refusal.kind === 'dead') return { do: 'promote', row: 3, outrun: facts.outrun };
    return { do: 'ask_again', ...nextReplay(facts.unknownSince ?? facts.sentAt, now), row: 3 };
  }
  if (reading.kind === 'dead') return onDead(facts, reading.cause);
  if (reading.kind === 'lost')
    return { do: 'ask_again', ...nextReplay(facts.unknownSince ?? facts.sentAt, now), row: 6 };
  if (facts.unknownSince) return whileUnknown(reading, nextReplay(facts.unknownSince, now), now);
  return onNothingChanged(facts, reading, now);
}

/** Row 5 while an outcome is unknown: past the slots an app that is refused is not asked for hour after hour. */
const whileUnknown = (reading: Reading, next: { at: Date; overdue: boolean }, now: Date): Decision =>
  reading.kind === 'fault' && next.overdue
    ? { do: 'ask_again', at: plus(now, hours(24)), overdue: true, row: 5 }
    : { do: 'ask_again', ...next, row: 7 };

/** Rows 8, 9 and 21: after an unknown outcome of ours the successor was ours; otherwise somebody else used the chain. */
function onDead(facts: RenewalFacts, cause: DeadCause): Decision {
  const byItsSuccessor = cause === 'superseded' || cause === 'chain_replaced';
  // A window that closed is the spent token's own; what it was spent for has a window of its own.
  if ((byItsSuccessor || cause === 'expired') && facts.candidates > 0)
    return { do: 'promote', row: 8, outrun: facts.outrun };
  if (byItsSuccessor && (facts.unknownSince || facts.doubted)) return { do: 'end', cause: 'answer_lost', row: 8 };
  return { do: 'end', cause: cause === 'superseded' ? 'used_elsewhere' : cause, row: 9 };
}

function onNothingChanged(
  facts: RenewalFacts,
  reading: Exclude<Reading, { kind: 'issued' | 'issued_in_refusal' | 'lost' | 'dead' }>,
  now: Date,
): Decision {
  switch (reading.kind) {
    case 'unsent':
      return { do: 'put_back', retryAt: plus(now, afterUnsent(facts.fruitless)), row: 1 };
    case 'busy':
      return { do: 'put_back', retryAt: plus(now, afterBusy(facts.fruitless, reading.retryAfterSeconds)), row: 7 };
    case 'fault':
      return { do: 'put_back', retryAt: null, row: 5 };
    case 'too_early': {
      // An issue of our own may explain it; one that we know nothing of was somebody else's.
      const ownBudgetEnds = plus(facts.lastIssuedAt, budget);
      if (now < ownBudgetEnds) return { do: 'put_back', retryAt: plus(ownBudgetEnds, seconds(5)), row: 7 };
      if (facts.doubted) return { do: 'put_back', retryAt: plus(now, slowly), row: 7 };
      return { do: 'end', cause: 'used_elsewhere', row: 9 };
    }
  }
}

/** Renewal begins on day 20 of an unused window of 30, spread over a day so that chains do not come in a crowd (B-7). */
export function renewFrom(issuedAt: Date, lapsesAt: Date, grantId: string): Date {
  const window = lapsesAt.getTime() - issuedAt.getTime();
  const spread = Buffer.from(sha256(grantId)).readUInt32BE(0) % 86_400;
  return plus(issuedAt, Math.floor((window * 2) / 3) + seconds(spread));
}

/**
 * When a candidate that may have been outrun is itself presented, where the partner renews: that tells. As soon as the
 * provider has no reason any more to find it too early.
 */
export const proofDue = (lastSentAt: Date, now: Date): Date => {
  const free = plus(lastSentAt, replaySlots[0] ?? budget);
  return free > now ? free : now;
};

/** Until two days before the lapse (day 28 of 30): after that a person has to look. */
export const renewUntil = (lapsesAt: Date): Date => plus(lapsesAt, -hours(48));
