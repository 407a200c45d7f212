import { drawQr } from '#components/console/qr.ts';
import { readConnection } from '#lib/connections/index.ts';
import { showLink } from '#lib/consent/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consoleJson } from '#lib/session/index.ts';

/** The customer's link, and the same as a QR code, for the one who invites; only while the invitation is open. */
export const POST = consoleJson('invite', async ({ member: { ctx }, params }) => {
  const { id: connectionId, invitation } = await readConnection(ctx, params['id'] ?? '');
  const link = invitation && (await showLink(ctx, { id: invitation.id, connectionId }));
  if (!link) throw new AppError('invalid_request', 'This invitation is no longer open; ask again.');
  return { url: link.reveal(), qr: drawQr(link.reveal()) };
});
