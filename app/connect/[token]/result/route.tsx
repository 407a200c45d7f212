import type { ProblemKind } from '#components/customer/problem.tsx';
import { Waiting } from '#components/customer/waiting.tsx';
import { readCookie, seeOther } from '#lib/browser/index.ts';
import { type Outcome, openLink, readTrip, returnedNews, type Visit, visitInvitation } from '#lib/consent/index.ts';
import { isId } from '#lib/kernel/ids.ts';
import { guarded } from '../../_pages/guard.ts';
import { keepLanguage, page, problem, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { donePage, formOf, tellingTo } from '../../_pages/screens.tsx';

const kinds: Record<Exclude<Outcome, 'sealed'>, ProblemKind> = {
  denied: 'denied',
  app_not_ready: 'app_not_ready',
  code_too_old: 'code_too_old',
  refused: 'exchange_refused',
  unknown: 'exchange_unknown',
  provider_down: 'provider_down',
  not_saved: 'not_saved',
  replaced: 'other_tab',
};

const patience = { tries: 32, everyMs: 250 } as const;

/** Waits on the reader's behalf while the first callback of two still runs: a page that reloads itself is hard to read. */
async function settledTrip(visit: Visit, requestId: string, browserSecret: string | null) {
  let trip = await readTrip(visit, requestId, browserSecret);
  for (let tries = 0; trip?.outcome === 'in_progress' && tries < patience.tries; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, patience.everyMs));
    trip = await readTrip(visit, requestId, browserSecret);
  }
  return trip;
}

/** What came of a trip to Exact. Reloading shows the same again: it is read from the record, nothing is done here. */
export const GET = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  let visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const scene = sceneOf(request, visit);
  // Trying again needs an open invitation; the way there is the page before leaving.
  const retry = visit.state === 'open' ? formOf(`/connect/${token}`, token, scene) : null;
  const ended = scene.search.get('ended');
  if (ended === 'request_lapsed' || ended === 'too_large_or_odd')
    return problem(scene, ended, visit.invitation.id, retry, tellingTo(visit, await returnedNews(visit)));

  const requestId = scene.search.get('trip') ?? '';
  const trip = isId('authorizationRequest', requestId)
    ? await settledTrip(visit, requestId, readCookie(request, 'waxseal-browser'))
    : null;
  if (!trip) return seeOther(keepLanguage(`/connect/${token}`, scene.search));
  if (trip.outcome === 'in_progress') {
    return page(
      scene,
      'waiting',
      <Waiting locale={scene.locale} theme={scene.theme} href={`${scene.path}?${scene.search}`} reloadSeconds={null} />,
      { telling: tellingTo(visit, await returnedNews(visit)) },
    );
  }
  visit = (await visitInvitation(token)) ?? visit; // what was sealed while we waited
  const news = await returnedNews(visit);
  if (trip.outcome !== 'sealed') return problem(scene, kinds[trip.outcome], requestId, retry, tellingTo(visit, news));
  if (!visit.standing) return unknownLink(request);
  // Only the browser of the consent that stands sees whose it is; an earlier one's trip is over.
  const sameBrowser = trip.sameBrowser && trip.grantId === visit.standing.grantId;
  const access = sameBrowser ? await openLink(visit.ctx, { connectionId: visit.connection.id }) : null;
  return donePage(scene, visit, visit.standing, {
    token,
    sameBrowser,
    accessHref: access && `/connect/${access.reveal()}`,
    news,
  });
});
