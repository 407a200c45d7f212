import { record } from '../audit/index.ts';
import type { BulkClaim } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { hours, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { readIn } from './bulk.ts';
import { claimIn, recordRefusal } from './claim.ts';
import type { HandoffRow } from './store.ts';

/** So many claims are made in one turn: then whatever else is due for this partner has its turn, too. */
const turn = 20;
/** A claim that fails for reasons of our own is tried again each minute, and refused after this. */
const patience = hours(1);

/**
 * Goes on with a bulk claim. Each connection is claimed in a transaction that writes its result, too, so whatever ends this
 * process, none is claimed twice and none is forgotten; and of two workers one has it. Each claim is made as the credential
 * that asked. A failure of one stops no other; throws the first when the turn is over.
 */
export async function workBulkClaim(ctx: Ctx, id: string): Promise<void> {
  const { partnerId } = ctx;
  const bulk = await inTenant(partnerId, (tx) =>
    tx.bulkClaim.findFirst({ where: { partnerId, id, finishedAt: null, dueAt: { lte: ctx.clock.now() } } }),
  );
  if (!bulk) return;
  const asking: Ctx = { ...ctx, actor: { kind: 'api_key', id: bulk.askedById } };
  const failures: unknown[] = [];
  for (const position of await open(asking, bulk)) {
    const tried = settle(asking, bulk, position, (tx, connectionId) => claimFor(tx, asking, bulk, connectionId));
    await tried.catch(async (error: unknown) => {
      failures.push(error);
      if (ctx.clock.now() >= plus(bulk.createdAt, patience)) await settle(asking, bulk, position, async () => gaveUp());
    });
  }
  await inTenant(partnerId, (tx) => endTurn(tx, asking, bulk, failures.length > 0));
  if (failures.length > 0) throw failures[0];
}

const gaveUp = () => new AppError('unavailable', 'This claim could not be made within an hour; ask for it again.');

/** In no order, so that some that fail do not stand before the others. */
const open = ({ partnerId }: Ctx, { id }: BulkClaim): Promise<number[]> =>
  inTenant(partnerId, async (tx) => {
    const rows = await tx.$queryRaw<{ position: number }[]>`
      SELECT position FROM bulk_claim_item WHERE partner_id = ${partnerId} AND bulk_claim_id = ${id} AND settled_at IS NULL
      ORDER BY random() LIMIT ${turn}`;
    return rows.map(({ position }) => position);
  });

/** Gives one place of the list its result, unless it has one, or another worker is at it. */
const settle = (
  ctx: Ctx,
  { id }: BulkClaim,
  position: number,
  decide: (tx: Tx, connectionId: string) => Promise<HandoffRow | AppError>,
): Promise<void> =>
  inTenant(ctx.partnerId, async (tx) => {
    const { partnerId } = ctx;
    const [item] = await tx.$queryRaw<{ connectionId: string }[]>`
      SELECT connection_id AS "connectionId" FROM bulk_claim_item
      WHERE partner_id = ${partnerId} AND bulk_claim_id = ${id} AND position = ${position} AND settled_at IS NULL
      FOR UPDATE SKIP LOCKED`;
    if (!item) return;
    const { connectionId } = item;
    const answer = await decide(tx, connectionId);
    const refused = answer instanceof AppError;
    await tx.bulkClaimItem.updateMany({
      where: { partnerId, bulkClaimId: id, position, settledAt: null },
      data: {
        ...(refused ? { code: answer.code, detail: answer.publicMessage } : { handoffId: answer.id }),
        settledAt: ctx.clock.now(),
      },
    });
    if (refused) await recordRefusal(tx, ctx, { connectionId, bulkClaimId: id }, 'claim', answer.code);
  });

/** One claim, or why there is none; on behalf of a key that still stands. */
async function claimFor(tx: Tx, ctx: Ctx, bulk: BulkClaim, connectionId: string): Promise<HandoffRow | AppError> {
  const { partnerId } = ctx;
  const stands = await tx.apiKey.count({ where: { partnerId, id: bulk.askedById, revokedAt: null } });
  if (stands === 0) return new AppError('unauthorized', 'The API key that asked for this was revoked.');
  return claimIn(tx, ctx, { connectionId, target: bulk.targetId, recipientKeyId: bulk.recipientKeyId ?? undefined });
}

/** Finishes what has a result for everything; else comes up again, behind what else is due. */
async function endTurn(tx: Tx, ctx: Ctx, { id, dueAt }: BulkClaim, failed: boolean): Promise<void> {
  const { partnerId } = ctx;
  const { total, claimed, refused, targetId } = await readIn(tx, ctx, id);
  const done = claimed + refused === total;
  const now = ctx.clock.now();
  const next = failed ? plus(now, minutes(1)) : new Date(Math.max(now.getTime(), (dueAt?.getTime() ?? 0) + 1));
  const { count } = await tx.bulkClaim.updateMany({
    where: { partnerId, id, finishedAt: null },
    data: done ? { finishedAt: now, dueAt: null } : { dueAt: next },
  });
  if (done && count === 1)
    await record(
      tx,
      ctx,
      'bulk_claim.finished',
      {},
      { bulk_claim_id: id, total, claimed, refused, target_id: targetId },
    );
}
