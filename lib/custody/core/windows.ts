import { days, earlier, hours, minutes, plus, seconds } from '../../kernel/clock.ts';

const claimAge = seconds(570);
const claimReserve = hours(1);

/** No recipient can spend a token sooner after the chain's last issue: the provider would refuse it (T10, T11). */
export const earliestClaim = (issuedAt: Date): Date => plus(issuedAt, claimAge);

/** When an unused token ends (T16), counted from its issue. */
export const lapse = (issuedAt: Date, unusedDays: number): Date => plus(issuedAt, days(unusedDays));

/** The last moment of a claim: an hour is left for the recipient (design §5). */
export const lastClaim = (lapsesAt: Date): Date => plus(lapsesAt, -claimReserve);

/** The same seen from `now`, for queries: what was issued by then, and lapses after then, can be claimed. */
export const claimableAt = (now: Date): { issuedBy: Date; lapsingAfter: Date } => ({
  issuedBy: plus(now, -claimAge),
  lapsingAfter: plus(now, claimReserve),
});

/**
 * Until when a pair counts as fresh: 8 of the 10 minutes of its access token, so that some are left for the recipient (C-5).
 * Whoever gets it until then waits for nothing: the access token works at once, and the refresh token when it is due.
 */
export const freshUntil = ({ issuedAt, accessExpiresAt }: { issuedAt: Date; accessExpiresAt: Date }): Date =>
  earlier(plus(issuedAt, minutes(8)), plus(accessExpiresAt, -minutes(2)));

/** What is known of the exchanges of a grant's chain, for the provider's patience (B-7). */
export type Tries = {
  /** When the last one ended that changed nothing; null when the last one did. */
  fruitlessAt: Date | null;
  /** Beginnings within the last day, oldest first. */
  inADay: readonly Date[];
};
const triesADay = 20;
const betweenErrors = minutes(20);

/**
 * The first moment at which a chain may be exchanged for a fresh pair: 570 s after its last issue (T10), three fruitless
 * tries an hour, twenty tries a day (B-7: of the provider's ten and two hundred).
 */
export function exchangeFrom(issuedAt: Date, { fruitlessAt, inADay }: Tries): Date {
  const first = inADay.at(-triesADay);
  const moments = [
    earliestClaim(issuedAt),
    ...(fruitlessAt ? [plus(fruitlessAt, betweenErrors)] : []),
    ...(first ? [plus(first, days(1))] : []),
  ];
  return new Date(Math.max(...moments.map((moment) => moment.getTime())));
}

/** A claim that nobody redeems by then goes back to sealed: a day, never past the last claim. */
export const redeemBefore = (claimedAt: Date, lapsesAt: Date): Date =>
  earlier(plus(claimedAt, hours(24)), lastClaim(lapsesAt));

/** Without an outcome by then the delivered token is shredded and the handoff unconfirmed. */
export const confirmBefore = (deliveredAt: Date): Date => plus(deliveredAt, hours(24));

/** From here on the clock is shown as running out. */
export const expiringFrom = (lapsesAt: Date): Date => plus(lapsesAt, -days(7));

/** Days before the lapse at which the partner is reminded (design §4). */
const reminderDays = [14, 7, 3, 1];
/** Day 25 of 30: a renewal that was planned from day 20 and has not happened is an alarm by now (B-7). */
export const alarmDays = 5;
/** What renews itself has nothing to remind of before its renewal was tried for days. */
const renewedDays = [7, alarmDays, 3, 1];
const momentsDays = [...new Set([...reminderDays, ...renewedDays])].toSorted((a, b) => b - a);

/** The next moment after `now` at which time alone does something to a held grant: a reminder, at last the lapse. */
export const nextDue = (now: Date, lapsesAt: Date): Date =>
  momentsDays.map((left) => plus(lapsesAt, -days(left))).find((moment) => moment > now) ?? lapsesAt;

/**
 * What is to be told of a held grant that fell due at `dueAt` and is looked at `now`, as a number of days before the
 * lapse; the newest counts. Null when nothing is, and when the window is over.
 */
export function noticeDue(dueAt: Date, now: Date, lapsesAt: Date, renewed: boolean): number | null {
  if (now >= lapsesAt) return null;
  const passed = (left: number) => plus(lapsesAt, -days(left)) <= now && plus(lapsesAt, -days(left)) >= dueAt;
  return (renewed ? renewedDays : reminderDays).findLast(passed) ?? null;
}
