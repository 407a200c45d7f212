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
  countAnswers,
  countCandidates,
  type Keeper,
  keepAnswer,
  keeperFor,
  keepPredecessor,
  makeCandidate,
  newestCandidate,
  readAnswer,
  shredAnswer,
  shredCandidates,
  unreadOf,
} from './answers.ts';
import {
  beginning,
  mayStillSend,
  type RenewalPorts,
  type RenewalResult,
  renewThrough,
  tellsTheLast,
} from './core/flow.ts';
import { type Decision, decide, type Reading, renewFrom, renewUntil } from './core/renewal.ts';
import { lapse, nextDue } from './core/windows.ts';
import {
  openRenewal,
  openRenewalOf,
  postpone,
  type RenewalRow,
  settleRenewal,
  stillOurs,
  takeOver,
} from './renewals.ts';
import { tokenPlace } from './seal.ts';
import { findGrant, type GrantRow, move } from './store.ts';
import { discardGrant } from './verbs.ts';

type Job = {
  /** Of the renewal. */
  id: string;
  epoch: number;
  begunAt: Date;
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
export const renewGrant = (ctx: Ctx, grantId: string): Promise<RenewalResult> =>
  renewThrough(renewalPorts(ctx, grantId));

/** The steps of a renewal over Postgres and HTTP. */
export const renewalPorts = (ctx: Ctx, grantId: string): RenewalPorts<Job, Sent> => ({
  begin: () => {
    const begunAt = wallClock.now(); // before the lease starts to run
    return inTenant(ctx.partnerId, (tx) => begin(tx, ctx, grantId, begunAt));
  },
  present: (job) => present(ctx, job),
  keep: ({ keeper }, sent) => keepAnswer(keeper, ctx, sent),
  settle: (job, answerId, otherwise) => settle(ctx, job, answerId, otherwise),
});

/** Not sent at all by a worker that stood still for too long: the host's own time counts, which goes on while it sleeps. */
async function present(ctx: Ctx, { begunAt, registration, token }: Job): Promise<Sent> {
  if (!mayStillSend(begunAt, wallClock.now())) return { kind: 'unsent' };
  return send(refreshRequest(originOf(registration.site, ctx.sandbox), registration, token), operatorOrigins());
}

/** Locks the grant, so that a claim and a renewal meet one after the other (row 18). */
async function lockGrant(tx: Tx, ctx: Ctx, grantId: string): Promise<GrantRow | null> {
  await tx.$queryRaw`SELECT FROM token_grant WHERE partner_id = ${ctx.partnerId} AND id = ${grantId} FOR UPDATE`;
  return findGrant(tx, ctx, grantId);
}

/** The intent, and everything that could fail before the request: no key, no readable token, no request (row 14). */
async function begin(tx: Tx, ctx: Ctx, grantId: string, begunAt: Date): Promise<Job | RenewalResult> {
  const now = ctx.clock.now();
  const grant = await lockGrant(tx, ctx, grantId);
  if (!grant) return 'skipped';
  const running = await openRenewalOf(tx, ctx, grantId);
  if (running) return takeUp(tx, ctx, grant, running, begunAt);
  const first = beginning(grant, null, now);
  // Too late for a renewal: it is not looked at again and again.
  if (first === 'forget')
    await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: grantId }, data: { renewAt: null } });
  if (first !== 'open') return 'skipped';
  if (!(await move(tx, ctx, grantId, 'renewing', { dueAt: null, renewAt: null, spends: { increment: 1 } })))
    return 'skipped';
  return jobOf(tx, ctx, grant, { ...(await openRenewal(tx, ctx, grant)), begunAt }, null);
}

/** An open renewal whose time has come or whose worker is gone; skipped while another is at it or its replay is not due. */
async function takeUp(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  running: RenewalRow & { leaseOver: boolean },
  begunAt: Date,
): Promise<Job | RenewalResult> {
  const unread = running.leaseOver ? await lastUnread(tx, ctx, running) : null;
  const { leaseOver, dueAt, leaseUntil } = running;
  const found = { leaseOver, inFlight: leaseUntil !== null, dueAt, unread: unread !== null };
  const next = beginning(grant, found, ctx.clock.now());
  if (next === 'nothing') return 'skipped';
  const taken = await takeOver(tx, ctx, running, next === 'present');
  if (next === 'close') {
    // A newer consent ended the grant meanwhile; what the chain still brought is of no use to anyone.
    await settleRenewal(tx, ctx, taken, 'overtaken');
    await shredCandidates(tx, ctx, running.id);
    return 'overtaken';
  }
  if (next === 'wait') return waitForSlots(tx, ctx, { grant, renewal: running, job: taken });
  if (next === 'present')
    await tx.grant.updateMany({
      where: { partnerId: ctx.partnerId, id: grant.id },
      data: { spends: { increment: 1 } },
    });
  return jobOf(tx, ctx, grant, { ...taken, begunAt }, unread);
}

