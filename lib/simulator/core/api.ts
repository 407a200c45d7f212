import { endingOf } from './endings.ts';
import { countError, isBlocked } from './error-block.ts';
import type { AccessToken, Chain, Changes, LedgerView, User } from './ledger.ts';
import { clientKey, clientNow, findClient, pairOf } from './ledger.ts';
import { countApiCall, type Limited } from './limits.ts';
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

/** An API call, from the door inwards: maintenance, token, blocked key, dead token, limits, then what is asked. */
export function judgeApiCall(ledger: LedgerView, call: ApiCall): ApiVerdict {
  const known = knownCall(ledger, call);
  const now = known?.now ?? clientNow(ledger, null, call.realNow);
  const refused = { kind: 'refused', subject: known?.subject ?? null, changes: {} } as const;

  const closed = closedForMaintenance(ledger.switches, now);
  if (closed) return { ...refused, refusal: closed };
  if (known) return judgeKnownCall(ledger, known);
  return { ...refused, refusal: call.tokenId === null ? noToken('R1', MISSING) : noToken('R2', DAMAGED) };
}

type KnownCall = ApiCall & { readonly token: AccessToken; readonly subject: Subject; readonly now: Instant };

/** A token of another site cannot be decoded here (A1), and neither can a damaged one. */
function knownCall(ledger: LedgerView, call: ApiCall): KnownCall | null {
  const token = call.tokenId === null ? undefined : ledger.accessTokens.get(call.tokenId);
  const chain = token && ledger.chains.get(token.chain);
  const user = chain && ledger.users.get(chain.userId);
  if (!token || !chain || !user || chain.site !== call.site) return null;
  const generation = ledger.refreshTokens.get(token.beside)?.generation ?? null;
  return { ...call, token, subject: { chain, user, generation }, now: clientNow(ledger, chain.clientId, call.realNow) };
}

function judgeKnownCall(ledger: LedgerView, call: KnownCall): ApiVerdict {
  const { subject, now } = call;
  const { client, place } = placeOf(call);
  const refuse = (refusal: ApiRefusal, changes: Changes = {}): ApiVerdict => {
    const errors = countError(ledger, { client, place, status: refusal.status }, now);
    return { kind: 'refused', refusal, subject, changes: merge(changes, errors) };
  };

  if (isBlocked(ledger, client, now)) return refuse({ rule: 'R9', status: 429, body: '' });
  const dead = deadToken(ledger, call);
  if (dead) return refuse(dead);
  const limited = countApiCall(ledger, `${client}/${companyOf(call)}`, now);
  if (limited.exceeded) return refuse({ rule: 'R8', status: 429, body: '', headers: limited.headers });

  const changes = merge(touch(ledger, call), limited.changes);
  const asked = readAsked(ledger, call);
  if ('message' in asked) return refuse(enveloped(asked, call.format, limited.headers), changes);
  return { kind: 'admitted', ...asked, headers: limited.headers, subject, changes };
}

/** R1; and what ended the consent ends its access tokens too (T17, T18), which the caller cannot tell apart. */
function deadToken(ledger: LedgerView, { token, subject: { chain }, now }: KnownCall): ApiRefusal | null {
  if (hasPassed(token.issuedAt, ACCESS_TOKEN_SECONDS, now)) return noToken('R1', EXPIRED);
  const ending = endingOf(pairOf(ledger, chain), chain.consent, now);
  return ending && noToken(ending === 'withdrawn' ? 'T17' : 'T18', EXPIRED);
}

function noToken(rule: RuleId, challenge: string): ApiRefusal {
  const headers = { Reason: 'AuthenticationRequired: Authentication required', 'WWW-Authenticate': challenge };
  return { rule, status: 401, body: '', headers };
}

type Asked = { readonly resource: Resource; readonly division: number };
type No = { readonly rule: RuleId | null; readonly status: number; readonly message: string; readonly allow?: string };

/** What the path names, if this consent and this app may read it: R6, then R7. */
function readAsked(ledger: LedgerView, { method, path, subject: { chain, user } }: KnownCall): Asked | No {
  const found = resourceAt(path);
  if (found === null) {
    return { rule: null, status: 404, message: `Resource not found for the segment '${path.split('/').at(-1)}'.` };
  }
  if (method !== 'GET') {
    return { rule: null, status: 405, message: `${method} is not simulated; resources can be read.`, allow: 'GET' };
  }
  const { resource } = found;
  const current = currentDivision(user)?.code ?? 0;
  const mustGrant = {
    path: found.division,
    current: ledger.switches.currentDivisionInScope ? current : null,
    none: null,
  }[resource.mustGrant];
  if (mustGrant !== null && !chain.divisions.includes(mustGrant)) {
    return { rule: 'R6', status: 403, message: 'Forbidden - User division is not within division scope' };
  }
  const scopes = findClient(ledger, chain.site, chain.clientId)?.scopes ?? [];
  if (scopes.length > 0 && !scopes.includes(resource.scope)) {
    const message = `Forbidden - Application Scope Violated. Cannot read '${resource.scope}' scope.`;
    return { rule: 'R7', status: 403, message };
  }
  return { resource, division: found.division ?? current };
}

/** R5. */
function enveloped({ rule, status, message, allow }: No, format: Format, limits: Limited['headers']): ApiRefusal {
  const headers = { ...limits, 'Content-Type': CONTENT_TYPES[format], ...(allow && { Allow: allow }) };
  return { rule, status, body: errorBody(format, message), headers };
}

/** The company a call counts for (R8, R9). All numbers that are no company of the user's count as one. */
function companyOf({ path, subject: { user } }: KnownCall): string {
  const inPath = /^\/api\/v1\/(\d+)\//.exec(path)?.[1];
  const company = inPath === undefined ? currentDivision(user) : divisionOf(user, Number(inPath));
  return String(company?.code ?? 'none');
}

function placeOf(call: KnownCall): { readonly client: string; readonly place: string } {
  const { chain, user } = call.subject;
  const resource = resourceAt(call.path)?.resource.name ?? 'unknown';
  return { client: clientKey(chain.site, chain.clientId), place: `${user.id}/${companyOf(call)}/${resource}` };
}

/** R10: the call never uses up its own refresh token, but it is a first use, which `overlap` holds against older ones. */
function touch(ledger: LedgerView, { token, subject: { chain }, now }: KnownCall): Changes {
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
