import { choosesDivisions } from './authorize.ts';
import { endAccess, endingOf } from './endings.ts';
import {
  type Chain,
  type Changes,
  type Client,
  clientKey,
  clientNow,
  type LedgerView,
  pairOf,
  type User,
} from './ledger.ts';
import type { Instant, Site } from './vocabulary.ts';

/** An app that somebody allowed: what a permission page lists, by the newest consent that still stands. */
export type Permission = {
  readonly client: Client;
  readonly divisions: readonly number[];
  /** Only published apps have companies to choose from. */
  readonly chooses: boolean;
};

type Of = { readonly site: Site; readonly user: User };

function standing(ledger: LedgerView, { site, user }: Of, realNow: Instant): Chain[] {
  return [...ledger.chains.values()].filter((chain) => {
    if (chain.site !== site || chain.userId !== user.id) return false;
    const pair = pairOf(ledger, { site, clientId: chain.clientId, userId: user.id });
    return endingOf(pair, chain.consent, clientNow(ledger, chain.clientId, realNow)) === null;
  });
}

/** What a user has allowed on a site and not taken back. */
export function permissionsOf(ledger: LedgerView, of: Of, realNow: Instant): Permission[] {
  const newest = new Map<string, Chain>();
  for (const chain of standing(ledger, of, realNow)) {
    if ((newest.get(chain.clientId)?.consent ?? -1) < chain.consent) newest.set(chain.clientId, chain);
  }
  return [...newest.values()].flatMap(({ clientId, divisions }) => {
    const client = ledger.clients.get(clientKey(of.site, clientId));
    return client ? [{ client, divisions, chooses: choosesDivisions(client) }] : [];
  });
}

/** A user changes which companies an app may use, without a new consent (exact-online.md §2). */
export function manageDivisions(
  ledger: LedgerView,
  of: Of & { readonly clientId: string; readonly ticked: readonly number[] },
  realNow: Instant,
): Changes {
  const divisions = of.user.divisions.map(({ code }) => code).filter((code) => of.ticked.includes(code));
  const chains = standing(ledger, of, realNow).filter(({ clientId }) => clientId === of.clientId);
  return { chains: chains.map((chain) => ({ ...chain, divisions })) };
}

/** T17: a user takes an app's permission back. */
export const revoke = (ledger: LedgerView, { site, user, clientId }: Of & { clientId: string }, realNow: Instant) =>
  endAccess(
    ledger,
    { site, clientId, userId: user.id },
    { kind: 'withdrawn', at: clientNow(ledger, clientId, realNow) },
  );
