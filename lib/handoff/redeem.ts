import { noteDelivered, readyToNote } from '../anchor/index.ts';
import { record } from '../audit/index.ts';
import { confirmBefore, findGrant, handOver, noteOpened } from '../custody/index.ts';
import { inTenant, inTenantApart, onceCommitted, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { sha256 } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';
import { recipientStill } from '../targets/index.ts';
import { openClientSecret } from '../tenancy/index.ts';
import { open, seal } from '../vault/index.ts';
import { answerText, type Delivery, unopened, unwritable } from './answer.ts';
import { needsApproval } from './approve.ts';
import { noteRefusal } from './claim.ts';
import { findHandoff, type HandoffRow, isPushed, moveHandoff, recipientOf } from './store.ts';

const envelopePlace = (ctx: Ctx, handoffId: string) =>
  ({ purpose: 'envelope', partnerId: ctx.partnerId, recordId: handoffId, field: 'envelope' }) as const;

/**
 * Who may hear the same answer again: the same credential, with the same Idempotency-Key (design §8.7). Without a key the
 * same credential, as long as the answer has not been told (`tellOnce`).
 */
function redeemerOf(ctx: Ctx, idempotencyKey: string | null): Uint8Array<ArrayBuffer> {
  const session = ctx.actor.kind === 'member' ? ctx.actor.sessionHash : '';
  return sha256(JSON.stringify([ctx.actor.kind, ctx.actor.id, session, idempotencyKey]));
}

/** A claim binds its redeemer: the API key that claimed, or any session of the member that did. */
const isClaimer = (ctx: Ctx, handoff: HandoffRow) =>
  handoff.claimedByKind === ctx.actor.kind && handoff.claimedById === ctx.actor.id;

/** Why a claim that stands cannot leave at this moment, to whoever fetches it or is brought it. */
function refusedNow(ctx: Ctx, handoff: HandoffRow): AppError | null {
  if (ctx.clock.now() >= handoff.redeemBefore)
    return new AppError('window_over', 'The time to redeem this claim ran out; the grant goes back into custody.');
  if (needsApproval(handoff))
    return new AppError('approval_needed', 'A second member has to agree in the console before this can be redeemed.');
  return null;
}

type Answer = Secret<string> | AppError;

/**
 * Delivers a claimed handoff: the JSON text of the bundle, of `{file}` where the claim's target makes one, or of `{bundle}`
 * with a JWE of either where the claim fixed a recipient key. Point of no return: custody is given up in the transaction that opens the token, and the bytes are told
 * only after it is durable. A lost answer can be heard again by the same credential with the same Idempotency-Key, byte for
 * byte, until the outcome is confirmed (H4); without a key it is told once, and may be asked for again until then. Anyone
 * else, and any other key, is refused and noted (H5). Throws not_found, already_redeemed, not_redeemable, window_over,
 * recipient_key_retired, approval_needed, file_refused; unavailable while the journal outside the database cannot be written, without which a restore could
 * deliver it twice (C-2 row 19).
 */
export async function redeemHandoff(
  ctx: Ctx,
  handoffId: string,
  idempotencyKey: string | null,
): Promise<Secret<string>> {
  await readyToNote();
  const attempt = () =>
    inTenant(ctx.partnerId, (tx) => redeemIn(tx, ctx, handoffId, idempotencyKey)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'file_refused') return error;
      throw error;
    });
  let answer = await attempt();
  if (answer === 'lost_race') answer = await attempt(); // the winner may have been ourselves, asking twice at once
  let settled: Answer = answer === 'lost_race' ? alreadyRedeemed() : answer;
  if (settled instanceof Secret && idempotencyKey === null && !(await tellOnce(ctx, handoffId)))
    settled = alreadyRedeemed();
  if (settled instanceof AppError) {
    await noteRefusal(ctx, { handoffId }, 'redeem', settled.code);
    throw settled;
  }
  return settled;
}

const alreadyRedeemed = () =>
  new AppError('already_redeemed', 'This handoff has been redeemed; its credentials leave once.');

/**
 * Ends the time in which an answer without a key may be heard, before its bytes leave; false when another telling of it was
 * quicker. Until here it counts as untold: what the journal would not take, and a process that ended, can be asked for again.
 */
async function tellOnce(ctx: Ctx, handoffId: string): Promise<boolean> {
  const { partnerId } = ctx;
  const { count } = await inTenant(partnerId, (tx) =>
    tx.handoff.updateMany({
      where: { partnerId, id: handoffId, status: 'delivered', redeemerHash: redeemerOf(ctx, null) },
      data: { redeemerHash: null },
    }),
  );
  return count === 1;
}

async function redeemIn(
  tx: Tx,
  ctx: Ctx,
  handoffId: string,
  idempotencyKey: string | null,
): Promise<Answer | 'lost_race'> {
  const handoff = await findHandoff(tx, ctx, handoffId);
  if (!handoff) return notFound();
  if (isPushed(handoff))
    return new AppError('not_redeemable', 'This handoff is pushed to its target; nobody can fetch it.');
  if (handoff.status === 'delivered') return repeat(tx, ctx, handoff, idempotencyKey);
  if (handoff.status === 'cancelled')
    return new AppError('not_redeemable', 'This handoff was cancelled, or its time to redeem ran out.');
  if (handoff.status !== 'claimed') return alreadyRedeemed();
  if (!isClaimer(ctx, handoff))
    return new AppError('not_redeemable', 'Only the credential that claimed this handoff can redeem it.');
  return refusedNow(ctx, handoff) ?? deliver(tx, ctx, handoff, idempotencyKey);
}

