import { readyToNote } from '../anchor/index.ts';
import { audit, record } from '../audit/index.ts';
import type { Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { type Sent, send } from '../http/index.ts';
import { plus, seconds, wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { newId } from '../kernel/ids.ts';
import type { Secret } from '../kernel/secret.ts';
import { readRefresh, refreshRequest } from '../providers/exact/refresh.ts';
import { operatorOrigins, originOf, type Registration, type TokenSet } from '../providers/index.ts';
import { openClientSecret } from '../tenancy/index.ts';
import { open, seal } from '../vault/index.ts';
import {
  type AnswerRow,
  countCandidates,
  type Keeper,
  keepAnswer,
  keeperFor,
  keepPredecessor,
  makeCandidate,
  newestCandidate,
  readAnswer,
  setAside,
  shredAnswer,
  shredCandidates,
  unreadOf,
} from './answers.ts';
import { type Decision, decide, type Reading, renewUntil } from './core/renewal.ts';
import { earliestClaim, lapse, nextDue } from './core/windows.ts';
import {
  openRenewal,
  openRenewalOf,
  plannedRenewal,
  postpone,
  type RenewalRow,
  settleRenewal,
  stillOurs,
  takeOver,
} from './renewals.ts';
import { tokenPlace } from './seal.ts';
import { consentOf, findGrant, type GrantRow, move } from './store.ts';
import { discardGrant } from './verbs.ts';

/** What came of one try. `waiting`: an outcome is unknown and resolves itself; `skipped`: not due, or somebody is at it. */
export type RenewalResult = 'renewed' | 'unchanged' | 'waiting' | 'ended' | 'overtaken' | 'skipped';

type Job = {
  /** Of the renewal. */
  id: string;
  epoch: number;
  grantId: string;
  token: Secret<string>;
  registration: Omit<Registration, 'redirectUri'>;
  keeper: Keeper;
  /** An answer that came before a crash: it is read instead of asking again. */
  unread: string | null;
};

/**
 * Spends a sealed token for its successor: the one place where that happens (C-2). The intent is committed before a byte
 * leaves, the answer is durable before it is read, and a worker whose lease was taken over changes nothing any more.
 * Never throws away a successor; throws only when nothing was sent, or when an answer could be kept nowhere.
 */
export async function renewGrant(ctx: Ctx, grantId: string): Promise<RenewalResult> {
  await readyToNote();
  const began = wallClock.now().getTime();
  const job = await inTenant(ctx.partnerId, (tx) => begin(tx, ctx, grantId));
  if (job === null) return 'skipped';
  if (typeof job === 'string') return job;
  if (job.unread) return settle(ctx, job, job.unread, { kind: 'lost' });
  // A machine that slept since then may have been taken over: whoever has the lease now asks (row 12).
  if (wallClock.now().getTime() - began > longestPause) return 'skipped';
  const sent = await send(
    refreshRequest(originOf(job.registration.site, ctx.sandbox), job.registration, job.token),
    operatorOrigins(),
  );
  const answerId = await keepAnswer(job.keeper, ctx, sent);
  return settle(ctx, job, answerId, withoutAnswer(sent));
}

/** Shorter than what the lease leaves over a presentation of 30 s. */
const longestPause = seconds(10);

/** Rows 1 and 6: what is known when nothing came back. */
const withoutAnswer = (sent: Sent): Reading => (sent.kind === 'unsent' ? { kind: 'unsent' } : { kind: 'lost' });

/** A grant that may be renewed now: sealed, opted in, due, past its 570 s, and not so late that a person has to look. */
function mayBegin(grant: GrantRow, now: Date): boolean {
  return (
    grant.custody === 'sealed' &&
    grant.identity !== 'pending' &&
    grant.renewAt !== null &&
    grant.renewAt <= now &&
    now >= earliestClaim(grant.issuedAt) &&
    now < renewUntil(grant.lapsesAt)
  );
}

/** Locks the grant, so that a claim and a renewal meet one after the other (row 18). */
async function lockGrant(tx: Tx, ctx: Ctx, grantId: string): Promise<GrantRow | null> {
  // The connection first, as a withdrawal and a delivery do: whoever withdraws is waited for, and heeded.
  await tx.$queryRaw`SELECT FROM connection c WHERE c.partner_id = ${ctx.partnerId} AND c.id =
    (SELECT g.connection_id FROM token_grant g WHERE g.partner_id = ${ctx.partnerId} AND g.id = ${grantId}) FOR SHARE`;
  await tx.$queryRaw`SELECT FROM token_grant WHERE partner_id = ${ctx.partnerId} AND id = ${grantId} FOR UPDATE`;
  return findGrant(tx, ctx, grantId);
}

/** The intent, and everything that could fail before the request: no key, no readable token, no request (row 14). */
async function begin(tx: Tx, ctx: Ctx, grantId: string): Promise<Job | 'overtaken' | 'waiting' | 'ended' | null> {
  const now = ctx.clock.now();
  const grant = await lockGrant(tx, ctx, grantId);
  if (!grant) return null;
  const running = await openRenewalOf(tx, ctx, grantId);
  if (running) return takeUp(tx, ctx, grant, running);
  if (grant.renewAt && !(await plannedRenewal(tx, ctx, grant))) {
    await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: grantId }, data: { renewAt: null } });
    return null; // opted out meanwhile
  }
  if (!mayBegin(grant, now)) {
    // Too late for a renewal, or the partner opted out meanwhile: it is not looked at again and again.
    if (grant.renewAt && grant.renewAt <= now && grant.custody === 'sealed' && now >= renewUntil(grant.lapsesAt))
      await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: grantId }, data: { renewAt: null } });
    return null;
  }
  if (!(await move(tx, ctx, grantId, 'renewing', { dueAt: null, renewAt: null, spends: { increment: 1 } })))
    return null;
  return jobOf(tx, ctx, grant, await openRenewal(tx, ctx, grant), null);
}

