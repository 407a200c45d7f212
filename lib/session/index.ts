import { randomUUID } from 'node:crypto';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { z } from 'zod';
import { formToken, hostCookie, pageHeaders, readForm, readUpload, seeOther, type Upload } from '../browser/index.ts';
import { inTenant } from '../db/index.ts';
import { wallClock } from '../kernel/clock.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { sameText, sha256 } from '../kernel/hash.ts';
import { log } from '../log/index.ts';
import {
  type Action,
  ctxOfMember,
  enterTwin,
  type MemberCtx,
  may,
  membershipsOf,
  readPartner,
} from '../tenancy/index.ts';
import { identityAdapter, linkProof, requestLink, sessionCookieName, sessionHours, spendLink } from './auth.ts';
import { type Session, signInAgainPage, signInAgainPath } from './fresh.ts';

export { linkMinutes } from './auth.ts';
export { freshMinutes, isFresh, requireFresh, returnCookieName, returnPath, type Session } from './fresh.ts';
export { requestLink };

const hashOf = (token: string) => Buffer.from(sha256(token)).toString('hex');

/** Which of their partners a person looks at; says nothing that their memberships do not confirm at every request. */
const placeCookieName = 'waxseal-place';
const placeDays = 400;

/** Null for a session that was opened before this was kept. */
const signedInAt = (session: object & { freshAt?: Date | null }): Date | null => session.freshAt ?? null;

/** Who is signed in, or null. Read from the database at every request: an ended session or membership counts at once. */
export async function currentMember(): Promise<Session | null> {
  const token = (await cookies()).get(`__Host-${sessionCookieName}`)?.value;
  const found = token ? await identityAdapter().getSessionAndUser?.(token) : null;
  if (!token || !found || found.session.expires <= wallClock.now()) return null;
  const memberships = await membershipsOf(found.user.email);
  const place = (await cookies()).get(`__Host-${placeCookieName}`)?.value;
  const here = memberships.filter(({ partnerId }) => partnerId === place);
  for (const membership of [...here, ...memberships]) {
    const member = await ctxOfMember(membership, hashOf(token), randomUUID());
    if (member) return { ...member, signedInAt: signedInAt(found.session) };
  }
  return null;
}

/** Who is signed in; everyone else is led to the sign-in page. */
export async function requireMember(): Promise<Session> {
  return (await currentMember()) ?? redirect('/sign-in');
}

// Of one partner too: a form of a live page that was left open does nothing in the sandbox, and the other way round.
const subjectOf = ({ ctx }: MemberCtx) =>
  ctx.actor.kind === 'member' ? `console|${ctx.actor.sessionHash}|${ctx.partnerId}` : '';

export type Place = { partnerId: string; name: string; sandbox: boolean; sandboxOf: string | null };

/** The partners and sandboxes a person is a member of; where they are now among them. */
export async function placesOf({ ctx, member }: MemberCtx): Promise<Place[]> {
  const memberships = await membershipsOf(member.email);
  const read = ({ partnerId }: { partnerId: string }) =>
    inTenant(partnerId, (tx) => readPartner(tx, { ...ctx, partnerId }));
  const partners = await Promise.all(memberships.map(read));
  return partners.map(({ id, name, sandbox, sandboxOf }) => ({ partnerId: id, name, sandbox, sandboxOf }));
}

/**
 * Goes to another partner of this person, or with `sandbox` to the twin of the present one, which is made on the first
 * visit. Returns the cookie that remembers it. Throws not_found for a partner they are no member of.
 */
export async function goTo(visitor: MemberCtx, to: string): Promise<string> {
  const partnerId = to === 'sandbox' && !visitor.partner.sandbox ? await enterTwin(visitor) : to;
  const known = (await membershipsOf(visitor.member.email)).some((membership) => membership.partnerId === partnerId);
  if (!known) throw notFound();
  return hostCookie(placeCookieName, partnerId, placeDays * 86_400);
}

/** The token that every form of this session carries. */
export const csrfOf = (member: MemberCtx): string => formToken(subjectOf(member));

type Route = { params: Promise<Record<string, string>> };
type Posted = { member: Session; form: URLSearchParams; request: Request; params: Record<string, string> };

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.publicMessage;
  if (error instanceof z.ZodError) return error.issues[0]?.message ?? 'Please check what you typed.';
  log().error({ err: error, requestId: randomUUID() }, 'console action failed');
  return 'Something went wrong on our side. Nothing was changed; please try again.';
}

const asksToSignInAgain = (error: unknown) => error instanceof AppError && error.code === 'sign_in_again';

/**
 * What a form may hold that must not come to stand in an address: secrets, and pasted texts that may hold one, as a private
 * key where a public one belongs.
 */
const confidential = /secret|public_key|^pasted/;
const isConfidential = (name: string) => name === 'csrf' || confidential.test(name);