/**
 * What is sent for a claim that is pushed, in the caller's transaction: the first time custody is given up, as by a
 * redemption; from then on it is the same bytes, until the confirm window ends (H3, H4). `lost_race` when somebody was quicker.
 */
export async function redeemForPush(tx: Tx, ctx: Ctx, handoff: HandoffRow): Promise<Answer | 'lost_race'> {
  if (handoff.status === 'delivered') return repeat(tx, ctx, handoff, handoff.id);
  return refusedNow(ctx, handoff) ?? deliver(tx, ctx, handoff, handoff.id);
}

async function repeat(tx: Tx, ctx: Ctx, handoff: HandoffRow, idempotencyKey: string | null): Promise<Answer> {
  const same =
    handoff.redeemerHash !== null && Buffer.from(handoff.redeemerHash).equals(redeemerOf(ctx, idempotencyKey));
  const inTime = handoff.confirmBefore !== null && ctx.clock.now() < handoff.confirmBefore; // the sweep follows (H8)
  if (!same || !inTime || !handoff.envelope) return alreadyRedeemed();
  onceCommitted(tx, () => noteDelivered(ctx.partnerId, handoff.grantId));
  return open(tx, handoff.envelope, envelopePlace(ctx, handoff.id));
}

async function deliver(
  tx: Tx,
  ctx: Ctx,
  handoff: HandoffRow,
  idempotencyKey: string | null,
): Promise<Answer | 'lost_race'> {
  const { partnerId } = ctx;
  const now = ctx.clock.now();
  // The row is ours from here on; a second redeemer waits for the lock, then finds it delivered.
  const [locked] = await tx.$queryRaw<
    { status: string }[]
  >`SELECT status FROM handoff WHERE partner_id = ${partnerId} AND id = ${handoff.id} FOR UPDATE`;
  if (locked?.status !== 'claimed') return 'lost_race';
  await tx.$executeRaw`SELECT 1 FROM connection WHERE partner_id = ${partnerId} AND id = ${handoff.connectionId} FOR SHARE`; // a withdrawal under way is waited for
  const grant = await findGrant(tx, ctx, handoff.grantId);
  const connection = await connectionOf(tx, ctx, handoff.connectionId);
  if (!grant || !connection) throw notFound();
  if (connection.withdrawnAt) return new AppError('not_redeemable', 'The customer has withdrawn this permission.');
  const key = handoff.recipientKeyId ? await recipientStill(tx, ctx, handoff.recipientKeyId) : null;
  if (key instanceof AppError) return key;
  const clientSecret = await openClientSecret(tx, ctx, connection.clientRegistrationId);
  const before = { handoff, grant, customer: connection.customer, clientSecret, tokens: unopened };
  const flaw = unwritable(before);
  if (flaw) return flaw;
  const tokens = await handOver(tx, ctx, grant.id, handoff.id);
  if (!tokens) return new AppError('not_redeemable', 'The grant behind this handoff is no longer held.');
  const delivery = { ...before, tokens };
  await undoUnlessWritable(ctx, delivery);
  const text = await answerText(delivery, key);
  const confirmBy = confirmBefore(now);
  await moveHandoff(tx, ctx, handoff.id, 'delivered', {
    deliveredAt: now,
    confirmBefore: confirmBy,
    dueAt: confirmBy,
    redeemerHash: redeemerOf(ctx, idempotencyKey),
    envelope: await seal(tx, text, envelopePlace(ctx, handoff.id)),
  });
  await record(
    tx,
    ctx,
    'handoff.delivered',
    { connectionId: handoff.connectionId },
    {
      handoff_id: handoff.id,
      grant_id: grant.id,
      ...recipientOf(handoff),
      confirm_before: confirmBy.toISOString(),
    },
  );
  return text;
}

async function connectionOf(tx: Tx, { partnerId }: Ctx, id: string) {
  const connection = await tx.connection.findFirst({
    where: { partnerId, id },
    select: { clientRegistrationId: true, customerId: true, withdrawnAt: true },
  });
  const customer = connection && (await tx.customer.findFirst({ where: { partnerId, id: connection.customerId } }));
  return customer && { ...connection, customer };
}

/**
 * A token that its file cannot hold is known only once it is opened: the refusal undoes the delivery, and what was opened is
 * written apart, so that a later receipt counts it.
 */
async function undoUnlessWritable(ctx: Ctx, delivery: Delivery): Promise<void> {
  const flaw = unwritable(delivery);
  if (!flaw) return;
  const { handoff, grant, tokens } = delivery;
  await inTenantApart(ctx.partnerId, (tx) => noteOpened(tx, ctx, grant.id, handoff.id, tokens));
  throw flaw;
}
