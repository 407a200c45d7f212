import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { commandNotKept, controlEndpoint, isControlPath } from './control/control.ts';
import type { Site } from './core/vocabulary.ts';
import { apiEndpoint } from './endpoints/api.ts';
import {
  AUTHORIZE_PATH,
  authorizeEndpoint,
  CONSENT_PATH,
  consentForm,
  LOGIN_PATH,
  loginForm,
  SIGN_OUT_PATH,
  signOutForm,
} from './endpoints/authorize.ts';
import { closedPage } from './endpoints/closed.ts';
import { HOME_PATH, homeEndpoint, PERMISSIONS_PATH, permissionsForm } from './endpoints/permissions.ts';
import { tokenEndpoint } from './endpoints/token.ts';
import { KINDS } from './faults/kinds.ts';
import { Turn } from './faults/turn.ts';
import { type Answer, BodyTooLarge, type Incoming, readIncoming, text, writeAnswer } from './http.ts';
import { messagePage } from './pages/message.ts';
import { API_PATH, TOKEN_PATH } from './paths.ts';
import type { World } from './world.ts';

/** One site of the provider. All sites share a world; which one a request is for is known from its port alone (A1). */
export function createSite(world: World, site: Site, originOf: () => string, underWay: Set<Promise<void>>): Server {
  return createServer((request, response) => {
    const served = serve(world, site, originOf(), request, response).finally(() => underWay.delete(served));
    underWay.add(served);
  });
}

async function serve(world: World, site: Site, origin: string, request: IncomingMessage, response: ServerResponse) {
  try {
    const incoming = await readIncoming(site, origin, request);
    if (isControlPath(incoming.path)) return writeAnswer(response, await command(world, incoming));
    const turn = new Turn(world, incoming, { response, socket: request.socket }, route);
    if (turn.fault === null) await turn.send(await turn.process());
    else await KINDS[turn.fault.kind]?.run(turn, turn.fault.details);
  } catch (error) {
    if (response.headersSent || request.destroyed) return void response.destroy();
    const tooLarge = error instanceof BodyTooLarge;
    if (!tooLarge) process.stderr.write(`Exact Online simulator: ${error instanceof Error ? error.stack : error}\n`);
    writeAnswer(response, tooLarge ? text(413, 'Body too large') : text(500, 'The simulator failed'));
  }
}

/** Faults never hit commands, and what a command changed is written before it is confirmed. */
async function command(world: World, incoming: Incoming): Promise<Answer> {
  const before = world.changes;
  const answer = controlEndpoint(world, incoming);
  if (world.changes === before) return answer;
  return world.written().then(
    () => answer,
    () => commandNotKept(),
  );
}

function route(world: World, incoming: Incoming): Answer {
  const { path } = incoming;
  if (path === TOKEN_PATH) return tokenEndpoint(world, incoming);
  if (path.startsWith(API_PATH)) return apiEndpoint(world, incoming);
  const closed = closedPage(world, incoming);
  if (closed) return closed;
  switch (`${incoming.method} ${path}`) {
    case `GET ${AUTHORIZE_PATH}`:
      return authorizeEndpoint(world, incoming);
    case `GET ${HOME_PATH}`:
      return homeEndpoint(world, incoming);
    case `POST ${PERMISSIONS_PATH}`:
      return permissionsForm(world, incoming);
    case `POST ${LOGIN_PATH}`:
      return loginForm(world, incoming);
    case `POST ${CONSENT_PATH}`:
      return consentForm(world, incoming);
    case `POST ${SIGN_OUT_PATH}`:
      return signOutForm(world, incoming);
    default:
      return messagePage({
        site: incoming.site,
        status: 404,
        title: 'Nothing here',
        lead: 'The simulator has no such page.',
        text: `${incoming.method} ${path}`,
      });
  }
}
