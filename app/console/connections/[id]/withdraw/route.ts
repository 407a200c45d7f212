import { seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import { withdrawInvitation } from '#lib/consent/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';

/** Takes the open invitation back. */
export const POST = consolePost('invite', async ({ member: { ctx }, form, params }) => {
  const { id, invitation } = await readConnection(ctx, params['id'] ?? '');
  if (!invitation || invitation.id !== form.get('invitation_id') || !(await withdrawInvitation(ctx, invitation.id)))
    throw new AppError('invalid_request', 'This invitation was no longer open.');
  return seeOther(`/console/connections/${id}`);
});
