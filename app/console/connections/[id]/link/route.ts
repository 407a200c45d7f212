import { readConnection } from '#lib/connections/index.ts';
import { linkUrl, openLink } from '#lib/consent/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consoleJson } from '#lib/session/index.ts';

/** The customer's link, for the one who invites; only while the invitation is open. */
export const POST = consoleJson('invite', async ({ member: { ctx, partner }, params }) => {
  const { invitation } = await readConnection(ctx, params['id'] ?? '');
  const open =
    invitation && !invitation.finishedAt && !invitation.withdrawnAt && ctx.clock.now() < invitation.expiresAt;
  const token = open && (await openLink(ctx, { invitationId: invitation.id }));
  if (!token) throw new AppError('invalid_request', 'This invitation is no longer open; ask again.');
  return { url: linkUrl(token.reveal(), partner.home) };
});
