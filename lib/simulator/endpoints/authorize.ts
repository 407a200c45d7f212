import { codeRedirect, errorRedirect, judgeAuthorize, readAuthorizeRequest } from '../core/authorize.ts';
import { type Client, findUser, record, type User } from '../core/ledger.ts';
import { behaviourOf, consentSteps, divisionsGranted, PERSONA_IDS, PERSONAS } from '../core/personas.ts';
import { type Answer, type Incoming, redirect } from '../http.ts';
import { fingerprint, mintCode, mintSession, sha256 } from '../mint.ts';
import { consentPage } from '../pages/consent.ts';
import { loginPage } from '../pages/login.ts';
import { messagePage } from '../pages/message.ts';
import type { World } from '../world.ts';
import { backWithTicket, overThere, signsInElsewhere, signsInForAnother, ticketOf } from './sign-in-host.ts';
import { authorizePath, FIND_PARAM, PERSONA_PARAM, sessionCookie, useUp, type Visit, visitOf } from './visit.ts';

export { AUTHORIZE_PATH } from './visit.ts';
export const LOGIN_PATH = '/__login';
export const CONSENT_PATH = '/__consent';
export const SIGN_OUT_PATH = '/__signout';

type Verdict = ReturnType<typeof judgeAuthorize>;

/** `GET /api/oauth2/auth`: a refusal, the login page or the consent page. */
export function authorizeEndpoint(world: World, incoming: Incoming): Answer {
  const visit = visitOf(world, incoming, readAuthorizeRequest(incoming.params), incoming.params.get(PERSONA_PARAM));
  const verdict = judge(world, incoming, visit);
  if (verdict.kind === 'sign_in') {
    if (signsInElsewhere(world, incoming)) return noteServed(visit, overThere(incoming));
    return signIn(world, incoming, visit, { app: verdict.client });
  }
  if (visit.signedIn && signsInForAnother(world, incoming)) return vouch(world, incoming, visit, visit.signedIn);
  if (verdict.kind !== 'ask') return turnedAway(world, incoming, visit, verdict);
  const { client, user } = verdict;
  const { request, behaviour, signedIn } = visit;
  const page = consentPage({
    site: incoming.site,
    client,
    user,
    request,
    behaviour,
    chosen: signedIn ?? user,
    ticket: signsInElsewhere(world, incoming) ? ticketOf(incoming) : undefined,
    switchUser: authorizePath(request, { forceLogin: true }),
  });
  return { ...page, noted: { ...visit.noted, verdict: 'served' } };
}

/** The other host learns who signed in here: by a ticket, good for one consent. */
function vouch(world: World, incoming: Incoming, visit: Visit, user: User): Answer {
  const ticket = mintSession();
  world.ledger.sessions.set(ticket.id, { id: ticket.id, site: incoming.site, userId: user.id });
  world.changed();
  const path = authorizePath(visit.request, { persona: visit.behaviour.id });
  return noteServed(visit, backWithTicket(incoming, path, ticket.value));
}

function forgetTicket(world: World, incoming: Incoming): void {
  world.ledger.sessions.delete(sha256(ticketOf(incoming) ?? ''));
  world.changed();
}

function noteServed({ noted }: Visit, answer: Answer): Answer {
  return { ...answer, noted: { ...noted, verdict: 'served' } };
}

/** `POST /__login`: picking a person stands in for password and TOTP. */
export function loginForm(world: World, incoming: Incoming): Answer {
  const form = new URLSearchParams(incoming.body);
  const request = readAuthorizeRequest(form);
  const picked = PERSONA_IDS.find((id) => id === (form.get('persona') ?? 'agrees'));
  const user = findUser(world.ledger, form.get('user') ?? '');
  if (user === undefined || picked === undefined) {
    const problem = user === undefined ? 'Choose one of these people.' : 'Choose one of these ways to behave.';
    return signIn(world, incoming, visitOf(world, incoming, request, null), { problem });
  }
  const session = mintSession();
  world.ledger.sessions.set(session.id, { id: session.id, site: incoming.site, userId: user.id });
  world.changed();
  const cookie = `${sessionCookie(incoming)}=${session.value}; Path=/; HttpOnly; SameSite=Lax`;
  const back = redirect(303, authorizePath(request, { persona: picked }), { 'Set-Cookie': cookie });
  const { id: persona } = behaviourOf(world.ledger, request.clientId, picked);
  return { ...back, noted: { client_id: request.clientId || null, user_id: user.id, persona, verdict: 'served' } };
}

