import { seeOther } from '#lib/browser/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { archiveTarget } from '#lib/targets/index.ts';

/** Ends a target: nothing can be claimed for it any more. */
export const POST = consolePost('manage_targets', async ({ member, params }) => {
  requireFresh(member);
  await archiveTarget(member.ctx, params['id'] ?? '');
  return seeOther('/console/targets');
});
