import { randomUUID } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { tripOfState, visitAccess, visitInvitation } from '#lib/consent/index.ts';
import { codeOf } from '#lib/kernel/code.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { boundedLog } from '#lib/log/bounded.ts';
import { log } from '#lib/log/index.ts';
import { problem, sceneOf } from './respond.tsx';

const patienceMs = 2_000;
const noteRefused = boundedLog(20, 'customer page refused');

/** The id of what the page was about, as far as its address tells: by it the partner finds the code. */
async function referenceIn(request: Request): Promise<string | null> {
  const { pathname, searchParams } = new URL(request.url);
  const [, token = ''] = /^\/connect\/([^/]+)/.exec(pathname) ?? [];
  const visit = (await visitInvitation(token)) ?? (await visitAccess(token));
  return visit ? visit.invitation.id : tripOfState(searchParams.get('state') ?? '');
}

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
      const known = await Promise.race([referenceIn(request), later(patienceMs, null, { ref: false })]).catch(
        () => null,
      );
      const reference = known ?? requestId;
      const expected = error instanceof AppError && ['forbidden', 'invalid_request', 'too_large'].includes(error.code);
      const facts = { requestId, code: codeOf(reference), path: 'connect' };
      if (!expected) log().error({ err: error, ...facts }, 'customer page failed');
      else if (!known) noteRefused({ ...facts, why: error.code });
      return problem(sceneOf(request, null), expected ? 'too_large_or_odd' : 'not_saved', reference, null);
    }
  };
}
