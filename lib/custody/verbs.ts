import { audit, type ParkedReason, record, type ShredReason } from '../audit/index.ts';
import { Prisma, type Tx } from '../db/index.ts';
import { plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import type { Secret } from '../kernel/secret.ts';
import { open } from '../vault/index.ts';
import { earliestClaim, freshUntil, lastClaim, nextDue } from './core/windows.ts';
import { plannedRenewal } from './renewals.ts';
import { tokenPlace } from './seal.ts';
import { findGrant, type GrantRow, lockConnectionOf, move } from './store.ts';
import { takeConnection } from './supersede.ts';

export type ClaimAnswer =
  | { kind: 'claimed' }
  | { kind: 'too_early'; from: Date }
  | { kind: 'window_over' }
  | { kind: 'not_sealed'; custody: string };

/** Whether the grant holds a pair whose access token still works for whoever gets it now. */
export const holdsFreshPair = (grant: GrantRow, now: Date): boolean =>
  grant.custody === 'sealed' && grant.accessToken !== null && now < freshUntil(grant);

/**
 * Takes a sealed grant for one handoff, or says why not. The guard is in the write, so of two claims one wins (H1). Only a
 * fresh pair may leave in the first 570 seconds: without its access token the recipient would be refused (T11).
 */
export async function claimGrant(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  what: 'pair' | 'token' = 'token',
): Promise<ClaimAnswer> {
  const now = ctx.clock.now();
  if (grant.custody !== 'sealed') return { kind: 'not_sealed', custody: grant.custody };
  const early = now < earliestClaim(grant.issuedAt) && !(what === 'pair' && holdsFreshPair(grant, now));
  if (early) return { kind: 'too_early', from: earliestClaim(grant.issuedAt) };
  if (now >= lastClaim(grant.lapsesAt)) return { kind: 'window_over' };
  const seen = { identity: { not: 'pending' } }; // what the partner expects, and the customer's yes, are judged by then
  if (await move(tx, ctx, grant.id, 'claimed', { dueAt: null }, seen)) return { kind: 'claimed' };
  return { kind: 'not_sealed', custody: (await findGrant(tx, ctx, grant.id))?.custody ?? 'unknown' };
}

const sealedAgain = async (tx: Tx, ctx: Ctx, grant: GrantRow) => ({
  dueAt: nextDue(ctx.clock.now(), grant.lapsesAt),
  renewAt: await plannedRenewal(tx, ctx, grant),
});

/** Gives a claimed grant back to custody because no byte of it left; its clock goes on where it was. */
export async function returnGrant(tx: Tx, ctx: Ctx, grantId: string): Promise<boolean> {
  const grant = await findGrant(tx, ctx, grantId);
  return (
    grant !== null && grant.custody === 'claimed' && move(tx, ctx, grantId, 'sealed', await sealedAgain(tx, ctx, grant))
  );
}

export type OpenedTokens = { refreshToken: Secret<string>; accessToken: Secret<string> | null };

/**
 * Opens a claimed grant's tokens for a handoff and gives custody up, in the caller's transaction: the opening rows say
 * who and for which handoff (design §8.13), and the move to `handed_over` wipes the sealed bytes. Null when the grant
 * is no longer claimed.
 */
export async function handOver(tx: Tx, ctx: Ctx, grantId: string, handoffId: string): Promise<OpenedTokens | null> {
  const grant = await findGrant(tx, ctx, grantId);
  if (!grant?.refreshToken) return null;
  const opened = async (sealed: Uint8Array, field: TokenField) => {
    await writeOpening(tx, ctx, grantId, handoffId, field);
    return open(tx, sealed, tokenPlace(ctx.partnerId, grantId, field, grant.generation));
  };
  const refreshToken = await opened(grant.refreshToken, 'refresh_token');
  const accessToken = grant.accessToken ? await opened(grant.accessToken, 'access_token') : null;
  return (await move(tx, ctx, grantId, 'handed_over')) ? { refreshToken, accessToken } : null;
}

type TokenField = 'refresh_token' | 'access_token';

const writeOpening = (tx: Tx, ctx: Ctx, grantId: string, handoffId: string, field: TokenField) =>
  tx.opening.create({
    data: {
      ...{ partnerId: ctx.partnerId, id: newId('opening'), grantId, handoffId, field },
      ...{ at: ctx.clock.now(), actorKind: ctx.actor.kind, actorId: ctx.actor.id },
    },
  });

/** Writes down what `handOver` opened when everything else it did was undone: opened it has been. */
export async function noteOpened(
  tx: Tx,
  ctx: Ctx,
  grantId: string,
  handoffId: string,
  { accessToken }: OpenedTokens,
): Promise<void> {
  await writeOpening(tx, ctx, grantId, handoffId, 'refresh_token');
  if (accessToken) await writeOpening(tx, ctx, grantId, handoffId, 'access_token');
}

/** The end of a delivered grant: nothing of it is left here but its hash and its times (H7). */
export async function shredGrant(
  tx: Tx,
  ctx: Ctx,
  grant: { id: string; connectionId: string },
  reason: ShredReason,
): Promise<void> {
  if (await move(tx, ctx, grant.id, 'shredded')) {
    await record(tx, ctx, 'grant.shredded', { connectionId: grant.connectionId }, { grant_id: grant.id, reason });
  }
}

/** Someone doubts a sealed grant: it waits for a member and cannot be claimed meanwhile. */
export async function parkGrant(
  tx: Tx,
  ctx: Ctx,
  grant: { id: string; connectionId: string },
  reason: ParkedReason,
): Promise<boolean> {
  if (!(await move(tx, ctx, grant.id, 'parked', { parkedReason: reason }))) return false;
  await record(tx, ctx, 'grant.parked', { connectionId: grant.connectionId }, { grant_id: grant.id, reason });
  return true;
}

/** A member accepts a parked grant, if its window is still open. */
export async function acceptGrant(tx: Tx, ctx: Ctx, grantId: string): Promise<boolean> {
  await lockConnectionOf(tx, ctx, grantId, 'UPDATE'); // of this and of bringing an older one back, one sees the other
  const grant = await findGrant(tx, ctx, grantId);
  return grant !== null && releaseGrant(tx, ctx, grant, { accepted: true });
}

/** Why what was parked is sealed again: a member accepted it, one more look saw nothing wrong, or the customer said yes. */
export type Release = { accepted: true } | { looked_again: true } | { confirmed: true };

/** Seals a parked grant again, if its window is still open. Under the lock of its connection (`lockConnectionOf`), whose place it takes. */
export async function releaseGrant(tx: Tx, ctx: Ctx, grant: GrantRow, how: Release): Promise<boolean> {
  if (grant.custody !== 'parked' || ctx.clock.now() >= grant.lapsesAt) return false;
  const still = { parkedReason: grant.parkedReason };
  if (!(await move(tx, ctx, grant.id, 'sealed', await sealedAgain(tx, ctx, grant), still))) return false;
  await takeConnection(tx, ctx, grant);
  await record(
    tx,
    ctx,
    'grant.sealed',
    { connectionId: grant.connectionId },
    { grant_id: grant.id, ...how, lapses_at: grant.lapsesAt.toISOString() },
  );
  return true;
}

/**
 * The customer says that the account is the right one; what was parked only because nobody had said so is sealed. Saying it
 * twice changes nothing, and it releases nothing that was parked for another reason.
 */
export async function confirmGrant(tx: Tx, ctx: Ctx, grantId: string): Promise<boolean> {
  await lockConnectionOf(tx, ctx, grantId, 'UPDATE');
  const { count } = await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id: grantId, confirmedAt: null, exactUser: { not: Prisma.DbNull } },
    data: { confirmedAt: ctx.clock.now() },
  });
  const grant = await findGrant(tx, ctx, grantId);
  if (count === 0 || !grant) return false;
  await audit(tx, ctx, 'grant.confirmed', { connectionId: grant.connectionId }, { grant_id: grantId });
  if (grant.parkedReason === 'not_confirmed') await releaseGrant(tx, ctx, grant, { confirmed: true });
  return true;
}

