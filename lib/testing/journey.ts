import { setTimeout } from 'node:timers/promises';
import {
  type CallbackAnswer,
  createInvitation,
  handleCallback,
  type InvitationInput,
  startAuthorization,
  type Visit,
  visitInvitation,
} from '../consent/index.ts';
import { findGrant, type GrantRow } from '../custody/index.ts';
import type { AuthorizationRequest } from '../db/generated/client.ts';
import { inTenant } from '../db/index.ts';
import { days, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { consentByRobot } from '../simulator/testing/consent-robot.ts';
import type { RegistrationView } from '../tenancy/index.ts';
import { aRegistration } from './world.ts';

export type Asked = { id: string; connectionId: string; token: string };

/** An invitation as the partner makes one; `token` is what the customer's link ends in. */
export async function anInvitation(
  ctx: Ctx,
  registration: Pick<RegistrationView, 'id'>,
  more: Partial<InvitationInput> = {},
): Promise<Asked> {
  const made = await createInvitation(ctx, {
    customer: { name: 'Bakkerij De Korenaar B.V.' },
    client_registration_id: registration.id,
    ...more,
  });
  return { id: made.id, connectionId: made.connectionId, token: made.url.reveal().split('/').at(-1) ?? '' };
}

export async function opened(asked: Asked): Promise<Visit> {
  const visit = await visitInvitation(asked.token);
  if (!visit) throw new Error('the invitation leads nowhere');
  return visit;
}

/** The customer presses Connect: from here the provider has them. */
export async function leave(asked: Asked, browser = 'this browser'): Promise<{ authorizeUrl: string; state: string }> {
  const authorizeUrl = await startAuthorization(await opened(asked), browser, false);
  return { authorizeUrl, state: new URL(authorizeUrl).searchParams.get('state') ?? '' };
}

/** The customer signs in and decides at the provider; what it sends back. */
export async function decide(
  authorizeUrl: string,
  how: { user?: string; decision?: 'allow' | 'deny'; divisions?: readonly number[] } = {},
): Promise<URLSearchParams> {
  return new URL(await consentByRobot({ authorizeUrl, user: 'j.jansen', ...how })).searchParams;
}

/** The browser comes back to the callback address, and what it brought has been looked at, however slow the machine. */
export async function comeBack(
  registration: Pick<RegistrationView, 'id'>,
  params: URLSearchParams | Record<string, string>,
  browser: string | null = 'this browser',
): Promise<CallbackAnswer> {
  const answer = await handleCallback({
    registrationId: registration.id,
    providerSlug: 'exact-online',
    params: params instanceof URLSearchParams ? params : new URLSearchParams(params),
    browserSecret: browser,
  });
  if (answer.kind === 'settled') await lookedAt(answer.visit.ctx, answer.requestId);
  return answer;
}

async function lookedAt({ partnerId }: Ctx, authorizationRequestId: string): Promise<void> {
  const pending = { partnerId, authorizationRequestId, identity: 'pending' };
  while (await inTenant(partnerId, (tx) => tx.grant.count({ where: pending }))) await setTimeout(50);
}

/** What became of a trip, as its row says. */
export async function tripOf(answer: CallbackAnswer): Promise<AuthorizationRequest> {
  if (answer.kind !== 'settled') throw new Error(`the callback ended as ${answer.kind}`);
  const { ctx } = answer.visit;
  return inTenant(ctx.partnerId, (tx) =>
    tx.authorizationRequest.findFirstOrThrow({ where: { partnerId: ctx.partnerId, id: answer.requestId } }),
  );
}

/** The whole way of one customer; the outcome is the trip's. */
export async function connect(
  asked: Asked,
  registration: Pick<RegistrationView, 'id'>,
  how: { user?: string; decision?: 'allow' | 'deny'; divisions?: readonly number[] } = {},
): Promise<AuthorizationRequest> {
  const { authorizeUrl } = await leave(asked);
  return tripOf(await comeBack(registration, await decide(authorizeUrl, how)));
}

export type SealedConnection = { connectionId: string; grantId: string; registration: RegistrationView; asked: Asked };

/** A connection whose consent is sealed, made the way customers make one. */
export async function aSealedConnection(
  ctx: Ctx,
  {
    user = 'j.jansen',
    registration,
    invitation = {},
  }: { user?: string; registration?: RegistrationView; invitation?: Partial<InvitationInput> } = {},
): Promise<SealedConnection> {
  const through = registration ?? (await aRegistration(ctx));
  const asked = await anInvitation(ctx, through, invitation);
  const trip = await connect(asked, through, { user });
  if (!trip.grantId) throw new Error(`the trip ended as ${trip.outcome}`);
  return { connectionId: asked.connectionId, grantId: trip.grantId, registration: through, asked };
}

/** When a held grant's partner is reminded first, which is also when its row falls due first. */
export const firstReminder = ({ lapsesAt }: Pick<GrantRow, 'lapsesAt'>): Date => plus(lapsesAt, -days(14));

export async function grantOf(ctx: Ctx, grantId: string): Promise<GrantRow> {
  const grant = await inTenant(ctx.partnerId, (tx) => findGrant(tx, ctx, grantId));
  if (!grant) throw new Error(`no grant ${grantId}`);
  return grant;
}

export type Told = { type: string; connectionId: string | null; data: Record<string, unknown> };

/** The partner's events so far, oldest first. */
export async function eventsOf(ctx: Ctx): Promise<Told[]> {
  const rows = await inTenant(ctx.partnerId, (tx) =>
    tx.outboxEvent.findMany({ where: { partnerId: ctx.partnerId }, orderBy: { seq: 'asc' } }),
  );
  return rows.map(({ type, connectionId, data }) => ({ type, connectionId, data: data as Record<string, unknown> }));
}

export const eventTypes = async (ctx: Ctx): Promise<string[]> => (await eventsOf(ctx)).map(({ type }) => type);
