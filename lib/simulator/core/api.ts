import { endingOf } from './endings.ts';
import { countError, isBlocked } from './error-block.ts';
import type { AccessToken, Chain, Changes, LedgerView, User } from './ledger.ts';
import { clientKey, clientNow, findClient, pairOf } from './ledger.ts';
import { countApiCall } from './limits.ts';
import { closedForMaintenance } from './maintenance.ts';
import { CONTENT_TYPES, errorBody, type Format } from './odata.ts';
import type { Refusal } from './refusals.ts';
import { currentDivision, divisionOf, type Resource, resourceAt } from './resources.ts';
import { ACCESS_TOKEN_SECONDS, hasPassed, type Instant, type RuleId, type Site } from './vocabulary.ts';

export type ApiCall = {
  readonly site: Site;
  /** sha256 of the bearer token, or null when there was none. */
  readonly tokenId: string | null;
  readonly method: string;
  readonly path: string;
  readonly format: Format;
  readonly realNow: Instant;
};

type Subject = { readonly chain: Chain; readonly user: User; readonly generation: number | null };

/** A no of the API; not every one has a rule of its own, such as a path that leads nowhere. */
type ApiRefusal = Omit<Refusal, 'rule'> & { readonly rule: RuleId | null };

export type ApiVerdict = { readonly changes: Changes } & (
  | { readonly kind: 'refused'; readonly refusal: ApiRefusal; readonly subject: Subject | null }
  | {
      readonly kind: 'admitted';
      readonly resource: Resource;
      readonly division: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly subject: Subject;
    }
);

const DAMAGED = 'Bearer error="invalid_token",error_description="Signed%20data%20extraction%20has%20failed"';
const EXPIRED = 'Bearer error="invalid_token",error_description="The%20access%20token%20has%20expired"'; // wording ours
const MISSING = 'Bearer error="invalid_token"';

/** An API call, from the door inwards: maintenance, token, blocked key, limits, then what is asked. */
export function judgeApiCall(ledger: LedgerView, call: ApiCall): ApiVerdict {
  const token = call.tokenId === null ? undefined : ledger.accessTokens.get(call.tokenId);
  const chain = token && ledger.chains.get(token.chain);
  const user = chain && ledger.users.get(chain.userId);
  const known = token && chain && user && chain.site === call.site ? { token, chain, user } : null;

  const now = clientNow(ledger, known?.chain.clientId ?? null, call.realNow);
  const closed = closedForMaintenance(ledger.switches, now);
  if (closed) return { kind: 'refused', refusal: closed, subject: null, changes: {} };
  if (known === null) {
    const refusal = call.tokenId === null ? noToken('R1', MISSING) : noToken('R2', DAMAGED);
    return { kind: 'refused', refusal, subject: null, changes: {} };
  }
  return judgeKnownCall(ledger, { ...call, ...known, now });
}

type KnownCall = ApiCall & {
  readonly token: AccessToken;
  readonly chain: Chain;
  readonly user: User;
  readonly now: Instant;
};

function judgeKnownCall(ledger: LedgerView, call: KnownCall): ApiVerdict {
  const { token, chain, user, now } = call;
  const subject = { chain, user, generation: ledger.refreshTokens.get(token.beside)?.generation ?? null };
  const refuse = (refusal: ApiRefusal, changes: Changes = {}): ApiVerdict => ({
    kind: 'refused',
    refusal,
    subject,
    changes: merge(changes, countError(ledger, { ...placeOf(call), status: refusal.status }, now)),
  });

  const { client } = placeOf(call);
  if (isBlocked(ledger, client, now)) return refuse({ rule: 'R9', status: 429, body: '' });
  const dead = deadToken(ledger, call);
  if (dead) return refuse(dead);
  const limited = countApiCall(ledger, `${client}/${companyOf(call)}`, now);
  if (limited.exceeded) return refuse({ rule: 'R8', status: 429, body: '', headers: limited.headers });

  const changes = merge(touch(ledger, token, chain, now), limited.changes);
  const asked = readAsked(ledger, call);
  if ('refusal' in asked) {
    return refuse({ ...asked.refusal, headers: { ...limited.headers, ...asked.refusal.headers } }, changes);
  }
  return { kind: 'admitted', ...asked, headers: limited.headers, subject, changes };
}

