import { readForm, seeOther } from '#lib/browser/index.ts';
import { csrfSubject, signOut } from '#lib/session/index.ts';

/** Ends this browser's session. */
export async function POST(request: Request): Promise<Response> {
  const subject = await csrfSubject();
  const form = subject && (await readForm(request, subject).catch(() => null));
  return form ? seeOther('/sign-in', [await signOut()]) : seeOther('/console');
}
