import { readyToNote } from '../anchor/index.ts';
import { audit, record } from '../audit/index.ts';
import type { Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { type Sent, send } from '../http/index.ts';
import { type Clock, wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { refreshRequest } from '../providers/exact/refresh.ts';
import { operatorOrigins, originOf, type Registration } from '../providers/index.ts';
import { openClientSecret } from '../tenancy/index.ts';
import { open } from '../vault/index.ts';
import {
  type AnswerRow,
  answersOf,
  countCandidates,
  type Keeper,
  keepAnswer,
  keeperFor,
  shredCandidates,
  unreadOf,
} from './answers.ts';
import {
  beginning,
  endsAs,
  mayStillSend,
  type Occasion,
  type RenewalPorts,
  type RenewalResult,
  renewThrough,
  tellsTheLast,
} from './core/flow.ts';
import { decide } from './core/renewal.ts';
import { openRenewal, openRenewalOf, plannedRenewal, type RenewalRow, settleRenewal, takeOver } from './renewals.ts';
import { tokenPlace } from './seal.ts';
import { type Lease, lockGrant, settle, settleNow, wait } from './settle.ts';
import { type GrantRow, isWithdrawn, move } from './store.ts';

export type Job = Lease & {
  registration: Omit<Registration, 'redirectUri'>;
  keeper: Keeper;
  /** By the host's own time, which goes on while it sleeps. */
  begunAt: Date;
};

/**
 * Spends a sealed token for its successor: the one place where that happens (C-2). The intent is committed before a byte
 * leaves, the answer is durable before it is read, and a worker whose lease was taken over changes nothing any more.
 * Never throws away a successor; throws only when nothing was sent, or when an answer could be kept nowhere.
 */
export const renewGrant = (ctx: Ctx, grantId: string, occasion: Occasion = 'planned'): Promise<RenewalResult> =>
  renewThrough(renewalPorts(ctx, grantId, thisHost, occasion));

/** What a renewal has of its host: the time that goes on while a process stands still, and the way out. */
export type Host = { clock: Clock; send: typeof send };
const thisHost: Host = { clock: wallClock, send };

/** The steps of a renewal over Postgres and HTTP. */
export const renewalPorts = (
  ctx: Ctx,
  grantId: string,
  host: Host = thisHost,
  occasion: Occasion = 'planned',
): RenewalPorts<Job, Sent> => ({
  begin: async () => {
    await readyToNote();
    const begunAt = host.clock.now(); // before the lease starts to run
    return inTenant(ctx.partnerId, (tx) => begin(tx, ctx, grantId, begunAt, occasion));
  },
  present: (job) => present(ctx, host, job),
  keep: ({ keeper }, sent) => keepAnswer(keeper, ctx, sent),
  settle: (job, answerId, otherwise) => settle(ctx, job, answerId, otherwise),
});

/** Not sent at all by a worker that stood still for too long. */
async function present(ctx: Ctx, host: Host, { begunAt, registration, token }: Job): Promise<Sent> {
  if (!mayStillSend(begunAt, host.clock.now())) return { kind: 'unsent' };
  return host.send(refreshRequest(originOf(registration.site, ctx.sandbox), registration, token), operatorOrigins());
}

/** The intent, and everything that could fail before the request: no key, no readable token, no request (row 14). */
async function begin(
  tx: Tx,
  ctx: Ctx,
  grantId: string,
  begunAt: Date,
  occasion: Occasion,
): Promise<Job | RenewalResult> {
  const grant = await lockGrant(tx, ctx, grantId);
  if (!grant) return 'skipped';
  const running = await openRenewalOf(tx, ctx, grantId);
  if (running) return takeUp(tx, ctx, grant, running, begunAt);
  const optedOut = occasion === 'planned' && grant.renewAt !== null && !(await plannedRenewal(tx, ctx, grant));
  const first = optedOut ? 'forget' : beginning(grant, null, ctx.clock.now(), occasion);
  if (first === 'forget')
    await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: grantId }, data: { renewAt: null } });
  if (first !== 'open') return 'skipped';
  if (!(await move(tx, ctx, grantId, 'renewing', { dueAt: null, renewAt: null, spends: { increment: 1 } })))
    return 'skipped';
  return jobOf(tx, ctx, grant, await openRenewal(tx, ctx, grant), begunAt);
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
  const over = await isOver(tx, ctx, grant);
  const { leaseOver, dueAt, leaseUntil } = running;
  const found = { leaseOver, inFlight: leaseUntil !== null, dueAt, unread: unread !== null, over };
  const next = beginning(grant, found, ctx.clock.now());
  if (next === 'nothing') return 'skipped';
  const taken = await takeOver(tx, ctx, running, next === 'present');
  switch (next) {
    case 'close': // a newer consent ended the grant meanwhile
      await settleRenewal(tx, ctx, taken, 'overtaken');
      await shredCandidates(tx, ctx, running.id);
      return 'overtaken';
    case 'end':
      if (over === null) throw new Error('what ends is over');
      if (over === 'expired' && (await countCandidates(tx, ctx, running.id)) > 0)
        return settleNow(tx, ctx, await openedFor(tx, ctx, grant, taken, 'grant.answer_read'), null, {
          kind: 'dead',
          cause: over,
        });
      return endOver(tx, ctx, grant, taken, over);
    case 'wait':
      return waitForSlots(tx, ctx, grant, running, taken);
    case 'read':
      return settleNow(tx, ctx, await openedFor(tx, ctx, grant, taken, 'grant.answer_read'), unread?.id ?? null);
    default:
      await tx.grant.updateMany({
        where: { partnerId: ctx.partnerId, id: grant.id },
        data: { spends: { increment: 1 } },
      });
      return jobOf(tx, ctx, grant, taken, begunAt);
  }
}