const mostLooks = 20;
/** An answer has to come while the token still works. */
const lookSpan = seconds(15);

/** Whether the first access token of a consent is here, and works long enough for an answer. */
export const isLookable = ({ custody, accessToken, generation, accessExpiresAt }: GrantRow, now: Date): boolean =>
  accessToken !== null &&
  generation === 0 &&
  (custody === 'sealed' || custody === 'parked') &&
  plus(now, lookSpan) < accessExpiresAt;

/**
 * Opens the first access token of a consent for one more look at whom and what it covers, while it works and its customer is
 * there (design §8.2: it serves the pre-flight only). The opening is on record before anyone can use it. Null when it works
 * no longer, is gone, or has been opened often enough.
 */
export async function openForLook(
  tx: Tx,
  ctx: Ctx,
  grantId: string,
  authorizationRequestId: string,
): Promise<Secret<string> | null> {
  const { partnerId } = ctx;
  const grant = await findGrant(tx, ctx, grantId);
  if (!grant?.accessToken || !isLookable(grant, ctx.clock.now())) return null;
  const looks = { partnerId, grantId, authorizationRequestId: { not: null } };
  if ((await tx.opening.count({ where: looks })) >= mostLooks) return null;
  await tx.opening.create({
    data: {
      ...{ partnerId, id: newId('opening'), grantId, authorizationRequestId, field: 'access_token' },
      ...{ at: ctx.clock.now(), actorKind: ctx.actor.kind, actorId: ctx.actor.id },
    },
  });
  return open(tx, grant.accessToken, tokenPlace(partnerId, grantId, 'access_token', grant.generation));
}

/** The customer withdraws, or a member declines: whatever is still held is shredded, by way of `parked`. */
export async function discardGrant(
  tx: Tx,
  ctx: Ctx,
  grant: { id: string; connectionId: string; custody: string },
  reason: Extract<ShredReason, 'declined' | 'customer_withdrew' | 'withdrawn'>,
): Promise<boolean> {
  if (grant.custody === 'sealed') await move(tx, ctx, grant.id, 'parked', { parkedReason: reason });
  if (!(await move(tx, ctx, grant.id, 'shredded', {}, { custody: 'parked' }))) return false;
  await record(tx, ctx, 'grant.shredded', { connectionId: grant.connectionId }, { grant_id: grant.id, reason });
  return true;
}
