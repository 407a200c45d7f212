import {
  type AuthorizeRequest,
  codeRedirect,
  denialRedirect,
  giveConsent,
  judgeAuthorize,
  readAuthorizeRequest,
} from '../core/authorize.ts';
import { record, type User } from '../core/ledger.ts';
import { type Answer, type Incoming, redirect } from '../http.ts';
import { fingerprint, mintCode, mintSession, sha256 } from '../mint.ts';
import { consentPage } from '../pages/consent.ts';
import { loginPage } from '../pages/login.ts';
import { messagePage } from '../pages/message.ts';
import type { World } from '../world.ts';

export const AUTHORIZE_PATH = '/api/oauth2/auth';
export const LOGIN_PATH = '/__login';
export const CONSENT_PATH = '/__consent';

/** `GET /api/oauth2/auth`: a refusal, the login page or the consent page. */
export function authorizeEndpoint(world: World, incoming: Incoming): Answer {
  const request = readAuthorizeRequest(incoming.params);
  const signedIn = userOf(world, incoming);
  const verdict = judgeAuthorize(world.ledger, { site: incoming.site, request, signedIn });
  const noted = { client_id: request.clientId || null, user_id: signedIn?.id ?? null };

  if (verdict.kind === 'refused') return refusedPage(incoming, verdict, noted);
  const page =
    verdict.kind === 'sign_in'
      ? loginPage({ site: incoming.site, users: [...world.ledger.users.values()], request, app: verdict.client?.name })
      : consentPage({
          site: incoming.site,
          client: verdict.client,
          user: verdict.user,
          request,
          switchUser: authorizePath(request, true),
        });
  return { ...page, noted: { ...noted, verdict: 'served' } };
}

/** `POST /__login`: picking a person stands in for password and TOTP. */
export function loginForm(world: World, incoming: Incoming): Answer {
  const form = new URLSearchParams(incoming.body);
  const request = readAuthorizeRequest(form);
  const login = form.get('user') ?? '';
  const users = [...world.ledger.users.values()];
  const user = users.find((each) => each.userName === login || each.id === login);
  const noted = { client_id: request.clientId || null, user_id: user?.id ?? null };
  if (user === undefined) {
    const page = loginPage({
      site: incoming.site,
      users,
      request,
      app: undefined,
      problem: 'Choose one of these people.',
    });
    return { ...page, status: 400, noted: { ...noted, verdict: 'refused' } };
  }
  const session = mintSession();
  world.ledger.sessions.set(session.id, { id: session.id, site: incoming.site, userId: user.id });
  world.changed();
  const cookie = `${sessionCookie(incoming)}=${session.value}; Path=/; HttpOnly; SameSite=Lax`;
  const back = redirect(303, authorizePath(request, false), { 'Set-Cookie': cookie });
  return { ...back, noted: { ...noted, verdict: 'served' } };
}

/** `POST /__consent`: judged again from the start, since the form may have been lying open while things changed. */
export function consentForm(world: World, incoming: Incoming): Answer {
  const form = new URLSearchParams(incoming.body);
  const request = readAuthorizeRequest(form);
  const signedIn = userOf(world, incoming);
  const verdict = judgeAuthorize(world.ledger, { site: incoming.site, request, signedIn });
  const noted = { client_id: request.clientId || null, user_id: signedIn?.id ?? null };
  if (verdict.kind === 'refused') return refusedPage(incoming, verdict, noted);
  if (verdict.kind === 'sign_in') {
    return { ...redirect(303, authorizePath(request, false)), noted: { ...noted, verdict: 'served' } };
  }

  const { client, user } = verdict;
  const decision = form.get('decision');
  if (decision === 'deny') {
    const back = redirect(302, denialRedirect(client.redirectUri, request.state));
    return { ...back, noted: { ...noted, verdict: 'denied', rule: 'A11' } };
  }
  if (decision !== 'allow') {
    const page = messagePage({
      site: incoming.site,
      status: 400,
      title: 'Nothing was decided',
      lead: 'Go back and try again.',
      text: 'Choose Allow or Deny.',
    });
    return { ...page, noted: { ...noted, verdict: 'refused' } };
  }

  const code = mintCode();
  const divisions = form.getAll('division').map(Number);
  record(world.ledger, giveConsent(world.ledger, { client, user, divisions, code, realNow: world.realNow() }));
  world.changed();
  const back = redirect(302, codeRedirect(client.redirectUri, code.value, request.state));
  return { ...back, noted: { ...noted, verdict: 'issued', issued_fingerprint: fingerprint(code.id) } };
}

type Refused = Extract<ReturnType<typeof judgeAuthorize>, { kind: 'refused' }>;

function refusedPage(
  incoming: Incoming,
  verdict: Refused,
  noted: { client_id: string | null; user_id: string | null },
): Answer {
  const { status, text, rule } = verdict;
  const page = messagePage({
    site: incoming.site,
    status,
    title: 'This request cannot be authorised',
    lead: 'The app that sent you here has to put this right.',
    text,
  });
  return { ...page, noted: { ...noted, verdict: 'refused', rule } };
}

/** Cookies ignore ports, so the name carries the site: signing in on nl must not sign anyone in on be. */
function sessionCookie(incoming: Incoming): string {
  return `simulated_exact_${incoming.site}`;
}

function userOf(world: World, incoming: Incoming): User | undefined {
  const value = incoming.cookie(sessionCookie(incoming));
  const session = value === undefined ? undefined : world.ledger.sessions.get(sha256(value));
  return session?.site === incoming.site ? world.ledger.users.get(session.userId) : undefined;
}

function authorizePath(request: AuthorizeRequest, forceLogin: boolean): string {
  const params = new URLSearchParams({
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    response_type: request.responseType,
  });
  if (request.state !== null) params.set('state', request.state);
  if (forceLogin) params.set('force_login', '1');
  return `${AUTHORIZE_PATH}?${params}`;
}
