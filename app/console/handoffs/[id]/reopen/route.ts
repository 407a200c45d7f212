import { seeOther } from '#lib/browser/index.ts';
import { askReopen, reopenReasons } from '#lib/handoff/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';

/** Asks that somebody else's claim be given back; another member has to agree. */
export const POST = consolePost('register_database', async ({ member: { ctx }, form, params }) => {
  const id = params['id'] ?? '';
  const reason = reopenReasons.find((each) => each === form.get('reason'));
  if (!reason) throw new AppError('invalid_request', 'Choose why it should be given back.');
  await askReopen(ctx, id, reason);
  return seeOther(`/console/handoffs/${id}`);
});
