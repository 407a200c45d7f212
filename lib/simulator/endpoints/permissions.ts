import { record } from '../core/ledger.ts';
import { manageDivisions, permissionsOf, revoke } from '../core/permissions.ts';
import { type Answer, type Incoming, redirect } from '../http.ts';
import { messagePage } from '../pages/message.ts';
import { permissionsPage } from '../pages/permissions.ts';
import type { World } from '../world.ts';
import { overThere, signsInElsewhere } from './sign-in-host.ts';
import { userOf } from './visit.ts';

export const HOME_PATH = '/';
export const PERMISSIONS_PATH = '/__permissions';

/** `GET /`: what the signed-in person allowed. Whoever is not signed in learns that the house is open, and no more. */
export function homeEndpoint(world: World, incoming: Incoming): Answer {
  const { site } = incoming;
  if (signsInElsewhere(world, incoming)) return overThere(incoming);
  const user = userOf(world, incoming);
  if (!user) {
    return messagePage({
      site,
      status: 200,
      title: 'Nobody is signed in',
      lead: 'People sign in here when an app asks for their permission.',
      text: 'Connect an app first; then this page shows what you allowed.',
    });
  }
  const permissions = permissionsOf(world.ledger, { site, user }, world.realNow());
  return permissionsPage({ site, user, permissions, saved: incoming.params.has('saved') });
}

/** `POST /__permissions`: companies ticked and unticked, or the whole permission taken back (T17). */
export function permissionsForm(world: World, incoming: Incoming): Answer {
  const form = new URLSearchParams(incoming.body);
  const user = userOf(world, incoming);
  const clientId = form.get('client_id') ?? '';
  if (user) {
    const of = { site: incoming.site, user, clientId, ticked: form.getAll('division').map(Number) };
    const change = form.get('act') === 'revoke' ? revoke : manageDivisions;
    record(world.ledger, change(world.ledger, of, world.realNow()));
    world.changed();
  }
  return { ...redirect(303, `${HOME_PATH}?saved`), noted: { client_id: clientId || null, verdict: 'served' } };
}
