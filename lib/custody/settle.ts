import { audit, record } from '../audit/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { earlier, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import type { Secret } from '../kernel/secret.ts';
import { readRefresh, type TokenSet } from '../providers/index.ts';
import { open, seal } from '../vault/index.ts';
import {
  type AnswerRow,
  answersOf,
  findAnswer,
  keepPredecessor,
  makeCandidate,
  newestCandidate,
  readAnswer,
  setAside,
  shredAnswer,
  shredCandidates,
  spentBy,
  unreadOf,
} from './answers.ts';
import { endsAs, isOutrun, issuedBy, lateSuccessor, type RenewalResult } from './core/flow.ts';
import { type Decision, decide, proofDue, type Reading, renewUntil } from './core/renewal.ts';
import { lapse, nextDue } from './core/windows.ts';
import {
  findRenewal,
  lastOutcome,
  plannedRenewal,
  postpone,
  type RenewalRow,
  settleRenewal,
  stillOurs,
} from './renewals.ts';
import { tokenPlace } from './seal.ts';
import { consentOf, findGrant, type GrantRow, isWithdrawn, lockChain, lockConnectionOf, move } from './store.ts';
import { doubtAfter, newerThan } from './supersede.ts';
import { discardGrant } from './verbs.ts';

/** Who settles a renewal, and with which token it was asked. */
export type Lease = {
  /** Of the renewal. */
  id: string;
  epoch: number;
  grantId: string;
  token: Secret<string>;
};

/** Locks the grant, so that a claim and a renewal meet one after the other (row 18). */
export async function lockGrant(tx: Tx, ctx: Ctx, grantId: string): Promise<GrantRow | null> {
  await lockConnectionOf(tx, ctx, grantId, 'SHARE');
  await tx.$queryRaw`SELECT FROM token_grant WHERE partner_id = ${ctx.partnerId} AND id = ${grantId} FOR UPDATE`;
  return findGrant(tx, ctx, grantId);
}

/** Reads what was kept, and does what the table says, in one transaction that this epoch must still own. */
export const settle = (ctx: Ctx, lease: Lease, answerId: string | null, otherwise: Reading): Promise<RenewalResult> =>
  inTenant(ctx.partnerId, (tx) => settleNow(tx, ctx, lease, answerId, otherwise));

/** The same within a transaction. `otherwise` is what is known when no answer was kept. */
export async function settleNow(
  tx: Tx,
  ctx: Ctx,
  lease: Lease,
  answerId: string | null,
  otherwise: Reading = { kind: 'lost' },
): Promise<RenewalResult> {
  const grant = await lockGrant(tx, ctx, lease.grantId);
  const renewal = await stillOurs(tx, ctx, lease.id, lease.epoch);
  if (!grant || !renewal) return 'overtaken'; // fenced: the answer stays unread, for whoever settles, or after it (row 12)
  const reading = (await take(tx, ctx, grant, answerId)) ?? otherwise;
  // What a fenced worker kept and did not come to read counts as well.
  for (const { id } of await unreadOf(tx, ctx, renewal.id)) await take(tx, ctx, grant, id);
  if (grant.custody !== 'renewing') {
    await settleRenewal(tx, ctx, lease, 'overtaken');
    await shredCandidates(tx, ctx, renewal.id);
    return 'overtaken';
  }
  const { candidates, outrun } = await candidatesOf(tx, ctx, renewal);
  const facts = {
    lastIssuedAt: grant.issuedAt,
    sentAt: renewal.sentAt,
    unknownSince: renewal.unknownSince,
    // What was just issued in a success is no reason to wait for itself.
    candidates: candidates - (reading.kind === 'issued' ? 1 : 0),
    outrun,
    doubted: grant.outrunAt !== null,
    fruitless: grant.fruitlessTries,
  };
  const decision = decide(facts, reading, ctx.clock.now());
  if (reading.kind === 'unsent') await uncount(tx, ctx, grant.id);
  return carryOut(tx, ctx, { grant, renewal, lease }, decision, reading);
}