/** R1; and what ended the consent ends its access tokens too (T17, T18), as far as the caller can tell in the same way. */
function deadToken(ledger: LedgerView, { token, chain, now }: KnownCall): ApiRefusal | null {
  if (hasPassed(token.issuedAt, ACCESS_TOKEN_SECONDS, now)) return noToken('R1', EXPIRED);
  const ending = endingOf(pairOf(ledger, chain), chain.consent, now);
  return ending && noToken(ending === 'withdrawn' ? 'T17' : 'T18', EXPIRED);
}

function noToken(rule: RuleId, challenge: string): ApiRefusal {
  const headers = { Reason: 'AuthenticationRequired: Authentication required', 'WWW-Authenticate': challenge };
  return { rule, status: 401, body: '', headers };
}

/** What the path names, when this app and this consent may read it: R6, R7, in that order. */
function readAsked(
  ledger: LedgerView,
  { method, path, format, chain, user }: KnownCall,
): { readonly resource: Resource; readonly division: number } | { readonly refusal: ApiRefusal } {
  const no = (rule: RuleId | null, status: number, message: string, headers = {}) => ({
    refusal: {
      rule,
      status,
      body: errorBody(format, message),
      headers: { 'Content-Type': CONTENT_TYPES[format], ...headers },
    },
  });
  const found = resourceAt(path);
  if (found === null) return no(null, 404, `Resource not found for the segment '${path.split('/').at(-1)}'.`);
  if (method !== 'GET')
    return no(null, 405, `Method ${method} is not simulated; this resource can be read.`, { Allow: 'GET' });

  const { resource } = found;
  const current = currentDivision(user)?.code ?? 0;
  const mustGrant = {
    path: found.division,
    current: ledger.switches.currentDivisionInScope ? current : null,
    none: null,
  };
  const needed = mustGrant[resource.mustGrant];
  if (needed !== null && !chain.divisions.includes(needed)) {
    return no('R6', 403, 'Forbidden - User division is not within division scope');
  }
  const scopes = findClient(ledger, chain.site, chain.clientId)?.scopes ?? [];
  if (scopes.length > 0 && !scopes.includes(resource.scope)) {
    return no('R7', 403, `Forbidden - Application Scope Violated. Cannot read '${resource.scope}' scope.`);
  }
  return { resource, division: found.division ?? current };
}

/** The company a call counts for (R8, R9). Numbers that are no company of the user's share one place, or they would fill the ledger. */
function companyOf({ path, user }: KnownCall): string {
  const inPath = /^\/api\/v1\/(\d+)\//.exec(path)?.[1];
  const company = inPath === undefined ? currentDivision(user) : divisionOf(user, Number(inPath));
  return String(company?.code ?? 'none');
}

function placeOf(call: KnownCall): { readonly client: string; readonly place: string } {
  const resource = resourceAt(call.path)?.resource.name ?? 'unknown';
  return {
    client: clientKey(call.chain.site, call.chain.clientId),
    place: `${call.user.id}/${companyOf(call)}/${resource}`,
  };
}

/** R10: the call never uses up its own refresh token, but it is a first use, which `overlap` holds against older ones. */
function touch(ledger: LedgerView, token: AccessToken, chain: Chain, now: Instant): Changes {
  const pair = pairOf(ledger, chain);
  const beside = ledger.refreshTokens.get(token.beside);
  return {
    pairs: pair.newestUsed < chain.consent ? [{ ...pair, newestUsed: chain.consent }] : [],
    refreshTokens: beside && beside.touchedAt === null ? [{ ...beside, touchedAt: now }] : [],
  };
}

function merge(first: Changes, second: Changes): Changes {
  return { ...first, ...second, counters: [...(first.counters ?? []), ...(second.counters ?? [])] };
}
