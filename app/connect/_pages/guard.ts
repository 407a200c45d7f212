import { randomUUID } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { type Visit, visitAccess, visitInvitation } from '#lib/consent/index.ts';
import { translatorFor } from '#lib/i18n/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { log } from '#lib/log/index.ts';
import { keepLanguage, problem, type Scene, sceneOf } from './respond.tsx';

/** A customer never sees a bare error: whatever was thrown becomes a page, and an unexpected one a log line with its code. */
export function guarded<R>(handle: (request: Request, route: R) => Promise<Response>) {
  return async (request: Request, route: R): Promise<Response> => {
    try {
      return await handle(request, route);
    } catch (error) {
      const requestId = randomUUID();
      // A form that is not one of ours, or no longer: nothing of it was carried out.
      const refused = error instanceof AppError && ['forbidden', 'invalid_request', 'too_large'].includes(error.code);
      if (!refused) log().error({ err: error, requestId, path: 'connect' }, 'customer page failed');
      return trouble(request, refused ? 'page_stale' : 'our_side', requestId);
    }
  };
}

/** How long a page that failed asks whose it was: what it failed for may be away still. */
const brandPatienceMs = 2_000;

const visitBehind = (token: string): Promise<Visit | null> =>
  Promise.race([
    visitInvitation(token).then((visit) => visit ?? visitAccess(token)),
    later(brandPatienceMs, null, { ref: false }),
  ]).catch(() => null);

/** The pages with a form that a form leads back to; every other form stands on the link's own page. */
const formPages = /^\/connect\/[^/]+\/(?:go|paste|stop)$/;

/** What the page that a form stood on was read in: the form itself may not have been. */
function languageBefore(request: Request): URLSearchParams {
  const before = request.headers.get('referer') ?? '';
  const lang = URL.canParse(before) ? new URL(before).searchParams.get('lang') : null;
  return new URLSearchParams(lang === null ? {} : { lang });
}

async function trouble(request: Request, kind: 'page_stale' | 'our_side', reference: string): Promise<Response> {
  const url = new URL(request.url);
  const token = /^\/connect\/([^/]+)/.exec(url.pathname)?.[1];
  const visit = token === undefined ? null : await visitBehind(token);
  const posted = request.method === 'POST';
  const scene = sceneOf(request, visit, posted ? languageBefore(request) : undefined);
  // The address of a callback holds a code and a state, which no page repeats; who loads it again is answered by its record.
  if (token === undefined) return problem(away(scene), kind, reference, null, { unnamed: true });
  const page = posted && !formPages.test(url.pathname) ? scene.path : url.pathname;
  const href = posted ? keepLanguage(page, new URLSearchParams({ lang: scene.locale })) : `${page}${url.search}`;
  const label = translatorFor(scene.locale)(`problem.${kind}.action`);
  return problem(scene, kind, reference, { href, label }, { unnamed: visit === null });
}

/** A page at an address outside every link: its language switch leads to the same words elsewhere. */
const away = (scene: Scene): Scene => ({
  ...scene,
  path: '/oauth/ended',
  search: new URLSearchParams({ kind: 'our_side' }),
});
