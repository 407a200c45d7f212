import type { Fault } from './fault.ts';
import type { PersonaId } from './personas.ts';
import type { Policy } from './policy.ts';
import { type Switches, usualSwitches } from './switches.ts';
import type { Tally } from './tally.ts';
import type { Instant, Site } from './vocabulary.ts';

/*
 * What the provider remembers. Records hold facts only (issued, used, touched); whether a token still works is read
 * from them by policy.ts, so changing a policy judges the same history anew. Secrets and tokens are kept as sha256.
 */

export type Client = {
  readonly site: Site;
  readonly clientId: string;
  readonly secretHash: string;
  readonly redirectUri: string;
  readonly name: string;
  /** Shown at consent (A10). */
  readonly purpose: string;
  readonly thirdParties: readonly string[];
  /** Data scopes of the registration; none means whatever is asked for is granted. R7. */
  readonly scopes: readonly string[];
  /** Open to users outside the company that owns the app (A12). */
  readonly cleared: boolean;
  /** Id of the user whose account made the app: the one who may use it before it is cleared (A12). */
  readonly ownerUser?: string;
  /** Whose client this is where several sandboxes share a simulator; nobody else may replace it. */
  readonly realm: string | null;
};

export type Division = {
  readonly code: number;
  readonly description: string;
  readonly customerName: string;
  readonly country: string;
  readonly vatNumber: string;
  readonly current: boolean;
};

export type User = {
  readonly id: string;
  readonly userName: string;
  readonly fullName: string;
  readonly email: string;
  readonly divisions: readonly Division[];
};

type Session = { readonly id: string; readonly site: Site; readonly userId: string };

/**
 * From `at` on, on the client's clock, consents up to `upTo` no longer count; null means those to come as well. A moment
 * ahead lets someone withdraw *later*.
 */
export type Ending = {
  /** The user withdrew the app (T17), or was deleted or blocked as this client sees it (T18). */
  readonly kind: 'withdrawn' | 'user_gone';
  readonly upTo: number | null;
  readonly at: Instant;
};

/** One Exact user on one client ID: what a chain is bound to (§5.1), and what a second consent upsets (T14, T15). */
export type Pair = {
  readonly id: string;
  readonly userId: string;
  /** Consents given so far; each consent's own number is its position here. */
  readonly consents: number;
  readonly newestExchanged: number;
  readonly newestUsed: number;
  readonly endings: readonly Ending[];
};

export type Code = {
  readonly id: string;
  readonly site: Site;
  readonly clientId: string;
  readonly userId: string;
  readonly redirectUri: string;
  readonly consent: number;
  readonly divisions: readonly number[];
  readonly issuedAt: Instant;
  readonly spentAt: Instant | null;
};

export type Chain = {
  readonly id: string;
  readonly site: Site;
  readonly clientId: string;
  readonly userId: string;
  readonly consent: number;
  readonly divisions: readonly number[];
  readonly newestToken: string;
  readonly generation: number;
  /** When the last access token was issued: what T10 and T11 count from. */
  readonly lastIssuedAt: Instant;
  readonly tokenCalls: number;
  readonly refreshes: number;
};

export type RefreshToken = {
  readonly id: string;
  readonly chain: string;
  readonly generation: number;
  readonly parent: string | null;
  readonly issuedAt: Instant;
  /** First successful refresh with it. */
  readonly usedAt: Instant | null;
  /** First API call with the access token issued beside it. */
  readonly touchedAt: Instant | null;
};

export type AccessToken = {
  readonly id: string;
  readonly chain: string;
  /** The refresh token issued beside it. */
  readonly beside: string;
  readonly issuedAt: Instant;
};

/** How often something happened since `since`. The next span overwrites it, so these grow with clients, not with time. */
export type Counter = { readonly id: string; readonly since: Instant; readonly count: number };

