import { readyToNote } from '../anchor/index.ts';
import { audit } from '../audit/index.ts';
import { config } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { knock, post, type Sent } from '../http/index.ts';
import { type Clock, plus, seconds, wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { fingerprint } from '../kernel/hash.ts';
import type { Secret } from '../kernel/secret.ts';
import { archiveTarget, findTarget, openPushSecrets, type TargetRow, targetArchived } from '../targets/index.ts';
import { noteRefusal } from './claim.ts';
import { confirmHandoff } from './confirm.ts';
import { nextKnock, nextTry, type PushReading, readPushAnswer } from './core/push.ts';
import { redeemForPush } from './redeem.ts';
import { signedHeaders } from './signature.ts';
import { findHandoff, type HandoffRow } from './store.ts';

/** What a push has of its host: the time the endpoint lives in, and the way out. */
export type PushHost = { clock: Clock; knock: typeof knock; post: typeof post };
const thisHost: PushHost = { clock: wallClock, knock, post };

/** Longer than a knock, the transactions and a try take; what is not settled by then has lost its worker. */
const patienceSeconds = 60;

type Job = { handoff: HandoffRow; target: TargetRow; url: string };
/** What leaves, and the count of the try it leaves in. */
type Envelope = { text: Secret<string>; secrets: Secret<string>[]; tries: number };

/**
 * Brings a claim to its target's endpoint, one try. While the endpoint cannot be dialled, nothing has left and the claim can
 * be cancelled. Point of no return: custody is given up in the transaction of the first try, before the first byte (H3);
 * from then on the same bytes are sent until the endpoint names their hash, within the confirm window (H4). Cut off at any
 * point it is taken up a minute later; the same bytes under the same `webhook-id` may arrive twice. No transaction is held
 * while the endpoint is waited for.
 */
export async function pushHandoff(ctx: Ctx, handoffId: string, host: PushHost = thisHost): Promise<void> {
  const pushing: Ctx = { ...ctx, actor: { kind: 'system', id: 'push' } };
  const job = await inTenant(ctx.partnerId, (tx) => take(tx, pushing, handoffId));
  if (!job) return;
  if (job.handoff.status === 'claimed' && !job.target.archivedAt) {
    const fault = await host.knock(job.url, config().pushOrigins);
    if (fault) return waitUnsent(pushing, job, fault, nextKnock(job.handoff.claimedAt, pushing.clock.now()));
  }
  await readyToNote();
  const envelope = await inTenant(ctx.partnerId, (tx) => seize(tx, pushing, job));
  if (envelope === 'lost_race') return;
  if (envelope instanceof AppError) {
    await waitUnsent(pushing, job, envelope.code, null);
    return noteRefusal(pushing, { handoffId }, 'push', envelope.code);
  }
  await settle(pushing, job, envelope.tries, await present(job, envelope, host));
}

/** Takes a due push for a minute. One whose handoff has ended, or whose time is over, is not due any more. */
async function take(tx: Tx, ctx: Ctx, id: string): Promise<Job | null> {
  const { partnerId } = ctx;
  const now = ctx.clock.now();
  const due = { partnerId, id, pushDueAt: { lte: now } };
  const { count } = await tx.handoff.updateMany({
    where: {
      ...due,
      OR: [
        { status: 'claimed', redeemBefore: { gt: now } },
        { status: 'delivered', confirmBefore: { gt: now } },
      ],
    },
    data: { pushDueAt: plus(now, seconds(patienceSeconds)) },
  });
  if (count === 0) await tx.handoff.updateMany({ where: due, data: { pushDueAt: null } });
  const handoff = count === 1 ? await findHandoff(tx, ctx, id) : null;
  const target = handoff?.targetId ? await findTarget(tx, ctx, handoff.targetId) : null;
  return handoff && target?.pushUrl ? { handoff, target, url: target.pushUrl } : null;
}

/** Everything a try needs, in one transaction; of a claim whose target was archived nothing leaves. */
async function seize(tx: Tx, ctx: Ctx, { handoff: { id }, target }: Job): Promise<Envelope | AppError | 'lost_race'> {
  const { partnerId } = ctx;
  const handoff = await findHandoff(tx, ctx, id);
  if (handoff?.status !== 'claimed' && handoff?.status !== 'delivered') return 'lost_race'; // cancelled or told meanwhile
  const now = await findTarget(tx, ctx, target.id);
  if (handoff.status === 'claimed' && now?.archivedAt) return targetArchived();
  const text = await redeemForPush(tx, ctx, handoff);
  if (text === 'lost_race' || text instanceof AppError) return text;
  const secrets = await openPushSecrets(tx, ctx, target.id);
  await tx.handoff.updateMany({ where: { partnerId, id }, data: { pushTries: { increment: 1 } } });
  const counted = await findHandoff(tx, ctx, id);
  return { text, secrets, tries: counted?.pushTries ?? 0 };
}

/** The answer, or what there is of it; one that broke off says nothing. */
const answerOf = (sent: Sent) => (sent.kind === 'answered' ? sent.response : null);

async function present({ handoff: { id }, url }: Job, envelope: Envelope, host: PushHost): Promise<PushReading> {
  const body = envelope.text.reveal();
  const at = host.clock.now();
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Waxseal',
    ...signedHeaders(envelope.secrets, { id, at, body }),
  };
  const sent = await host.post({ url, headers, body }, config().pushOrigins);
  if (sent.kind === 'unsent') return { kind: 'failed', problem: 'unreachable', retryAfterSeconds: null };
  return readPushAnswer(answerOf(sent), fingerprint(body), host.clock.now());
}

