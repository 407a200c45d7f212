import { hostCookie, newCookieSecret, readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import {
  chooseSite,
  doubtGrant,
  isClosed,
  isConsentBrowser,
  isTurnedAway,
  leavingNews,
  noteStopped,
  noteTurnedAway,
  openLink,
  ownTrip,
  siteChoices,
  startAuthorization,
  type Visit,
  visitInvitation,
} from '#lib/consent/index.ts';
import { translatorFor } from '#lib/i18n/index.ts';
import { returnsHere } from '#lib/tenancy/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { browserCookie, keepLanguage, problem, type Scene, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { beforeYouGoPage, tellingTo, withLanguage } from '../../_pages/screens.tsx';

type Route = { params: Promise<{ token: string }> };

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

/** Whether this browser may leave: while the link is open, or to do again what it did with it and nobody has collected yet. */
async function mayLeave(visit: Visit, browserSecret: string | null): Promise<boolean> {
  if (visit.state === 'open') return true;
  const held = visit.standing?.custody === 'sealed' || visit.standing?.custody === 'parked';
  return visit.state === 'used' && held && (await ownTrip(visit, browserSecret)) !== null;
}

export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const browserSecret = readCookie(request, browserCookie);
  if (!(await mayLeave(visit, browserSecret)))
    return seeOther(keepLanguage(`/connect/${token}`, new URL(request.url).searchParams));
  const away = elsewhere(request, visit.registration);
  if (away) return seeOther(away);
  const connection = await readConnection(visit.ctx, visit.connection.id);
  const [leaving, sites] = [await leavingNews(visit), await siteChoices(visit)];
  const sameBrowser = await isConsentBrowser(visit, browserSecret);
  return beforeYouGoPage(sceneOf(request, visit), visit, token, connection, { leaving, sites, sameBrowser });
});

/** Why another country cannot be chosen, and back to where one is. */
function otherSitePage(scene: Scene, visit: Visit, token: string, why: 'not_offered' | 'changed_often') {
  const kind = `site_${why}` as const;
  const href = withLanguage(`/connect/${token}/go`, scene);
  const label = translatorFor(scene.locale)(`problem.${kind}.action`);
  return problem(scene, kind, visit.invitation.id, { href, label }, { telling: tellingTo(visit, []) });
}

/** Why nobody is sent to the provider now; said before they sign in there in vain. */
async function obstacle(visit: Visit): Promise<'app_not_ready' | 'provider_down' | null> {
  const turnedAway = isTurnedAway(visit);
  if (turnedAway) await noteTurnedAway(visit);
  const stop = turnedAway
    ? 'app_not_ready'
    : (await isClosed(visit.registration.site, visit.ctx))
      ? 'provider_down'
      : null;
  if (stop) await noteStopped(visit, stop);
  return stop;
}

/** *Go to Exact Online*: binds the trip to this browser and leaves. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const invited = await visitInvitation(token);
  if (!invited) return unknownLink(request);
  const form = await readForm(request, token, invited.partner.home);
  const known = readCookie(request, browserCookie);
  if (!(await mayLeave(invited, known))) return seeOther(keepLanguage(`/connect/${token}`, form));
  const choice = await chooseSite(invited, form.get('site'));
  if (choice.kind === 'over') return seeOther(keepLanguage(`/connect/${token}`, form));
  if (choice.kind !== 'chosen') return otherSitePage(sceneOf(request, invited, form), invited, token, choice.kind);
  const { visit } = choice;
  const link =
    visit === invited ? token : ((await openLink(visit.ctx, { invitationId: visit.invitation.id }))?.reveal() ?? token);
  // Nobody leaves without having read that they will land elsewhere: another registration may serve them by now.
  if (!returnsHere(visit.registration) && form.get('by_hand') !== '1')
    return seeOther(keepLanguage(`/connect/${link}/go`, form));
  const stopped = await obstacle(visit);
  if (stopped) return seeOther(keepLanguage(`/connect/${link}/result?ended=${stopped}`, form));
  const asSomebodyElse = form.get('force_login') === '1';
  // Whoever wants another account after all says that this one is not right.
  if (asSomebodyElse && visit.state === 'used') await doubtGrant(visit);
  // One secret per browser: it owns all of its trips, of which the newest counts.
  const secret = known ?? newCookieSecret();
  const { locale } = sceneOf(request, visit, form);
  const away = await startAuthorization(visit, secret, asSomebodyElse, locale);
  return seeOther(away, [hostCookie(browserCookie, secret, browserCookieSeconds)]);
});
