import { readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { lookAgain, ownTrip, visitInvitation } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { browserCookie, keepLanguage, unknownLink } from '../../_pages/respond.tsx';

/** *Check again*: one more look at the provider, for the browser that gave the consent. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const trip = await ownTrip(visit, readCookie(request, browserCookie));
  const seen = trip !== null && form.get('trip') === trip; // nothing is said about an account that was not looked at
  if (!trip || !seen)
    return seeOther(keepLanguage(trip ? `/connect/${token}/result?trip=${trip}` : `/connect/${token}`, form));
  const look = await lookAgain(visit, trip);
  return seeOther(keepLanguage(`/connect/${token}/result?trip=${trip}&look=${look}`, form));
});
