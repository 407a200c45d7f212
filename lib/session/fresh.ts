import { pageHeaders } from '../browser/index.ts';
import { minutes, wallClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { MemberCtx } from '../tenancy/index.ts';

/** Someone who is signed in, and when they last proved who they are; null when that was never kept. */
export type Session = MemberCtx & { signedInAt: Date | null };

/** How old a sign-in may be for what cannot be taken back (B-3). Real time, in a sandbox too (design §5). */
export const freshMinutes = 5;

/** Whether the sign-in is young enough; one from the future (a clock was set back) only if by as little. */
export const isFresh = ({ signedInAt }: Pick<Session, 'signedInAt'>, now: Date = wallClock.now()): boolean =>
  signedInAt !== null && Math.abs(now.getTime() - signedInAt.getTime()) <= minutes(freshMinutes);

/**
 * Step-up: the one question before a secret is shown, made, ended or replaced (B-3, H10). Other proofs than the mailed
 * link would be asked here. Throws sign_in_again; the edges below answer it with 401 and lead the person there.
 */
export function requireFresh(session: Pick<Session, 'signedInAt'>): void {
  if (isFresh(session)) return;
  throw new AppError(
    'sign_in_again',
    `This needs a sign-in of the last ${freshMinutes} minutes. Nothing was done; sign in again and decide then.`,
  );
}

export const returnCookieName = 'waxseal-return';
export const signInAgainPath = '/sign-in/again';

const returnPaths = [
  /^\/console$/,
  /^\/console\/api-keys$/,
  /^\/console\/targets(?:\/new|\/tgt_[0-9a-z]{24})?$/,
  /^\/console\/registrations\/clr_[0-9a-z]{24}$/,
  /^\/console\/connections\/con_[0-9a-z]{24}(?:\/register)?$/,
  /^\/console\/handoffs\/hof_[0-9a-z]{24}$/,
];

/** A page of this list to come back to after signing in again; null for everything else, so no link of ours leads elsewhere. */
export const returnPath = (asked: string | null | undefined): string | null =>
  asked && returnPaths.some((path) => path.test(asked)) ? asked : null;

/** The answer to a form that needed a fresh sign-in: 401, and on to the page that asks for one, without script. */
export function signInAgainPage(back: string | null): Response {
  const to = `${signInAgainPath}?to=${encodeURIComponent(returnPath(back) ?? '/console')}`;
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in again</title>
<meta http-equiv="refresh" content="0;url=${to}"><p>Nothing was done. <a href="${to}">Sign in again</a> and decide then.</p></html>`;
  const headers = pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' });
  return new Response(body, { status: 401, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } });
}
