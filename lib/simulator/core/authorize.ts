import type { Changes, Client, Code, LedgerView, User } from './ledger.ts';
import { clientNow, findClient, pairOf } from './ledger.ts';
import type { Minted } from './token-verdict.ts';
import type { Instant, RuleId, Site } from './vocabulary.ts';

/** What the authorize endpoint listens to. `scope` and PKCE parameters are ignored (A9), so they are not even read. */
export type AuthorizeRequest = {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly responseType: string;
  readonly state: string | null;
  readonly forceLogin: boolean;
};

type AuthorizeVerdict =
  | { readonly kind: 'refused'; readonly rule: RuleId; readonly status: number; readonly text: string }
  | { readonly kind: 'sent_back'; readonly rule: 'A3' | 'A12'; readonly location: string }
  | { readonly kind: 'sign_in'; readonly client: Client | undefined }
  | { readonly kind: 'ask'; readonly client: Client; readonly user: User };

export function readAuthorizeRequest(params: URLSearchParams): AuthorizeRequest {
  return {
    clientId: params.get('client_id') ?? '',
    redirectUri: params.get('redirect_uri') ?? '',
    responseType: params.get('response_type') ?? '',
    state: params.get('state'),
    forceLogin: params.get('force_login') === '1',
  };
}

/**
 * A refusal is a page, unless a switch says otherwise (A3, A12); even then the browser is sent to the registered
 * redirect URI only, never to the one that was asked for.
 */
export function judgeAuthorize(
  ledger: LedgerView,
  at: {
    readonly site: Site;
    readonly request: AuthorizeRequest;
    readonly signedIn: User | undefined;
    /** Treat whoever signs in as somebody from outside the company that owns the app (A12). */
    readonly outsider?: boolean;
  },
): AuthorizeVerdict {
  const { site, request, signedIn, outsider = false } = at;
  if (request.responseType !== 'code' || request.clientId === '' || request.redirectUri === '') {
    return { kind: 'refused', rule: 'A6', status: 400, text: 'Invalid authorization request' };
  }
  if (needsHttps(request.redirectUri, ledger.switches.httpsOnLoopback)) {
    return { kind: 'refused', rule: 'A4', status: 401, text: 'The redirect URI must use https' }; // wording ours
  }
  const client = findClient(ledger, site, request.clientId);
  if (client && client.redirectUri !== request.redirectUri) return wrongRedirectUri(ledger, client, request);
  if (signedIn === undefined || request.forceLogin) return { kind: 'sign_in', client }; // A7
  if (client === undefined) return unknownClient(ledger, request.clientId); // only after login, as reported
  if (outsider || !mayUse(client, signedIn)) return notCleared(ledger, client, request);
  return { kind: 'ask', client, user: signedIn };
}

/** A3. */
function wrongRedirectUri(ledger: LedgerView, client: Client, request: AuthorizeRequest): AuthorizeVerdict {
  if (ledger.switches.wrongRedirectUri === 'redirect') return sentBack('A3', client, request);
  return { kind: 'refused', rule: 'A3', status: 400, text: `Callback URI '${request.redirectUri}' is not valid` };
}

/** A12: an app that is not cleared can be used by the one who made it. */
function mayUse(client: Client, user: User): boolean {
  return client.cleared || user.id === client.ownerUser;
}

function notCleared(ledger: LedgerView, client: Client, request: AuthorizeRequest): AuthorizeVerdict {
  if (ledger.switches.notCleared === 'redirect') return sentBack('A12', client, request);
  const text = `The app ${client.name} is not cleared for users outside its own company.`; // wording ours
  return { kind: 'refused', rule: 'A12', status: 403, text };
}

function sentBack(rule: 'A3' | 'A12', client: Client, request: AuthorizeRequest): AuthorizeVerdict {
  return { kind: 'sent_back', rule, location: errorRedirect(client.redirectUri, 'unauthorized_client', request.state) };
}

function unknownClient(ledger: LedgerView, clientId: string): AuthorizeVerdict {
  const elsewhere = [...ledger.clients.values()].some((client) => client.clientId === clientId);
  const text = `Client with identifier '${clientId}' not found.`;
  return { kind: 'refused', rule: elsewhere ? 'A1' : 'A2', status: 400, text };
}

/** A4. Loopback is exempt unless switched on (design §8.3): it lets the product run against us without certificates. */
function needsHttps(redirectUri: string, onLoopbackToo: boolean): boolean {
  if (!URL.canParse(redirectUri)) return false; // cannot equal a registered one either: A3 answers
  const url = new URL(redirectUri);
  if (url.protocol === 'https:') return false;
  return url.protocol !== 'http:' || onLoopbackToo || !isLoopback(url.hostname);
}

/** What registering an app says to this redirect URI: a sentence, or null when it may stand. A4, A5. */
export function refusedAtRegistration(redirectUri: string, switches: LedgerView['switches']): string | null {
  if (switches.localhostAtRegistration === 'refused' && isLoopback(new URL(redirectUri).hostname)) {
    return 'redirect_uri must not lead to this machine; use an https address that others reach, such as a tunnel.';
  }
  if (needsHttps(redirectUri, false)) {
    return 'redirect_uri must begin with https://; only addresses of this machine may begin with http://.';
  }
  return null;
}

function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(hostname);
}

export type Consent = {
  readonly client: Client;
  readonly user: User;
  readonly divisions: readonly number[];
  readonly realNow: Instant;
};

/** The user pressed Allow: a code, and one more consent on the record of this user and client ID. */
export function giveConsent(
  ledger: LedgerView,
  consent: Consent & { readonly code: Minted; readonly codeAgeSeconds?: number },
): Changes {
  const { client, user, codeAgeSeconds = 0 } = consent;
  const of = { site: client.site, clientId: client.clientId, userId: user.id };
  const pair = pairOf(ledger, of);
  const code: Code = {
    ...of,
    id: consent.code.id,
    redirectUri: client.redirectUri,
    consent: pair.consents + 1,
    divisions: grantedDivisions(consent),
    issuedAt: clientNow(ledger, client.clientId, consent.realNow) - codeAgeSeconds * 1000,
    spentAt: null,
  };
  return { codes: [code], pairs: [{ ...pair, consents: code.consent }] };
}

/** A10: only a published app has its companies chosen; one that is not yet cleared reaches whatever its owner reaches. */
export function choosesDivisions(client: Client): boolean {
  return client.cleared;
}

function grantedDivisions({ client, user, divisions }: Consent): number[] {
  const all = user.divisions.map((division) => division.code);
  return choosesDivisions(client) ? all.filter((each) => divisions.includes(each)) : all;
}

/** A13, A8. `encodeURIComponent` leaves `!` alone; Exact sends it as `%21`. */
export function codeRedirect(redirectUri: string, code: string, state: string | null): string {
  return withQuery(redirectUri, `code=${encodeURIComponent(code).replaceAll('!', '%21')}`, state);
}

/** A11: `access_denied`; A3 and A12, when switched to redirect: `unauthorized_client`. */
export function errorRedirect(
  redirectUri: string,
  error: 'access_denied' | 'unauthorized_client',
  state: string | null,
): string {
  return withQuery(redirectUri, `error=${error}`, state);
}

/** Appends without touching what is there, so the registered URI comes back as it was written. */
function withQuery(redirectUri: string, first: string, state: string | null): string {
  const query = state === null ? first : `${first}&state=${encodeURIComponent(state)}`;
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
}
