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

/** No refusal here ever redirects: until the client and its one redirect URI are known, there is nowhere safe to go. */
export function judgeAuthorize(
  ledger: LedgerView,
  at: { readonly site: Site; readonly request: AuthorizeRequest; readonly signedIn: User | undefined },
): AuthorizeVerdict {
  const { site, request, signedIn } = at;
  if (request.responseType !== 'code' || request.clientId === '' || request.redirectUri === '') {
    return { kind: 'refused', rule: 'A6', status: 400, text: 'Invalid authorization request' };
  }
  if (needsHttps(request.redirectUri, ledger.switches.httpsOnLoopback)) {
    return { kind: 'refused', rule: 'A4', status: 401, text: 'The redirect URI must use https' }; // wording ours
  }
  const client = findClient(ledger, site, request.clientId);
  if (client && client.redirectUri !== request.redirectUri) {
    return { kind: 'refused', rule: 'A3', status: 400, text: `Callback URI '${request.redirectUri}' is not valid` };
  }
  if (signedIn === undefined || request.forceLogin) return { kind: 'sign_in', client }; // A7
  if (client === undefined) return unknownClient(ledger, request.clientId); // only after login, as reported
  return { kind: 'ask', client, user: signedIn };
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

function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(hostname);
}

/** The user pressed Allow: a code, and one more consent on the record of this user and client ID. */
export function giveConsent(
  ledger: LedgerView,
  consent: {
    readonly client: Client;
    readonly user: User;
    readonly divisions: readonly number[];
    readonly code: Minted;
    readonly realNow: Instant;
  },
): Changes {
  const { client, user, divisions } = consent;
  const of = { site: client.site, clientId: client.clientId, userId: user.id };
  const pair = pairOf(ledger, of);
  const code: Code = {
    ...of,
    id: consent.code.id,
    redirectUri: client.redirectUri,
    consent: pair.consents + 1,
    divisions: user.divisions.map((division) => division.code).filter((each) => divisions.includes(each)),
    issuedAt: clientNow(ledger, client.clientId, consent.realNow),
    spentAt: null,
  };
  return { codes: [code], pairs: [{ ...pair, consents: code.consent }] };
}

/** A13, A8. `encodeURIComponent` leaves `!` alone; Exact sends it as `%21`. */
export function codeRedirect(redirectUri: string, code: string, state: string | null): string {
  return withQuery(redirectUri, `code=${encodeURIComponent(code).replaceAll('!', '%21')}`, state);
}

/** A11. */
export function denialRedirect(redirectUri: string, state: string | null): string {
  return withQuery(redirectUri, 'error=access_denied', state);
}

/** Appends without touching what is there, so the registered URI comes back as it was written. */
function withQuery(redirectUri: string, first: string, state: string | null): string {
  const query = state === null ? first : `${first}&state=${encodeURIComponent(state)}`;
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
}