/** How many successors wait, and whether the newest of them may have been ended by an answer that never came. */
async function candidatesOf(tx: Tx, ctx: Ctx, renewal: RenewalRow): Promise<{ candidates: number; outrun: boolean }> {
  const answers = await answersOf(tx, ctx, renewal.id);
  const candidates = answers.filter(({ role }) => role === 'candidate');
  const answered = answers.map(({ epoch }) => epoch ?? 0);
  const [newest] = candidates;
  return {
    candidates: candidates.length,
    outrun: newest !== undefined && isOutrun(newest.epoch ?? 0, renewal, answered),
  };
}

/** A presentation is counted with its intent; this one certainly never was one. */
async function uncount(tx: Tx, ctx: Ctx, id: string): Promise<void> {
  await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id }, data: { spends: { decrement: 1 } } });
}

/**
 * The reading of a kept answer, null when there is none, or when it still waits in the spool. A successor in it becomes
 * a candidate before anything is decided (rows 3 and 12).
 */
async function take(tx: Tx, ctx: Ctx, grant: GrantRow, answerId: string | null): Promise<Reading | null> {
  const row = answerId === null ? null : await findAnswer(tx, ctx, answerId);
  const answer = row && (await readOnce(tx, ctx, grant, row));
  if (!answer || !row) return null;
  if (answer.kind === 'issued' || answer.kind === 'issued_in_refusal')
    await makeCandidate(tx, ctx, row.id, answer.tokens);
  else if (answer.kind !== 'lost') await shredAnswer(tx, ctx, row.id);
  else await setAside(tx, ctx, row.id);
  return answer;
}

/** What a kept answer says; one that does not open is told, and says nothing. Null once it has been read. */
async function readOnce(tx: Tx, ctx: Ctx, grant: GrantRow, row: AnswerRow) {
  const raw = await readAnswer(tx, row);
  if (raw === null) return null;
  if (raw !== 'unreadable') {
    const presented = [grant.tokenFingerprint, ...(await spentBy(tx, ctx, row.renewalId))];
    return readRefresh(raw.response, (token) => presented.includes(fingerprint(token)), raw.complete);
  }
  await record(tx, ctx, 'security.answer_unreadable', {}, { renewal_id: row.renewalId });
  return { kind: 'lost' } as const;
}

type Case = { grant: GrantRow; renewal: RenewalRow; lease: Lease };

async function carryOut(tx: Tx, ctx: Ctx, of: Case, decision: Decision, reading: Reading): Promise<RenewalResult> {
  const about = { connectionId: of.grant.connectionId };
  const facts = { grant_id: of.grant.id, renewal_id: of.renewal.id, row: decision.row };
  switch (decision.do) {
    case 'renew':
    case 'promote':
      await settleRenewal(tx, ctx, of.lease, decision.do === 'renew' ? 'renewed' : 'promoted');
      await keepPredecessor(tx, ctx, of.renewal.id, of.lease.token);
      await adopt(tx, ctx, of, decision.row, decision.do === 'promote' && decision.outrun);
      return 'renewed';
    case 'ask_again': {
      const toldBefore = of.renewal.overdueToldAt !== null;
      const waiting = await wait(tx, ctx, of, decision);
      if (reading.kind === 'fault' && decision.overdue && !toldBefore)
        await blockRegistration(tx, ctx, of.grant, reading.code);
      return waiting;
    }
    case 'put_back': {
      await settleRenewal(tx, ctx, of.lease, 'unchanged');
      const inTime = decision.retryAt && decision.retryAt < renewUntil(of.grant.lapsesAt);
      const retryAt = inTime && (await plannedRenewal(tx, ctx, of.grant)) ? decision.retryAt : null;
      await sealAgain(tx, ctx, of.grant, { renewAt: retryAt, fruitlessTries: { increment: 1 } });
      await audit(tx, ctx, 'grant.not_renewed', about, { ...facts, reason: reading.kind });
      if (reading.kind === 'fault') await blockRegistration(tx, ctx, of.grant, reading.code);
      return 'unchanged';
    }
    case 'end':
      await settleRenewal(
        tx,
        ctx,
        of.lease,
        endsAs(decision.cause, of.renewal.unknownSince !== null || of.grant.outrunAt !== null),
      );
      await shredCandidates(tx, ctx, of.renewal.id);
      if (await move(tx, ctx, of.grant.id, 'dead'))
        await record(tx, ctx, 'grant.dead', about, { ...facts, cause: decision.cause });
      if (decision.cause === 'used_elsewhere') await record(tx, ctx, 'security.chain_used_elsewhere', about, facts);
      return 'ended';
  }
}

