import { readForm, seeOther } from '#lib/browser/index.ts';
import { keepStanding, visitInvitation } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { keepLanguage, unknownLink } from '../../_pages/respond.tsx';
import { canKeep } from '../../_pages/screens.tsx';

/** *Keep what is there*: nothing changes. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  if (!(visit.state === 'open' && (await canKeep(visit)))) return seeOther(keepLanguage(`/connect/${token}`, form));
  await keepStanding(visit);
  return seeOther(keepLanguage(`/connect/${token}/result?ended=kept`, form));
});
