import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { addOrigin } from '#lib/tenancy/index.ts';

/** Registers where a button stands: pages of that origin are told how invitations go. */
export const POST = consolePost('manage_origins', async ({ member, form }) => {
  requireFresh(member);
  await addOrigin(member.ctx, form.get('origin') ?? '');
  return seeOther('/console/embed');
});
