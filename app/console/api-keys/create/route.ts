import { z } from 'zod';
import { AppError } from '#lib/kernel/errors.ts';
import { consoleJson, requireFresh } from '#lib/session/index.ts';
import { createApiKey, scopes } from '#lib/tenancy/index.ts';

const longestBody = 2000;

const Wanted = z.object({
  label: z
    .string('Give the key a label.')
    .trim()
    .min(1, 'Give the key a label.')
    .max(100, 'A label has at most 100 characters.'),
  scopes: z.array(z.enum(scopes)).max(scopes.length),
});

async function wantedBy(request: Request): Promise<z.infer<typeof Wanted>> {
  const text = await request.text();
  const read = Wanted.safeParse(text.length <= longestBody ? JSON.parse(text) : null);
  if (!read.success) throw new AppError('invalid_request', read.error.issues[0]?.message ?? 'Give the key a label.');
  return read.data;
}

/** Makes a key; this answer is the only place it is ever told. */
export const POST = consoleJson('manage_keys', async ({ member, request }) => {
  requireFresh(member);
  const { label, scopes: allowed } = await wantedBy(request);
  const { key } = await createApiKey(member.ctx, label, allowed);
  return { key: key.reveal() };
});
