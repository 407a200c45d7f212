import { seeOther } from '#lib/browser/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { revokeApiKey } from '#lib/tenancy/index.ts';

/** Ends a key at once. */
export const POST = consolePost('manage_keys', async ({ member, form }) => {
  requireFresh(member);
  if (!(await revokeApiKey(member.ctx, form.get('key_id') ?? '')))
    throw new AppError('invalid_request', 'This key had been revoked already.');
  return seeOther('/console/api-keys');
});
