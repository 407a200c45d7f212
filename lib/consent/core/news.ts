import { minutes, plus } from '../../kernel/clock.ts';

/** How an invitation may end for whoever is at it: what was given is sealed, or waits for the partner; nothing new; no. */
export const outcomes = ['sealed', 'parked', 'kept', 'declined'] as const;

/** What keeps a customer from getting there, and they can do something about, with a sentence for the partner's developer. */
export const obstacles = {
  denied: 'The customer chose not to give access. Nothing was stored.',
  app_not_ready: 'Exact Online does not accept your client registration. Check it in the console.',
  code_too_old: 'The customer took longer than Exact Online allows. They can try again on the same page.',
  refused: 'Exact Online refused. The customer can try again on the same page.',
  unknown: 'The answer of Exact Online was lost. The customer is asked to try again.',
  provider_down: 'Exact Online cannot be reached at the moment. The customer can try again on the same page.',
  not_saved: 'What Exact Online answered could not be stored. The customer is asked to try again.',
  request_lapsed: 'The customer was away for too long. They can try again on the same page.',
  odd_answer: 'Exact Online sent the customer back with an answer that made no sense. They are asked to start again.',
  wrong_user: 'Not the user you expected. The customer is asked to sign in as somebody else.',
  wrong_company: 'Not the administration you expected. The customer is asked for that one.',
  current_missing: 'The administration that is open at Exact Online was not ticked. The customer is shown how.',
  not_verified: 'What you expect could not be seen at Exact Online. The customer can have it checked again.',
} as const;
export type Obstacle = keyof typeof obstacles;

/** Why a trip is not begun, or not over though the browser is back. No trip tells of it, so the invitation does. */
export const stops = ['provider_down', 'app_not_ready', 'odd_answer'] as const satisfies readonly Obstacle[];
export type Stop = (typeof stops)[number];

type Ending = { outcome: (typeof outcomes)[number]; connection_id: string };

/**
 * How an invitation goes, for the page whose button opened it (peers-connect-ux §7.4): by message from the customer's page
 * and by status request alike, so either may be lost. `step` only grows, which is how the two are told apart from a
 * repetition. Names nobody and nothing but the invitation and the connection, both of which the partner made.
 */
export type News = { invitation_id: string | null; step: number } & (
  | { type: 'waiting' | 'opened' | 'leaving' }
  /** `if_closed`: how it has ended if the customer leaves it at that; there then is no more to come. */
  | { type: 'returned'; if_closed?: Ending }
  | ({ type: 'finished' } & Ending)
  | { type: 'error'; code: Obstacle; stage: 'leaving' | 'returned'; recoverable: true; message: string }
  | { type: 'error'; code: 'link_ended'; stage: 'ended'; recoverable: false; message: string }
);

const lastStep = 1_000_000;
/** Every attempt to get through has this many steps; after `found` there is one for each look (at most twenty). */
const stepsOfAttempt = 64;
const stepOf = { leaving: 0, returned: 1, stopped: 2, found: 3, said: 40 } as const;
export const stepIn = (attempt: number, at: keyof typeof stepOf) => stepsOfAttempt * attempt + stepOf[at];

/** What an unknown, guessed, lapsed or withdrawn link says: the same bytes. */
export const endedNews: News = {
  ...{ invitation_id: null, step: lastStep, type: 'error', code: 'link_ended', stage: 'ended', recoverable: false },
  message: 'This link does not work, or no longer. Make a new invitation.',
};

/**
 * How long a question, or something to put right, is waited for; after that the customer has left it at what it is. While the
 * access token that came with the consent works: after that nothing can be checked again.
 */
export const answerSpan = minutes(10);

export type Trip = {
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly answeredAt: Date | null;
  readonly settledAt: Date | null;
  readonly outcome: string | null;
  /** What came of it is in the house and waits to be read: as good as sealed, however long it takes. */
  readonly unread: boolean;
};

/** What the newest consent by this invitation has become. `over`: nothing is held of it, and nobody received it. */
export type Given = {
  readonly settledAt: Date;
  readonly state: 'looking' | 'sealed' | 'parked' | 'over';
  /** What its customer can still put right. */
  readonly fault: Obstacle | null;
  /** Whether its customer is asked if the account is the right one. */
  readonly asked: boolean;
  readonly looks: number;
};

export type Facts = {
  readonly invitation: {
    readonly id: string;
    readonly connectionId: string;
    readonly expiresAt: Date;
    readonly openedAt: Date | null;
    readonly withdrawnAt: Date | null;
    readonly keptAt: Date | null;
    readonly declinedAt: Date | null;
  };
  /** Trips to the provider, and stops. */
  readonly attempts: number;
  readonly stop: { readonly at: Date; readonly by: Stop } | null;
  /** The newest trip that no newer one of the same browser replaced. */
  readonly trip: Trip | null;
  readonly given: Given | null;
  /** After this an exchange that has not settled never will. */
  readonly settleSpan: number;
};

