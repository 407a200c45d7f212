import { readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { doubtGrant, ownTrip, visitInvitation } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { browserCookie, keepLanguage, unknownLink } from '../../_pages/respond.tsx';

/** *Ask them to check first*: only the browser that gave the consent may say so; the partner then looks first. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const trip = await ownTrip(visit, readCookie(request, browserCookie));
  const seen = trip !== null && form.get('trip') === trip; // nothing is said about an account that was not looked at
  if (seen) await doubtGrant(visit);
  return seeOther(keepLanguage(trip ? `/connect/${token}/result?trip=${trip}` : `/connect/${token}`, form));
});