/** An open renewal whose time has come or whose worker is gone. Null while another is at it or its replay is not due. */
async function takeUp(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  running: RenewalRow & { leaseOver: boolean },
): Promise<Job | 'overtaken' | 'waiting' | 'ended' | null> {
  if (!running.leaseOver) return null;
  const unread = await unreadOf(tx, ctx, running.id);
  if (!unread && running.dueAt && running.dueAt > ctx.clock.now()) return null;
  if (grant.custody !== 'renewing' || !grant.refreshToken) {
    // A newer consent ended the grant meanwhile; what the chain still brought is of no use to anyone.
    const taken = await takeOver(tx, ctx, running, false);
    await settleRenewal(tx, ctx, taken, 'overtaken');
    await shredCandidates(tx, ctx, running.id);
    return 'overtaken';
  }
  const over = await isOver(tx, ctx, grant);
  if (over && !unread) {
    const taken = await takeOver(tx, ctx, running, false);
    await settleRenewal(tx, ctx, taken, 'ended');
    await shredCandidates(tx, ctx, running.id);
    if (await move(tx, ctx, grant.id, 'dead'))
      await record(tx, ctx, 'grant.dead', { connectionId: grant.connectionId }, { grant_id: grant.id, cause: over });
    return 'ended';
  }
  const inFlight = running.leaseUntil !== null;
  const presents = !unread && !inFlight;
  const taken = await takeOver(tx, ctx, running, presents);
  if (inFlight && !unread) {
    // Its worker is gone or stands still, and may yet have the answer: no probe before the slots open (row 6).
    const unknownSince = running.unknownSince ?? running.sentAt;
    const facts = {
      lastIssuedAt: grant.issuedAt,
      sentAt: running.sentAt,
      unknownSince,
      candidates: 0,
      fruitless: 0,
    };
    const decision = decide(facts, { kind: 'lost' }, ctx.clock.now());
    if (decision.do !== 'ask_again') throw new Error('an unknown outcome waits');
    return wait(tx, ctx, { grant, renewal: running, job: taken }, decision);
  }
  if (presents)
    await tx.grant.updateMany({
      where: { partnerId: ctx.partnerId, id: grant.id },
      data: { spends: { increment: 1 } },
    });
  return jobOf(tx, ctx, grant, taken, unread);
}

/** Nothing is presented any more for a window that has closed, or for a customer who took the permission back. */
async function isOver(tx: Tx, ctx: Ctx, grant: GrantRow): Promise<'expired' | 'withdrawn' | null> {
  if (ctx.clock.now() >= grant.lapsesAt) return 'expired';
  const withdrawn = { partnerId: ctx.partnerId, id: grant.connectionId, withdrawnAt: { not: null } };
  return (await tx.connection.count({ where: withdrawn })) > 0 ? 'withdrawn' : null;
}

