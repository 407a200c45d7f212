import type { AuthorizationRequest, Invitation } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { partnerOfToken } from '../kernel/ids.ts';
import { ctxIn, mayBeTold } from '../tenancy/index.ts';
import type { Outcome } from './callback.ts';
import { settleSpan } from './exchange.ts';
import type { Visit } from './visit.ts';

/**
 * How an invitation goes, for the page whose button opened it (peers-connect-ux §7.4): by message from the customer's page
 * and by status request alike, so either may be lost. `step` only grows, which is how the two are told apart from a
 * repetition. Names nobody and nothing but the invitation and the connection, both of which the partner made.
 */
export type News = { invitation_id: string | null; step: number } & (
  | { type: 'waiting' | 'opened' | 'leaving' | 'returned' }
  | { type: 'finished'; outcome: 'sealed' | 'parked'; connection_id: string }
  | { type: 'error'; code: string; stage: 'returned' | 'ended'; recoverable: boolean; message: string }
);

const lastStep = 1_000_000;
/** Each trip to the provider takes four steps: leaving, returned, what was wrong, and one to spare. */
const stepOf = { leaving: -2, returned: -1, error: 0 } as const;
const step = (trip: number, at: keyof typeof stepOf) => 4 * trip + stepOf[at];

/** What an unknown, guessed, lapsed or withdrawn link says: the same bytes. */
const endedNews: News = {
  ...{ invitation_id: null, step: lastStep, type: 'error', code: 'link_ended', stage: 'ended', recoverable: false },
  message: 'This link does not work, or no longer. Make a new invitation.',
};

const sentences: Record<Exclude<Outcome, 'sealed'> | 'request_lapsed', string> = {
  denied: 'The customer chose not to give access. Nothing was stored.',
  app_not_ready: 'Exact Online does not accept your client registration. Check it in the console.',
  code_too_old: 'The customer took longer than Exact Online allows. They can try again on the same page.',
  refused: 'Exact Online refused. The customer can try again on the same page.',
  unknown: 'The answer of Exact Online was lost. The customer is asked to try again.',
  provider_down: 'Exact Online cannot be reached at the moment. The customer can try again on the same page.',
  not_saved: 'What Exact Online answered could not be stored. The customer is asked to try again.',
  replaced: 'The customer went on in another tab.',
  request_lapsed: 'The customer was away for too long. They can try again on the same page.',
};

const newestTrip = (tx: Tx, { partnerId, id }: Invitation) =>
  tx.authorizationRequest.findFirst({ where: { partnerId, invitationId: id }, orderBy: { createdAt: 'desc' } });
const tripsOf = (tx: Tx, { partnerId, id }: Invitation) =>
  tx.authorizationRequest.count({ where: { partnerId, invitationId: id } });

function outcomeOf(trip: AuthorizationRequest, now: Date): keyof typeof sentences | 'at_provider' | 'in_progress' {
  if (!trip.answeredAt) return now < trip.expiresAt ? 'at_provider' : 'request_lapsed';
  if (!trip.settledAt) return now > plus(trip.answeredAt, settleSpan) ? 'unknown' : 'in_progress';
  return trip.outcome as keyof typeof sentences;
}

async function finishedNews(tx: Tx, invitation: Invitation): Promise<News> {
  const { partnerId, id, connectionId } = invitation;
  const grant = await tx.grant.findFirst({
    where: {
      partnerId,
      connectionId,
      custody: 'parked',
      authorizationRequestId: { in: await tripIds(tx, invitation) },
    },
    select: { id: true },
  });
  const outcome = grant ? 'parked' : 'sealed';
  return { invitation_id: id, step: lastStep, type: 'finished', outcome, connection_id: connectionId };
}

const tripIds = async (tx: Tx, { partnerId, id }: Invitation): Promise<string[]> =>
  (await tx.authorizationRequest.findMany({ where: { partnerId, invitationId: id }, select: { id: true } })).map(
    (trip) => trip.id,
  );

async function newsIn(tx: Tx, invitation: Invitation, now: Date): Promise<News> {
  if (invitation.finishedAt) return finishedNews(tx, invitation);
  if (invitation.withdrawnAt) return endedNews;
  const open = now < invitation.expiresAt;
  const trip = await newestTrip(tx, invitation);
  const trips = await tripsOf(tx, invitation);
  const about = { invitation_id: invitation.id };
  const outcome = trip && outcomeOf(trip, now);
  // A customer who left before the link lapsed may still come back with a consent.
  if (outcome === 'at_provider') return { ...about, step: step(trips, 'leaving'), type: 'leaving' };
  if (outcome === 'in_progress') return { ...about, step: step(trips, 'returned'), type: 'returned' };
  if (!open) return endedNews;
  if (!outcome) {
    const opened = invitation.openedAt !== null;
    return { ...about, step: opened ? 1 : 0, type: opened ? 'opened' : 'waiting' };
  }
  return {
    ...{ ...about, step: step(trips, 'error'), type: 'error', code: outcome, stage: 'returned', recoverable: true },
    message: sentences[outcome],
  };
}

/** How the invitation of this visit goes now. */
export const newsOf = ({ ctx, invitation }: Visit): Promise<News> =>
  inTenant(ctx.partnerId, (tx) => newsIn(tx, invitation, ctx.clock.now()));

/** What a page says when it has just been shown, before anything was pressed. */
export const openedNews = ({ invitation }: Visit): News => ({ invitation_id: invitation.id, step: 1, type: 'opened' });

/** What a page says when its button is pressed and the browser goes to the provider: the trip after those made so far. */
export async function leavingNews({ ctx, invitation }: Visit): Promise<News> {
  const trips = await inTenant(ctx.partnerId, (tx) => tripsOf(tx, invitation));
  return { invitation_id: invitation.id, step: step(trips + 1, 'leaving'), type: 'leaving' };
}

/** What the page after the provider says: that the browser is back, and what came of it. */
export async function returnedNews(visit: Visit): Promise<News[]> {
  const news = await newsOf(visit);
  if (news.type === 'returned' || news === endedNews) return [news];
  const trips = await inTenant(visit.ctx.partnerId, (tx) => tripsOf(tx, visit.invitation));
  return [{ invitation_id: visit.invitation.id, step: step(trips, 'returned'), type: 'returned' }, news];
}

/** How the invitation behind a link goes, and whether a page of this origin may read it. Changes nothing. */
export async function newsOfLink(token: string, origin: string | null): Promise<{ news: News; readable: boolean }> {
  const partnerId = partnerOfToken('invitation', token);
  if (!partnerId) return { news: endedNews, readable: false };
  return inTenant(partnerId, async (tx) => {
    const ctx: Ctx | null = await ctxIn(tx, partnerId, { kind: 'system', id: 'link' });
    if (!ctx) return { news: endedNews, readable: false };
    const readable = origin !== null && (await mayBeTold(tx, ctx, origin));
    const invitation = await tx.invitation.findFirst({ where: { partnerId, tokenHash: sha256(token) } });
    return { news: invitation ? await newsIn(tx, invitation, ctx.clock.now()) : endedNews, readable };
  });
}
