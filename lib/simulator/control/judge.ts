import { addUp, NOTHING_COUNTED, type Tally } from '../core/tally.ts';
import type { World } from '../world.ts';
import { countLiveTokens } from './present.ts';

/** How clients behave, counted from what was recorded. Calls of client IDs that nobody registered stand under `null`. */
export function presentCounters(world: World, live = countLiveTokens(world, null)) {
  const { tallies, chains, clients } = world.ledger;
  const most = new Map<string, number>();
  for (const { id, clientId } of chains.values()) {
    most.set(clientId, Math.max(most.get(clientId) ?? 0, live.get(id) ?? 0));
  }
  const ids = new Set([...[...clients.values()].map((each) => each.clientId), ...tallies.keys()]);
  return {
    overall: presentTally(addUp(tallies.values()), Math.max(0, ...most.values())),
    clients: [...ids].map((id) => ({
      client_id: id === '' ? null : id,
      ...presentTally(tallies.get(id) ?? NOTHING_COUNTED, most.get(id) ?? 0),
    })),
  };
}

export type ShownTally = ReturnType<typeof presentTally>;

function presentTally(tally: Tally, maxLiveTokens: number) {
  return {
    token_calls: tally.tokenCalls,
    issued: tally.issued,
    refused: tally.refused,
    short_gaps: tally.shortGaps,
    smallest_gap_seconds: tally.smallestGapSeconds,
    spent_twice: { answered: tally.repeatsAnswered, refused: tally.repeatsRefused },
    answers_lost: tally.answersLost,
    max_live_tokens: maxLiveTokens,
  };
}