/** Back to sealed; a customer who withdrew meanwhile is heeded now. */
async function sealAgain(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  data: NonNullable<Parameters<typeof move>[4]>,
): Promise<void> {
  const lapsesAt = (data.lapsesAt as Date | undefined) ?? grant.lapsesAt;
  const sealedAgain = { ...data, endedAt: null, dueAt: nextDue(ctx.clock.now(), lapsesAt) };
  if (!(await move(tx, ctx, grant.id, 'sealed', sealedAgain))) return;
  if (await isWithdrawn(tx, ctx, grant.connectionId))
    await discardGrant(tx, ctx, { ...grant, custody: 'sealed' }, 'withdrawn');
}

/** Row 5: a fault of ours stops all automatic tries of this grant, and the partner is told. */
async function blockRegistration(tx: Tx, ctx: Ctx, grant: GrantRow, code: string): Promise<void> {
  const about = { connectionId: grant.connectionId };
  const reason = (['invalid_client', 'unauthorized_client'] as const).find((known) => known === code);
  await record(tx, ctx, 'registration.check_failed', about, {
    grant_id: grant.id,
    reason: reason ?? 'request_rejected',
  });
}

/** Row 6: the renewal stays open until its next replay; once the slots are over the partner is told. */
export async function wait(
  tx: Tx,
  ctx: Ctx,
  { grant, renewal, lease }: { grant: GrantRow; renewal: RenewalRow; lease: { id: string; epoch: number } },
  decision: Extract<Decision, { do: 'ask_again' }>,
): Promise<'waiting'> {
  const tellNow = decision.overdue && renewal.overdueToldAt === null;
  const unknownSince = renewal.unknownSince ?? renewal.sentAt;
  await postpone(tx, ctx, lease, decision.at, {
    unknownSince,
    overdueToldAt: tellNow ? ctx.clock.now() : renewal.overdueToldAt,
  });
  const facts = { grant_id: grant.id, unknown_since: unknownSince.toISOString() };
  if (tellNow) await record(tx, ctx, 'grant.renewal_overdue', { connectionId: grant.connectionId }, facts);
  return 'waiting';
}

/**
 * The newest successor takes the place of the spent token (rows 2, 3, 8, 12 and 13). `outrun`: with a doubt, which is told,
 * and settled by presenting it soon where the partner renews.
 */
async function adopt(
  tx: Tx,
  ctx: Ctx,
  { grant, renewal }: Pick<Case, 'grant' | 'renewal'>,
  row: number,
  outrun: boolean,
): Promise<void> {
  const candidate = await newestCandidate(tx, ctx, renewal.id);
  if (!candidate) throw new Error('there is no successor to adopt');
  const { tokens, keptAt, epoch } = candidate;
  // Kept late by a worker that stood still, it was issued before that.
  const issuedAt = earlier(keptAt, issuedBy(epoch === 1 ? renewal.startedAt : renewal.sentAt));
  const generation = grant.generation + 1;
  const unusedDays = Math.round((grant.lapsesAt.getTime() - grant.issuedAt.getTime()) / 86_400_000);
  const lapsesAt = lapse(issuedAt, unusedDays);
  const planned = await plannedRenewal(tx, ctx, { ...grant, issuedAt, lapsesAt });
  await sealAgain(tx, ctx, grant, {
    generation,
    ...(await sealed(tx, ctx, grant.id, generation, tokens)),
    issuedAt,
    consentedAt: consentOf(grant),
    accessExpiresAt: plus(issuedAt, seconds(tokens.accessLifetimeSeconds)),
    sealedAt: ctx.clock.now(),
    lapsesAt,
    renewAt: planned && outrun ? proofDue(renewal.sentAt, ctx.clock.now()) : planned,
    outrunAt: outrun ? ctx.clock.now() : null,
    fruitlessTries: 0,
    spends: 0, // of the token that is sealed now
  });
  await readBack(tx, ctx, grant.id, generation, tokens);
  await shredCandidates(tx, ctx, renewal.id);
  const facts = { grant_id: grant.id, generation, lapses_at: lapsesAt.toISOString(), row };
  const about = { connectionId: grant.connectionId };
  await record(tx, ctx, 'grant.renewed', about, facts);
  if (!outrun) return;
  const doubt = { grant_id: grant.id, by_renewal_id: renewal.id, custody: 'sealed' };
  await record(tx, ctx, 'grant.maybe_superseded', about, doubt);
}