type Way =
  | { at: 'leaving' | 'returned' }
  | { at: 'obstacle'; code: Obstacle; stage: 'leaving' | 'returned'; step: 'stopped' | 'found'; since: Date };

const isAfter = (one: Date | null, other: Date | null): boolean => one !== null && (other === null || one > other);

/** Where the newest attempt stands; null before the first, and for one that brought the consent. */
function wayOf({ trip, stop, given, settleSpan }: Facts, now: Date): Way | null {
  const stopped = stop && isAfter(stop.at, trip && (trip.answeredAt ?? trip.createdAt)) ? stop : null;
  if (stopped) {
    if (given && stopped.at < given.settledAt) return null;
    const stage = stopped.by === 'odd_answer' ? 'returned' : 'leaving';
    return { at: 'obstacle', code: stopped.by, stage, step: 'stopped', since: stopped.at };
  }
  // A trip that was on its way already, of another browser, when the consent came: it is not waited for.
  if (!trip || (given && trip.createdAt <= given.settledAt)) return null;
  const found = { at: 'obstacle', stage: 'returned', step: 'found' } as const;
  if (!trip.answeredAt)
    return now < trip.expiresAt ? { at: 'leaving' } : { ...found, code: 'request_lapsed', since: trip.expiresAt };
  if (trip.settledAt) return { ...found, code: trip.outcome as Obstacle, since: trip.settledAt };
  const stuckAt = plus(trip.answeredAt, settleSpan);
  return now > stuckAt && !trip.unread ? { ...found, code: 'unknown', since: stuckAt } : { at: 'returned' };
}

/** The customer keeps what they gave before, or gives nothing for good, and has not set out again since. */
function saidIn({ invitation: { keptAt, declinedAt }, trip, stop }: Facts): 'kept' | 'declined' | null {
  const said = isAfter(keptAt, declinedAt) ? 'kept' : declinedAt ? 'declined' : null;
  const at = said === 'kept' ? keptAt : declinedAt;
  return isAfter(trip?.createdAt ?? null, at) || isAfter(stop?.at ?? null, at) ? null : said;
}

/** How an invitation goes at this moment, read from what is on record. */
export function newsFrom(facts: Facts, now: Date): News {
  const { invitation, attempts, given } = facts;
  const about = { invitation_id: invitation.id };
  if (!given && invitation.withdrawnAt) return endedNews;
  const said = given ? null : saidIn(facts);
  if (said)
    return { ...about, ...{ step: stepIn(attempts, 'said'), type: 'finished', outcome: said }, ...connectionOf(facts) };
  const way = wayOf(facts, now);
  // Whoever left before the link lapsed may still come back with a consent.
  if (way && way.at !== 'obstacle') return { ...about, step: stepIn(attempts, way.at), type: way.at };
  if (given && (!way || now >= plus(way.since, answerSpan))) return givenNews(facts, given, now);
  if (!given && now >= invitation.expiresAt) return endedNews;
  if (way) return { ...about, step: stepIn(attempts, way.step), ...obstacleNews(way.code, way.stage) };
  const opened = invitation.openedAt !== null;
  return { ...about, step: opened ? 1 : 0, type: opened ? 'opened' : 'waiting' };
}

/** What was given, once nothing else is under way: done, or with something left for its customer to say or mend. */
function givenNews(facts: Facts, { settledAt, state, fault, asked, looks }: Given, now: Date): News {
  if (state === 'over') return endedNews;
  const about = { invitation_id: facts.invitation.id };
  const ending: Ending = { outcome: state === 'parked' ? 'parked' : 'sealed', ...connectionOf(facts) };
  if (now < plus(settledAt, answerSpan)) {
    const returned = { ...about, step: stepIn(facts.attempts, 'returned'), type: 'returned' } as const;
    if (state === 'looking') return returned;
    if (fault) return { ...about, step: stepIn(facts.attempts, 'found') + looks, ...obstacleNews(fault, 'returned') };
    // With `ask` silence is no no; with `require` the partner waits for the yes.
    if (asked) return ending.outcome === 'sealed' ? { ...returned, if_closed: ending } : returned;
  }
  return { ...about, step: lastStep, type: 'finished', ...ending };
}

const connectionOf = ({ invitation }: Facts) => ({ connection_id: invitation.connectionId });

const obstacleNews = (code: Obstacle, stage: 'leaving' | 'returned') =>
  ({ type: 'error', code, stage, recoverable: true, message: obstacles[code] }) as const;
