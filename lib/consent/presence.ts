import { record } from '../audit/index.ts';
import { confirmGrant, identifyAgain, isParkedBySight, openForLook, parkGrant } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { minutes, plus } from '../kernel/clock.ts';
import { sha256 } from '../kernel/hash.ts';
import { providerBySlug } from '../providers/index.ts';
import { demandsOf } from './demands.ts';
import { readIdentityOf } from './preflight.ts';
import { stopReminders } from './remind.ts';
import type { Standing, Visit } from './visit.ts';

/*
 * What a customer can say and ask while they are still there, back from the provider. All of it is for the browser that gave
 * the consent which stands, and for nobody who merely has the link.
 */

/** The trip by which this browser gave the consent that stands; null for any other browser, and once a newer one stands. */
export async function ownTrip(visit: Visit, browserSecret: string | null): Promise<string | null> {
  const { ctx, invitation, standing } = visit;
  if (!standing || browserSecret === null) return null;
  const trip = await inTenant(ctx.partnerId, (tx) =>
    tx.authorizationRequest.findFirst({
      where: {
        partnerId: ctx.partnerId,
        invitationId: invitation.id,
        grantId: standing.grantId,
        browserHash: sha256(browserSecret),
      },
      select: { id: true },
    }),
  );
  return trip?.id ?? null;
}

/** Whether the customer is to be asked if the account is the right one: they have not said so yet, and there is something to see. */
export const isQuestionOpen = ({ registration, standing }: Visit): boolean =>
  standing !== null &&
  registration.confirmation !== 'skip' &&
  standing.exactUser !== null &&
  standing.confirmedAt === null &&
  (standing.custody === 'sealed' || standing.parkedReason === 'not_confirmed');

export type Fault = 'wrong_user' | 'wrong_company' | 'current_missing' | 'not_verified';

/** What is wrong with the consent that stands, if its customer can put it right. */
export const faultOf = (standing: Standing): Fault | null =>
  isParkedBySight(standing) ? (standing.parkedReason as Fault) : null;

/** *Yes, this is right.* */
export const confirmAccount = ({ ctx, standing }: Visit): Promise<boolean> =>
  standing ? inTenant(ctx.partnerId, (tx) => confirmGrant(tx, ctx, standing.grantId)) : Promise.resolve(false);

/** *This is not right*: the partner looks first, unless the customer connects again with another account (design §8.1). */
export async function doubtGrant({ ctx, standing, connection }: Visit): Promise<boolean> {
  if (standing?.custody !== 'sealed') return false;
  return inTenant(ctx.partnerId, (tx) =>
    parkGrant(tx, ctx, { id: standing.grantId, connectionId: connection.id }, 'customer_doubts'),
  );
}

/** What a look brought: the provider was read, could not be, or can no longer be asked with what is held. */
export type Look = 'seen' | 'unreadable' | 'too_late';

/**
 * *Check again*: asks the provider once more who it was and what is covered, with the first access token and only while it
 * works. `requestId`: the trip of the browser that asks.
 */
export async function lookAgain(visit: Visit, requestId: string): Promise<Look> {
  const { ctx, registration, standing } = visit;
  const provider = providerBySlug(registration.provider);
  if (!standing || !provider || !registration.preflight) return 'too_late';
  const accessToken = await inTenant(ctx.partnerId, (tx) => openForLook(tx, ctx, standing.grantId, requestId));
  if (!accessToken) return 'too_late';
  const identity = await readIdentityOf(ctx, provider, registration.site, accessToken);
  // A list that could not be read says nothing about what is on it.
  if (!identity || (identity.divisions === null && identity.current?.granted !== false)) return 'unreadable';
  await inTenant(ctx.partnerId, (tx) => identifyAgain(tx, ctx, standing.grantId, identity, demandsOf(visit)));
  return 'seen';
}

/** *I do not want to connect*: the partner is told, and nobody reminds them. The link stays open for a change of mind. */
export async function declineForGood({ ctx, invitation }: Visit): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const { count } = await tx.invitation.updateMany({
      where: { partnerId: ctx.partnerId, id: invitation.id, finishedAt: null, withdrawnAt: null, declinedAt: null },
      data: { declinedAt: ctx.clock.now() },
    });
    if (count !== 1) return;
    await stopReminders(tx, ctx, invitation.id, 'declined');
    await tellFinished(tx, { ctx, invitation }, 'declined');
  });
}

/** *Keep it*: nothing changes, and the partner is told. */
export const keepStanding = (visit: Visit): Promise<void> =>
  inTenant(visit.ctx.partnerId, async (tx) => {
    if (!(await toldKept(tx, visit))) await tellFinished(tx, visit, 'kept');
  });

/** Whether the customer of this invitation said that they keep what there is, and the partner was told. */
export const wasKept = (visit: Visit): Promise<boolean> => inTenant(visit.ctx.partnerId, (tx) => toldKept(tx, visit));

async function toldKept(tx: Tx, { ctx, invitation }: Visit): Promise<boolean> {
  const detail = { path: ['invitation_id'], equals: invitation.id };
  const told = await tx.auditEvent.count({
    where: {
      ...{ partnerId: ctx.partnerId, connectionId: invitation.connectionId, action: 'invitation.finished' },
      AND: [{ detail }, { detail: { path: ['outcome'], equals: 'kept' } }],
    },
  });
  return told > 0;
}

const tellFinished = (
  tx: Parameters<typeof record>[0],
  { ctx, invitation }: Pick<Visit, 'ctx' | 'invitation'>,
  outcome: 'declined' | 'kept',
) =>
  record(
    tx,
    ctx,
    'invitation.finished',
    { connectionId: invitation.connectionId },
    { invitation_id: invitation.id, outcome },
  );

/** After this the app may have been cleared at the provider without anyone telling us, so one customer tries it. */
const refusedFor = minutes(15);

/**
 * Whether a customer would be sent away in vain: the provider refused the partner's app itself a moment ago, to somebody else, and
 * nothing was mended since. Who met the refusal themselves may try whether it stands: their success frees everybody.
 */
export const isTurnedAway = ({ ctx, connection, registration: { refusedAt } }: Visit): boolean =>
  refusedAt !== null && connection.attention !== 'blocked' && ctx.clock.now() < plus(refusedAt, refusedFor);

/** Tells the partner of a customer who was not sent to the provider because it refuses the app; once, however often they try. */
export const noteTurnedAway = ({ ctx, connection, registration }: Visit): Promise<void> =>
  inTenant(ctx.partnerId, async (tx) => {
    const about = { connectionId: connection.id };
    const action = 'registration.check_failed';
    const since = registration.refusedAt ?? ctx.clock.now();
    const told = await tx.auditEvent.count({
      where: { partnerId: ctx.partnerId, ...about, action, at: { gte: since } },
    });
    const detail = { registration_id: registration.id, reason: 'client_rejected', turned_away: true };
    if (told === 0) await record(tx, ctx, action, about, detail);
  });
