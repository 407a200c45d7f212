import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { closeTarget } from '#lib/targets/index.ts';

/** Closes a built-in target, or opens it again. */
export const POST = consolePost('manage_targets', async ({ member, form, params }) => {
  requireFresh(member);
  const id = params['id'] ?? '';
  const closed = form.get('closed') === 'yes';
  await closeTarget(member.ctx, id, closed);
  return seeOther(`/console/targets/${id}?saved=${closed ? 'closed' : 'opened'}`);
});
