import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { retireRecipientKey } from '#lib/targets/index.ts';

/** Ends a public key at once. */
export const POST = consolePost('manage_targets', async ({ member, form }) => {
  requireFresh(member);
  const { targetId } = await retireRecipientKey(member.ctx, form.get('key_id') ?? '');
  return seeOther(`/console/targets/${targetId}`);
});
