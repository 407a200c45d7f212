import { z } from 'zod';
import { POLICIES } from '../core/policy.ts';
import { SWITCHES, type Switches, type SwitchName } from '../core/switches.ts';
import { SITES } from '../core/vocabulary.ts';
import type { Incoming } from '../http.ts';

const RedirectUri = z
  .url({ error: 'must be an absolute URL' })
  .regex(/^[\x21-\x7e]+$/, 'must be plain ASCII, percent-encoded where needed');
const Id = z.string().min(1).max(200);

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
  realm: Id.optional(),
});
export const ClockIn = z.strictObject({ client_id: Id.optional(), advance_seconds: z.number().max(1e10) });
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
export const NothingIn = z.strictObject({});

/** A command that cannot be carried out, in one sentence. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** JSON only, said aloud: a form on some web page cannot send this content type across origins unasked. */
export function read<T>(schema: z.ZodType<T>, incoming: Incoming): T {
  if (!/^application\/json\b/i.test(incoming.header('content-type') ?? '')) {
    throw new Refused(400, 'The body must be sent as application/json.');
  }
  const parsed = schema.safeParse(parseJson(incoming.body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new Refused(400, `${field === '' ? 'The body' : field}: ${issue?.message ?? 'not valid'}.`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refused(400, 'The body is not JSON.');
  }
}
