import { hostCookie, newCookieSecret, readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import { leavingNews, startAuthorization, visitInvitation } from '#lib/consent/index.ts';
import { returnsHere } from '#lib/tenancy/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { keepLanguage, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { beforeYouGoPage } from '../../_pages/screens.tsx';

type Route = { params: Promise<{ token: string }> };

const browserCookie = 'waxseal-browser';
const browserCookieSeconds = 4 * 3600;

/** The host that will receive the callback: the cookie must be set there, or it will not come back (design §8.12). */
function elsewhere(request: Request, registration: { id: string; redirectUri: string }): string | null {
  if (!returnsHere(registration)) return null;
  const url = new URL(request.url);
  const home = new URL(registration.redirectUri);
  const host = request.headers.get('host');
  if (host === null || host === home.host || url.searchParams.has('hop')) return null;
  url.searchParams.set('hop', '1');
  return `${home.origin}${url.pathname}${url.search}`;
}

export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  if (visit.state !== 'open') return seeOther(keepLanguage(`/connect/${token}`, new URL(request.url).searchParams));
  const away = elsewhere(request, visit.registration);
  if (away) return seeOther(away);
  const connection = await readConnection(visit.ctx, visit.connection.id);
  return beforeYouGoPage(sceneOf(request, visit), visit, token, connection, await leavingNews(visit));
});

/** *Go to Exact Online*: binds the trip to this browser and leaves. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  if (visit.state !== 'open') return seeOther(keepLanguage(`/connect/${token}`, form));
  // Nobody leaves without having read that they will land elsewhere: another registration may serve them by now.
  if (!returnsHere(visit.registration) && form.get('by_hand') !== '1')
    return seeOther(keepLanguage(`/connect/${token}/go`, form));
  // One secret per browser, so that two tabs do not undo each other.
  const secret = readCookie(request, browserCookie) ?? newCookieSecret();
  const { locale } = sceneOf(request, visit, form);
  const away = await startAuthorization(visit, secret, form.get('force_login') === '1', locale);
  return seeOther(away, [hostCookie(browserCookie, secret, browserCookieSeconds)]);
});
