import type { Renewal } from '../db/generated/client.ts';
import type { Tx } from '../db/index.ts';
import { days, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { leaseSeconds } from './core/flow.ts';
import { renewFrom } from './core/renewal.ts';
import type { Tries } from './core/windows.ts';
import type { GrantRow } from './store.ts';

export type RenewalRow = Renewal;
/** `lost`: ended without an answer that may still turn up (row 12); `ended`: nothing that turns up is of use. */
export type RenewalOutcome = 'renewed' | 'promoted' | 'unchanged' | 'lost' | 'ended' | 'overtaken';

type Open = RenewalRow & { leaseOver: boolean };

/** The open renewal of a grant, locked until the transaction ends; null when there is none. */
export async function openRenewalOf(tx: Tx, ctx: Ctx, grantId: string): Promise<Open | null> {
  const [found] = await tx.$queryRaw<{ id: string; leaseOver: boolean }[]>`
    SELECT id, (lease_until IS NULL OR lease_until < clock_timestamp()) AS "leaseOver" FROM renewal
    WHERE partner_id = ${ctx.partnerId} AND grant_id = ${grantId} AND settled_at IS NULL FOR UPDATE`;
  const row = found && (await tx.renewal.findFirst({ where: { partnerId: ctx.partnerId, id: found.id } }));
  return row ? { ...row, leaseOver: found.leaseOver } : null;
}

/** Writes the intent: from here on a crash leaves a trace, and a second open one for this grant is refused (B-7). */
export async function openRenewal(
  tx: Tx,
  ctx: Ctx,
  grant: { id: string; generation: number },
): Promise<{ id: string; epoch: number }> {
  const id = newId('renewal');
  const now = ctx.clock.now();
  await tx.$executeRaw`
    INSERT INTO renewal (partner_id, id, grant_id, generation, epoch, lease_until, started_at, sent_at, presentations,
      presented_epochs)
    VALUES (${ctx.partnerId}, ${id}, ${grant.id}, ${grant.generation}, 1,
      clock_timestamp() + ${leaseSeconds} * interval '1 second', ${now}, ${now}, 1, '{1}')`;
  return { id, epoch: 1 };
}

/** Takes an open renewal over under the next epoch. Whoever held it before is fenced from here on. */
export async function takeOver(
  tx: Tx,
  ctx: Ctx,
  { id }: Pick<RenewalRow, 'id'>,
  presents: boolean,
): Promise<{ id: string; epoch: number }> {
  const [taken] = await tx.$queryRaw<{ epoch: number }[]>`
    UPDATE renewal SET epoch = epoch + 1, due_at = NULL,
      lease_until = clock_timestamp() + ${leaseSeconds} * interval '1 second',
      presentations = presentations + ${presents ? 1 : 0},
      presented_epochs = CASE WHEN ${presents} THEN presented_epochs || (epoch + 1) ELSE presented_epochs END,
      sent_at = CASE WHEN ${presents} THEN ${ctx.clock.now()} ELSE sent_at END
    WHERE partner_id = ${ctx.partnerId} AND id = ${id} AND settled_at IS NULL RETURNING epoch`;
  if (!taken) throw new Error('a renewal that was locked is gone');
  return { id, epoch: taken.epoch };
}

/**
 * The renewal if it is still this epoch's to settle, locked; null for a worker that was fenced (row 12). The epoch is
 * checked again in every write below.
 */
export async function stillOurs(tx: Tx, ctx: Ctx, id: string, epoch: number): Promise<RenewalRow | null> {
  const [mine] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM renewal WHERE partner_id = ${ctx.partnerId} AND id = ${id} AND epoch = ${epoch}
      AND settled_at IS NULL FOR UPDATE`;
  return mine ? tx.renewal.findFirst({ where: { partnerId: ctx.partnerId, id } }) : null;
}

/** One renewal of this partner, open or not. */
export const findRenewal = (tx: Tx, ctx: Ctx, id: string): Promise<RenewalRow | null> =>
  tx.renewal.findFirst({ where: { partnerId: ctx.partnerId, id } });

async function write(
  tx: Tx,
  ctx: Ctx,
  of: { id: string; epoch: number },
  data: Parameters<Tx['renewal']['updateMany']>[0]['data'],
): Promise<void> {
  const { count } = await tx.renewal.updateMany({
    where: { partnerId: ctx.partnerId, id: of.id, epoch: of.epoch, settledAt: null },
    data: { ...data, leaseUntil: null },
  });
  if (count !== 1) throw new Error('a renewal was settled by somebody else');
}

export const postpone = (
  tx: Tx,
  ctx: Ctx,
  of: { id: string; epoch: number },
  dueAt: Date,
  more: { unknownSince: Date; overdueToldAt: Date | null },
): Promise<void> => write(tx, ctx, of, { dueAt, ...more });

export const settleRenewal = (
  tx: Tx,
  ctx: Ctx,
  of: { id: string; epoch: number },
  outcome: RenewalOutcome,
): Promise<void> => write(tx, ctx, of, { outcome, settledAt: ctx.clock.now(), dueAt: null });

/** What a grant's exchanges of the last day were, for `exchangeFrom`. */
export async function triesOf(tx: Tx, ctx: Ctx, grantId: string): Promise<Tries> {
  const rows = await tx.renewal.findMany({
    where: { partnerId: ctx.partnerId, grantId, startedAt: { gt: plus(ctx.clock.now(), -days(1)) } },
    select: { startedAt: true, settledAt: true, outcome: true },
    orderBy: [{ startedAt: 'asc' }, { id: 'asc' }],
  });
  const last = rows.at(-1);
  return {
    fruitlessAt: last?.outcome === 'unchanged' ? last.settledAt : null,
    inADay: rows.map(({ startedAt }) => startedAt),
  };
}

/** How the last renewal of a grant ended; null while it runs, or when there was none. */
export async function lastOutcome(tx: Tx, ctx: Ctx, grantId: string): Promise<string | null> {
  const last = await tx.renewal.findFirst({
    where: { partnerId: ctx.partnerId, grantId },
    select: { outcome: true },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
  });
  return last?.outcome ?? null;
}

/** The grant of a renewal that is still open, or null. */
export async function renewedBy(tx: Tx, ctx: Ctx, id: string): Promise<string | null> {
  const row = await tx.renewal.findFirst({
    where: { partnerId: ctx.partnerId, id, settledAt: null },
    select: { grantId: true },
  });
  return row?.grantId ?? null;
}

type Planned = Pick<GrantRow, 'id' | 'issuedAt' | 'lapsesAt' | 'connectionId'>;

/** When a grant is renewed, if its registration opted in: from day 20, or at once when that is past. */
export async function plannedRenewal(tx: Tx, ctx: Ctx, grant: Planned): Promise<Date | null> {
  const [found] = await tx.$queryRaw<{ renew: boolean }[]>`
    SELECT r.renew FROM connection c JOIN client_registration r
      ON r.partner_id = c.partner_id AND r.id = c.client_registration_id
    WHERE c.partner_id = ${ctx.partnerId} AND c.id = ${grant.connectionId}`;
  return found?.renew ? renewalTime(ctx, grant) : null;
}

function renewalTime(ctx: Ctx, { id, issuedAt, lapsesAt }: Planned): Date {
  const planned = renewFrom(issuedAt, lapsesAt, id);
  const now = ctx.clock.now();
  return planned > now ? planned : now;
}

/** A statement takes at most 32,767 values, and a registration may hold more. */
const plannedAtOnce = 5_000;

/** Follows a partner's opting in or out with all that a registration holds sealed. A renewal under way is not stopped. */
export async function planRenewals(tx: Tx, ctx: Ctx, registrationId: string, renew: boolean): Promise<void> {
  const { partnerId } = ctx;
  if (!renew) {
    await tx.$executeRaw`
      UPDATE token_grant g SET renew_at = NULL FROM connection c
      WHERE c.partner_id = ${partnerId} AND c.client_registration_id = ${registrationId}
        AND g.partner_id = c.partner_id AND g.connection_id = c.id AND g.renew_at IS NOT NULL`;
    return;
  }
  for (let after = ''; ; ) {
    const held: Planned[] = await tx.$queryRaw`
      SELECT g.id, g.issued_at AS "issuedAt", g.lapses_at AS "lapsesAt", g.connection_id AS "connectionId"
      FROM connection c JOIN token_grant g ON g.partner_id = c.partner_id AND g.connection_id = c.id
      WHERE c.partner_id = ${partnerId} AND c.client_registration_id = ${registrationId} AND g.id > ${after}
        AND g.custody = 'sealed' AND g.identity <> 'pending' AND g.renew_at IS NULL
      ORDER BY g.id LIMIT ${plannedAtOnce}`;
    const ids = held.map(({ id }) => id);
    const times = held.map((grant) => renewalTime(ctx, grant).toISOString());
    await tx.$executeRaw`
      UPDATE token_grant g SET renew_at = p.at FROM unnest(${ids}::text[], ${times}::timestamptz[]) AS p (id, at)
      WHERE g.partner_id = ${partnerId} AND g.id = p.id AND g.custody = 'sealed' AND g.renew_at IS NULL`;
    const last = ids.at(-1);
    if (last === undefined || ids.length < plannedAtOnce) return;
    after = last;
  }
}
