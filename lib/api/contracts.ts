import { z } from 'zod';
import { entries, events, parkedReasons } from '../audit/index.ts';
import { isShowable } from '../branding/index.ts';
import { sites } from '../config/index.ts';
import { channels, InvitationInput } from '../consent/index.ts';
import { custodies, statuses } from '../custody/index.ts';
import { fileFormats, mostConnections } from '../handoff/index.ts';
import { locales } from '../i18n/index.ts';
import { AdvanceInput } from '../sandbox/index.ts';
import { RecipientKeyInput, TargetInput, targetKinds } from '../targets/index.ts';
import type { Contract } from './endpoint.ts';

const Instant = z.iso.datetime();
const Paging = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });

const eventTypes = Object.keys(events) as (keyof typeof events)[];
const entryNames = Object.keys(entries) as (keyof typeof entries)[];
/** For lists that grow: a client that stops at a new name would stop for good news, too. */
const moreMayCome = 'More may be added: pass over what you do not know.';
const wordList = (words: Readonly<Record<string, string>>) =>
  Object.entries(words)
    .map(([name, meaning]) => `${name}: ${meaning}`)
    .join('; ');

const Invitation = z.object({
  id: z.string(),
  status: z.enum(['open', 'used', 'lapsed', 'withdrawn']).meta({
    description:
      'used: a consent came through it, and the link shows what became of that. A denial or a failure leaves it open.',
  }),
  channel: z.enum(channels),
  connection_id: z.string().meta({
    description: 'Where the customer chose another country (choose_site), the connection there.',
  }),
  created_at: Instant,
  expires_at: Instant,
  return_url: z.string().nullable(),
  opened_at: Instant.nullable().meta({
    description: 'When a person first pressed Continue. That a page was fetched says nothing: mail scanners do that.',
  }),
  declined_at: Instant.nullable().meta({
    description: 'When the customer said that they do not want to connect. The link stays open for a change of mind.',
  }),
  finished_at: Instant.nullable().meta({ description: 'When a consent came through it.' }),
  reminders: z
    .object({ sent: z.number().int(), next_at: Instant.nullable(), stopped_at: Instant.nullable() })
    .nullable()
    .meta({ description: 'Null where nobody is reminded.' }),
});
const InvitationMade = z.object({ id: z.string(), url: z.url(), expires_at: Instant, connection_id: z.string() });
const Grant = z.object({
  id: z.string(),
  custody: z.enum(custodies),
  generation: z.number().int(),
  sealed_at: Instant,
  lapses_at: Instant,
  claimable_from: Instant,
  claimable_until: Instant,
  identity: z.enum(['pending', 'known', 'unknown']),
  exact_user: z
    .object({ id: z.string(), user_name: z.string(), full_name: z.string(), email: z.string().nullable() })
    .nullable(),
  divisions: z.array(z.object({ code: z.number().int(), name: z.string(), current: z.boolean() })),
  parked_reason: z
    .enum(Object.keys(parkedReasons) as (keyof typeof parkedReasons)[])
    .nullable()
    .meta({ description: `${wordList(parkedReasons)}. ${moreMayCome}` }),
  confirmed_at: Instant.nullable().meta({ description: 'When the customer said that this is the right account.' }),
  maybe_superseded: z.boolean(),
});
const Connection = z.object({
  id: z.string(),
  status: z.enum(statuses),
  created_at: Instant,
  customer: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    external_id: z.string().nullable(),
    locale: z.enum(locales).nullable().meta({ description: 'Null: nobody named one, so the browser’s decides.' }),
  }),
  client_registration: z.object({ id: z.string(), name: z.string(), site: z.enum(sites) }),
  grant: Grant.nullable(),
  handoff_id: z.string().nullable(),
});
const TimelineEntry = z.object({
  id: z.string(),
  at: Instant,
  action: z.enum([...eventTypes, ...entryNames]).meta({ description: moreMayCome }),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  detail: z.record(z.string(), z.unknown()).meta({
    description: 'Fields by action: #/components/schemas/EventData and #/components/schemas/EntryDetail.',
  }),
});
const FileKind = z.object({ format: z.enum(fileFormats) });
const Handoff = z.object({
  id: z.string(),
  status: z.enum(['claimed', 'delivered', 'confirmed', 'rejected', 'unconfirmed', 'cancelled']),
  connection_id: z.string(),
  target: z.string(),
  target_id: z.string().nullable(),
  recipient_key_id: z.string().nullable(),
  recipient_key_thumbprint: z.string().nullable(),
  fresh_pair: z.boolean(),
  four_eyes: z.boolean(),
  approved_at: Instant.nullable(),
  file: FileKind.nullable(),
  claimed_at: Instant,
  redeem_before: Instant,
  delivered_at: Instant.nullable(),
  confirm_before: Instant.nullable(),
  settled_at: Instant.nullable(),
  code: z.string().nullable(),
  token_fingerprint: z.string(),
  push: z
    .object({
      tries: z.number().int().meta({ description: '0 while nothing has left.' }),
      next_try_at: Instant.nullable(),
      problem: z.string().nullable().meta({ description: 'What was in the way the last time; see /docs/push.' }),
    })
    .nullable()
    .meta({ description: 'For a target of kind push: how it goes.' }),
});
const Bundle = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  redirect_uri: z.string(),
  site: z.enum(sites),
  refresh_token: z.string(),
  refresh_token_issued_at: Instant,
  refresh_token_expires_at: Instant,
  refresh_not_before: Instant,
  access_token: z.string().optional(),
  access_token_expires_at: Instant.optional(),
  token_fingerprint: z.string(),
});
const EncryptedBundle = z.object({
  bundle: z.string().meta({
    description:
      'A compact JWE, for a claim that named a recipient key; see /docs/bundles for what is in it, /docs/files for one of a file.',
  }),
});
const FileAnswer = z.object({
  file: z
    .object({ name: z.string(), media_type: z.string(), content: z.string() })
    .meta({ description: 'For a target of kind file; see /docs/files for what is in it.' }),
});
const RecipientKey = z.object({
  id: z.string(),
  target_id: z.string(),
  label: z.string(),
  kty: z.string(),
  thumbprint: z.string().meta({ description: 'RFC 7638, SHA-256; the kid of bundles encrypted to this key.' }),
  created_at: Instant,
  retired_at: Instant.nullable(),
});
const Target = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(targetKinds),
  push: z.object({ url: z.string() }).nullable(),
  file: FileKind.nullable(),
  built_in: z.boolean(),
  recipient_key_required: z.boolean(),
  api_key_ids: z.array(z.string()).nullable(),
  member_roles: z.array(z.string()),
  step_up: z.boolean(),
  four_eyes: z.boolean(),
  fresh_pair: z.boolean(),
  form_host: z.string().nullable(),
  earliest_seconds: z.number().int(),
  latest_seconds: z.number().int(),
  created_at: Instant,
  archived_at: Instant.nullable(),
  closed_at: Instant.nullable(),
  recipient_keys: z.array(RecipientKey),
});
const Secret = z.string().meta({ description: 'whsec_… and 32 random bytes, base64. Told this once.' });
const TargetMade = Target.extend({ push: z.object({ url: z.string(), secret: Secret }).nullable() });
const Event = z.object({
  id: z.string(),
  type: z.enum(eventTypes).meta({ description: `What each means: /docs/events. ${moreMayCome}` }),
  at: Instant,
  connection_id: z.string().nullable(),
  data: z.record(z.string(), z.unknown()).meta({ description: 'Fields by type: #/components/schemas/EventData.' }),
});

