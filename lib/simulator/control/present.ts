import { type Chain, type Client, clientPolicy, pairOf, type RefreshToken, type User } from '../core/ledger.ts';
import { PERSONA_IDS, PERSONAS } from '../core/personas.ts';
import { mayStillAnswer, stateOf, stillAnswers } from '../core/policy.ts';
import type { Instant } from '../core/vocabulary.ts';
import type { World } from '../world.ts';

/** Records as the control API shows them: snake_case, and field by field, so nothing secret slips in. */

export function iso(at: Instant): string {
  return new Date(at).toISOString();
}

export function offsetOf(world: World, clientId: string | undefined): number {
  const own = clientId === undefined ? undefined : world.ledger.offsets.get(clientId);
  return own ?? world.ledger.offsetSeconds;
}

export function presentClient(world: World, client: Client) {
  return {
    client_id: client.clientId,
    name: client.name,
    site: client.site,
    redirect_uri: client.redirectUri,
    cleared: client.cleared,
    owner_user: client.ownerUser ?? null,
    offset_seconds: offsetOf(world, client.clientId),
    policy: clientPolicy(world.ledger, client.clientId),
    now: iso(world.now(client.clientId)),
  };
}

export function presentUser(user: User): unknown {
  return {
    id: user.id,
    user_name: user.userName,
    full_name: user.fullName,
    email: user.email,
    divisions: user.divisions.map((division) => ({
      code: division.code,
      description: division.description,
      customer_name: division.customerName,
      country: division.country,
      vat_number: division.vatNumber,
      current: division.current,
    })),
  };
}

export type ShownClient = ReturnType<typeof presentClient>;
export type ShownChain = ReturnType<typeof presentChain>;

export function presentPersonas({ ledger }: World): unknown {
  return {
    personas: PERSONA_IDS.map((id) => ({ id, title: PERSONAS[id].title, sentence: PERSONAS[id].sentence })),
    set: [...ledger.personas].map(([clientId, { persona, times }]) => ({ client_id: clientId, persona, times })),
  };
}

export function presentChains(world: World, clientId: string | null, live = countLiveTokens(world, clientId)) {
  return [...world.ledger.chains.values()]
    .filter((chain) => clientId === null || chain.clientId === clientId)
    .map((chain) => presentChain(world, chain, live.get(chain.id) ?? 0));
}

/** By chain, the refresh tokens that would get past T13, T14 and T16 now. Walks through all tokens only for legacy's sake. */
export function countLiveTokens(world: World, clientId: string | null): Map<string, number> {
  const { ledger } = world;
  const counts = new Map<string, number>();
  const unsorted = new Set<string>();
  const count = (chain: Chain, token: RefreshToken) => {
    if (!stillAnswers(ledger, chain, token, world.now(chain.clientId))) return;
    counts.set(chain.id, (counts.get(chain.id) ?? 0) + 1);
  };
  for (const chain of ledger.chains.values()) {
    if (clientId !== null && chain.clientId !== clientId) continue;
    const tokens = mayStillAnswer(ledger, chain);
    if (tokens === 'any') unsorted.add(chain.id);
    else for (const token of tokens) count(chain, token);
  }
  if (unsorted.size === 0) return counts;
  for (const token of ledger.refreshTokens.values()) {
    const chain = ledger.chains.get(token.chain);
    if (chain && unsorted.has(chain.id)) count(chain, token);
  }
  return counts;
}

function presentChain(world: World, chain: Chain, liveTokens: number) {
  const { ledger } = world;
  return {
    chain: chain.id,
    client_id: chain.clientId,
    user_id: chain.userId,
    site: chain.site,
    state: stateOf(ledger, chain, world.now(chain.clientId)),
    consents: pairOf(ledger, chain).consents,
    generation: chain.generation,
    live_tokens: liveTokens,
    token_calls: chain.tokenCalls,
    refreshes: chain.refreshes,
    last_issued_at: iso(chain.lastIssuedAt),
  };
}
