import { seeOther } from '#lib/browser/index.ts';
import { agreeReopen, readHandoff } from '#lib/handoff/index.ts';
import { consolePost } from '#lib/session/index.ts';

/** The second member agrees: the claim is cancelled, the credentials are sealed again. */
export const POST = consolePost('register_database', async ({ member: { ctx }, params }) => {
  const { id, connectionId } = await readHandoff(ctx, params['id'] ?? '');
  await agreeReopen(ctx, id);
  return seeOther(`/console/connections/${connectionId}`);
});
