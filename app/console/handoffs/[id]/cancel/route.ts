import { seeOther } from '#lib/browser/index.ts';
import { cancelHandoff, readHandoff } from '#lib/handoff/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';

/** Gives one's own claim back, while nothing has left. Somebody else's takes two members (`reopen`). */
export const POST = consolePost('register_database', async ({ member: { ctx }, params }) => {
  const { id, connectionId, claimedByKind, claimedById } = await readHandoff(ctx, params['id'] ?? '');
  if (claimedByKind !== ctx.actor.kind || claimedById !== ctx.actor.id)
    throw new AppError('forbidden', 'Only who claimed it gives it back alone; otherwise two members decide.');
  await cancelHandoff(ctx, id);
  return seeOther(`/console/connections/${connectionId}`);
});
