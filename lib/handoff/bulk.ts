import { record } from '../audit/index.ts';
import type { BulkClaim } from '../db/generated/client.ts';
import { inTenant, Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { isId, newId } from '../kernel/ids.ts';
import { decodeCursor, encodeCursor, type Page } from '../kernel/paging.ts';
import { chooseTarget, type Recipient } from '../targets/index.ts';
import { noteRefusal } from './claim.ts';

/** So many at a time keep a request within its 64 kB, and its end within minutes. */
export const mostConnections = 1_000;

export type BulkClaimInput = {
  connectionIds: readonly string[];
  target?: string | undefined;
  recipientKeyId?: string | undefined;
};

export type BulkClaimView = {
  id: string;
  status: 'working' | 'done';
  target: string;
  targetId: string;
  recipientKeyId: string | null;
  /** The credential that asked, which alone may redeem what was claimed. */
  askedBy: { kind: string; id: string };
  total: number;
  claimed: number;
  refused: number;
  createdAt: Date;
  finishedAt: Date | null;
};

export type BulkClaimResult = {
  connectionId: string;
  /** Who the connection is of, for people; null for what is no connection of this partner. */
  customer: string | null;
  status: 'waiting' | 'claimed' | 'refused';
  handoffId: string | null;
  redeemBefore: Date | null;
  code: string | null;
  detail: string | null;
};

/**
 * Asks for the claims of many connections, for one target and perhaps one key, which are fixed from here on. The worker
 * makes them one by one (`workBulkClaim`). A connection listed a second time is refused there as `listed_twice`. Throws
 * what `chooseTarget` answers and throws, target_not_allowed for an assistant and for fresh pairs, forbidden for anyone but an API key.
 */
export async function createBulkClaim(ctx: Ctx, input: BulkClaimInput): Promise<BulkClaimView> {
  if (ctx.actor.kind !== 'api_key') throw new AppError('forbidden', 'Only an API key can claim in bulk.');
  const answer = await inTenant(ctx.partnerId, (tx) => createIn(tx, ctx, input));
  if (answer instanceof AppError) {
    await noteRefusal(ctx, {}, 'bulk_claim', answer.code);
    throw answer;
  }
  return answer;
}

async function createIn(tx: Tx, ctx: Ctx, input: BulkClaimInput): Promise<BulkClaimView | AppError> {
  const recipient = await chooseTarget(tx, ctx, input);
  if (recipient instanceof AppError) return recipient;
  if (recipient.target.kind === 'assistant')
    return new AppError('target_not_allowed', 'An assistant shows one customer at a time; claim those one by one.');
  if (recipient.target.freshPair)
    return new AppError(
      'target_not_allowed',
      'A fresh pair leaves within eight minutes of its claim; claim those one by one.',
    );
  const id = await keepBulkClaim(tx, ctx, recipient, input.connectionIds);
  const told = { bulk_claim_id: id, total: input.connectionIds.length, target_id: recipient.target.id };
  await record(tx, ctx, 'bulk_claim.created', {}, told);
  return readIn(tx, ctx, id);
}

async function keepBulkClaim(
  tx: Tx,
  ctx: Ctx,
  { target, key }: Recipient,
  connectionIds: readonly string[],
): Promise<string> {
  const { partnerId, actor } = ctx;
  const id = newId('bulkClaim');
  const now = ctx.clock.now();
  await tx.bulkClaim.create({
    data: {
      ...{ partnerId, id, targetId: target.id, recipientKeyId: key?.id ?? null },
      ...{ askedByKind: actor.kind, askedById: actor.id },
      ...{ total: connectionIds.length, createdAt: now, dueAt: now },
    },
  });
  const twice = {
    code: 'listed_twice',
    detail: 'This connection stands in the list before; its result is there.',
    settledAt: now,
  };
  const data = connectionIds.map((connectionId, position) => ({
    ...{ partnerId, bulkClaimId: id, position, connectionId },
    ...(connectionIds.indexOf(connectionId) < position ? twice : {}),
  }));
  await tx.bulkClaimItem.createMany({ data });
  return id;
}

type Counted = BulkClaim & { target: string; claimed: number; refused: number };

const viewOf = (row: Counted): BulkClaimView => ({
  id: row.id,
  status: row.finishedAt ? 'done' : 'working',
  target: row.target,
  targetId: row.targetId,
  recipientKeyId: row.recipientKeyId,
  askedBy: { kind: row.askedByKind, id: row.askedById },
  total: row.total,
  claimed: row.claimed,
  refused: row.refused,
  createdAt: row.createdAt,
  finishedAt: row.finishedAt,
});

const select = ({ partnerId }: Ctx, where: Prisma.Sql, limit: number) => Prisma.sql`
  SELECT b.id, b.target_id AS "targetId", b.recipient_key_id AS "recipientKeyId", b.asked_by_kind AS "askedByKind",
    b.asked_by_id AS "askedById", b.total, b.created_at AS "createdAt", b.finished_at AS "finishedAt", t.name AS target,
    i.claimed, i.refused
  FROM bulk_claim b
  JOIN target t ON t.partner_id = b.partner_id AND t.id = b.target_id
  CROSS JOIN LATERAL (SELECT count(handoff_id)::int AS claimed, count(code)::int AS refused FROM bulk_claim_item
    WHERE partner_id = b.partner_id AND bulk_claim_id = b.id) i
  WHERE b.partner_id = ${partnerId} AND ${where} ORDER BY b.created_at DESC, b.id DESC LIMIT ${limit}`;

/** Where a bulk claim stands, in a transaction that runs. Throws not_found. */
export async function readIn(tx: Tx, ctx: Ctx, id: string): Promise<BulkClaimView> {
  const [row] = isId('bulkClaim', id) ? await tx.$queryRaw<Counted[]>(select(ctx, Prisma.sql`b.id = ${id}`, 1)) : [];
  if (!row) throw notFound();
  return viewOf(row);
}

export const readBulkClaim = (ctx: Ctx, id: string): Promise<BulkClaimView> =>
  inTenant(ctx.partnerId, (tx) => readIn(tx, ctx, id));

/** The newest bulk claims. */
export const listBulkClaims = (ctx: Ctx, limit = 50): Promise<BulkClaimView[]> =>
  inTenant(ctx.partnerId, async (tx) =>
    (await tx.$queryRaw<Counted[]>(select(ctx, Prisma.sql`true`, limit))).map(viewOf),
  );

type Paging = { limit: number; cursor?: string | undefined; only?: 'refused' | undefined };
type ResultRow = Omit<BulkClaimResult, 'status'> & { position: number };

const statusOf = ({ handoffId, code }: ResultRow): BulkClaimResult['status'] =>
  handoffId ? 'claimed' : code ? 'refused' : 'waiting';

/**
 * What became of each connection, in the order of the list; those that are still to be claimed stand there as waiting, so
 * pages do not shift. Null when the cursor is not one of ours. Throws not_found.
 */
export async function bulkClaimResults(
  ctx: Ctx,
  id: string,
  { limit, cursor, only }: Paging,
): Promise<Page<BulkClaimResult> | null> {
  const [text = ''] = (cursor === undefined ? ['-1'] : decodeCursor(cursor, 1)) ?? [];
  if (!/^(-1|\d{1,4})$/.test(text)) return null;
  return inTenant(ctx.partnerId, async (tx) => {
    await readIn(tx, ctx, id);
    const rows = await tx.$queryRaw<ResultRow[]>`
      SELECT i.position, i.connection_id AS "connectionId", u.name AS customer, i.handoff_id AS "handoffId",
        h.redeem_before AS "redeemBefore", i.code, i.detail
      FROM bulk_claim_item i
      LEFT JOIN handoff h ON h.partner_id = i.partner_id AND h.id = i.handoff_id
      LEFT JOIN connection c ON c.partner_id = i.partner_id AND c.id = i.connection_id
      LEFT JOIN customer u ON u.partner_id = c.partner_id AND u.id = c.customer_id
      WHERE i.partner_id = ${ctx.partnerId} AND i.bulk_claim_id = ${id} AND i.position > ${Number(text)}
        AND (${only ?? null}::text IS NULL OR i.code IS NOT NULL)
      ORDER BY i.position LIMIT ${limit + 1}`;
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return {
      items: items.map(({ position: _, ...row }) => ({ ...row, status: statusOf({ position: _, ...row }) })),
      next: last ? encodeCursor([String(last.position)]) : null,
    };
  });
}
