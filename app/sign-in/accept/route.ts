import { hostCookie, readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { returnCookieName, returnPath, signIn } from '#lib/session/index.ts';

/** The person's own click spends the link; opening the page did not (design §8.6). */
export async function POST(request: Request): Promise<Response> {
  const form = await readForm(request, 'sign-in').catch(() => null);
  if (!form) return seeOther('/sign-in?error=form');
  const session = await signIn({
    token: form.get('token') ?? '',
    email: form.get('email') ?? '',
    proof: form.get('proof') ?? '',
    browserSecret: readCookie(request, 'waxseal-sign-in'),
  });
  if (!session) return seeOther('/sign-in?error=link');
  const back = returnPath(readCookie(request, returnCookieName)) ?? '/console';
  return seeOther(back, [session, hostCookie('waxseal-sign-in', '', 0), hostCookie(returnCookieName, '', 0)]);
}
