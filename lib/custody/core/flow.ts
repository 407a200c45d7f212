import { seconds } from '../../kernel/clock.ts';
import { type Reading, renewUntil } from './renewal.ts';
import { earliestClaim, lastClaim } from './windows.ts';

/** What came of one try. `waiting`: an outcome is unknown and resolves itself; `skipped`: not due, or somebody is at it. */
export type RenewalResult = 'renewed' | 'unchanged' | 'waiting' | 'ended' | 'overtaken' | 'skipped';

/**
 * What a renewal needs from outside. `begin` and `settle` are one transaction each; `keep` is durable when it returns.
 * The product gives Postgres and HTTP, a model of custody gives maps and the simulator's rules.
 */
export type RenewalPorts<Job extends object, Sent extends { kind: string }> = {
  begin(): Promise<Job | RenewalResult>;
  present(job: Job): Promise<Sent>;
  keep(job: Job, sent: Sent): Promise<string | null>;
  settle(job: Job, answerId: string | null, otherwise: Reading): Promise<RenewalResult>;
};

/**
 * One try, in the only order that loses nothing (C-2): the intent is committed before a byte leaves, and the answer is
 * durable before it is read. It may die between any two steps.
 */
export async function renewThrough<Job extends object, Sent extends { kind: string }>(
  ports: RenewalPorts<Job, Sent>,
): Promise<RenewalResult> {
  const job = await ports.begin();
  if (typeof job === 'string') return job;
  const sent = await ports.present(job);
  return ports.settle(job, await ports.keep(job, sent), withoutAnswer(sent));
}

/** Longer than a presentation may take, so that nobody takes over from a worker that is still at it (C-3). */
export const leaseSeconds = 45;
/** The longest that an answer is waited for. */
const answerSeconds = 30;
/** Shorter than what the lease leaves over a presentation. */
const longestPause = seconds(10);

/**
 * Whether a worker that began at `begunAt` may still send: its answer has to come within its lease. One that stood
 * still in between would present a token that somebody else may have spent, or handed over, by now. Between this look
 * and the first byte nothing can be promised; nothing is waited for there.
 */
export const mayStillSend = (begunAt: Date, now: Date): boolean => now.getTime() - begunAt.getTime() <= longestPause;

/** What was asked at `sentAt` was issued before the wait for it ended, however long its worker then stood still. */
export const issuedBy = (sentAt: Date): Date => new Date(sentAt.getTime() + longestPause + seconds(answerSeconds));

/** Rows 1 and 6: what is known when nothing came back. */
const withoutAnswer = (sent: { kind: string }): Reading =>
  sent.kind === 'unsent' ? { kind: 'unsent' } : { kind: 'lost' };

export type Renewable = {
  custody: string;
  identity: string;
  renewAt: Date | null;
  issuedAt: Date;
  lapsesAt: Date;
};
/** An open renewal as the next worker finds it. */
export type Running = {
  leaseOver: boolean;
  /** A worker held its lease and did not settle. */
  inFlight: boolean;
  dueAt: Date | null;
  /** An answer waits that tells what became of the last presentation. */
  unread: boolean;
  /** Why nothing is presented any more, whatever became of what was. */
  over: 'expired' | 'withdrawn' | null;
};

/**
 * Whether a kept answer is that of the last presentation, as far as the house can know. An earlier one settles nothing
 * while a later one may still be answered: its successor may have been the end of the earlier one's.
 */
export const tellsTheLast = (
  answer: { epoch: number | null },
  running: { epoch: number; presentations: number },
  answersKept: number,
): boolean => answer.epoch === running.epoch || answersKept >= running.presentations;

/** What a renewal knows of its presentations; the epochs of those by a server from before are not on record. */
export type Presented = { presentations: number; presentedEpochs: readonly number[] };

/**
 * Whether a later presentation than the one that brought a candidate was never answered here: its successor, if there was
 * one, ended the candidate's (rows 8 and 13).
 */
