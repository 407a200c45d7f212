import { readForm, seeOther } from '#lib/browser/index.ts';
import { declineForGood, visitInvitation } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { keepLanguage, unknownLink } from '../../_pages/respond.tsx';

/** *I do not want to connect*: the partner is told; the link stays open for a change of mind. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  if (!(visit.state === 'open')) return seeOther(keepLanguage(`/connect/${token}`, form));
  await declineForGood(visit);
  return seeOther(keepLanguage(`/connect/${token}/result?ended=declined`, form));
});