const ClaimInput = z.strictObject({
  target: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .refine(isShowable, 'a name or an id')
    .optional()
    .meta({ description: 'A target by its id or name; without it, that of the recipient key, or the built-in one.' }),
  recipient_key_id: z.string().max(100).refine(isShowable, 'an id').optional(),
});
const BulkClaimInput = ClaimInput.extend({
  connection_ids: z
    .array(z.string().max(100).refine(isShowable, 'an id'))
    .min(1, 'name at least one connection')
    .max(mostConnections, `at most ${mostConnections} connections at a time`),
});
const BulkClaim = z.object({
  id: z.string(),
  status: z.enum(['working', 'done']),
  target: z.string(),
  target_id: z.string(),
  recipient_key_id: z.string().nullable(),
  total: z.number().int(),
  done: z.number().int().meta({ description: 'How many have a result: claimed and refused ones together.' }),
  claimed: z.number().int(),
  refused: z.number().int(),
  created_at: Instant,
  finished_at: Instant.nullable(),
});
const BulkClaimResult = z.object({
  connection_id: z.string(),
  status: z.enum(['waiting', 'claimed', 'refused']),
  handoff_id: z.string().nullable(),
  redeem_before: Instant.nullable(),
  code: z
    .string()
    .nullable()
    .meta({ description: 'Of a refused one: the problem code that a single claim would get.' }),
  detail: z.string().nullable(),
});
const NoBody = z.strictObject({});
const ConfirmInput = z.strictObject({
  outcome: z.enum(['accepted', 'rejected']),
  code: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore')
    .optional(),
  token_fingerprint: z.string().max(200).optional(),
});