/** What came back for the last presentation and nobody has read; an earlier answer waits for what becomes of that one. */
async function lastUnread(tx: Tx, ctx: Ctx, running: RenewalRow): Promise<AnswerRow | null> {
  const [newest] = await unreadOf(tx, ctx, running.id);
  return newest && tellsTheLast(newest, running, await countAnswers(tx, ctx, running.id)) ? newest : null;
}

/** Row 6, for a worker that is gone: what became of its presentation shows when the slots open. */
function waitForSlots(
  tx: Tx,
  ctx: Ctx,
  of: { grant: GrantRow; renewal: RenewalRow; job: { id: string; epoch: number } },
): Promise<'waiting'> {
  const unknownSince = of.renewal.unknownSince ?? of.renewal.sentAt;
  const facts = { lastIssuedAt: of.grant.issuedAt, unknownSince, candidates: 0, fruitless: 0 };
  const decision = decide(facts, { kind: 'lost' }, ctx.clock.now());
  if (decision.do !== 'ask_again') throw new Error('an unknown outcome waits');
  return wait(tx, ctx, of, decision);
}

async function jobOf(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  lease: { id: string; epoch: number; begunAt: Date },
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
    begunAt: lease.begunAt,
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
    const { reading, issuedAt } = await take(tx, ctx, job, answerId, otherwise);
    if (!grant || !renewal) return 'overtaken'; // fenced: the successor, if any, is a candidate for whoever decides now
    // What a fenced worker kept and did not come to read counts as well (row 12).
    for (const other of await unreadOf(tx, ctx, renewal.id)) await take(tx, ctx, job, other.id, otherwise);
    if (grant.custody !== 'renewing') {
      await settleRenewal(tx, ctx, job, 'overtaken');
      await shredCandidates(tx, ctx, renewal.id);
      return 'overtaken';
    }
    const facts = {
      lastIssuedAt: grant.issuedAt,
      unknownSince: renewal.unknownSince,
      // What was just issued in a success is no reason to wait for itself.
      candidates: (await countCandidates(tx, ctx, renewal.id)) - (reading.kind === 'issued' ? 1 : 0),
      fruitless: grant.fruitlessTries,
    };
    const decision = decide(facts, reading, ctx.clock.now());
    return carryOut(tx, ctx, { grant, renewal, job, issuedAt }, decision, reading);
  });
}

/** The reading of a kept answer. A successor in it becomes a candidate before anything is decided (rows 3 and 12). */
async function take(
  tx: Tx,
  ctx: Ctx,
  job: Job,
  answerId: string | null,
  otherwise: Reading,
): Promise<{ reading: Reading; issuedAt: Date | null }> {
  const row =
    answerId === null ? null : await tx.keptAnswer.findFirst({ where: { partnerId: ctx.partnerId, id: answerId } });
  const raw = row && (await readAnswer(tx, row));
  if (!row || !raw) return { reading: otherwise, issuedAt: null }; // nothing came, or it still waits in the spool
  const answer = readRefresh(raw.response, job.token, raw.complete);
  if (answer.kind !== 'issued' && answer.kind !== 'issued_in_refusal') {
    await shredAnswer(tx, ctx, row.id);
    return { reading: answer, issuedAt: null };
  }
  await makeCandidate(tx, ctx, row.id, answer.tokens);
  return { reading: answer, issuedAt: row.keptAt };
}

type Case = { grant: GrantRow; renewal: RenewalRow; job: Job; issuedAt: Date | null };

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
      const retryAt = decision.retryAt && decision.retryAt < renewUntil(of.grant.lapsesAt) ? decision.retryAt : null;
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
    accessExpiresAt: plus(keptAt, seconds(tokens.accessLifetimeSeconds)),
    sealedAt: ctx.clock.now(),
    lapsesAt,
    renewAt: renewFrom(keptAt, lapsesAt, grant.id),
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
