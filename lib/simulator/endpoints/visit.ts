import type { AuthorizeRequest } from '../core/authorize.ts';
import type { User } from '../core/ledger.ts';
import { afterOneConsent, type Behaviour, behaviourOf, PERSONAS, personConsenting } from '../core/personas.ts';
import type { Incoming } from '../http.ts';
import type { Noted } from '../journal.ts';
import { sha256 } from '../mint.ts';
import type { World } from '../world.ts';
import { signsInElsewhere, ticketOf } from './sign-in-host.ts';

export const AUTHORIZE_PATH = '/api/oauth2/auth';

/** Parameters of our own beside those of the authorize request, marked like our paths. They end with the visit. */
export const PERSONA_PARAM = '__persona';
export const FIND_PARAM = '__find';

/** One person at one authorize request. */
export type Visit = {
  readonly request: AuthorizeRequest;
  readonly behaviour: Behaviour;
  /** Whoever was chosen at sign-in; `consenting` is someone else for one persona. */
  readonly signedIn: User | undefined;
  readonly consenting: User | undefined;
  readonly noted: Pick<Noted, 'client_id' | 'user_id' | 'persona'>;
};

export function visitOf(world: World, incoming: Incoming, request: AuthorizeRequest, picked: string | null): Visit {
  const behaviour = behaviourOf(world.ledger, request.clientId, picked);
  const signedIn = userOf(world, incoming);
  const consenting = signedIn && personConsenting(world.ledger, PERSONAS[behaviour.id], signedIn);
  const noted = {
    client_id: request.clientId || null,
    user_id: consenting?.id ?? null,
    persona: consenting ? behaviour.id : null,
  };
  return { request, behaviour, signedIn, consenting, noted };
}

/** A persona set in advance is for so many consents; this was one of them. */
export function useUp(world: World, clientId: string): void {
  const set = world.ledger.personas.get(clientId);
  if (set === undefined) return;
  const left = afterOneConsent(set);
  if (left === null) world.ledger.personas.delete(clientId);
  else world.ledger.personas.set(clientId, left);
  world.changed();
}

/** Cookies ignore ports, so the name carries the site: signing in on nl must not sign anyone in on be. */
export function sessionCookie(incoming: Incoming): string {
  return `simulated_exact_${incoming.site}`;
}

/** Whoever is signed in here in this browser; where people sign in elsewhere, whom that host vouches for. */
export function userOf(world: World, incoming: Incoming): User | undefined {
  const value = signsInElsewhere(world, incoming) ? ticketOf(incoming) : incoming.cookie(sessionCookie(incoming));
  const session = value === undefined ? undefined : world.ledger.sessions.get(sha256(value));
  return session?.site === incoming.site ? world.ledger.users.get(session.userId) : undefined;
}

export function authorizePath(
  request: AuthorizeRequest,
  { forceLogin = false, persona = 'agrees' }: { forceLogin?: boolean; persona?: Behaviour['id'] } = {},
): string {
  const params = new URLSearchParams({
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    response_type: request.responseType,
  });
  if (request.state !== null) params.set('state', request.state);
  if (forceLogin) params.set('force_login', '1');
  if (persona !== 'agrees') params.set(PERSONA_PARAM, persona);
  return `${AUTHORIZE_PATH}?${params}`;
}