async function sealed(tx: Tx, ctx: Ctx, grantId: string, generation: number, tokens: TokenSet) {
  const place = (field: 'refresh_token' | 'access_token') => tokenPlace(ctx.partnerId, grantId, field, generation);
  return {
    refreshToken: await seal(tx, tokens.refreshToken, place('refresh_token')),
    accessToken: tokens.accessToken && (await seal(tx, tokens.accessToken, place('access_token'))),
    tokenFingerprint: fingerprint(tokens.refreshToken.reveal()),
  };
}

/** Success is reported only for what opens again from the database's own copy; else nothing happened (row 15). */
async function readBack(tx: Tx, ctx: Ctx, grantId: string, generation: number, tokens: TokenSet): Promise<void> {
  const stored = await findGrant(tx, ctx, grantId);
  if (stored?.custody === 'shredded') return; // withdrawn meanwhile
  const back =
    stored?.refreshToken &&
    (await open(tx, stored.refreshToken, tokenPlace(ctx.partnerId, grantId, 'refresh_token', generation)));
  if (!back || back.reveal() !== tokens.refreshToken.reveal()) throw new Error('the successor does not open again');
}

/**
 * Reads an answer whose renewal has ended without it: it waited on the disk of a server that was away, or its worker
 * stood still until the spent token was found dead. A successor that is still of use brings the grant back (row 12);
 * what is not is shredded, and the audit says so.
 */
export const readLate = (ctx: Ctx, answerId: string): Promise<void> =>
  inTenant(ctx.partnerId, async (tx) => {
    const row = await findAnswer(tx, ctx, answerId);
    const renewal = row?.renewalId ? await findRenewal(tx, ctx, row.renewalId) : null;
    const before = renewal && (await findGrant(tx, ctx, renewal.grantId));
    if (!row || !renewal || !before || renewal.settledAt === null) return;
    if (before.exactUserIndex) await lockChain(tx, before.exactUserIndex);
    const grant = (await lockGrant(tx, ctx, before.id)) ?? before;
    const newer = await newerThan(tx, ctx, grant);
    if (newer === 'pending') return; // whose place it takes shows within minutes; until then the answer stays
    const ended = {
      outcome: renewal.outcome,
      successors: grant.generation - renewal.generation,
      outrun: grant.outrunAt !== null,
      custody: grant.custody,
      lastOutcome: await lastOutcome(tx, ctx, grant.id),
      withdrawn: await isWithdrawn(tx, ctx, grant.connectionId),
      newerConsent: newer === 'taken',
    };
    const then = lateSuccessor(ended);
    if (then === 'wait') return; // for what is proved, or handed out, just now
    if (then === 'shred') {
      const facts = { grant_id: grant.id, renewal_id: renewal.id, custody: grant.custody };
      await audit(tx, ctx, 'grant.late_answer_shredded', { connectionId: grant.connectionId }, facts);
      return shredAnswer(tx, ctx, row.id); // unread: it may be a copy of what is sealed now
    }
    const reading = await take(tx, ctx, grant, row.id);
    if (reading?.kind !== 'issued' && reading?.kind !== 'issued_in_refusal') return;
    if (grant.custody === 'sealed') await move(tx, ctx, grant.id, 'renewing', { dueAt: null });
    await adopt(tx, ctx, { grant, renewal }, 12, (await candidatesOf(tx, ctx, renewal)).outrun);
    await doubtAfter(tx, ctx, grant.connectionId, renewal.startedAt);
  });
