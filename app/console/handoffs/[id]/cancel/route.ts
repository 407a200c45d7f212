import { seeOther } from '#lib/browser/index.ts';
import { cancelHandoff, readHandoff } from '#lib/handoff/index.ts';
import { consolePost } from '#lib/session/index.ts';

/** Gives a claim back, while nothing has left. */
export const POST = consolePost('register_database', async ({ member: { ctx }, params }) => {
  const { id, connectionId } = await readHandoff(ctx, params['id'] ?? '');
  await cancelHandoff(ctx, id);
  return seeOther(`/console/connections/${connectionId}`);
});
