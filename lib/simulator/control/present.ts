import { type Chain, type Client, clientPolicy, pairOf, type User } from '../core/ledger.ts';
import { PERSONA_IDS, PERSONAS } from '../core/personas.ts';
import { stateOf, stillAnswers } from '../core/policy.ts';
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

export function presentClient(world: World, client: Client): unknown {
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

export function presentPersonas({ ledger }: World): unknown {
  return {
    personas: PERSONA_IDS.map((id) => ({ id, title: PERSONAS[id].title, sentence: PERSONAS[id].sentence })),
    set: [...ledger.personas].map(([clientId, { persona, times }]) => ({ client_id: clientId, persona, times })),
  };
}

export function presentChains(world: World, clientId: string | null): unknown[] {
  const { ledger } = world;
  const answering = new Map<string, number>();
  for (const token of ledger.refreshTokens.values()) {
    const chain = ledger.chains.get(token.chain);
    if (chain && stillAnswers(ledger, chain, token, world.now(chain.clientId))) {
      answering.set(chain.id, (answering.get(chain.id) ?? 0) + 1);
    }
  }
  return [...ledger.chains.values()]
    .filter((chain) => clientId === null || chain.clientId === clientId)
    .map((chain) => presentChain(world, chain, answering.get(chain.id) ?? 0));
}

function presentChain(world: World, chain: Chain, liveTokens: number): unknown {
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