/** `POST /__signout`: ends the session, and starts the same request over. */
export function signOutForm(world: World, incoming: Incoming): Answer {
  const request = readAuthorizeRequest(new URLSearchParams(incoming.body));
  const visit = visitOf(world, incoming, request, null);
  if (signsInElsewhere(world, incoming)) return noteServed(visit, overThere(incoming));
  world.ledger.sessions.delete(sha256(incoming.cookie(sessionCookie(incoming)) ?? ''));
  world.changed();
  const forgotten = `${sessionCookie(incoming)}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;
  return noteServed(visit, redirect(303, authorizePath(request), { 'Set-Cookie': forgotten }));
}

/** `POST /__consent`: judged again from the start, since the form may have been lying open while things changed. */
export function consentForm(world: World, incoming: Incoming): Answer {
  const form = new URLSearchParams(incoming.body);
  const visit = visitOf(world, incoming, readAuthorizeRequest(form), form.get('persona'));
  const verdict = judge(world, incoming, visit);
  if (verdict.kind === 'sign_in')
    return noteServed(visit, redirect(303, authorizePath(visit.request, { persona: visit.behaviour.id })));
  if (verdict.kind !== 'ask') return turnedAway(world, incoming, visit, verdict);

  const pressed = form.get('decision');
  if (pressed !== 'allow' && pressed !== 'deny') return undecided(incoming, visit);
  const { client, user } = verdict;
  const persona = PERSONAS[visit.behaviour.id];
  useUp(world, client.clientId);
  if (signsInElsewhere(world, incoming)) forgetTicket(world, incoming);
  if (pressed === 'deny' || persona.denies) return denied(world, incoming, visit, client);
  if (persona.closesTab) return tabClosed(incoming, visit, client);
  return allowed(world, visit, { client, user, ticked: form.getAll('division').map(Number) });
}

/** A13. */
function allowed(
  world: World,
  visit: Visit,
  { client, user, ticked }: { client: Client; user: User; ticked: readonly number[] },
): Answer {
  const persona = PERSONAS[visit.behaviour.id];
  const code = mintCode();
  const divisions = divisionsGranted(persona, user, ticked);
  const consent = { client, user, divisions, realNow: world.realNow() };
  for (const step of consentSteps(persona, code)) record(world.ledger, step(world.ledger, consent));
  world.changed();
  const back = redirect(302, codeRedirect(client.redirectUri, code.value, visit.request.state));
  return { ...back, noted: { ...visit.noted, verdict: 'issued', issued_fingerprint: fingerprint(code.id) } };
}

/** A11. */
function denied(world: World, incoming: Incoming, visit: Visit, client: Client): Answer {
  const noted = { ...visit.noted, verdict: 'denied', rule: 'A11' } as const;
  if (world.ledger.switches.denial === 'redirect') {
    return { ...redirect(302, errorRedirect(client.redirectUri, 'access_denied', visit.request.state)), noted };
  }
  const page = messagePage({
    site: incoming.site,
    status: 200,
    title: 'You denied access',
    lead: 'You can close this page.',
    text: `Nothing went back to ${client.name}: it does not learn that you denied.`,
    behaviour: visit.behaviour,
  });
  return { ...page, noted };
}

/** A11, the other half: people who leave without a word. */
function tabClosed(incoming: Incoming, visit: Visit, client: Client): Answer {
  const page = messagePage({
    site: incoming.site,
    status: 200,
    title: 'The tab was closed',
    lead: 'This person pressed Allow and was gone before anything went back.',
    text: `${client.name} hears nothing: no code was made, and no redirect was sent.`,
    behaviour: visit.behaviour,
  });
  return { ...page, noted: { ...visit.noted, verdict: 'served', rule: 'A11' } };
}

function undecided(incoming: Incoming, visit: Visit): Answer {
  const page = messagePage({
    site: incoming.site,
    status: 400,
    title: 'Nothing was decided',
    lead: 'Go back and try again.',
    text: 'Choose Allow or Deny.',
  });
  return { ...page, noted: { ...visit.noted, verdict: 'refused' } };
}

/** A refusal, on a page or, where switched so, at the app. */
function turnedAway(
  world: World,
  incoming: Incoming,
  visit: Visit,
  verdict: Extract<Verdict, { kind: 'refused' | 'sent_back' }>,
): Answer {
  const { rule } = verdict;
  const noted = { ...visit.noted, verdict: 'refused', rule } as const;
  // A persona that counts as an outsider gets no further than this, so this was its visit.
  if (rule === 'A12' && PERSONAS[visit.behaviour.id].outsider) useUp(world, visit.request.clientId);
  if (verdict.kind === 'sent_back') return { ...redirect(302, verdict.location), noted };
  const page = messagePage({
    site: incoming.site,
    status: verdict.status,
    title: 'This request cannot be authorised',
    lead: 'The app that sent you here has to put this right.',
    text: verdict.text,
    ...(rule === 'A12' && {
      behaviour: visit.behaviour,
      next: { href: authorizePath(visit.request, { forceLogin: true }), label: 'Sign in as somebody else' },
    }),
  });
  return { ...page, noted };
}

function signIn(
  world: World,
  incoming: Incoming,
  { request, behaviour, noted }: Visit,
  { app, problem }: { app?: Client | undefined; problem?: string },
): Answer {
  const page = loginPage({
    site: incoming.site,
    users: [...world.ledger.users.values()],
    request,
    app: app?.name,
    find: incoming.params.get(FIND_PARAM) ?? '',
    behaviour,
    ...(problem !== undefined && { problem }),
  });
  if (problem === undefined) return { ...page, noted: { ...noted, verdict: 'served' } };
  return { ...page, status: 400, noted: { ...noted, verdict: 'refused' } };
}

function judge(world: World, { site }: Incoming, { request, behaviour, consenting }: Visit): Verdict {
  const outsider = PERSONAS[behaviour.id].outsider ?? false;
  return judgeAuthorize(world.ledger, { site, request, signedIn: consenting, outsider });
}
