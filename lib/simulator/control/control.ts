import { refusedAtRegistration } from '../core/authorize.ts';
import { endAccess, welcomeBack } from '../core/endings.ts';
import { type Client, clientKey, findUser, record, type User } from '../core/ledger.ts';
import type { Answer, Incoming } from '../http.ts';
import { sha256 } from '../mint.ts';
import { judgePage } from '../pages/judge.ts';
import type { World } from '../world.ts';
import { whyNot } from './door.ts';
import { addFault, deleteFaults, listFaults } from './faults.ts';
import {
  ClientIn,
  ClockIn,
  EndingIn,
  listed,
  mustKnow,
  NothingIn,
  PersonaIn,
  PolicyIn,
  Refused,
  RequestsIn,
  read,
  readQuery,
  SwitchesIn,
  UserIn,
} from './inputs.ts';
import { presentCounters } from './judge.ts';
import { iso, offsetOf, presentChains, presentClient, presentPersonas, presentUser } from './present.ts';

/*
 * The simulator's own remote control, for tests and sandboxes; nothing of it exists at Exact. It answers on every port,
 * to this machine only, and never shows a secret or a token.
 */

const CONTROL = '/__control';

type Command = (world: World, incoming: Incoming) => unknown;

const COMMANDS: Record<string, Command> = {
  'GET /__control': describe,
  'GET /__control/requests': requests,
  'GET /__control/chains': chains,
  'PUT /__control/clients': putClient,
  'POST /__control/clock': advanceClock,
  'POST /__control/policy': setPolicy,
  'POST /__control/users': putUser,
  'POST /__control/endings': endConsents,
  'GET /__control/personas': personas,
  'POST /__control/personas': setPersona,
  'POST /__control/switches': setSwitches,
  'POST /__control/faults': addFault,
  'GET /__control/faults': listFaults,
  'DELETE /__control/faults': deleteFaults,
  'POST /__control/reset': reset,
};

const commandNames = Object.keys(COMMANDS);

export function isControlPath(path: string): boolean {
  return path === CONTROL || path.startsWith(`${CONTROL}/`);
}

export function controlEndpoint(world: World, incoming: Incoming): Answer {
  const name = `${incoming.method} ${incoming.path}`;
  try {
    const closed = whyNot(incoming);
    if (closed !== null) throw new Refused(403, closed);
    const command = COMMANDS[name];
    if (command === undefined)
      throw new Refused(400, `There is no command ${name}; there is ${listed(commandNames, 'and')}.`);
    if (command === describe && wantsPage(incoming)) return judgePage(world);
    return json(200, command(world, incoming));
  } catch (error) {
    if (error instanceof Refused) return json(error.status, { error: error.message });
    throw error;
  }
}

/** A change that the store would not take: it holds for now, and is written when the store works again. */
export function commandNotKept(): Answer {
  return json(503, {
    error: 'The command was carried out, but could not be stored yet; it is tried again until it is.',
  });
}

function describe(world: World): unknown {
  const { ledger } = world;
  return {
    policy: ledger.policy,
    now: iso(world.now(null)),
    switches: ledger.switches,
    clients: [...ledger.clients.values()].map((client) => presentClient(world, client)),
    users: [...ledger.users.values()].map(presentUser),
    counters: presentCounters(world),
    commands: commandNames,
  };
}

function requests(world: World, incoming: Incoming): unknown {
  return { requests: world.journal.list(readQuery(RequestsIn, incoming)) };
}

function chains(world: World, { params }: Incoming): unknown {
  return presentChains(world, params.get('client_id'));
}

function putClient(world: World, incoming: Incoming): unknown {
  const input = read(ClientIn, incoming);
  const refusal = refusedAtRegistration(input.redirect_uri, world.ledger.switches);
  if (refusal !== null) throw new Refused(400, refusal);
  const client: Client = {
    site: input.site,
    clientId: input.client_id,
    secretHash: sha256(input.client_secret),
    redirectUri: input.redirect_uri,
    name: input.name,
    purpose: input.purpose ?? 'Connect your bookkeeping, and read and write it on your behalf',
    thirdParties: input.third_parties ?? [],
    scopes: input.scopes ?? [],
    cleared: input.cleared ?? true,
    ...(input.owner_user !== undefined && { ownerUser: mustKnowUser(world, input.owner_user).id }),
    realm: input.realm ?? null,
  };
  // Also one that belongs to nobody's sandbox, and on any site: clock, policy, personas and the journal go by the client ID alone.
  const known = [...world.ledger.clients.values()].filter((each) => each.clientId === client.clientId);
  if (known.some(({ realm }) => (realm ?? null) !== client.realm)) {
    throw new Refused(409, `Client ${client.clientId} belongs to somebody else; choose another client ID.`);
  }
  world.ledger.clients.set(clientKey(client.site, client.clientId), client);
  world.changed();
  return presentClient(world, client);
}