/** Nothing has left, and why. Told in the record once for each reason. */
async function waitUnsent(ctx: Ctx, { handoff }: Job, problem: string, dueAt: Date | null): Promise<void> {
  const { partnerId } = ctx;
  const { id, connectionId, pushProblem } = handoff;
  await inTenant(partnerId, async (tx) => {
    const { count } = await tx.handoff.updateMany({
      where: { partnerId, id, status: 'claimed' },
      data: { pushProblem: problem, pushDueAt: dueAt },
    });
    if (count === 1 && pushProblem !== problem)
      await audit(tx, ctx, 'handoff.push_failed', { connectionId }, { handoff_id: id, tries: 0, problem });
  });
}

/** What a try came to. One that was overtaken by a later try decides nothing, unless it was confirmed. */
async function settle(ctx: Ctx, { handoff, target }: Job, tries: number, reading: PushReading): Promise<void> {
  const { partnerId } = ctx;
  const { id, connectionId } = handoff;
  if (reading.kind === 'confirmed') return confirm(ctx, id);
  const { problem } = reading;
  await inTenant(partnerId, async (tx) => {
    const now = await findHandoff(tx, ctx, id);
    const { count } = await tx.handoff.updateMany({
      where: { partnerId, id, status: 'delivered', pushTries: tries },
      data: { pushProblem: problem, pushDueAt: nextOf(ctx, now, reading) },
    });
    if (count !== 1) return;
    await audit(tx, ctx, 'handoff.push_failed', { connectionId }, { handoff_id: id, tries, problem });
    if (reading.kind === 'gone') await archiveTarget(ctx, target.id, 'endpoint_gone');
  });
}

/** The partner may have told another outcome meanwhile; theirs stands, and that this one came is on record. */
async function confirm(ctx: Ctx, id: string): Promise<void> {
  await confirmHandoff(ctx, id, { outcome: 'accepted' }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
}

function nextOf(ctx: Ctx, handoff: HandoffRow | null, reading: PushReading): Date | null {
  if (reading.kind !== 'failed' || !handoff?.deliveredAt) return null;
  return nextTry(handoff.id, handoff.deliveredAt, ctx.clock.now(), reading.retryAfterSeconds);
}
