import { type CancelReason, record } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { type Custody, holdsToken } from './core/custody.ts';
import { consentOf, findGrant, type GrantRow, move, relatedGrants } from './store.ts';

/** One order for all: two consents of the same millisecond must not each take the other for the older one. */
function compareAge(a: GrantRow, b: GrantRow): number {
  return (
    consentOf(a).getTime() - consentOf(b).getTime() ||
    a.sealedAt.getTime() - b.sealedAt.getTime() ||
    (a.id < b.id ? -1 : 1)
  );
}

const isOnChain = ({ exactUserIndex }: GrantRow, index: Uint8Array | null): boolean =>
  index !== null && exactUserIndex !== null && Buffer.from(exactUserIndex).equals(index);

/**
 * A newer consent ends older chains of the same Exact user on the same client ID, whichever customer they belong to
 * (T14), and takes the place of what its own connection held, unless it is itself in doubt (`fits` false): then what
 * another user gave before stays. `index` is the blind index of user and client ID, null when the identity is unknown:
 * then nothing is ended on a guess. Returns the grant that is newer than this one, if the order turns out to be the
 * other way round.
 */
export async function supersedeOlder(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  index: Uint8Array<ArrayBuffer> | null,
  fits: boolean,
): Promise<GrantRow | null> {
  const related = await relatedGrants(tx, ctx, grant, index);
  const newer = related.find((other) => isOnChain(other, index) && compareAge(other, grant) > 0);
  if (newer) return newer;
  for (const old of related.filter((other) => compareAge(other, grant) < 0)) {
    if (isOnChain(old, index)) await endChain(tx, ctx, old, grant);
    else if (index === null) await warnIfUsable(tx, ctx, old, grant);
    else if (fits) await takePlace(tx, ctx, old, grant);
  }
  return null;
}

/**
 * Whether a newer consent has the place of this grant: on its chain whatever became of it, in its connection only if it
 * took it, as one that is parked or was declined did not. `pending`: one whose identity is not known yet.
 */
export async function newerThan(tx: Tx, ctx: Ctx, grant: GrantRow): Promise<'none' | 'pending' | 'taken'> {
  const newer = (await relatedGrants(tx, ctx, grant, grant.exactUserIndex)).filter(
    (other) => compareAge(other, grant) > 0,
  );
  if (newer.some(({ identity }) => identity === 'pending')) return 'pending';
  for (const other of newer) {
    if (isOnChain(other, grant.exactUserIndex)) return 'taken';
    const declined = other.custody === 'shredded' && !(await wasDelivered(tx, ctx, other.id));
    if (other.custody !== 'parked' && !declined) return 'taken';
  }
  return 'none';
}

/**
 * What comes back carries the doubt that came up meanwhile: a code of this connection was presented since, and nobody knows
 * what the provider made of it (rows 16 and 17).
 */
