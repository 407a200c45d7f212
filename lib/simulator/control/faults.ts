import { z } from 'zod';
import { FAULT_ENDPOINTS, type Fault } from '../core/fault.ts';
import { KINDS } from '../faults/kinds.ts';
import type { Incoming } from '../http.ts';
import { mintFaultId } from '../mint.ts';
import type { World } from '../world.ts';
import { Id, listed, mustKnow, oneOf, Refused, read, readQuery, whole } from './inputs.ts';

/** Every request looks through them, so a test that never cleans up must not slow down all that follow. */
const MOST_FAULTS = 500;

const kindNames = Object.keys(KINDS);
const aim = {
  endpoint: oneOf(FAULT_ENDPOINTS),
  kind: oneOf(kindNames),
  times: whole(1, 1_000_000).default(1),
  client_id: Id.optional(),
};
const AimIn = z.looseObject(aim);
const DetailsIn = new Map(
  Object.entries(KINDS).map(([name, { takes }]) => {
    const fields = [...Object.keys(aim), ...Object.keys(takes)];
    const error = `a fault of kind ${name} takes ${listed(fields, 'and')}, nothing else`;
    return [name, z.strictObject({ ...aim, ...takes }, { error: (issue) => unknownField(issue.code, error) })];
  }),
);
const DeleteIn = z.strictObject({ id: z.string().optional() });

/** `POST /__control/faults` */
export function addFault(world: World, incoming: Incoming): unknown {
  const schema = DetailsIn.get(read(AimIn, incoming).kind) ?? AimIn;
  const { endpoint, kind, times, client_id: clientId, ...details } = read(schema, incoming);
  if (clientId !== undefined) mustKnow(world, clientId);
  if (world.ledger.faults.size >= MOST_FAULTS) {
    throw new Refused(400, `There are ${MOST_FAULTS} faults already; DELETE /__control/faults forgets them.`);
  }
  const fault: Fault = { id: mintFaultId(), endpoint, kind, clientId: clientId ?? null, timesLeft: times, details };
  world.ledger.faults.set(fault.id, fault);
  world.changed();
  return presentFault(fault);
}

/** `GET /__control/faults` */
export function listFaults(world: World): unknown {
  return { faults: [...world.ledger.faults.values()].map(presentFault) };
}

/** `DELETE /__control/faults`: also sets free whoever a deleted fault keeps waiting. */
export function deleteFaults(world: World, incoming: Incoming): unknown {
  const { id } = readQuery(DeleteIn, incoming);
  const { faults } = world.ledger;
  if (id !== undefined && !faults.has(id)) {
    throw new Refused(400, `There is no fault ${id}; GET /__control/faults lists them.`);
  }
  const deleted = id === undefined ? [...faults.keys()] : [id];
  for (const each of deleted) {
    faults.delete(each);
    world.holds.release(each);
  }
  world.changed();
  return { deleted };
}

function presentFault({ id, endpoint, kind, clientId, timesLeft, details }: Fault): unknown {
  return { id, endpoint, kind, client_id: clientId, times_left: timesLeft, ...details };
}

function unknownField(code: string, sentence: string): string | undefined {
  return code === 'unrecognized_keys' ? sentence : undefined;
}
