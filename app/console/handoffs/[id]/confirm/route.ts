import { seeOther } from '#lib/browser/index.ts';
import { confirmHandoff, errorReported } from '#lib/handoff/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';

/** A member tells what the receiving form said. */
export const POST = consolePost('register_database', async ({ member: { ctx }, form, params }) => {
  const id = params['id'] ?? '';
  const outcome = form.get('outcome');
  if (outcome === 'accepted') await confirmHandoff(ctx, id, { outcome });
  else if (outcome === 'rejected')
    await confirmHandoff(ctx, id, { outcome, code: errorReported(form.get('pasted') ?? '', form.get('code')).code });
  else throw new AppError('invalid_request', 'Tell whether it worked.');
  return seeOther(`/console/handoffs/${id}`);
});