export async function doubtAfter(tx: Tx, ctx: Ctx, connectionId: string, since: Date): Promise<void> {
  const { partnerId } = ctx;
  const [trip] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM authorization_request WHERE partner_id = ${partnerId} AND connection_id = ${connectionId}
      AND answered_at >= ${since}
      AND (settled_at IS NULL OR outcome = 'unknown' OR outcome_detail->>'reason' = 'code_spent') LIMIT 1`;
  if (trip) await doubtConnection(tx, ctx, connectionId, trip.id);
}

/** A grant that a member accepts takes its connection's place, as it would have when it fitted. */
export async function takeConnection(tx: Tx, ctx: Ctx, grant: GrantRow): Promise<void> {
  for (const old of await relatedGrants(tx, ctx, grant, null)) {
    if (compareAge(old, grant) < 0) await takePlace(tx, ctx, old, grant);
  }
}

/** With the newer identity unknown, what is held or was delivered may have ended at Exact: said before anyone relies on it. */
async function warnIfUsable(tx: Tx, ctx: Ctx, old: GrantRow, by: GrantRow): Promise<void> {
  if (holdsToken(old.custody as Custody) || (await wasDelivered(tx, ctx, old.id)))
    await warn(tx, ctx, old, by, 'maybeSupersededAt');
}

/**
 * A code was presented for this connection and nobody knows what became of it: the provider may have begun a new chain,
 * which ends what is held or was delivered here (T14, C-2 row 16). Said before anyone relies on it.
 */
export async function doubtConnection(tx: Tx, ctx: Ctx, connectionId: string, requestId: string): Promise<void> {
  const of = { partnerId: ctx.partnerId, connectionId, maybeSupersededAt: null };
  for (const old of await tx.grant.findMany({ where: of, orderBy: { id: 'asc' } })) {
    if (!holdsToken(old.custody as Custody) && !(await wasDelivered(tx, ctx, old.id))) continue;
    const still = { partnerId: ctx.partnerId, id: old.id, maybeSupersededAt: null };
    const { count } = await tx.grant.updateMany({ where: still, data: { maybeSupersededAt: ctx.clock.now() } });
    if (count === 0) continue;
    const facts = { grant_id: old.id, by_authorization_request_id: requestId, custody: old.custody };
    await record(tx, ctx, 'grant.maybe_superseded', { connectionId }, facts);
  }
}

const facts = (old: GrantRow, by: GrantRow) => ({ grant_id: old.id, by_grant_id: by.id, custody: old.custody });

/** Ends what is still held. What was delivered cannot be ended here, only warned about: it may be a live database (design §8.8). */
async function endChain(tx: Tx, ctx: Ctx, old: GrantRow, by: GrantRow): Promise<void> {
  if (await takePlace(tx, ctx, old, by)) return;
  if (await wasDelivered(tx, ctx, old.id)) await warn(tx, ctx, old, by, 'supersededWarningAt');
}

/**
 * Supersedes a grant that is still held. Locks its open handoff before the grant, in the order in which a delivery does:
 * one that is under way is waited for, and the grant is judged by what it left.
 */
async function takePlace(tx: Tx, ctx: Ctx, old: GrantRow, by: GrantRow): Promise<boolean> {
  await tx.$executeRaw`SELECT 1 FROM handoff WHERE partner_id = ${ctx.partnerId} AND grant_id = ${old.id} AND status = 'claimed' FOR UPDATE`;
  if (!(await move(tx, ctx, old.id, 'superseded'))) return false;
  await record(tx, ctx, 'grant.superseded', { connectionId: old.connectionId }, facts(old, by));
  await cancelOpenHandoff(tx, ctx, old, 'superseded');
  return true;
}

/** A claim on a token that no longer works, or that nobody can vouch for, is taken back before a byte leaves. */
export async function cancelOpenHandoff(tx: Tx, ctx: Ctx, old: GrantRow, reason: CancelReason): Promise<void> {
  const open = await tx.handoff.findFirst({
    where: { partnerId: ctx.partnerId, grantId: old.id, status: 'claimed' },
    select: { id: true },
  });
  if (!open) return;
  await tx.handoff.updateMany({
    where: { partnerId: ctx.partnerId, id: open.id, status: 'claimed' },
    data: { status: 'cancelled', settledAt: ctx.clock.now(), dueAt: null, outcomeCode: reason },
  });
  await record(tx, ctx, 'handoff.cancelled', { connectionId: old.connectionId }, { handoff_id: open.id, reason });
}

const wasDelivered = async (tx: Tx, ctx: Ctx, grantId: string): Promise<boolean> =>
  (await tx.handoff.count({ where: { partnerId: ctx.partnerId, grantId, deliveredAt: { not: null } } })) > 0;

async function warn(
  tx: Tx,
  ctx: Ctx,
  old: GrantRow,
  by: GrantRow,
  mark: 'maybeSupersededAt' | 'supersededWarningAt',
): Promise<void> {
  await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: old.id }, data: { [mark]: ctx.clock.now() } });
  const now = (await findGrant(tx, ctx, old.id)) ?? old;
  await record(tx, ctx, 'grant.maybe_superseded', { connectionId: old.connectionId }, facts(now, by));
}
