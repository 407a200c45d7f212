import { inTenant, type Tx } from '../db/index.ts';
import { days, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { makeInvitation } from './invite.ts';
import type { Visit } from './visit.ts';

/** How often a customer gets a new link for one connection. */
const mostADay = 3;
const notWithin = minutes(10);

/** What a lapsed link can still do: be replaced by mail, be made again by the button it came from, or nothing (null). */
export type WayOn = 'mail' | 'button' | null;

const newestOf = (tx: Tx, { partnerId }: Ctx, connectionId: string) =>
  tx.invitation.findFirst({
    where: { partnerId, connectionId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { withdrawnAt: true, finishedAt: true, declinedAt: true },
  });

async function wayOnIn(tx: Tx, { ctx, invitation, customer, connection, state }: Visit): Promise<WayOn> {
  if (state !== 'lapsed') return null;
  if (invitation.channel === 'embed') return 'button';
  const newest = await newestOf(tx, ctx, connection.id);
  // What the partner took back, or the customer has long given or declined, is not asked for again by an older link.
  const over = !newest || newest.withdrawnAt || newest.finishedAt || newest.declinedAt;
  return customer.email && !over ? 'mail' : null;
}

/** What the page of a link offers whoever came too late. Changes nothing. */
export const wayOnOf = (visit: Visit): Promise<WayOn> => inTenant(visit.ctx.partnerId, (tx) => wayOnIn(tx, visit));

async function isTooOften(tx: Tx, ctx: Ctx, connectionId: string): Promise<boolean> {
  const now = ctx.clock.now();
  const made = await tx.invitation.findMany({
    where: { partnerId: ctx.partnerId, connectionId, replaces: { not: null }, createdAt: { gt: plus(now, -days(1)) } },
    select: { createdAt: true },
  });
  return made.length >= mostADay || made.some(({ createdAt }) => createdAt > plus(now, -notWithin));
}

/**
 * Makes a fresh invitation in the place of a lapsed one and mails it to the address the partner gave, and to no other. False
 * when it made none: nothing is offered, or one was made less than ten minutes ago, or three within a day.
 */
export async function sendNewLink(visit: Visit): Promise<boolean> {
  const { ctx, connection, invitation } = visit;
  return inTenant(ctx.partnerId, async (tx) => {
    // One at a time: the second of two at once finds what the first made.
    await tx.$queryRaw`SELECT FROM connection WHERE partner_id = ${ctx.partnerId} AND id = ${connection.id} FOR UPDATE`;
    if ((await wayOnIn(tx, visit)) !== 'mail' || (await isTooOften(tx, ctx, connection.id))) return false;
    await makeInvitation(tx, ctx, connection.id, invitation.locale, {
      channel: 'mail',
      invitedBy: invitation.invitedBy,
      replaces: invitation.id,
      remind: invitation.remindersStoppedAt === null && (invitation.channel !== 'mail' || invitation.remind),
      chooseSite: invitation.chooseSite,
      returnUrl: invitation.returnUrl,
      ...(invitation.expected ? { expected: invitation.expected } : {}),
    });
    return true;
  });
}
