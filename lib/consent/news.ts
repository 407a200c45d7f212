import { hasUnread, isParkedBySight, newestGrant } from '../custody/index.ts';
import type { Invitation } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { partnerOfToken } from '../kernel/ids.ts';
import { ctxIn, mayBeTold, readRegistration } from '../tenancy/index.ts';
import { endedNews, type Given, type News, newsFrom, type Obstacle, type Stop, stepIn } from './core/news.ts';
import { settleSpan } from './exchange.ts';
import { isAsked } from './presence.ts';
import type { Visit } from './visit.ts';

/*
 * How an invitation goes, for the page whose button opened it. What it comes to is in `core/news.ts`; here it is read, and
 * what no other row tells is written.
 */

const tripsOf = (tx: Tx, { partnerId, id }: Invitation) =>
  tx.authorizationRequest.count({ where: { partnerId, invitationId: id } });

/** Trips to the provider, and the times that one was stopped. */
const attemptsOf = async (tx: Tx, invitation: Invitation): Promise<number> =>
  (await tripsOf(tx, invitation)) + invitation.stops;

/** What the newest consent by an invitation has become, and what is left of it for its customer to do. */
async function givenBy(tx: Tx, ctx: Ctx, { id, connectionId }: Invitation): Promise<Given | null> {
  const { partnerId } = ctx;
  const trip = await tx.authorizationRequest.findFirst({
    where: { partnerId, invitationId: id, grantId: { not: null } },
    orderBy: { settledAt: 'desc' },
  });
  if (!trip?.grantId || !trip.settledAt) return null;
  const grant = await tx.grant.findFirstOrThrow({ where: { partnerId, id: trip.grantId } });
  const { settledAt } = trip;
  const connection = await tx.connection.findFirstOrThrow({ where: { partnerId, id: connectionId } });
  const { confirmation } = await readRegistration(tx, ctx, connection.clientRegistrationId);
  // Only of the consent that stands can anything be said or mended.
  const stands = (await newestGrant(tx, ctx, connectionId))?.id === grant.id;
  return {
    settledAt,
    state: await stateOf(tx, grant),
    fault: stands && isParkedBySight(grant) ? (grant.parkedReason as Obstacle) : null,
    asked: stands && isAsked(confirmation, grant),
    looks: await tx.opening.count({ where: { partnerId, grantId: grant.id, authorizationRequestId: { not: null } } }),
  };
}

type Held = { partnerId: string; id: string; custody: string; identity: string };

async function stateOf(tx: Tx, { partnerId, id, custody, identity }: Held): Promise<Given['state']> {
  if (custody === 'lapsed' || custody === 'dead') return 'over';
  if (custody === 'shredded') {
    const delivered = await tx.handoff.count({ where: { partnerId, grantId: id, deliveredAt: { not: null } } });
    return delivered ? 'sealed' : 'over';
  }
  if (custody === 'parked') return 'parked';
  return identity === 'pending' ? 'looking' : 'sealed';
}

async function newsIn(tx: Tx, ctx: Ctx, invitation: Invitation): Promise<News> {
  const { partnerId, id, stoppedAt, stoppedBy } = invitation;
  const trip = await tx.authorizationRequest.findFirst({
    where: { partnerId, invitationId: id, OR: [{ outcome: null }, { outcome: { not: 'replaced' } }] },
    orderBy: { createdAt: 'desc' },
  });
  const unread = trip?.answeredAt && !trip.settledAt ? await hasUnread(tx, ctx, trip.id) : false;
  const facts = {
    ...{ invitation, trip: trip && { ...trip, unread }, settleSpan },
    attempts: await attemptsOf(tx, invitation),
    stop: stoppedAt && { at: stoppedAt, by: stoppedBy as Stop },
    given: invitation.finishedAt && (await givenBy(tx, ctx, invitation)),
  };
  return newsFrom(facts, ctx.clock.now());
}

/** How the invitation of this visit goes now. */
export const newsOf = ({ ctx, invitation }: Visit): Promise<News> =>
  inTenant(ctx.partnerId, (tx) => newsIn(tx, ctx, invitation));

/** What a page says when it has just been shown, before anything was pressed. */
export const openedNews = ({ invitation }: Visit): News => ({ invitation_id: invitation.id, step: 1, type: 'opened' });

/** What a page says when its button is pressed and the browser goes to the provider: the attempt after those made so far. */
export async function leavingNews({ ctx, invitation }: Visit): Promise<News> {
  const attempts = await inTenant(ctx.partnerId, (tx) => attemptsOf(tx, invitation));
  return { invitation_id: invitation.id, step: stepIn(attempts + 1, 'leaving'), type: 'leaving' };
}

/** What the page after the provider says: that the browser is back, and what came of it. */
export async function returnedNews(visit: Visit): Promise<News[]> {
  const news = await newsOf(visit);
  if (news.type === 'returned' || news === endedNews) return [news];
  const attempts = await inTenant(visit.ctx.partnerId, (tx) => attemptsOf(tx, visit.invitation));
  return [{ invitation_id: visit.invitation.id, step: stepIn(attempts, 'returned'), type: 'returned' }, news];
}

/** Somebody was not sent to the provider, for a reason of today: the page whose button they pressed is told why. */
export const noteStopped = ({ ctx, invitation }: Visit, by: Stop): Promise<void> =>
  inTenant(ctx.partnerId, async (tx) => {
    await tx.invitation.updateMany({
      where: { partnerId: ctx.partnerId, id: invitation.id },
      data: { stops: { increment: 1 }, stoppedAt: ctx.clock.now(), stoppedBy: by },
    });
  });

/** A browser came back from this trip with an answer that made no sense; said once, the true answer may still come. */
export const noteOddAnswer = ({ ctx, invitation }: Visit, trip: { createdAt: Date }): Promise<void> =>
  inTenant(ctx.partnerId, async (tx) => {
    await tx.invitation.updateMany({
      where: {
        ...{ partnerId: ctx.partnerId, id: invitation.id },
        OR: [{ stoppedAt: null }, { stoppedAt: { lte: trip.createdAt } }],
      },
      data: { stops: { increment: 1 }, stoppedAt: ctx.clock.now(), stoppedBy: 'odd_answer' },
    });
  });

/** How the invitation behind a link goes, and whether a page of this origin may read it. Changes nothing. */
export async function newsOfLink(token: string, origin: string | null): Promise<{ news: News; readable: boolean }> {
  const partnerId = partnerOfToken('invitation', token);
  if (!partnerId) return { news: endedNews, readable: false };
  return inTenant(partnerId, async (tx) => {
    const ctx: Ctx | null = await ctxIn(tx, partnerId, { kind: 'system', id: 'link' });
    if (!ctx) return { news: endedNews, readable: false };
    const readable = origin !== null && (await mayBeTold(tx, ctx, origin));
    const invitation = await tx.invitation.findFirst({ where: { partnerId, tokenHash: sha256(token) } });
    return { news: invitation ? await newsIn(tx, ctx, invitation) : endedNews, readable };
  });
}
