import { randomUUID } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { tripOfState, type Visit, visitAccess, visitInvitation } from '#lib/consent/index.ts';
import { translatorFor } from '#lib/i18n/index.ts';
import { codeOf } from '#lib/kernel/code.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { boundedLog } from '#lib/log/bounded.ts';
import { log } from '#lib/log/index.ts';
import { keepLanguage, problem, type Scene, sceneOf } from './respond.tsx';

const noteRefused = boundedLog(20, 'customer page refused');

/**
 * A customer never sees a bare error: whatever was thrown becomes a page, and an unexpected one a log line with its code.
 * Where nobody can tell whose page it was, or the database cannot be asked, the code is in the log alone.
 */
export function guarded<R>(handle: (request: Request, route: R) => Promise<Response>) {
  return async (request: Request, route: R): Promise<Response> => {
    try {
      return await handle(request, route);
    } catch (error) {
      const requestId = randomUUID();
      // A form that is not one of ours, or no longer: nothing of it was carried out.
      const refused = error instanceof AppError && ['forbidden', 'invalid_request', 'too_large'].includes(error.code);
      const behind = await behindOf(request);
      const reference = behind.visit?.invitation.id ?? behind.trip ?? requestId;
      const facts = { requestId, code: codeOf(reference), path: 'connect' };
      if (!refused) log().error({ err: error, ...facts }, 'customer page failed');
      else if (reference === requestId) noteRefused({ ...facts, why: error.code });
      return trouble(request, refused ? 'page_stale' : 'our_side', behind.visit, reference);
    }
  };
}

const linkIn = (request: Request): string | null =>
  /^\/connect\/([^/]+)/.exec(new URL(request.url).pathname)?.[1] ?? null;

/** How long a page that failed asks whose it was: what it failed for may be away still. */
const patienceMs = 2_000;
const nobody = { visit: null, trip: null };

/** Whose page it was, as far as its address tells: by that the partner finds the code. */
async function behindOf(request: Request): Promise<{ visit: Visit | null; trip: string | null }> {
  const token = linkIn(request);
  const asked =
    token === null
      ? tripOfState(new URL(request.url).searchParams.get('state') ?? '').then((trip) => ({ visit: null, trip }))
      : visitInvitation(token).then(async (visit) => ({ visit: visit ?? (await visitAccess(token)), trip: null }));
  return Promise.race([asked, later(patienceMs, nobody, { ref: false })]).catch(() => nobody);
}

/** The pages with a form that a form leads back to; every other form stands on the link's own page. */
const formPages = /^\/connect\/[^/]+\/(?:go|paste|stop)$/;

/** What the page that a form stood on was read in: the form itself may not have been. */
function languageBefore(request: Request): URLSearchParams {
  const before = request.headers.get('referer') ?? '';
  const lang = URL.canParse(before) ? new URL(before).searchParams.get('lang') : null;
  return new URLSearchParams(lang === null ? {} : { lang });
}

type Trouble = 'page_stale' | 'our_side';

async function trouble(request: Request, kind: Trouble, visit: Visit | null, reference: string): Promise<Response> {
  const url = new URL(request.url);
  const posted = request.method === 'POST';
  const scene = sceneOf(request, visit, posted ? languageBefore(request) : undefined);
  // The address of a callback holds a code and a state, which no page repeats; who loads it again is answered by its record.
  if (linkIn(request) === null) return problem(away(scene), kind, reference, null, { unnamed: true });
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
