import { record } from '../audit/index.ts';
import { type Custody, claimGrant, newestGrant, redeemBefore, returnGrant } from '../custody/index.ts';
import { inTenant, inTenantApart, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, type ErrorCode, notFound } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { findHandoff, type HandoffRow, moveHandoff } from './store.ts';

const refusals: Record<Exclude<Custody, 'sealed'>, [ErrorCode, string]> = {
  claimed: ['already_claimed', 'This connection is claimed already; only the holder of that handoff can redeem it.'],
  handed_over: ['already_claimed', 'The credentials of this connection have been handed over already.'],
  shredded: [
    'needs_consent',
    'What this connection held has been handed over or destroyed; the customer has to connect again.',
  ],
  parked: ['not_claimable', 'The consent is parked: a member has to accept it first, or ask the customer again.'],
  renewing: ['not_claimable', 'The grant is being renewed; try again in a few minutes.'],
  lapsed: ['needs_consent', 'The 30 days are over; the customer has to connect again.'],
  superseded: ['needs_consent', "A newer consent took this one's place; the customer has to connect again."],
  dead: ['needs_consent', 'The provider refused this consent; the customer has to connect again.'],
};

/**
 * Takes a connection's sealed credentials for one recipient (H1). Of any number of claims at once one wins: the guard
 * is in the write and a unique index stands behind it. Throws not_found, too_early (with `not_before`), window_over,
 * already_claimed, not_claimable, needs_consent.
 */
export async function claimHandoff(
  ctx: Ctx,
  input: { connectionId: string; target?: string | undefined },
): Promise<HandoffRow> {
  const answer = await inTenant(ctx.partnerId, (tx) => claimIn(tx, ctx, input));
  if (answer instanceof AppError) {
    await noteRefusal(ctx, { connectionId: input.connectionId }, 'claim', answer.code);
    throw answer;
  }
  return answer;
}

async function claimIn(
  tx: Tx,
  ctx: Ctx,
  input: { connectionId: string; target?: string | undefined },
): Promise<HandoffRow | AppError> {
  const { partnerId } = ctx;
  const { connectionId } = input;
  const known = await tx.connection.findFirst({
    where: { partnerId, id: connectionId },
    select: { id: true, withdrawnAt: true },
  });
  if (!known) throw notFound();
  if (known.withdrawnAt) return new AppError('needs_consent', 'The customer has withdrawn this permission.');
  if (await isBeingAsked(tx, ctx, connectionId)) {
    const why = 'A newer consent of this customer is being settled, and may end the older one; try again in a moment.';
    return new AppError('not_claimable', why, { extra: { retry_after: 120 } });
  }
  const grant = await newestGrant(tx, ctx, connectionId);
  if (!grant) return new AppError('needs_consent', 'The customer has not connected yet.');
  const claim = await claimGrant(tx, ctx, grant);
  if (claim.kind === 'not_sealed') {
    const [code, message] = refusals[claim.custody as Exclude<Custody, 'sealed'>] ?? refusals.claimed;
    // A renewal settles within seconds, or within minutes when its answer was lost (C-2 row 18).
    return new AppError(code, message, claim.custody === 'renewing' ? { extra: { retry_after: 60 } } : {});
  }
  if (claim.kind === 'too_early') {
    return new AppError(
      'too_early',
      'Exact Online would refuse this token now: it was issued less than 9 minutes and 30 seconds ago.',
      {
        extra: { not_before: claim.from.toISOString() },
      },
    );
  }
  if (claim.kind === 'window_over')
    return new AppError('window_over', 'Less than an hour of the 30 days is left; the customer has to connect again.');
  const now = ctx.clock.now();
  const before = redeemBefore(now, grant.lapsesAt);
  const id = newId('handoff');
  const row = await tx.handoff.create({
    data: {
      partnerId,
      id,
      connectionId,
      grantId: grant.id,
      status: 'claimed',
      target: input.target ?? 'redeem',
      claimedByKind: ctx.actor.kind,
      claimedById: ctx.actor.id,
      claimedAt: now,
      redeemBefore: before,
      dueAt: before,
      tokenFingerprint: grant.tokenFingerprint,
    },
  });
  await record(
    tx,
    ctx,
    'handoff.claimed',
    { connectionId },
    { handoff_id: id, grant_id: grant.id, target: row.target, redeem_before: before.toISOString() },
  );
  return row;
}

/** Whether a code of this connection is on its way: until its outcome is known, nobody can say which chain lives (T14). */
const isBeingAsked = async (tx: Tx, ctx: Ctx, connectionId: string): Promise<boolean> =>
  (await tx.authorizationRequest.count({
    where: { partnerId: ctx.partnerId, connectionId, answeredAt: { not: null }, settledAt: null, dueAt: { not: null } },
  })) > 0;

/** A refusal is an event of its own, in a transaction of its own: what was refused changed nothing else. */
export async function noteRefusal(
  ctx: Ctx,
  about: { connectionId?: string; handoffId?: string },
  act: string,
  code: string,
): Promise<void> {
  await inTenantApart(ctx.partnerId, (tx) =>
    record(tx, ctx, 'handoff.refused', about.connectionId ? { connectionId: about.connectionId } : {}, {
      act,
      code,
      ...(about.handoffId ? { handoff_id: about.handoffId } : {}),
    }),
  );
}

/** Gives a claim back while no byte has left (H6). Throws not_found, not_cancellable. */
export async function cancelHandoff(ctx: Ctx, id: string, reason = 'cancelled'): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const handoff = await findHandoff(tx, ctx, id);
    if (!handoff) throw notFound();
    if (handoff.status === 'cancelled')
      throw new AppError('not_cancellable', 'This handoff has been cancelled already.');
    if (!(await moveHandoff(tx, ctx, id, 'cancelled', { outcomeCode: reason }))) {
      throw new AppError('not_cancellable', 'The credentials have left already; report the outcome instead.');
    }
    await returnGrant(tx, ctx, handoff.grantId);
    await record(tx, ctx, 'handoff.cancelled', { connectionId: handoff.connectionId }, { handoff_id: id, reason });
  });
}
