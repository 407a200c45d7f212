import { type CancelReason, type RefusedAct, record } from '../audit/index.ts';
import {
  type Custody,
  claimGrant,
  exchangeFrom,
  freshUntil,
  type GrantRow,
  holdsFreshPair,
  newestGrant,
  redeemBefore,
  returnGrant,
  triesOf,
} from '../custody/index.ts';
import { inTenant, inTenantApart, type Tx } from '../db/index.ts';
import { earlier, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, type ErrorCode, notFound } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { chooseTarget, type Recipient, shortestRest, shortestWait, type TargetRow } from '../targets/index.ts';
import { findHandoff, type HandoffRow, moveHandoff, recipientOf } from './store.ts';

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

export type Claim = {
  connectionId: string;
  /** A target by its id or name; without it the built-in one. */
  target?: string | undefined;
  recipientKeyId?: string | undefined;
};

/**
 * Takes a connection's sealed credentials for one recipient (H1), whose key is fixed from here on. Of any number of claims
 * at once one wins: the guard is in the write and a unique index stands behind it. Throws not_found, too_early (with
 * `not_before`), window_over, already_claimed, not_claimable, needs_consent, and what `chooseTarget` answers.
 */
export async function claimHandoff(ctx: Ctx, input: Claim): Promise<HandoffRow> {
  const answer = await inTenant(ctx.partnerId, (tx) => claimIn(tx, ctx, input));
  if (answer instanceof AppError) {
    await noteRefusal(ctx, { connectionId: input.connectionId }, 'claim', answer.code);
    throw answer;
  }
  return answer;
}

const tooEarly = (from: Date, why: string) =>
  new AppError('too_early', why, { extra: { not_before: from.toISOString() } });

const lastFor = (target: TargetRow, lapsesAt: Date): Date => plus(lapsesAt, -seconds(target.latestSeconds));

/** What a target asks of a sealed grant beyond everyone's window, which custody guards. */
function outsideTerms(ctx: Ctx, { custody, issuedAt, lapsesAt }: GrantRow, target: TargetRow): AppError | null {
  if (custody !== 'sealed') return null;
  const now = ctx.clock.now();
  const opens = plus(issuedAt, seconds(target.earliestSeconds));
  if (target.earliestSeconds > shortestWait && now < opens)
    return tooEarly(opens, 'This target takes a token only later after its issue.');
  if (target.latestSeconds > shortestRest && now >= lastFor(target, lapsesAt))
    return new AppError('window_over', 'The time in which this target takes a token is over.');
  return null;
}

type Claimable = { grant: GrantRow; recipient: Recipient };

/** What a claim would take and for whom, or why it is refused; nothing is written. */
export async function findClaimable(tx: Tx, ctx: Ctx, input: Claim): Promise<Claimable | AppError> {
  const { partnerId } = ctx;
  const { connectionId } = input;
  const known = await tx.connection.findFirst({
    where: { partnerId, id: connectionId },
    select: { id: true, withdrawnAt: true },
  });
  if (!known) return notFound();
  const recipient = await chooseTarget(tx, ctx, input);
  if (recipient instanceof AppError) return recipient;
  if (known.withdrawnAt) return new AppError('needs_consent', 'The customer has withdrawn this permission.');
  if (await isBeingAsked(tx, ctx, connectionId)) {
    const why = 'A newer consent of this customer is being settled, and may end the older one; try again in a moment.';
    return new AppError('not_claimable', why, { extra: { retry_after: 120 } });
  }
  const grant = await newestGrant(tx, ctx, connectionId);
  if (!grant) return new AppError('needs_consent', 'The customer has not connected yet.');
  if (grant.identity === 'pending' && grant.custody === 'sealed') {
    const why = 'Who gave this consent is being looked at; try again in a moment.';
    return new AppError('not_claimable', why, { extra: { retry_after: 5 } });
  }
  const off = outsideTerms(ctx, grant, recipient.target);
  return off ?? { grant, recipient };
}

/** Why a target that hands out fresh pairs gets none now: there is none, and one has to be asked for first. */
export async function lacksFreshPair(tx: Tx, ctx: Ctx, { grant, recipient }: Claimable): Promise<AppError | null> {
  const now = ctx.clock.now();
  if (!recipient.target.freshPair || grant.custody !== 'sealed' || holdsFreshPair(grant, now)) return null;
  const from = exchangeFrom(grant.issuedAt, await triesOf(tx, ctx, grant.id));
  if (now < from) return tooEarly(from, 'Exact Online would give no new pair of tokens before that.');
  return new AppError('not_claimable', 'There is no fresh pair of tokens yet; try again.', {
    extra: { retry_after: 5 },
  });
}

/** Claims within a transaction that runs. A refusal is answered, and nothing has changed. */
export async function claimIn(tx: Tx, ctx: Ctx, input: Claim): Promise<HandoffRow | AppError> {
  const found = await findClaimable(tx, ctx, input);
  if (found instanceof AppError) return found;
  const lacking = await lacksFreshPair(tx, ctx, found);
  if (lacking) return lacking;
  const { grant, recipient } = found;
  const claim = await claimGrant(tx, ctx, grant, recipient.target.freshPair ? 'pair' : 'token');
  if (claim.kind === 'not_sealed') {
    const [code, message] = refusals[claim.custody as Exclude<Custody, 'sealed'>] ?? refusals.claimed;
    // A renewal settles within seconds, or within minutes when its answer was lost (C-2 row 18).
    return new AppError(code, message, claim.custody === 'renewing' ? { extra: { retry_after: 60 } } : {});
  }
  if (claim.kind === 'too_early')
    return tooEarly(
      claim.from,
      'Exact Online would refuse this token now: it was issued less than 9 minutes and 30 seconds ago.',
    );
  if (claim.kind === 'window_over')
    return new AppError('window_over', 'Less than an hour of the 30 days is left; the customer has to connect again.');
  return keepClaim(tx, ctx, grant, recipient);
}

