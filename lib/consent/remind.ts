import { audit } from '../audit/index.ts';
import type { Invitation } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { putJob } from '../jobs/index.ts';
import { hours, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { betweenMails, mostReminders, nextReminder } from './core/reminders.ts';
import type { Visit } from './visit.ts';

/** Why nobody is reminded of an invitation any more. */
export type StopReason = 'link' | 'one_click' | 'declined';

const stillOpen = { finishedAt: null, withdrawnAt: null, remindersStoppedAt: null } as const;

/** A person is on the way: at the provider, or was on the page a moment ago. */
async function isUnderWay(tx: Tx, { partnerId }: Ctx, invitation: Invitation, now: Date): Promise<boolean> {
  const { openedAt, id: invitationId } = invitation;
  if (openedAt && now < plus(openedAt, minutes(30))) return true;
  const trip = await tx.authorizationRequest.findFirst({
    where: {
      partnerId,
      invitationId,
      settledAt: null,
      OR: [{ answeredAt: null, expiresAt: { gt: now } }, { answeredAt: { gt: plus(now, -hours(1)) } }],
    },
    select: { id: true },
  });
  return trip !== null;
}

/** The customer has given, declined or taken back by another link of the same connection what this one asks for. */
async function isAnswered(tx: Tx, { partnerId }: Ctx, { id, connectionId, createdAt }: Invitation): Promise<boolean> {
  const since = { gte: createdAt };
  const otherwise = await tx.invitation.count({
    where: { partnerId, connectionId, id: { not: id }, OR: [{ finishedAt: since }, { declinedAt: since }] },
  });
  const taken = await tx.connection.count({ where: { partnerId, id: connectionId, withdrawnAt: since } });
  return otherwise + taken > 0;
}

/** Until when the customer is left in peace after the last mail about it, which may have left later than it was meant to. */
async function inPeaceUntil(tx: Tx, { partnerId }: Ctx, { id: invitationId, createdAt }: Invitation): Promise<Date> {
  const last = await tx.customerMail.findFirst({
    where: { partnerId, invitationId, sentAt: { not: null } },
    orderBy: { sentAt: 'desc' },
    select: { sentAt: true },
  });
  return plus(last?.sentAt ?? createdAt, betweenMails);
}

/** A reminder has fallen due: puts its mail, unless it has become pointless, and plans the next. Whoever is on the way gets an hour. */
export async function remindCustomer(tx: Tx, ctx: Ctx, id: string): Promise<void> {
  const { partnerId } = ctx;
  const now = ctx.clock.now();
  const where = { partnerId, id, remindAt: { lte: now } };
  const invitation = await tx.invitation.findFirst({ where });
  if (!invitation) return;
  const { expiresAt, reminders, connectionId } = invitation;
  const pointless = invitation.finishedAt || invitation.withdrawnAt || now >= expiresAt || reminders >= mostReminders;
  if (pointless || (await isAnswered(tx, ctx, invitation))) {
    await tx.invitation.updateMany({ where, data: { remindAt: null } });
    return;
  }
  const quiet = await inPeaceUntil(tx, ctx, invitation);
  if (now < quiet) {
    await tx.invitation.updateMany({ where, data: { remindAt: quiet < expiresAt ? quiet : null } });
    return;
  }
  if (await isUnderWay(tx, ctx, invitation, now)) {
    await tx.invitation.updateMany({ where, data: { remindAt: plus(now, hours(1)) } });
    return;
  }
  const { count } = await tx.invitation.updateMany({
    where: { ...where, ...stillOpen },
    data: { remindedAt: now, reminders: reminders + 1, remindAt: nextReminder(invitation, now) },
  });
  if (count !== 1) return;
  const number = reminders + 1;
  await audit(tx, ctx, 'invitation.reminded', { connectionId }, { invitation_id: id, number });
  await putJob(tx, 'mail.reminder', { partnerId, invitationId: id, number, at: now.toISOString() });
}

/**
 * Nobody is reminded of this invitation any more; its link works as before. True when that was not so already. For the stop
 * link of a reminder, and for a customer who declines for good.
 */
export async function stopReminders(tx: Tx, ctx: Ctx, invitationId: string, reason: StopReason): Promise<boolean> {
  const { partnerId } = ctx;
  const { count } = await tx.invitation.updateMany({
    where: { partnerId, id: invitationId, remind: true, remindersStoppedAt: null },
    data: { remindersStoppedAt: ctx.clock.now(), remindAt: null },
  });
  const row =
    count === 1
      ? await tx.invitation.findFirst({ where: { partnerId, id: invitationId }, select: { connectionId: true } })
      : null;
  if (row) {
    const about = { connectionId: row.connectionId };
    await audit(tx, ctx, 'invitation.reminders_stopped', about, { invitation_id: invitationId, reason });
  }
  return row !== null;
}

/** The reader of a mail wants no more of them. */
export const stopFromLink = ({ ctx, invitation }: Visit, reason: StopReason): Promise<boolean> =>
  inTenant(ctx.partnerId, (tx) => stopReminders(tx, ctx, invitation.id, reason));
