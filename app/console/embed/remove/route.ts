import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { removeOrigin } from '#lib/tenancy/index.ts';

/** Ends an origin at once. */
export const POST = consolePost('manage_origins', async ({ member, form }) => {
  requireFresh(member);
  await removeOrigin(member.ctx, form.get('origin_id') ?? '');
  return seeOther('/console/embed');
});
