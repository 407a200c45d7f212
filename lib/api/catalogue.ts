import type { z } from 'zod';
import { entries, events, vocabulary } from '../audit/index.ts';
import { contracts } from './contracts.ts';
import type { Contract } from './endpoint.ts';
import { statusOf } from './problem.ts';

/** What the documentation says of the API, read from the contracts themselves. */
export const operationList = (Object.values(contracts) as Contract[]).map(({ method, path, summary, problems }) => ({
  method,
  path: `/api/v1${path}`,
  summary,
  problems,
}));

/** What every problem code means to a caller, and what to do. A new code without a meaning does not compile. */
const meanings: Record<keyof typeof statusOf, string> = {
  invalid_request: 'Something in the request is not as described. The detail names the field.',
  unauthorized: 'No API key, or one that is revoked or not ours. Send "Authorization: Bearer wxk_…".',
  sign_in_again:
    'In the console: this needs a sign-in of the last five minutes. Nothing was done; sign in and decide again.',
  forbidden: 'The caller may not do this: the role of a member or the scopes of an API key do not allow it.',
  not_found: 'Nothing is here for you. A foreign id gets the same answer as one that never existed.',
  too_large: 'The body is larger than 64 kB.',
  unsupported_media_type: 'Send the body as application/json.',
  idempotency_key_reused: 'This Idempotency-Key was used for another request. Use a new one.',
  idempotency_in_flight: 'The first request with this Idempotency-Key still runs. Ask again in a moment.',
  client_id_taken: 'This client ID is in use at the simulated Exact Online of this instance. Choose another.',
  registration_in_use: 'Client ID and site are fixed once a customer connected. Create a new client registration.',
  too_early: 'Exact Online refuses a token in the first 570 seconds after its issue. Claim from not_before on.',
  window_over: 'The time for this is over. Ask the customer to connect again.',
  already_claimed: 'Someone claimed or received these credentials. There is no second copy.',
  not_claimable:
    'The grant is parked or busy, or has no fresh pair. A member has to accept it, or wait for retry_after seconds.',
  needs_consent: 'Nothing usable is held. Ask the customer to connect again.',
  already_redeemed: 'The credentials have left. Only the same API key with the same Idempotency-Key hears them again.',
  not_redeemable: 'Only the credential that claimed can redeem, and only while the claim stands.',
  not_delivered: 'There is no outcome to report before anything was delivered.',
  already_confirmed: 'The handoff has ended with another outcome.',
  not_withdrawable:
    'The invitation was used: a consent came through it. The customer withdraws that on their own page.',
  not_cancellable: 'Something has left already. Report the outcome instead.',
  fingerprint_mismatch: 'The token_fingerprint is not that of the token that was delivered.',
  private_key_given: 'What was sent holds a private key. It was not stored; make a new pair and send its public key.',
  invalid_recipient_key: 'The public key cannot be used. The detail says why.',
  recipient_key_known: 'This public key is in use at this target already.',
  too_many_recipient_keys: 'A target has at most two live keys, the old one and the new one. Retire one first.',
  recipient_key_required: 'This target gets encrypted bundles only. Name one of its keys as recipient_key_id.',
  recipient_key_retired: 'The recipient key was retired. Cancel the claim, if there is one, and claim for a live key.',
  file_refused:
    'A value cannot be written into this file so that it reads back as it is; `field` names it. Nothing left: cancel the claim, and claim for a target that makes JSON.',
  target_name_taken: 'Another target has this name.',
  target_not_allowed: 'Whoever claims may not use this target.',
  target_archived: 'This target is archived, or closed by an administrator. Claim for another one.',
  approval_needed: 'This target asks for a second person: a member has to agree in the console before anything leaves.',
  listed_twice: 'In a bulk claim this connection stands in the list before; its result is there.',
  sandbox_only: 'Only a sandbox has a clock that can be moved.',
  clock_moved: 'Somebody else moves the clock of this sandbox. Wait until that is done and try again.',
  provider_unavailable: 'Exact Online, or its simulator, does not answer.',
  unavailable: 'The service cannot reach its database. Try again in a moment.',
};

export const problemList = Object.entries(statusOf).map(([code, status]) => ({
  code,
  status,
  meaning: meanings[code as keyof typeof statusOf],
}));

export type ListedField = { name: string; says: string; optional: boolean; values: Readonly<Record<string, string>> };
export type Listed = { name: string; says: string; fields: ListedField[] };

function fieldOf(name: string, schema: z.ZodType): ListedField {
  let [inner, optional] = [schema, false];
  while (inner.type === 'optional' || inner.type === 'nullable') {
    optional = true;
    inner = (inner as z.ZodOptional<z.ZodType>).unwrap();
  }
  const known = vocabulary.get(inner);
  const options = inner.type === 'enum' ? (inner as z.ZodEnum).options : [];
  const says = known?.says ?? schema.description ?? inner.description ?? '';
  return {
    ...{ name, optional },
    says: known || options.length === 0 ? says : `${says}: ${options.join(', ')}`,
    values: known?.values ?? {},
  };
}

const listOf = (lists: typeof events | typeof entries): Listed[] =>
  Object.entries(lists).map(([name, { says, data }]) => ({
    ...{ name, says },
    fields: Object.entries(data.shape as Record<string, z.ZodType>).map(([field, schema]) => fieldOf(field, schema)),
  }));

/** Every event of the feed, and what else stands on a connection's timeline. */
export const eventList = listOf(events);
export const entryList = listOf(entries);
