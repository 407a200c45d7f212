import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { controlEndpoint, isControlPath } from './control/control.ts';
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
import { tokenEndpoint } from './endpoints/token.ts';
import { type Answer, BodyTooLarge, type Incoming, readIncoming, text, writeAnswer } from './http.ts';
import { messagePage } from './pages/message.ts';
import type { World } from './world.ts';

const TOKEN_PATH = '/api/oauth2/token';

/** One site of the provider. All sites share a world; which one a request is for is known from its port alone (A1). */
export function createSite(world: World, site: Site, originOf: () => string): Server {
  return createServer((request, response) => {
    void serve(world, site, originOf(), request, response);
  });
}

async function serve(world: World, site: Site, origin: string, request: IncomingMessage, response: ServerResponse) {
  try {
    const incoming = await readIncoming(site, origin, request);
    const answer = route(world, incoming);
    note(world, incoming, answer);
    writeAnswer(response, answer);
  } catch (error) {
    if (response.headersSent || request.destroyed) return void response.destroy();
    const tooLarge = error instanceof BodyTooLarge;
    if (!tooLarge) process.stderr.write(`Exact Online simulator: ${error instanceof Error ? error.stack : error}\n`);
    writeAnswer(response, tooLarge ? text(413, 'Body too large') : text(500, 'The simulator failed'));
  }
}

function route(world: World, incoming: Incoming): Answer {
  const { path } = incoming;
  if (isControlPath(path)) return controlEndpoint(world, incoming);
  if (path === TOKEN_PATH) return tokenEndpoint(world, incoming);
  if (path.startsWith('/api/v1/')) return apiEndpoint(world, incoming);
  const closed = closedPage(world, incoming);
  if (closed) return closed;
  switch (`${incoming.method} ${path}`) {
    case `GET ${AUTHORIZE_PATH}`:
      return authorizeEndpoint(world, incoming);
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

function note(world: World, incoming: Incoming, answer: Answer): void {
  if (answer.noted === undefined) return;
  const clientId = answer.noted.client_id ?? null;
  world.journal.add({
    at: new Date(world.now(clientId)).toISOString(),
    site: incoming.site,
    method: incoming.method,
    path: incoming.path,
    client_id: clientId,
    user_id: null,
    chain: null,
    generation: null,
    grant_type: null,
    token_fingerprint: null,
    issued_fingerprint: null,
    persona: null,
    rule: null,
    ...answer.noted,
    status: answer.status,
  });
}
