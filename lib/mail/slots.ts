import { audit } from '../audit/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { days, plus, wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { blindIndex } from '../vault/index.ts';

/** So many mails of one partner ask one address for something within a day of real time. */
export const mostADay = 5;

/** One mail that asks a customer for something: the invitation (or its new link), the first or the second reminder. */
export type Asking = {
  readonly invitationId: string;
  readonly connectionId: string;
  readonly kind: 'invitation' | 'reminder';
  readonly number: number;
};

const rowOf = ({ partnerId }: Ctx, { invitationId, kind, number }: Asking) => ({
  ...{ partnerId, invitationId, kind, number },
});

/** Two mails to one address count one after the other. */
async function lockAddress(tx: Tx, addressIndex: Uint8Array): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${Buffer.from(addressIndex).readBigInt64BE(0)})`;
}

/**
 * Takes the place of one mail in an address's day, before it leaves. True: send it. False: it was sent already, or it is held
 * back for good because the day is full, which the partner is told. Asked again for the same mail, it says the same.
 */
export async function takeSlot(ctx: Ctx, address: string, asking: Asking): Promise<boolean> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const addressIndex = await blindIndex(tx, partnerId, 'mail', address.toLowerCase());
    await lockAddress(tx, addressIndex);
    const before = await tx.customerMail.findFirst({ where: rowOf(ctx, asking) });
    if (before) return !before.held && before.sentAt === null;
    const askedAt = wallClock.now(); // mails are real, also a sandbox's, whose clock can be pushed
    const counted = await tx.customerMail.count({
      where: { partnerId, addressIndex, held: false, askedAt: { gt: plus(askedAt, -days(1)) } },
    });
    const held = counted >= mostADay;
    await tx.customerMail.create({ data: { ...rowOf(ctx, asking), addressIndex, askedAt, held } });
    const { connectionId, invitationId, kind } = asking;
    if (held) await audit(tx, ctx, 'mail.held_back', { connectionId }, { invitation_id: invitationId, kind });
    return !held;
  });
}

/** What became of a mail: handed on, or not taken by the mail server this time. The first refusal is told; the job tries again. */
export async function noteSent(ctx: Ctx, asking: Asking, taken: boolean): Promise<void> {
  const at = ctx.clock.now();
  await inTenant(ctx.partnerId, async (tx) => {
    if (taken) {
      await tx.customerMail.updateMany({ where: { ...rowOf(ctx, asking), sentAt: null }, data: { sentAt: at } });
      return;
    }
    const first = await tx.customerMail.updateMany({
      where: { ...rowOf(ctx, asking), failedAt: null },
      data: { failedAt: at },
    });
    const { connectionId, invitationId, kind } = asking;
    if (first.count === 1)
      await audit(tx, ctx, 'mail.not_taken', { connectionId }, { invitation_id: invitationId, kind });
    else await tx.customerMail.updateMany({ where: rowOf(ctx, asking), data: { failedAt: at } });
  });
}