/** Every operation of the API. Routes are made from these, and so is the OpenAPI document. */
export const contracts = {
  createInvitation: {
    id: 'createInvitation',
    method: 'POST',
    scope: 'invite',
    path: '/invitations',
    summary: 'Ask a customer to connect; answers with the link.',
    description: [
      'redirect: you pass the link on, and it is open for 4 hours. mail: we write to customer.email in your name, and the link is open for 7 days.',
      'embed: for a button on your own page, made when that page is asked for; open for 30 minutes.',
      'expires_in sets another span, in seconds, up to 21 days. What the customer meets, and what you are told: /docs/customer.',
    ].join(' '),
    body: InvitationInput,
    answers: { 201: InvitationMade },
    idempotency: 'record',
    problems: ['invalid_request', 'not_found', 'idempotency_key_reused'],
  },
  readInvitation: {
    id: 'readInvitation',
    method: 'GET',
    path: '/invitations/{id}',
    summary: 'Where an invitation stands: whether it was opened, declined or used, and who is reminded when.',
    answers: { 200: Invitation },
    problems: ['not_found'],
  },
  withdrawInvitation: {
    id: 'withdrawInvitation',
    method: 'POST',
    scope: 'invite',
    path: '/invitations/{id}/withdraw',
    summary: 'Take an invitation back; its link stops working at once and says so. A second time changes nothing.',
    body: NoBody,
    answers: { 200: Invitation },
    idempotency: 'verb',
    problems: ['not_found', 'not_withdrawable'],
  },
  listConnections: {
    id: 'listConnections',
    method: 'GET',
    path: '/connections',
    summary: 'Connections, newest first.',
    query: Paging.extend({
      code: z.string().max(40).optional().meta({
        description: 'A code that a customer read out from a page, such as WX-7F3K2Q: only the connection it leads to.',
      }),
    }),
    answers: { 200: page(Connection) },
    problems: ['invalid_request'],
  },
  readConnection: {
    id: 'readConnection',
    method: 'GET',
    path: '/connections/{id}',
    summary: 'One connection with what it holds.',
    answers: { 200: Connection },
    problems: ['not_found'],
  },
  readTimeline: {
    id: 'readTimeline',
    method: 'GET',
    path: '/connections/{id}/timeline',
    summary: 'Everything that happened to a connection, oldest first, with who did it; the first 1,000 entries.',
    answers: { 200: z.object({ items: z.array(TimelineEntry) }) },
    problems: ['not_found'],
  },
  claimHandoff: {
    id: 'claimHandoff',
    method: 'POST',
    scope: 'handoff',
    path: '/connections/{id}/handoffs',
    summary: 'Claim the sealed credentials; one claim ever succeeds.',
    body: ClaimInput,
    answers: { 201: Handoff },
    idempotency: 'record',
    problems: [
      'not_found',
      'too_early',
      'window_over',
      'already_claimed',
      'not_claimable',
      'needs_consent',
      'target_archived',
      'target_not_allowed',
      'recipient_key_required',
      'recipient_key_retired',
    ],
  },
  createBulkClaim: {
    id: 'createBulkClaim',
    method: 'POST',
    scope: 'handoff',
    path: '/bulk-claims',
    summary: 'Claim many connections for one target, each with its own result; made in the background.',
    body: BulkClaimInput,
    answers: { 202: BulkClaim },
    idempotency: 'record',
    problems: [
      'invalid_request',
      'not_found',
      'target_archived',
      'target_not_allowed',
      'recipient_key_required',
      'recipient_key_retired',
      'idempotency_key_reused',
    ],
  },
  readBulkClaim: {
    id: 'readBulkClaim',
    method: 'GET',
    path: '/bulk-claims/{id}',
    summary: 'How far a bulk claim is.',
    answers: { 200: BulkClaim },
    problems: ['not_found'],
  },
  listBulkClaimResults: {
    id: 'listBulkClaimResults',
    method: 'GET',
    path: '/bulk-claims/{id}/results',
    summary: 'What became of each connection of a bulk claim, in the order they were named.',
    query: Paging,
    answers: { 200: page(BulkClaimResult) },
    problems: ['not_found', 'invalid_request'],
  },
  readHandoff: {
    id: 'readHandoff',
    method: 'GET',
    path: '/handoffs/{id}',
    summary: 'Where a handoff stands.',
    answers: { 200: Handoff },
    problems: ['not_found'],
  },
  redeemHandoff: {
    id: 'redeemHandoff',
    method: 'POST',
    scope: 'handoff',
    path: '/handoffs/{id}/redeem',
    summary:
      'Receive the credentials, once. Send an Idempotency-Key: with it, and the same API key, a lost answer can be heard again.',
    body: NoBody,
    answers: { 200: z.union([Bundle, FileAnswer, EncryptedBundle]) },
    idempotency: 'verb',
    problems: [
      'not_found',
      'already_redeemed',
      'not_redeemable',
      'window_over',
      'recipient_key_retired',
      'approval_needed',
      'file_refused',
    ],
  },
  confirmHandoff: {
    id: 'confirmHandoff',
    method: 'POST',
    scope: 'handoff',
    path: '/handoffs/{id}/confirm',
    summary: 'Report the outcome; what is left here is shredded.',
    body: ConfirmInput,
    answers: { 200: Handoff },
    idempotency: 'verb',
    problems: ['not_found', 'not_delivered', 'already_confirmed', 'fingerprint_mismatch'],
  },
  cancelHandoff: {
    id: 'cancelHandoff',
    method: 'POST',
    scope: 'handoff',
    path: '/handoffs/{id}/cancel',
    summary: 'Give a claim back before anything left.',
    body: NoBody,
    answers: { 200: Handoff },
    idempotency: 'record',
    problems: ['not_found', 'not_cancellable'],
  },
  readReceipt: {
    id: 'readReceipt',
    method: 'GET',
    path: '/handoffs/{id}/receipt',
    summary: 'The signed account of an ended handoff.',
    answers: {
      200: z.object({
        jws: z.string(),
        text: z.string().meta({ description: 'The same without a signature, for people and a customer’s file.' }),
      }),
    },
    problems: ['not_found'],
  },
  listTargets: {
    id: 'listTargets',
    method: 'GET',
    path: '/targets',
    summary: 'Where handoffs can go, with the keys bundles are encrypted to.',
    answers: { 200: z.object({ items: z.array(Target) }) },
    problems: [],
  },
  createTarget: {
    id: 'createTarget',
    method: 'POST',
    scope: 'targets',
    path: '/targets',
    summary:
      'Make a target; of kind redeem or push it gets encrypted bundles only, unless you say otherwise. For kind push the answer tells the signing secret.',
    body: TargetInput,
    answers: { 201: TargetMade },
    idempotency: 'record',
    problems: ['invalid_request', 'target_name_taken', 'idempotency_key_reused'],
  },
  readTarget: {
    id: 'readTarget',
    method: 'GET',
    path: '/targets/{id}',
    summary: 'One target with its keys.',
    answers: { 200: Target },
    problems: ['not_found'],
  },
  addRecipientKey: {
    id: 'addRecipientKey',
    method: 'POST',
    scope: 'targets',
    path: '/targets/{id}/recipient-keys',
    summary: 'Register the public key of a recipient: a JWK or PEM. Never send a private key.',
    body: RecipientKeyInput,
    answers: { 201: RecipientKey },
    idempotency: 'record',
    problems: [
      'not_found',
      'target_archived',
      'private_key_given',
      'invalid_recipient_key',
      'recipient_key_known',
      'too_many_recipient_keys',
    ],
  },
  rotatePushSecret: {
    id: 'rotatePushSecret',
    method: 'POST',
    scope: 'targets',
    path: '/targets/{id}/rotate-secret',
    summary: 'Sign what is pushed with a new secret; for 24 hours with the one before it, too.',
    body: NoBody,
    answers: { 200: z.object({ secret: Secret, previous_until: Instant }) },
    idempotency: 'record',
    problems: ['not_found', 'target_archived', 'invalid_request', 'idempotency_key_reused'],
  },
  retireRecipientKey: {
    id: 'retireRecipientKey',
    method: 'POST',
    scope: 'targets',
    path: '/recipient-keys/{id}/retire',
    summary: 'Encrypt nothing to this key any more, not even for a claim that stands.',
    body: NoBody,
    answers: { 200: RecipientKey },
    idempotency: 'verb',
    problems: ['not_found'],
  },
  listEvents: {
    id: 'listEvents',
    method: 'GET',
    path: '/events',
    summary: 'What happened, in order; keep the cursor and come back within 90 days.',
    description:
      'In the order of commits, oldest first. The last page has a next_cursor, too: keep it, and ask again with it for what came since. Types and their data: /docs/events.',
    query: Paging,
    answers: { 200: page(Event) },
    problems: ['invalid_request'],
  },
  listReceiptKeys: {
    id: 'listReceiptKeys',
    method: 'GET',
    path: '/receipt-keys',
    summary: 'Public keys to verify receipts with (JWK set).',
    answers: { 200: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) },
    problems: [],
  },
  advanceSandbox: {
    id: 'advanceSandbox',
    method: 'POST',
    scope: 'sandbox',
    path: '/sandbox/advance',
    summary: 'Push the clock of a sandbox forward, in seconds.',
    body: AdvanceInput,
    answers: {
      200: z.object({
        now: Instant,
        seconds_left: z
          .number()
          .int()
          .meta({ description: 'What is still to be lived through when a call had too much to do; ask for it again.' }),
      }),
    },
    idempotency: 'outside',
    problems: ['sandbox_only', 'clock_moved', 'provider_unavailable'],
  },
} as const satisfies Record<string, Contract>;
