import { setTimeout as later } from 'node:timers/promises';
import type { ProblemKind } from '#components/customer/problem.tsx';
import { Checking, Waiting } from '#components/customer/waiting.tsx';
import { readCookie, seeOther } from '#lib/browser/index.ts';
import {
  faultOf,
  isQuestionOpen,
  isTurnedAway,
  newsOf,
  type Outcome,
  openLink,
  ownTrip,
  readTrip,
  returnedNews,
  type Standing,
  type TripResult,
  type Visit,
  visitInvitation,
} from '#lib/consent/index.ts';
import { minutes, plus } from '#lib/kernel/clock.ts';
import { isId } from '#lib/kernel/ids.ts';
import { guarded } from '../../_pages/guard.ts';
import { confirmPage, keptPage, putRightPage } from '../../_pages/presence.tsx';
import { browserCookie, keepLanguage, page, problem, type Scene, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { canKeep, formOf, outcomePage, standsNow, tellingTo, withLanguage } from '../../_pages/screens.tsx';

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

/** Ends of a way without a trip that came back, or without one at all. */
const ends = ['request_lapsed', 'too_large_or_odd', 'provider_down', 'app_not_ready', 'declined'] as const;

/** An end that says that somebody was told is shown while the record says so too, whatever an address asks for. */
function isSo(end: (typeof ends)[number], visit: Visit): boolean {
  if (end === 'declined') return visit.state === 'open' && visit.invitation.declinedAt !== null;
  return end !== 'app_not_ready' || isTurnedAway(visit);
}

/** How often the record is looked at while a page is open, and for how long after the return the page moves on by itself. */
const patience = { tries: 32, everyMs: 250, movesOnFor: minutes(1) } as const;

type Arrival = { visit: Visit; trip: TripResult | null };

/** Still under way: the callback runs, or what it sealed is being looked at. */
const isOpen = ({ visit, trip }: Arrival) =>
  trip?.outcome === 'in_progress' || (trip?.outcome === 'sealed' && visit.standing?.identity === 'pending');

/** What the record says of a trip now, again and again. */
const looker =
  (token: string, requestId: string, browserSecret: string | null) =>
  async (before: Visit): Promise<Arrival> => {
    const visit = (await visitInvitation(token)) ?? before;
    return { trip: await readTrip(visit, requestId, browserSecret), visit };
  };

/** Three lines that tick off, or that it is being sealed: there at once, and taken on as soon as there is more to tell. */
function waitingPage(scene: Scene, arrival: Arrival, trip: TripResult, look: ReturnType<typeof looker>, news: Told) {
  const { visit } = arrival;
  const Screen = trip.outcome === 'sealed' ? Checking : Waiting;
  const movesOn = visit.ctx.clock.now() < plus(trip.answeredAt, patience.movesOnFor);
  const href = `${scene.path}?${scene.search}`;
  const follow = async (gone: AbortSignal) => {
    let now = arrival;
    for (let tries = 0; isOpen(now) && now.trip?.outcome === trip.outcome && tries < patience.tries; tries += 1) {
      await later(patience.everyMs, undefined, { signal: gone });
      now = await look(now.visit);
    }
    return true;
  };
  return page(scene, 'waiting', <Screen locale={scene.locale} theme={scene.theme} href={href} movesOn={movesOn} />, {
    telling: tellingTo(visit, news),
    ...(movesOn ? { follow } : {}),
  });
}

type Told = Parameters<typeof tellingTo>[1];
type Reader = { scene: Scene; visit: Visit; token: string; browserSecret: string | null };

/** What did not work, with the way on that is open to this reader: anyone while the link is, later only who consented before. */
async function failure(reader: Reader, kind: ProblemKind, reference: string, news: Told) {
  const { scene, visit, token, browserSecret } = reader;
  const open = visit.state === 'open';
  const earlier = open ? null : await ownTrip(visit, browserSecret);
  const retry = open
    ? formOf(`/connect/${token}`, token, scene)
    : earlier
      ? formOf(`/connect/${token}/go`, token, scene)
      : null;
  return problem(scene, kind, reference, retry, {
    telling: tellingTo(visit, news),
    leaving: earlier !== null,
    earlierHref: earlier && withLanguage(`/connect/${token}/result?trip=${earlier}`, scene),
    returnUrl: kind === 'declined' ? visit.returnUrl : null,
    decline: kind === 'denied' && open ? formOf(`/connect/${token}/decline`, token, scene) : null,
  });
}

/** What the browser that consented is shown: what is wrong, the question whether it is right, or that all is done. */
async function standingPage(reader: Reader, standing: Standing, trip: TripResult & { requestId: string }) {
  const { scene, visit, token } = reader;
  const news = await returnedNews(visit);
  // Only the browser of the consent that stands sees whose it is; an earlier one's trip is over.
  const sameBrowser = trip.sameBrowser && trip.grantId === standing.grantId;
  const { waits } = await standsNow(visit, standing);
  if (sameBrowser && waits && faultOf(standing))
    return putRightPage(scene, visit, standing, { token, news, requestId: trip.requestId });
  if (sameBrowser && waits && isQuestionOpen(visit))
    return confirmPage(scene, visit, standing, { token, news, requestId: trip.requestId });
  const access = sameBrowser ? await openLink(visit.ctx, { connectionId: visit.connection.id }) : null;
  return outcomePage(scene, visit, standing, {
    token,
    sameBrowser,
    accessHref: access && `/connect/${access.reveal()}`,
    news,
  });
}

/** What came of a trip to Exact. Reloading shows the same again: it is read from the record, nothing is done here. */
export const GET = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const first = await visitInvitation(token);
  if (!first) return unknownLink(request);
  const scene = sceneOf(request, first);
  const browserSecret = readCookie(request, browserCookie);
  const ended = scene.search.get('ended');
  if (ended === 'kept' && first.state === 'open' && first.invitation.keptAt && (await canKeep(first)))
    return keptPage(scene, first, [await newsOf(first)]);
  const end = ends.find((each) => each === ended && isSo(each, first));
  if (end) {
    const reader = { scene, visit: first, token, browserSecret };
    return failure(reader, end, first.invitation.id, [await newsOf(first)]);
  }

  const requestId = scene.search.get('trip') ?? '';
  if (!isId('authorizationRequest', requestId)) return seeOther(keepLanguage(`/connect/${token}`, scene.search));
  const look = looker(token, requestId, browserSecret);
  const arrival = await look(first);
  const { visit, trip } = arrival;
  if (!trip) return seeOther(keepLanguage(`/connect/${token}`, scene.search));
  if (isOpen(arrival)) return waitingPage(scene, arrival, trip, look, await returnedNews(visit));
  const reader = { scene, visit, token, browserSecret };
  if (trip.outcome !== 'sealed' && trip.outcome !== 'in_progress')
    return failure(reader, kinds[trip.outcome], requestId, await returnedNews(visit));
  return visit.standing ? standingPage(reader, visit.standing, { ...trip, requestId }) : unknownLink(request);
});
