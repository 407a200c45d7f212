import { type Answer, type Incoming, redirect } from '../http.ts';
import type { World } from '../world.ts';

/*
 * Signing in on a host of its own, as at Exact (design §8.3), where the switch `signInHost` says so. Whoever is not signed in is sent
 * there and comes back with a ticket for one consent, so session cookies live on that host alone. It is the same process at the same
 * port: browsers take every name under `localhost` for this machine.
 */

const SIGN_IN_HOST = 'login.localhost';

/** For whom the sign-in host vouches; a parameter of our own like `__persona`, and a field of the consent form. */
export const TICKET_PARAM = '__ticket';

function signInOrigin({ origin }: Incoming): string {
  return `http://${SIGN_IN_HOST}:${new URL(origin).port}`;
}

function isThere(incoming: Incoming): boolean {
  return incoming.header('host') === new URL(signInOrigin(incoming)).host;
}

/** Whether people who open this address sign in on another host than its own. */
export function signsInElsewhere(world: World, incoming: Incoming): boolean {
  return world.ledger.switches.signInHost === 'other' && !isThere(incoming);
}

/** Whether this is that other host, which asks who somebody is and nothing else. */
export function signsInForAnother(world: World, incoming: Incoming): boolean {
  return world.ledger.switches.signInHost === 'other' && isThere(incoming);
}

/** The same request at the sign-in host; a form that was posted stays one (307). */
export function overThere(incoming: Incoming): Answer {
  const query = new URLSearchParams(incoming.params);
  query.delete(TICKET_PARAM); // spent or made up, or nobody would be sent on
  const location = `${signInOrigin(incoming)}${incoming.path}${query.size === 0 ? '' : `?${query}`}`;
  return redirect(incoming.method === 'POST' ? 307 : 302, location);
}

/** Back to the host that was asked, with a ticket. */
export function backWithTicket(incoming: Incoming, path: string, ticket: string): Answer {
  return redirect(302, `${incoming.origin}${path}&${TICKET_PARAM}=${ticket}`);
}

/** What a browser brought from the sign-in host. */
export function ticketOf(incoming: Incoming): string | undefined {
  return incoming.params.get(TICKET_PARAM) ?? new URLSearchParams(incoming.body).get(TICKET_PARAM) ?? undefined;
}