/** What came back for the last presentation and nobody has read; an earlier answer waits for what becomes of that one. */
async function lastUnread(tx: Tx, ctx: Ctx, running: RenewalRow): Promise<AnswerRow | null> {
  const [newest] = await unreadOf(tx, ctx, running.id);
  return newest && tellsTheLast(newest, running, (await answersOf(tx, ctx, running.id)).length) ? newest : null;
}

/** Nothing is presented any more for a window that has closed, or for a customer who took the permission back. */
async function isOver(tx: Tx, ctx: Ctx, grant: GrantRow): Promise<'expired' | 'withdrawn' | null> {
  if (ctx.clock.now() >= grant.lapsesAt) return 'expired';
  return (await isWithdrawn(tx, ctx, grant.connectionId)) ? 'withdrawn' : null;
}

async function endOver(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  taken: { id: string; epoch: number },
  cause: 'expired' | 'withdrawn',
): Promise<'ended'> {
  await settleRenewal(tx, ctx, taken, endsAs(cause, true));
  await shredCandidates(tx, ctx, taken.id);
  if (await move(tx, ctx, grant.id, 'dead'))
    await record(tx, ctx, 'grant.dead', { connectionId: grant.connectionId }, { grant_id: grant.id, cause });
  return 'ended';
}

/** Row 6, for a worker that is gone: what became of its presentation shows when the slots open. */
function waitForSlots(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  renewal: RenewalRow,
  taken: { id: string; epoch: number },
): Promise<'waiting'> {
  const { sentAt } = renewal;
  const unknownSince = renewal.unknownSince ?? sentAt;
  const known = { candidates: 0, outrun: false, doubted: false, fruitless: 0 };
  const facts = { ...known, lastIssuedAt: grant.issuedAt, sentAt, unknownSince };
  const decision = decide(facts, { kind: 'lost' }, ctx.clock.now());
  if (decision.do !== 'ask_again') throw new Error('an unknown outcome waits');
  return wait(tx, ctx, { grant, renewal, lease: taken }, decision);
}

/** Opens the token that is, or was, presented; the rows say so (design §8.13). */
async function openedFor(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  { id, epoch }: { id: string; epoch: number },
  why: 'grant.presented' | 'grant.answer_read',
): Promise<Lease> {
  if (!grant.refreshToken) throw new Error('a grant that is renewed holds a token');
  await tx.opening.create({
    data: {
      partnerId: ctx.partnerId,
      id: newId('opening'),
      grantId: grant.id,
      renewalId: id,
      field: 'refresh_token',
      at: ctx.clock.now(),
      actorKind: ctx.actor.kind,
      actorId: ctx.actor.id,
    },
  });
  const facts = { grant_id: grant.id, renewal_id: id, epoch };
  await audit(tx, ctx, why, { connectionId: grant.connectionId }, facts);
  const place = tokenPlace(ctx.partnerId, grant.id, 'refresh_token', grant.generation);
  return { id, epoch, grantId: grant.id, token: await open(tx, grant.refreshToken, place) };
}

async function jobOf(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  lease: { id: string; epoch: number },
  begunAt: Date,
): Promise<Job> {
  const connection = await tx.connection.findFirstOrThrow({
    where: { partnerId: ctx.partnerId, id: grant.connectionId },
    select: { clientRegistrationId: true },
  });
  return {
    ...(await openedFor(tx, ctx, grant, lease, 'grant.presented')),
    registration: {
      site: grant.site as Site,
      clientId: grant.clientId,
      clientSecret: await openClientSecret(tx, ctx, connection.clientRegistrationId),
    },
    keeper: await keeperFor(tx, ctx, { renewalId: lease.id, epoch: lease.epoch }),
    begunAt,
  };
}