export type Ledger = {
  policy: Policy;
  policies: Map<string, Policy>;
  offsetSeconds: number;
  offsets: Map<string, number>;
  switches: Switches;
  clients: Map<string, Client>;
  users: Map<string, User>;
  sessions: Map<string, Session>;
  /** By client ID. */
  personas: Map<string, SetPersona>;
  pairs: Map<string, Pair>;
  codes: Map<string, Code>;
  chains: Map<string, Chain>;
  refreshTokens: Map<string, RefreshToken>;
  accessTokens: Map<string, AccessToken>;
  counters: Map<string, Counter>;
  faults: Map<string, Fault>;
  /** Per client ID; calls of nobody we know count under the empty one. */
  tallies: Map<string, Tally>;
  /** When each chain last came to the token endpoint, whatever it was told. */
  lastCalls: Map<string, Instant>;
};

/** How the next `times` consents at a client go, decided by a test beforehand; `null` means until it decides otherwise. */
export type SetPersona = { readonly persona: PersonaId; readonly times: number | null };

/** The ledger as the rules see it: they read, and answer with changes for someone else to record. */
export type LedgerView = {
  readonly [K in keyof Ledger]: Ledger[K] extends Map<infer Key, infer Value> ? ReadonlyMap<Key, Value> : Ledger[K];
};

export type Changes = {
  readonly pairs?: readonly Pair[];
  readonly codes?: readonly Code[];
  readonly chains?: readonly Chain[];
  readonly refreshTokens?: readonly RefreshToken[];
  readonly accessTokens?: readonly AccessToken[];
  readonly counters?: readonly Counter[];
};

export function emptyLedger(policy: Policy, users: readonly User[] = []): Ledger {
  return {
    policy,
    policies: new Map(),
    offsetSeconds: 0,
    offsets: new Map(),
    switches: usualSwitches(),
    clients: new Map(),
    users: new Map(users.map((user) => [user.id, user])),
    sessions: new Map(),
    personas: new Map(),
    pairs: new Map(),
    codes: new Map(),
    chains: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    counters: new Map(),
    faults: new Map(),
    tallies: new Map(),
    lastCalls: new Map(),
  };
}

/** Everything the ledger keeps by key; the rest of it are settings. */
export const COLLECTIONS = [
  'policies',
  'offsets',
  'clients',
  'users',
  'sessions',
  'personas',
  'pairs',
  'codes',
  'chains',
  'refreshTokens',
  'accessTokens',
  'counters',
  'faults',
  'tallies',
  'lastCalls',
] as const satisfies readonly (keyof Ledger)[];

export function record(ledger: Ledger, changes: Changes): void {
  for (const pair of changes.pairs ?? []) ledger.pairs.set(pair.id, pair);
  for (const code of changes.codes ?? []) ledger.codes.set(code.id, code);
  for (const chain of changes.chains ?? []) ledger.chains.set(chain.id, chain);
  for (const token of changes.refreshTokens ?? []) ledger.refreshTokens.set(token.id, token);
  for (const token of changes.accessTokens ?? []) ledger.accessTokens.set(token.id, token);
  for (const counter of changes.counters ?? []) ledger.counters.set(counter.id, counter);
}

/** A1: the same client ID on two sites names two clients. */
export function clientKey(site: Site, clientId: string): string {
  return `${site}/${clientId}`;
}

export function findClient(ledger: LedgerView, site: Site, clientId: string): Client | undefined {
  return ledger.clients.get(clientKey(site, clientId));
}

/** By login name or user id, as a person would write it. */
export function findUser(ledger: LedgerView, login: string): User | undefined {
  return [...ledger.users.values()].find((user) => user.userName === login || user.id === login.toLowerCase());
}

export function pairOf(ledger: LedgerView, of: { site: Site; clientId: string; userId: string }): Pair {
  const id = `${of.site}/${of.clientId}/${of.userId}`;
  const unknown = { id, userId: of.userId, consents: 0, newestExchanged: 0, newestUsed: 0, endings: [] };
  return ledger.pairs.get(id) ?? unknown;
}

/** Time as this client ID lives it: real time plus whatever it was pushed ahead. Every lifetime is judged on it. */
export function clientNow(ledger: LedgerView, clientId: string | null, realNow: Instant): Instant {
  const own = clientId === null ? undefined : ledger.offsets.get(clientId);
  return realNow + (own ?? ledger.offsetSeconds) * 1000;
}

export function clientPolicy(ledger: LedgerView, clientId: string): Policy {
  return ledger.policies.get(clientId) ?? ledger.policy;
}
