import { hostCookie, newCookieSecret, readForm, seeOther } from '#lib/browser/index.ts';
import { linkMinutes, requestLink, returnCookieName, returnPath } from '#lib/session/index.ts';
import { Email } from '#lib/tenancy/index.ts';

/** Asks for a sign-in link. Every well-formed address gets the same answer. Where to go afterwards stays in this browser. */
export async function POST(request: Request): Promise<Response> {
  const form = await readForm(request, 'sign-in').catch(() => null);
  if (!form) return seeOther('/sign-in?error=form');
  const email = Email.safeParse((form.get('email') ?? '').trim());
  if (!email.success) return seeOther('/sign-in?error=email');
  const browserSecret = newCookieSecret();
  await requestLink(email.data, browserSecret);
  const back = returnPath(form.get('to'));
  return seeOther('/sign-in/sent', [
    hostCookie('waxseal-sign-in', browserSecret, linkMinutes * 60),
    hostCookie(returnCookieName, back ?? '', back ? linkMinutes * 60 : 0),
  ]);
}
