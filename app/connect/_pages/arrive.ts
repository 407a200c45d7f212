import { seeOther } from '#lib/browser/index.ts';
import type { Back, CallbackAnswer } from '#lib/consent/index.ts';
import { problem, sceneOf } from './respond.tsx';
import { formOf } from './screens.tsx';

const linkOf = ({ link }: Back): string => link?.reveal() ?? 'unknown';

/** To a page of the same invitation, in the language they left it in, and away from the address that holds the code. */
export function toResult(back: Back, query: Record<string, string>): Response {
  const asked = new URLSearchParams({ ...query, ...(back.locale ? { lang: back.locale } : {}) });
  return seeOther(`/connect/${linkOf(back)}/result?${asked}`);
}

/** Said at once: what would say it later is away. Nothing of the address that holds the code is on the page. */
function notSaved(request: Request, back: Back, requestId: string): Promise<Response> {
  const asked = new URLSearchParams(back.locale ? { lang: back.locale } : {});
  const scene = {
    ...sceneOf(request, back.visit, asked),
    path: `/connect/${linkOf(back)}`,
    search: new URLSearchParams(),
  };
  return problem(scene, 'not_saved', requestId, formOf(scene.path, linkOf(back), scene));
}

/** Where someone goes whose answer was taken, by whichever way it came in. */
export async function arrival(
  request: Request,
  answer: Extract<CallbackAnswer, { kind: 'settled' | 'lapsed' | 'withdrawn' | 'not_saved' }>,
): Promise<Response> {
  switch (answer.kind) {
    case 'settled':
      return toResult(answer, { trip: answer.requestId });
    case 'lapsed':
      return toResult(answer, { ended: 'request_lapsed' });
    case 'withdrawn':
      return toResult(answer, {});
    case 'not_saved':
      return notSaved(request, answer, answer.requestId);
  }
}