/** What is pushed is due at once, or as soon as a second member has agreed. */
const firstPush = ({ fourEyes }: TargetRow, now: Date) =>
  fourEyes ? { pushTries: 0, pushDueAt: null, pushProblem: 'approval_needed' } : { pushTries: 0, pushDueAt: now };

async function keepClaim(tx: Tx, ctx: Ctx, grant: GrantRow, { target, key }: Recipient): Promise<HandoffRow> {
  const now = ctx.clock.now();
  const untilThen = earlier(redeemBefore(now, grant.lapsesAt), lastFor(target, grant.lapsesAt));
  const before = target.freshPair ? earlier(untilThen, freshUntil(grant)) : untilThen;
  const row = await tx.handoff.create({
    data: {
      partnerId: ctx.partnerId,
      id: newId('handoff'),
      connectionId: grant.connectionId,
      grantId: grant.id,
      status: 'claimed',
      target: target.name,
      targetId: target.id,
      recipientKeyId: key?.id ?? null,
      recipientThumbprint: key?.thumbprint ?? null,
      freshPair: target.freshPair,
      fourEyes: target.fourEyes,
      fileFormat: target.fileFormat,
      claimedByKind: ctx.actor.kind,
      claimedById: ctx.actor.id,
      claimedAt: now,
      redeemBefore: before,
      dueAt: before,
      ...(target.kind === 'push' ? firstPush(target, now) : {}),
      tokenFingerprint: grant.tokenFingerprint,
    },
  });
  await record(
    tx,
    ctx,
    'handoff.claimed',
    { connectionId: grant.connectionId },
    {
      ...{ handoff_id: row.id, grant_id: grant.id, ...recipientOf(row), redeem_before: before.toISOString() },
      ...(row.freshPair ? { fresh_pair: true } : {}),
      ...(row.fourEyes ? { four_eyes: true } : {}),
    },
  );
  return row;
}

/** Whether a code of this connection is on its way: until its outcome is known, nobody can say which chain lives (T14). */
const isBeingAsked = async (tx: Tx, ctx: Ctx, connectionId: string): Promise<boolean> =>
  (await tx.authorizationRequest.count({
    where: { partnerId: ctx.partnerId, connectionId, answeredAt: { not: null }, settledAt: null, dueAt: { not: null } },
  })) > 0;

type Refused = { connectionId?: string; handoffId?: string; bulkClaimId?: string };

/**
 * A refusal as an event of whoever asked, in the transaction that keeps its code. What was asked for and is not this
 * partner's is not named.
 */
export async function recordRefusal(tx: Tx, ctx: Ctx, about: Refused, act: RefusedAct, code: ErrorCode): Promise<void> {
  const { connectionId, handoffId, bulkClaimId } = about;
  const own =
    connectionId && (await tx.connection.count({ where: { partnerId: ctx.partnerId, id: connectionId } })) > 0;
  await record(tx, ctx, 'handoff.refused', own ? { connectionId } : {}, {
    act,
    code,
    ...(handoffId && code !== 'not_found' ? { handoff_id: handoffId } : {}),
    ...(bulkClaimId ? { bulk_claim_id: bulkClaimId } : {}),
  });
}

/** A refusal is an event of its own, in a transaction of its own: what was refused changed nothing else. */
export const noteRefusal = (ctx: Ctx, about: Refused, act: RefusedAct, code: ErrorCode): Promise<void> =>
  inTenantApart(ctx.partnerId, (tx) => recordRefusal(tx, ctx, about, act, code));

/** Gives a claim back while no byte has left (H6). Throws not_found, not_cancellable. */
export async function cancelHandoff(ctx: Ctx, id: string, reason: CancelReason = 'cancelled'): Promise<void> {
  const refused = await inTenant(ctx.partnerId, (tx) => cancelIn(tx, ctx, id, reason));
  if (!refused) return;
  await noteRefusal(ctx, { handoffId: id }, 'cancel', refused.code);
  throw refused;
}

async function cancelIn(tx: Tx, ctx: Ctx, id: string, reason: CancelReason): Promise<AppError | null> {
  const handoff = await findHandoff(tx, ctx, id);
  if (!handoff) return notFound();
  if (handoff.status === 'cancelled')
    return new AppError('not_cancellable', 'This handoff has been cancelled already.');
  if (await giveBack(tx, ctx, handoff, reason)) return null;
  return new AppError('not_cancellable', 'The credentials have left already; report the outcome instead.');
}

/** Ends a claim with no byte out, and gives its grant back into custody, its clock where it was. False when it has left or ended. */
export async function giveBack(
  tx: Tx,
  ctx: Ctx,
  { id, grantId, connectionId }: HandoffRow,
  reason: CancelReason,
  more: Record<string, string> = {},
  still: Parameters<typeof moveHandoff>[5] = {},
): Promise<boolean> {
  if (!(await moveHandoff(tx, ctx, id, 'cancelled', { outcomeCode: reason }, still))) return false;
  await returnGrant(tx, ctx, grantId);
  await record(tx, ctx, 'handoff.cancelled', { connectionId }, { handoff_id: id, reason, ...more });
  return true;
}
