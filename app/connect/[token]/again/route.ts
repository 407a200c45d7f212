import { readForm, seeOther } from '#lib/browser/index.ts';
import { inviteAgain, visitAccess } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { keepLanguage, unknownLink } from '../../_pages/respond.tsx';

/** *Connect again*: a fresh invitation for the same connection, and straight to it. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitAccess(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const made = await inviteAgain(visit.ctx, visit.connection.id, 'redirect');
  return seeOther(keepLanguage(new URL(made.url.reveal()).pathname, form));
});
