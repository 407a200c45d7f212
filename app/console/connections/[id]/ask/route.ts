import { seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import { inviteAgain } from '#lib/consent/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';

/** Asks the customer of a connection once more. */
export const POST = consolePost('invite', async ({ member: { ctx, member }, form, params }) => {
  const { id, customer } = await readConnection(ctx, params['id'] ?? '');
  const channel = form.get('channel') === 'mail' ? 'mail' : 'redirect';
  if (channel === 'mail' && !customer.email)
    throw new AppError('invalid_request', 'There is no e-mail address for this customer; ask with a link.');
  const made = await inviteAgain(ctx, id, channel, member.name);
  return seeOther(`/console/connections/${id}?invited=${made.id}`);
});
