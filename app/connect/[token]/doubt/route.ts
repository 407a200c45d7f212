import { readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { doubtGrant, readTrip, visitInvitation } from '#lib/consent/index.ts';
import { isId } from '#lib/kernel/ids.ts';
import { guarded } from '../../_pages/guard.ts';
import { keepLanguage, unknownLink } from '../../_pages/respond.tsx';

/** *Not the right account*: only the browser that gave the consent may say so; the partner then looks first. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const requestId = new URL(request.url).searchParams.get('trip') ?? '';
  const trip = isId('authorizationRequest', requestId)
    ? await readTrip(visit, requestId, readCookie(request, 'waxseal-browser'))
    : null;
  if (trip?.sameBrowser && trip.grantId === visit.standing?.grantId) await doubtGrant(visit);
  return seeOther(keepLanguage(`/connect/${token}/result?trip=${encodeURIComponent(requestId)}`, form));
});
