import { seeOther } from '#lib/browser/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { archiveTarget } from '#lib/targets/index.ts';

/** Ends a target: nothing can be claimed for it any more. */
export const POST = consolePost('manage_targets', async ({ member: { ctx }, params }) => {
  await archiveTarget(ctx, params['id'] ?? '');
  return seeOther('/console/targets');
});
