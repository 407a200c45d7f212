import { randomUUID } from 'node:crypto';
import { AppError } from '#lib/kernel/errors.ts';
import { log } from '#lib/log/index.ts';
import { problem, sceneOf } from './respond.tsx';

/** A customer never sees a bare error: whatever was thrown becomes a page, and an unexpected one a log line with its code. */
export function guarded<R>(handle: (request: Request, route: R) => Promise<Response>) {
  return async (request: Request, route: R): Promise<Response> => {
    try {
      return await handle(request, route);
    } catch (error) {
      const requestId = randomUUID();
      const expected = error instanceof AppError && ['forbidden', 'invalid_request', 'too_large'].includes(error.code);
      if (!expected) log().error({ err: error, requestId, path: 'connect' }, 'customer page failed');
      return problem(sceneOf(request, null), expected ? 'too_large_or_odd' : 'not_saved', requestId, null);
    }
  };
}
