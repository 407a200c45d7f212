import type { Grant } from '../db/generated/client.ts';
import { Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { type Custody, custodies, holdsToken, statesBefore } from './core/custody.ts';

export type GrantRow = Grant;

/** When the consent of a grant gave its first token; a renewal does not make it newer. */
export const consentOf = ({ consentedAt, issuedAt }: Pick<GrantRow, 'consentedAt' | 'issuedAt'>): Date =>
  consentedAt ?? issuedAt;

/** One grant of this partner, or null. */
export const findGrant = (tx: Tx, ctx: Ctx, id: string): Promise<GrantRow | null> =>
  tx.grant.findFirst({ where: { partnerId: ctx.partnerId, id } });

/**
 * The grant a connection stands on: its newest consent. One that was declined before anything left stands behind an
 * older one that is still there.
 */
export async function newestGrant(tx: Tx, ctx: Ctx, connectionId: string): Promise<GrantRow | null> {
  const [newest] = await tx.$queryRaw<{ id: string }[]>`
    SELECT g.id FROM token_grant g WHERE g.partner_id = ${ctx.partnerId} AND g.connection_id = ${connectionId}
    ORDER BY (g.custody = 'shredded' AND NOT EXISTS (SELECT FROM handoff h
        WHERE h.partner_id = g.partner_id AND h.grant_id = g.id AND h.delivered_at IS NOT NULL)),
      coalesce(g.consented_at, g.issued_at) DESC, g.sealed_at DESC, g.id DESC LIMIT 1`;
  return newest ? findGrant(tx, ctx, newest.id) : null;
}

/** What a connection still holds a token of: one grant, or more while an identity was unknown. */
export const heldGrants = (tx: Tx, ctx: Ctx, connectionId: string): Promise<{ id: string }[]> =>
  tx.grant.findMany({
    where: { partnerId: ctx.partnerId, connectionId, custody: { in: custodies.filter(holdsToken) } },
    select: { id: true },
    orderBy: { id: 'asc' },
  });

/** Grants other than this one that share its Exact user and client ID, or its connection. */
export const relatedGrants = (
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  userIndex: Uint8Array<ArrayBuffer> | null,
): Promise<GrantRow[]> =>
  tx.grant.findMany({
    where: {
      partnerId: ctx.partnerId,
      id: { not: grant.id },
      OR: [{ connectionId: grant.connectionId }, ...(userIndex ? [{ exactUserIndex: userIndex }] : [])],
    },
    orderBy: { id: 'asc' },
  });

/** Whether the customer took the permission back, and gave none since. */
export const isWithdrawn = async (tx: Tx, ctx: Ctx, connectionId: string): Promise<boolean> =>
  (await tx.connection.count({
    where: { partnerId: ctx.partnerId, id: connectionId, withdrawnAt: { not: null } },
  })) > 0;

type Extra = Omit<Prisma.GrantUncheckedUpdateManyInput, 'custody' | 'partnerId' | 'id'>;

/**
 * Moves a grant, if it may still move: the `where` says what must be true, the answer says whether it was. Leaving the
 * states that hold a token wipes both tokens in the same statement.
 */
export async function move(
  tx: Tx,
  ctx: Ctx,
  id: string,
  to: Custody,
  extra: Extra = {},
  still: Prisma.GrantWhereInput = {},
): Promise<boolean> {
  const ended = ['lapsed', 'superseded', 'dead', 'shredded'].includes(to);
  const { count } = await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id, custody: { in: statesBefore(to) }, AND: [still] },
    data: {
      ...extra,
      custody: to,
      ...(holdsToken(to) ? {} : { refreshToken: null, accessToken: null, dueAt: null }),
      // Only what is sealed is renewed; whoever seals again says when.
      ...(to === 'sealed' ? {} : { renewAt: null }),
      ...(ended && !extra.endedAt ? { endedAt: ctx.clock.now() } : {}),
      ...(to === 'parked' ? {} : { parkedReason: null }),
    },
  });
  return count === 1;
}

/**
 * Locks the connection of a grant before the grant itself, as a withdrawal and a delivery do: whoever is under way is
 * waited for. `SHARE` for who only heeds it, `UPDATE` for who takes its place.
 */
export async function lockConnectionOf(tx: Tx, ctx: Ctx, grantId: string, how: 'SHARE' | 'UPDATE'): Promise<void> {
  await tx.$queryRaw`SELECT FROM connection c WHERE c.partner_id = ${ctx.partnerId} AND c.id =
    (SELECT g.connection_id FROM token_grant g WHERE g.partner_id = ${ctx.partnerId} AND g.id = ${grantId})
    ${Prisma.raw(`FOR ${how}`)}`;
}

/** Serialises what touches one chain: two consents of one Exact user settle one after the other. */
export async function lockChain(tx: Tx, userIndex: Uint8Array): Promise<void> {
  const key = Buffer.from(userIndex).readBigInt64BE(0);
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${key})`;
}

export const asJson = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue;
export const noJson = Prisma.DbNull;