/** Beyond it dates no longer fit into four digits. */
const END_OF_TIME = Date.UTC(9999, 11, 1);

/** Time only goes forward: a token that has expired must not come back to life. */
function advanceClock(world: World, incoming: Incoming): unknown {
  const { client_id: clientId, advance_seconds: advance = 0, to } = read(ClockIn, incoming);
  if (clientId !== undefined) mustKnow(world, clientId);
  const { ledger } = world;
  const now = world.now(clientId ?? null);
  const seconds = to === undefined ? advance : (Date.parse(to) - now) / 1000;
  if (seconds < 0) throw new Refused(400, `The clock moves forward only, and it is ${iso(now)} now.`);
  if (now + seconds * 1000 > END_OF_TIME) throw new Refused(400, `The clock ends at ${iso(END_OF_TIME)}.`);
  if (clientId === undefined) {
    ledger.offsetSeconds += seconds;
    for (const [id, offset] of ledger.offsets) ledger.offsets.set(id, offset + seconds);
  } else {
    ledger.offsets.set(clientId, offsetOf(world, clientId) + seconds);
  }
  world.changed();
  return { now: iso(world.now(clientId ?? null)), offset_seconds: offsetOf(world, clientId) };
}

function setPolicy(world: World, incoming: Incoming): unknown {
  const { client_id: clientId, policy } = read(PolicyIn, incoming);
  if (clientId === undefined) {
    world.ledger.policy = policy;
  } else {
    mustKnow(world, clientId);
    world.ledger.policies.set(clientId, policy);
  }
  world.changed();
  return { policy, client_id: clientId ?? null };
}

function putUser(world: World, incoming: Incoming): unknown {
  const input = read(UserIn, incoming);
  const user: User = {
    id: input.id.toLowerCase(),
    userName: input.user_name,
    fullName: input.full_name,
    email: input.email,
    divisions: input.divisions.map((division) => ({
      code: division.code,
      description: division.description,
      customerName: division.customer_name,
      country: division.country,
      vatNumber: division.vat_number,
      current: division.current,
    })),
  };
  const namesake = [...world.ledger.users.values()].find((each) => each.userName === user.userName);
  if (namesake && namesake.id !== user.id)
    throw new Refused(400, `user_name ${user.userName} belongs to another user.`);
  world.ledger.users.set(user.id, user);
  record(world.ledger, welcomeBack(world.ledger, user.id));
  world.changed();
  return presentUser(user);
}

/** T17, T18: at once, or some seconds ahead on the client's own clock. */
function endConsents(world: World, incoming: Incoming): unknown {
  const { client_id: clientId, user: login, kind, in_seconds: seconds = 0 } = read(EndingIn, incoming);
  const { ledger } = world;
  mustKnow(world, clientId);
  const user = mustKnowUser(world, login);
  const at = world.now(clientId) + seconds * 1000;
  for (const client of ledger.clients.values()) {
    if (client.clientId !== clientId) continue;
    record(ledger, endAccess(ledger, { site: client.site, clientId, userId: user.id }, { kind, at }));
  }
  world.changed();
  return { client_id: clientId, user_id: user.id, kind, at: iso(at) };
}

function personas(world: World): unknown {
  return presentPersonas(world);
}

/** How the next consents at a client go, whatever is picked on the page; `null` leaves it to the page again. */
function setPersona(world: World, incoming: Incoming): unknown {
  const { client_id: clientId, persona, times } = read(PersonaIn, incoming);
  mustKnow(world, clientId);
  if (persona === null) world.ledger.personas.delete(clientId);
  else world.ledger.personas.set(clientId, { persona, times });
  world.changed();
  return presentPersonas(world);
}

function setSwitches(world: World, incoming: Incoming): unknown {
  Object.assign(world.ledger.switches, read(SwitchesIn, incoming));
  world.changed();
  return { switches: world.ledger.switches };
}

function reset(world: World, incoming: Incoming): unknown {
  if (incoming.body !== '') read(NothingIn, incoming);
  world.reset();
  return { policy: world.ledger.policy };
}

/** A browser asks for HTML by name; programs ask for JSON or anything. */
function wantsPage(incoming: Incoming): boolean {
  return /\btext\/html\b/.test(incoming.header('accept') ?? '');
}

function mustKnowUser(world: World, login: string): User {
  const user = findUser(world.ledger, login);
  if (user === undefined) throw new Refused(400, `No user ${login} exists; GET /__control lists the users.`);
  return user;
}

function json(status: number, body: unknown): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    body: JSON.stringify(body),
  };
}
