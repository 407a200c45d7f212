import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { addRecipientKey, RecipientKeyInput } from '#lib/targets/index.ts';

/** Adds a public key to a target. */
export const POST = consolePost('manage_targets', async ({ member, form, params }) => {
  requireFresh(member);
  const id = params['id'] ?? '';
  const pasted = { label: form.get('label') ?? '', public_key: form.get('public_key') ?? '' };
  await addRecipientKey(member.ctx, id, RecipientKeyInput.parse(pasted));
  return seeOther(`/console/targets/${id}?saved=key`);
});
