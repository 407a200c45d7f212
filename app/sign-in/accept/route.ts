import { hostCookie, readCookie, readForm, seeOther } from '#lib/browser/index.ts';
import { signIn } from '#lib/session/index.ts';

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
  return seeOther('/console', [session, hostCookie('waxseal-sign-in', '', 0)]);
}
