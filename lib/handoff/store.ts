import type { Handoff } from '../db/generated/client.ts';
import { inTenant, type Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';

export type HandoffRow = Handoff;
export const handoffStatuses = ['claimed', 'delivered', 'confirmed', 'rejected', 'unconfirmed', 'cancelled'] as const;
export type HandoffStatus = (typeof handoffStatuses)[number];

/** Design §2: cancelled only before the first byte left; an outcome only after. */
export const handoffMoves = {
  claimed: ['delivered', 'cancelled'],
  delivered: ['confirmed', 'rejected', 'unconfirmed'],
  confirmed: [],
  rejected: [],
  unconfirmed: [],
  cancelled: [],
} as const satisfies Record<HandoffStatus, readonly HandoffStatus[]>;

/** To whom a handoff goes, as audit rows, events and receipts say it. */
export const recipientOf = ({ target, targetId, recipientThumbprint, fileFormat }: HandoffRow) => ({
  target,
  ...(targetId ? { target_id: targetId } : {}),
  ...(recipientThumbprint ? { recipient_key_thumbprint: recipientThumbprint } : {}),
  ...(fileFormat ? { file_format: fileFormat } : {}),
});

const statesBefore = (to: HandoffStatus) =>
  handoffStatuses.filter((from) => (handoffMoves[from] as readonly HandoffStatus[]).includes(to));

export const findHandoff = async (tx: Tx, ctx: Ctx, id: string): Promise<HandoffRow | null> =>
  isId('handoff', id) ? tx.handoff.findFirst({ where: { partnerId: ctx.partnerId, id } }) : null;

/** One handoff of this partner. Throws not_found. */
export async function readHandoff(ctx: Ctx, id: string): Promise<HandoffRow> {
  const row = await inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, id));
  if (!row) throw notFound();
  return row;
}

/** The handoff that has claimed a grant and not yet delivered it, locked until the transaction ends; null when there is none. */
export async function openClaim(tx: Tx, ctx: Ctx, grantId: string): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM handoff WHERE partner_id = ${ctx.partnerId} AND grant_id = ${grantId} AND status = 'claimed' FOR UPDATE`;
  return row?.id ?? null;
}

/** Whether we bring it to its recipient ourselves; the claim fixed that, and nobody fetches it (H5). */
export const isPushed = ({ pushTries }: Pick<HandoffRow, 'pushTries'>): boolean => pushTries !== null;

/** Moves a handoff if it may still move; leaving `delivered` destroys the envelope in the same statement. */
export async function moveHandoff(
  tx: Tx,
  ctx: Ctx,
  id: string,
  to: HandoffStatus,
  data: Omit<Prisma.HandoffUncheckedUpdateManyInput, 'status' | 'partnerId' | 'id'>,
  still: Prisma.HandoffWhereInput = {},
): Promise<boolean> {
  const { count } = await tx.handoff.updateMany({
    where: { partnerId: ctx.partnerId, id, status: { in: statesBefore(to) }, AND: [still] },
    data: {
      ...data,
      status: to,
      ...(to === 'delivered' ? {} : { envelope: null, dueAt: null, pushDueAt: null, settledAt: ctx.clock.now() }),
    },
  });
  return count === 1;
}
