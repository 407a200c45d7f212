import { z } from 'zod';
import { PERSONA_IDS } from '../core/personas.ts';
import { POLICIES } from '../core/policy.ts';
import { SWITCHES, type Switches, type SwitchName } from '../core/switches.ts';
import { SITES } from '../core/vocabulary.ts';
import type { Incoming } from '../http.ts';
import { VERDICTS } from '../journal.ts';
import type { World } from '../world.ts';

const RedirectUri = z
  .url({ error: 'must be an absolute URL' })
  .regex(/^[\x21-\x7e]+$/, 'must be plain ASCII, percent-encoded where needed');
export const Id = z.string().min(1).max(200);

/** `a, b or c`, as sentences list what is allowed. */
export function listed(names: readonly (string | number)[], last: 'or' | 'and' = 'or'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

export function oneOf<const Choice extends string | number>(choices: readonly Choice[]) {
  return z.literal(choices, { error: `must be ${listed(choices)}` });
}

export function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

export function words(most: number) {
  const error = `must be text of at most ${most} characters`;
  return z.string({ error }).max(most, { error });
}

export const ClientIn = z.strictObject({
  client_id: Id,
  client_secret: z.string().min(1),
  redirect_uri: RedirectUri,
  site: z.enum(SITES),
  name: z.string().min(1).max(200),
  purpose: z.string().min(1).max(500).optional(),
  third_parties: z.array(z.string().min(1).max(200)).max(20).optional(),
  scopes: z.array(z.string().min(1).max(100)).max(100).optional(),
  cleared: z.boolean().optional(),
  owner_user: Id.optional(),
  realm: Id.optional(),
});
export const ClockIn = z
  .strictObject({
    client_id: Id.optional(),
    advance_seconds: z.number().max(1e10).optional(),
    to: z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-11-21T09:00:00Z' }).optional(),
  })
  .refine((input) => (input.advance_seconds === undefined) !== (input.to === undefined), {
    error: 'say either advance_seconds or to',
  });
export const PolicyIn = z.strictObject({ policy: z.enum(POLICIES), client_id: Id.optional() });
export const EndingIn = z.strictObject({
  client_id: Id,
  user: Id,
  kind: z.enum(['withdrawn', 'user_gone'], { error: 'must be withdrawn or user_gone' }),
  in_seconds: z.number().min(0, 'must not be negative').max(1e10, 'must be at most 1e10').optional(),
});
export const UserIn = z.strictObject({
  id: z.guid(),
  user_name: Id,
  full_name: z.string().min(1),
  email: z.email(),
  divisions: z.array(
    z.strictObject({
      code: z.int().min(1),
      description: z.string().min(1),
      customer_name: z.string().min(1),
      country: z.string().min(1),
      vat_number: z.string(),
      current: z.boolean(),
    }),
  ),
});
export const switchNames = Object.keys(SWITCHES) as SwitchName[];
export const SwitchesIn = z.strictObject(
  Object.fromEntries(
    switchNames.map((name) => {
      const { choices } = SWITCHES[name];
      const allowed = choices.map((each) => JSON.stringify(each)).join(' or ');
      return [name, z.literal([...choices], { error: `must be ${allowed}` }).optional()];
    }),
  ),
) as z.ZodType<Partial<Switches>>;
export const PersonaIn = z.strictObject({
  client_id: Id,
  persona: z
    .enum(PERSONA_IDS, { error: `must be one of ${PERSONA_IDS.join(', ')}, or null to leave it to the person` })
    .nullable(),
  times: z
    .int({ error: 'must be a whole number from 1 to 1000, or null for until changed' })
    .min(1, 'must be 1 or more, or null for until changed')
    .max(1000, 'must be at most 1000, or null for until changed')
    .nullable()
    .default(1),
});
export const NothingIn = z.strictObject({});

/** A command that cannot be carried out, in one sentence. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

const Count = z.coerce
  .number({ error: 'must be a whole number' })
  .int('must be a whole number')
  .min(0, 'must be at least 0');
const filters = {
  after: Count.optional(),
  limit: Count.optional(),
  client_id: z.string().optional(),
  chain: z.string().optional(),
  rule: z
    .string()
    .regex(/^[ATR]\d{1,2}$/, 'must be a rule id such as T10')
    .optional(),
  verdict: oneOf(VERDICTS).optional(),
  path: z.string().startsWith('/', 'must begin with /').optional(),
};
export const RequestsIn = z.strictObject(filters, {
  error: (issue) =>
    issue.code === 'unrecognized_keys' ? `takes ${listed(Object.keys(filters), 'and')}, nothing else` : undefined,
});

/** JSON only, said aloud: a form on some web page cannot send this content type across origins unasked. */
export function read<T>(schema: z.ZodType<T>, incoming: Incoming): T {
  if (!/^application\/json\b/i.test(incoming.header('content-type') ?? '')) {
    throw new Refused(400, 'The body must be sent as application/json.');
  }
  return parse(schema, parseJson(incoming.body), 'The body');
}

/** What stands behind the question mark. */
export function readQuery<T>(schema: z.ZodType<T>, incoming: Incoming): T {
  return parse(schema, Object.fromEntries(incoming.params), 'The query');
}

export function mustKnow(world: World, clientId: string): void {
  const known = [...world.ledger.clients.values()].some((client) => client.clientId === clientId);
  if (!known) throw new Refused(400, `No client ${clientId} is registered; PUT /__control/clients first.`);
}

function parse<T>(schema: z.ZodType<T>, input: unknown, whole: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new Refused(400, `${field === '' ? whole : field}: ${issue?.message ?? 'not valid'}.`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refused(400, 'The body is not JSON.');
  }
}
