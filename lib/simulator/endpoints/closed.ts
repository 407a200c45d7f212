import { closedForMaintenance } from '../core/maintenance.ts';
import type { Answer, Incoming } from '../http.ts';
import { messagePage } from '../pages/message.ts';
import type { World } from '../world.ts';

/** T19 for people: whoever opens a page or sends a form during maintenance. Programs are answered by their endpoints. */
export function closedPage(world: World, incoming: Incoming): Answer | null {
  const clientId = incoming.params.get('client_id') ?? new URLSearchParams(incoming.body).get('client_id');
  const closed = closedForMaintenance(world.ledger.switches, world.now(clientId));
  if (closed === null) return null;
  const page = messagePage({
    site: incoming.site,
    status: closed.status,
    title: 'Server maintenance',
    lead: 'Nothing was lost. Go back to the app and try again later.',
    text: 'Due to server maintenance the Exact Online server is unavailable.',
  });
  return { ...page, noted: { client_id: clientId, verdict: 'refused', rule: closed.rule } };
}
