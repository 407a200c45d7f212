import { AppError } from '#lib/kernel/errors.ts';
import { consoleJson, requireFresh } from '#lib/session/index.ts';
import { createApiKey } from '#lib/tenancy/index.ts';

const longestBody = 2000;

async function labelOf(request: Request): Promise<string> {
  const text = await request.text();
  const body: unknown = text.length <= longestBody ? JSON.parse(text) : null;
  const label = typeof body === 'object' && body !== null && 'label' in body ? body.label : null;
  if (typeof label !== 'string' || label.trim() === '' || label.length > 100)
    throw new AppError('invalid_request', 'Give the key a label of at most 100 characters.');
  return label.trim();
}

/** Makes a key; this answer is the only place it is ever told. */
export const POST = consoleJson('manage_keys', async ({ member, request }) => {
  requireFresh(member);
  const { key } = await createApiKey(member.ctx, await labelOf(request));
  return { key: key.reveal() };
});
