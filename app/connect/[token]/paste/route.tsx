import { readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import {
  awaitsAnswer,
  type PasteFault,
  pasteBack,
  pasteFaults,
  type Visit,
  visitInvitation,
} from '#lib/consent/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { returnsHere } from '#lib/tenancy/index.ts';
import { arrival } from '../../_pages/arrive.ts';
import { guarded } from '../../_pages/guard.ts';
import { browserCookie, keepLanguage, problem, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { formOf, pastePage } from '../../_pages/screens.tsx';

type Route = { params: Promise<{ token: string }> };

const faultIn = (search: URLSearchParams): PasteFault | null =>
  pasteFaults.find((fault) => fault === search.get('wrong')) ?? null;

/** Pasting is for registrations that lead elsewhere, while there is someone to come back. */
const isOpen = async (visit: Visit): Promise<boolean> =>
  !returnsHere(visit.registration) &&
  visit.state !== 'withdrawn' &&
  (visit.state === 'open' || (await awaitsAnswer(visit)));

/** Where a customer brings the address they landed on. What was wrong the last time is a word of a closed list, never the text. */
export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const scene = sceneOf(request, visit);
  if (!(await isOpen(visit))) return seeOther(keepLanguage(`/connect/${token}`, scene.search));
  return pastePage(scene, visit, token, faultIn(scene.search));
});

/** The form, or null for one that is larger than any address: what it says was not read, and is not needed. */
const readPastedForm = (request: Request, token: string, { partner }: Visit): Promise<URLSearchParams | null> =>
  readForm(request, token, partner.home).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'too_large') return null;
    throw error;
  });

/** The address is read, its code spent as in a callback, and nothing of it is shown, kept or passed on. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readPastedForm(request, token, visit);
  const again = (why: PasteFault) =>
    seeOther(keepLanguage(`/connect/${token}/paste?wrong=${why}`, form ?? new URL(request.url).searchParams));
  if (!form) return again('too_long');
  if (returnsHere(visit.registration)) return seeOther(keepLanguage(`/connect/${token}`, form));
  const answer = await pasteBack(visit, form.get('address') ?? '', readCookie(request, browserCookie));
  if (answer.kind === 'unfit') return again(answer.why);
  if (answer.kind === 'other_browser') {
    const scene = sceneOf(request, visit, form);
    const retry = visit.state === 'open' ? formOf(`/connect/${token}`, token, scene) : null;
    return problem(scene, 'other_browser', visit.invitation.id, retry);
  }
  return arrival(request, { ...answer, locale: sceneOf(request, visit, form).locale });
});