/** An address stays well within what servers take as one. */
const mostQuery = 6_000;

/** Back to the form with a sentence, and with what was typed; never with a secret. */
function backWith(form: URLSearchParams, sentence: string): Response {
  const back = form.get('back') ?? '/console';
  const path = /^\/console(?:\/[\w./-]*)?$/.test(back) ? back : '/console';
  const query = new URLSearchParams({ error: sentence });
  for (const [name, value] of form) {
    const fits = value.length <= 300 && query.toString().length < mostQuery;
    if (name !== 'back' && !isConfidential(name) && fits) query.set(`f_${name}`, value);
  }
  return seeOther(`${path}?${query}`);
}

function refuseUnlessMay(member: MemberCtx, action: Action | 'read'): void {
  if (action !== 'read' && !may(member.member.role, action))
    throw new AppError('forbidden', 'Your role does not allow this.');
}

type Handler<P> = (posted: P) => Promise<Response>;

function formEdge<P extends { form: URLSearchParams }>(
  action: Action | 'read',
  read: (request: Request, subject: string) => Promise<P>,
  handle: Handler<P & Omit<Posted, 'form'>>,
  page = '/console',
) {
  return async (request: Request, route: Route): Promise<Response> => {
    const member = await currentMember();
    if (!member) return seeOther('/sign-in');
    let form = new URLSearchParams({ back: page });
    try {
      const posted = await read(request, subjectOf(member));
      form = posted.form;
      refuseUnlessMay(member, action);
      return await handle({ ...posted, member, request, params: await route.params });
    } catch (error) {
      return asksToSignInAgain(error) ? signInAgainPage(form.get('back')) : backWith(form, sentenceOf(error));
    }
  };
}

/** The edge of a console form: signed in, sent by our own page of this session, allowed by role (`read` is open to all); then one verb. */
export const consolePost = (action: Action | 'read', handle: Handler<Posted>) =>
  formEdge(action, async (request, subject) => ({ form: await readForm(request, subject) }), handle);

/** The same for a form with files; what cannot be read at all leads back to `page`. */
export const consoleUpload = (action: Action | 'read', page: string, handle: Handler<Upload & Omit<Posted, 'form'>>) =>
  formEdge(action, readUpload, handle, page);

/** What a refused form says to the person who sent it; an unexpected error is logged and told in general words. */
export { sentenceOf };

/** The same for a script of ours: the token comes in the header `x-csrf`, the answer is JSON that nothing stores. */
export function consoleJson(action: Action, handle: (posted: Omit<Posted, 'form'>) => Promise<unknown>) {
  return async (request: Request, route: Route): Promise<Response> => {
    const answer = (body: unknown, status: number) =>
      Response.json(body, { status, headers: pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' }) });
    const member = await currentMember();
    if (!member) return answer({ error: 'Please sign in again.' }, 401);
    const site = request.headers.get('sec-fetch-site');
    if ((site !== null && site !== 'same-origin') || !sameText(request.headers.get('x-csrf') ?? '', csrfOf(member)))
      return answer({ error: 'Open the page again.' }, 403);
    try {
      refuseUnlessMay(member, action);
      return answer(await handle({ member, request, params: await route.params }), 200);
    } catch (error) {
      if (asksToSignInAgain(error))
        return answer({ type: '/docs/errors#sign_in_again', error: sentenceOf(error), again: signInAgainPath }, 401);
      return answer({ error: sentenceOf(error) }, error instanceof AppError && error.code === 'not_found' ? 404 : 409);
    }
  };
}

/** Signs in with a mailed link: the same browser that asked, the link as it was made, and only once. Null when refused. */
export async function signIn(input: {
  token: string;
  email: string;
  proof: string;
  browserSecret: string | null;
}): Promise<string | null> {
  if (!input.browserSecret || !sameText(input.proof, linkProof(input.token, input.email, input.browserSecret)))
    return null;
  const session = await spendLink(input.token, input.email, input.browserSecret);
  if (session) await endSession(); // a sign-in gives the browser a new session, and leaves none behind (TH13)
  return session && hostCookie(sessionCookieName, session, sessionHours * 3600);
}

async function endSession(): Promise<void> {
  const token = (await cookies()).get(`__Host-${sessionCookieName}`)?.value;
  if (token) await Promise.resolve(identityAdapter().deleteSession?.(token)).catch(() => {}); // gone already is as good
}

/** Ends the session of this browser; returns the cookie that clears it. */
export async function signOut(): Promise<string> {
  await endSession();
  return hostCookie(sessionCookieName, '', 0);
}

/** What this session's form tokens are made for; null when signed out. */
export async function csrfSubject(): Promise<string | null> {
  const member = await currentMember();
  return member && subjectOf(member);
}