async function jobOf(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  lease: { id: string; epoch: number },
  unread: AnswerRow | null,
): Promise<Job> {
  if (!grant.refreshToken) throw new Error('a grant that is renewed holds a token');
  const connection = await tx.connection.findFirstOrThrow({
    where: { partnerId: ctx.partnerId, id: grant.connectionId },
    select: { clientRegistrationId: true },
  });
  await tx.opening.create({
    data: {
      partnerId: ctx.partnerId,
      id: newId('opening'),
      grantId: grant.id,
      renewalId: lease.id,
      field: 'refresh_token',
      at: ctx.clock.now(),
      actorKind: ctx.actor.kind,
      actorId: ctx.actor.id,
    },
  });
  await audit(
    tx,
    ctx,
    'grant.presented',
    { connectionId: grant.connectionId },
    {
      grant_id: grant.id,
      renewal_id: lease.id,
      epoch: lease.epoch,
      from_kept_answer: unread !== null,
    },
  );
  return {
    id: lease.id,
    epoch: lease.epoch,
    grantId: grant.id,
    token: await open(tx, grant.refreshToken, tokenPlace(ctx.partnerId, grant.id, 'refresh_token', grant.generation)),
    registration: {
      site: grant.site as Site,
      clientId: grant.clientId,
      clientSecret: await openClientSecret(tx, ctx, connection.clientRegistrationId),
    },
    keeper: await keeperFor(tx, ctx, { renewalId: lease.id, epoch: lease.epoch }),
    unread: unread?.id ?? null,
  };
}

/** Reads what was kept, and does what the table says, in one transaction that this epoch must still own. */
function settle(ctx: Ctx, job: Job, answerId: string | null, otherwise: Reading): Promise<RenewalResult> {
  return inTenant(ctx.partnerId, async (tx) => {
    const grant = await lockGrant(tx, ctx, job.grantId);
    const renewal = await stillOurs(tx, ctx, job.id, job.epoch);
    const reading = await take(tx, ctx, job, answerId, otherwise);
    if (!grant || !renewal) return 'overtaken'; // fenced: the successor, if any, is a candidate for whoever decides now
    if (grant.custody !== 'renewing') {
      await settleRenewal(tx, ctx, job, 'overtaken');
      await shredCandidates(tx, ctx, renewal.id);
      return 'overtaken';
    }
    const facts = {
      lastIssuedAt: grant.issuedAt,
      sentAt: renewal.sentAt,
      unknownSince: renewal.unknownSince,
      // What was just issued in a success is no reason to wait for itself.
      candidates: (await countCandidates(tx, ctx, renewal.id)) - (reading.kind === 'issued' ? 1 : 0),
      fruitless: grant.fruitlessTries,
    };
    const decision = decide(facts, reading, ctx.clock.now());
    return carryOut(tx, ctx, { grant, renewal, job }, decision, reading);
  });
}

/** The reading of a kept answer. A successor in it becomes a candidate before anything is decided (rows 3 and 12). */
async function take(tx: Tx, ctx: Ctx, job: Job, answerId: string | null, otherwise: Reading): Promise<Reading> {
  const row =
    answerId === null ? null : await tx.keptAnswer.findFirst({ where: { partnerId: ctx.partnerId, id: answerId } });
  const raw = row && (await readAnswer(tx, row));
  if (row && raw === 'unreadable') {
    await setAside(tx, ctx, row.id);
    await record(tx, ctx, 'security.answer_unreadable', {}, { renewal_id: job.id });
    return { kind: 'lost' };
  }
  if (!row || !raw || raw === 'unreadable') return otherwise; // nothing came, or it still waits in the spool
  const answer = readRefresh(raw.response, job.token, raw.complete);
  if (answer.kind !== 'issued' && answer.kind !== 'issued_in_refusal') {
    await (answer.kind === 'lost' ? setAside : shredAnswer)(tx, ctx, row.id);
    return answer;
  }
  await makeCandidate(tx, ctx, row.id, answer.tokens);
  return answer;
}

type Case = { grant: GrantRow; renewal: RenewalRow; job: Job };

