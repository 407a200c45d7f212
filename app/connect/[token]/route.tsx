import { readForm, seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import { newsOf, noteOpened, type Visit, visitAccess, visitInvitation, wayOnOf } from '#lib/consent/index.ts';
import { guarded } from '../_pages/guard.ts';
import { problem, type Scene, sceneOf, unknownLink } from '../_pages/respond.tsx';
import { accessPage, donePage, formOf, tellingTo, welcomePage, withLanguage } from '../_pages/screens.tsx';

type Route = { params: Promise<{ token: string }> };

/** What an invitation that is no longer open shows: its result if it was used, the reason otherwise. */
async function endedPage(scene: Scene, visit: Visit, token: string): Promise<Response> {
  if (visit.state === 'used' && visit.standing)
    return donePage(scene, visit, visit.standing, {
      ...{ token, sameBrowser: false, accessHref: null },
      news: [await newsOf(visit)],
    });
  const kind = visit.state === 'withdrawn' ? 'link_withdrawn' : 'link_lapsed';
  const wayOn = await wayOnOf(visit);
  const retry = wayOn === 'mail' ? formOf(`/connect/${token}/link`, token, scene) : null;
  return problem(scene, kind, visit.invitation.id, retry, tellingTo(visit, [await newsOf(visit)]), wayOn);
}

/** The partner's page for one customer, or a customer's lasting page. Reading changes nothing (TH9). */
export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (visit)
    return visit.state === 'open'
      ? welcomePage(sceneOf(request, visit), visit, token)
      : endedPage(sceneOf(request, visit), visit, token);
  const access = await visitAccess(token);
  if (!access?.standing) return unknownLink(request);
  return accessPage(
    sceneOf(request, access),
    access,
    access.standing,
    await readConnection(access.ctx, access.connection.id),
    token,
  );
});

/** *Continue*: a person is here, not a scanner. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token);
  const scene = sceneOf(request, visit, form);
  if (visit.state !== 'open') return endedPage(scene, visit, token);
  await noteOpened(visit);
  return seeOther(withLanguage(`/connect/${token}/go`, scene));
});