export function isOutrun(
  candidateEpoch: number,
  { presentations, presentedEpochs }: Presented,
  answeredEpochs: readonly number[],
): boolean {
  if (presentedEpochs.length < presentations) return answeredEpochs.length < presentations;
  return presentedEpochs.some((epoch) => epoch > candidateEpoch && !answeredEpochs.includes(epoch));
}

/**
 * What a worker does first. `forget`: too late, it is not looked at again; `close`: the grant was ended meanwhile;
 * `read`: an answer waits; `end`: nothing may be presented any more; `wait`: an outcome is unknown and there is no probe
 * (row 6); `present`: a replay is due.
 */
export type Beginning = 'nothing' | 'forget' | 'open' | 'close' | 'read' | 'end' | 'wait' | 'present';

/** Who wants it: its time came, if that time was planned, or somebody asked for a fresh pair to hand over. */
export type Occasion = 'planned' | 'asked';

export function beginning(
  grant: Renewable,
  running: Running | null,
  now: Date,
  occasion: Occasion = 'planned',
): Beginning {
  if (running) return takingUp(grant, running, now);
  if (grant.custody !== 'sealed') return 'nothing';
  if (occasion === 'asked' && now >= lastClaim(grant.lapsesAt)) return 'nothing';
  if (occasion === 'planned') {
    if (grant.renewAt === null || grant.renewAt > now) return 'nothing';
    if (now >= renewUntil(grant.lapsesAt)) return 'forget';
  }
  return grant.identity !== 'pending' && now >= earliestClaim(grant.issuedAt) ? 'open' : 'nothing';
}

function takingUp(grant: Renewable, { leaseOver, inFlight, dueAt, unread, over }: Running, now: Date): Beginning {
  if (!leaseOver) return 'nothing';
  if (!unread && dueAt && dueAt > now) return 'nothing';
  if (grant.custody !== 'renewing') return 'close';
  if (unread) return 'read';
  if (over) return 'end';
  // Its worker is gone or stands still, and may yet have the answer: no probe before the slots open.
  return inFlight ? 'wait' : 'present';
}

/**
 * Whether a successor may still turn up when a grant ends for this cause: the spent token was refused because one had
 * been issued, or its window closed meanwhile. Where the provider says that the chain was ended or used by somebody else
 * (rows 9 and 21), what turns up is dead, too. `unknown`: an outcome is, of this renewal or of the one whose successor it presented.
 */
export const endsAs = (cause: string | null, unknown: boolean): 'lost' | 'ended' =>
  unknown && (cause === 'answer_lost' || cause === 'expired') ? 'lost' : 'ended';

/** A renewal that has ended, and its grant now, when an answer to it turns up after all. */
export type Ended = {
  outcome: string | null;
  /** How many successors were sealed since it began to present. */
  successors: number;
  /** What is sealed, or was last, may have been ended by just this answer. */
  outrun: boolean;
  custody: string;
  /** How the grant's last renewal ended. */
  lastOutcome: string | null;
  withdrawn: boolean;
  newerConsent: boolean;
};

/**
 * What becomes of a successor that turned up after its renewal had ended (row 12): `adopt` it where the grant ended for
 * want of it, or where the one that was adopted instead was in doubt because of it; `wait` while that one is renewed or
 * claimed. Otherwise it is of no use: its place was taken since, or the customer took it back.
 */
export function lateSuccessor(ended: Ended): 'adopt' | 'wait' | 'shred' {
  const { outcome, successors, outrun, custody, lastOutcome } = ended;
  if (ended.withdrawn || ended.newerConsent) return 'shred';
  if (outcome === 'lost' && successors === 0) return custody === 'dead' ? 'adopt' : 'shred';
  if (outcome !== 'promoted' || successors !== 1 || !outrun) return 'shred';
  if (custody === 'renewing' || custody === 'claimed') return 'wait';
  return custody === 'sealed' || (custody === 'dead' && lastOutcome === 'lost') ? 'adopt' : 'shred';
}
