import { readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { readConnection, readStory } from '#lib/connections/index.ts';
import {
  isConsentBrowser,
  newsOf,
  noteOpened,
  openLink,
  ownTrip,
  type Visit,
  visitAccess,
  visitInvitation,
  wayOnOf,
} from '#lib/consent/index.ts';
import { guarded } from '../_pages/guard.ts';
import { browserCookie, problem, type Scene, sceneOf, unknownLink } from '../_pages/respond.tsx';
import { accessPage, formOf, outcomePage, tellingTo, welcomePage, withLanguage } from '../_pages/screens.tsx';

type Route = { params: Promise<{ token: string }> };

/** What an invitation that is no longer open shows: its result if it was used, the reason otherwise. */
async function endedPage(request: Request, scene: Scene, visit: Visit, token: string): Promise<Response> {
  const own = await ownTrip(visit, readCookie(request, browserCookie));
  if (visit.state === 'used' && own) return seeOther(withLanguage(`/connect/${token}/result?trip=${own}`, scene));
  const { movedTo } = visit.invitation;
  const moved = movedTo ? await openLink(visit.ctx, { invitationId: movedTo }) : null;
  if (moved) return seeOther(withLanguage(`/connect/${moved.reveal()}`, scene));
  if (visit.state === 'used' && visit.standing)
    return outcomePage(scene, visit, visit.standing, {
      ...{ token, sameBrowser: false, accessHref: null },
      news: [await newsOf(visit)],
    });
  const kind = visit.state === 'withdrawn' ? 'link_withdrawn' : 'link_lapsed';
  const wayOn = await wayOnOf(visit);
  const retry = wayOn === 'mail' ? formOf(`/connect/${token}/link`, token, scene) : null;
  return problem(scene, kind, visit.invitation.id, retry, {
    telling: tellingTo(visit, [await newsOf(visit)]),
    wayOn,
  });
}

/** The partner's page for one customer, or a customer's lasting page. Reading changes nothing (TH9). */
export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (visit)
    return visit.state === 'open'
      ? welcomePage(sceneOf(request, visit), visit, token)
      : endedPage(request, sceneOf(request, visit), visit, token);
  const access = await visitAccess(token);
  if (!access?.standing) return unknownLink(request);
  const { ctx, connection } = access;
  return accessPage(sceneOf(request, access), access, access.standing, await readConnection(ctx, connection.id), {
    token,
    sameBrowser: await isConsentBrowser(access, readCookie(request, browserCookie)),
    story: await readStory(ctx, connection.id),
  });
});

/** *Continue*: a person is here, not a scanner. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const scene = sceneOf(request, visit, form);
  if (visit.state !== 'open') return endedPage(request, scene, visit, token);
  await noteOpened(visit);
  return seeOther(withLanguage(`/connect/${token}/go`, scene));
});