async function carryOut(tx: Tx, ctx: Ctx, of: Case, decision: Decision, reading: Reading): Promise<RenewalResult> {
  const about = { connectionId: of.grant.connectionId };
  const facts = { grant_id: of.grant.id, renewal_id: of.renewal.id, row: decision.row };
  switch (decision.do) {
    case 'renew':
    case 'promote':
      return adopt(tx, ctx, of, decision);
    case 'ask_again':
      return wait(tx, ctx, of, decision);
    case 'put_back': {
      await settleRenewal(tx, ctx, of.job, 'unchanged');
      const inTime = decision.retryAt && decision.retryAt < renewUntil(of.grant.lapsesAt);
      const retryAt = inTime && (await plannedRenewal(tx, ctx, of.grant)) ? decision.retryAt : null;
      await sealAgain(tx, ctx, of.grant, { renewAt: retryAt, fruitlessTries: { increment: 1 } });
      await audit(tx, ctx, 'grant.not_renewed', about, { ...facts, reason: reading.kind });
      if (reading.kind === 'fault') await blockRegistration(tx, ctx, of.grant, reading.code);
      return 'unchanged';
    }
    case 'end':
      await settleRenewal(tx, ctx, of.job, 'ended');
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
  if (!(await move(tx, ctx, grant.id, 'sealed', { ...data, dueAt: nextDue(ctx.clock.now(), lapsesAt) }))) return;
  const connection = await tx.connection.findFirst({
    where: { partnerId: ctx.partnerId, id: grant.connectionId, withdrawnAt: { not: null } },
    select: { id: true },
  });
  if (connection) await discardGrant(tx, ctx, { ...grant, custody: 'sealed' }, 'withdrawn');
}

/** Row 5: a fault of ours stops all automatic tries of this grant, and the partner is told. */
async function blockRegistration(tx: Tx, ctx: Ctx, grant: GrantRow, code: string): Promise<void> {
  const about = { connectionId: grant.connectionId };
  const reason = ['invalid_client', 'unauthorized_client'].includes(code) ? code : 'request_rejected';
  await record(tx, ctx, 'registration.check_failed', about, { grant_id: grant.id, reason });
}

async function wait(
  tx: Tx,
  ctx: Ctx,
  { grant, renewal, job }: { grant: GrantRow; renewal: RenewalRow; job: { id: string; epoch: number } },
  decision: Extract<Decision, { do: 'ask_again' }>,
): Promise<'waiting'> {
  const tellNow = decision.overdue && renewal.overdueToldAt === null;
  await postpone(tx, ctx, job, decision.at, {
    unknownSince: renewal.unknownSince ?? renewal.sentAt,
    overdueToldAt: tellNow ? ctx.clock.now() : renewal.overdueToldAt,
  });
  if (tellNow)
    await record(
      tx,
      ctx,
      'grant.renewal_overdue',
      { connectionId: grant.connectionId },
      {
        grant_id: grant.id,
        unknown_since: (renewal.unknownSince ?? renewal.sentAt).toISOString(),
      },
    );
  return 'waiting';
}

/** The newest successor takes the place of the spent token, which stays sealed a while longer (rows 2, 8 and 13). */
async function adopt(
  tx: Tx,
  ctx: Ctx,
  { grant, renewal, job }: Case,
  decision: Extract<Decision, { do: 'renew' | 'promote' }>,
): Promise<RenewalResult> {
  const candidate = await newestCandidate(tx, ctx, renewal.id);
  if (!candidate) throw new Error('there is no successor to adopt');
  const { tokens, keptAt } = candidate;
  await settleRenewal(tx, ctx, job, decision.do === 'renew' ? 'renewed' : 'promoted');
  await keepPredecessor(tx, ctx, renewal.id, job.token);
  const generation = grant.generation + 1;
  const unusedDays = Math.round((grant.lapsesAt.getTime() - grant.issuedAt.getTime()) / 86_400_000);
  const lapsesAt = lapse(keptAt, unusedDays);
  await sealAgain(tx, ctx, grant, {
    generation,
    ...(await sealed(tx, ctx, grant.id, generation, tokens)),
    issuedAt: keptAt,
    consentedAt: consentOf(grant),
    accessExpiresAt: plus(keptAt, seconds(tokens.accessLifetimeSeconds)),
    sealedAt: ctx.clock.now(),
    lapsesAt,
    renewAt: await plannedRenewal(tx, ctx, { ...grant, issuedAt: keptAt, lapsesAt }),
    fruitlessTries: 0,
    spends: 0, // of the token that is sealed now
  });
  await readBack(tx, ctx, grant.id, generation, tokens);
  await shredCandidates(tx, ctx, renewal.id);
  await record(
    tx,
    ctx,
    'grant.renewed',
    { connectionId: grant.connectionId },
    {
      grant_id: grant.id,
      generation,
      lapses_at: lapsesAt.toISOString(),
      row: decision.row,
    },
  );
  return 'renewed';
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
