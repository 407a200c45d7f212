import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, type Api, codeOf } from './api.ts';
import type { Dice } from './dice.ts';
import type { Recorder } from './recorder.ts';
import { fingerprintOf, spend } from './simulator.ts';

type Stage = { simulatorUrl: string; recorder: Recorder; dice: Dice };
type Handoff = { id: string; connectionId: string };
type Bundle = { client_id: string; client_secret: string; refresh_token: string; token_fingerprint: string };
type Shown = { grant: { maybe_superseded: boolean } | null };

/** All machines of a partner claim at once; the one that wins goes on (D21). Null when none did. */
export async function claimRace(apis: readonly Api[], connectionId: string) {
  const claims = await Promise.all(
    apis.map(async (api) => ({
      api,
      answer: await api.insist({ method: 'POST', path: `/connections/${connectionId}/handoffs` }),
    })),
  );
  const won = claims.filter(({ answer }) => answer?.status === 201);
  const [winner] = won;
  if (!winner?.answer) return { winner: null, code: claims.map(({ answer }) => answer && codeOf(answer)).join(', ') };
  return { winner: { api: winner.api, id: (JSON.parse(winner.answer.text) as { id: string }).id }, wins: won.length };
}

/** One recipient's redemption: the first answers may be lost, the same key asks again until it is heard or refused. */
export async function redeem(stage: Stage, api: Api, handoff: Handoff): Promise<Bundle | null> {
  const { dice, recorder } = stage;
  const key = randomUUID();
  let maybeDelivered = false;
  for (const end = performance.now() + 60_000; performance.now() < end; await wait(200)) {
    const hurried = dice.chance(0.35);
    const answer = await api.ask({
      method: 'POST',
      path: `/handoffs/${handoff.id}/redeem`,
      key,
      ...(hurried ? { hangUpMs: dice.between(2, 60) } : {}),
    });
    if (answer?.status === 200) return received(stage, api, handoff, key, answer);
    if (answer && answer.status < 500) {
      const code = codeOf(answer);
      // Cancelled, withdrawn or superseded in between is an answer; a delivery that cannot be heard again is not.
      if (maybeDelivered && code === 'already_redeemed')
        recorder.unheard.push({ handoffId: handoff.id, connectionId: handoff.connectionId, code });
      return null;
    }
    maybeDelivered = true;
    recorder.count('redeem answers lost');
  }
  return null;
}

async function received(stage: Stage, api: Api, handoff: Handoff, key: string, answer: Answer): Promise<Bundle> {
  const bundle = JSON.parse(answer.text) as Bundle;
  const shown = await api.ask({ method: 'GET', path: `/connections/${handoff.connectionId}` });
  stage.recorder.deliveries.push({
    handoffId: handoff.id,
    connectionId: handoff.connectionId,
    partnerId: api.tenant.partnerId,
    recipient: `${api.machineId} ${key}`,
    tokenFingerprint: fingerprintOf(bundle.refresh_token),
    spent: null,
    warned: shown?.status === 200 && ((JSON.parse(shown.text) as Shown).grant?.maybe_superseded ?? false),
  });
  stage.recorder.count('bundles received');
  return bundle;
}

/** The recipient uses what it got, once, as registering a database does. */
export async function use({ recorder, simulatorUrl }: Stage, bundle: Bundle): Promise<void> {
  const token = fingerprintOf(bundle.refresh_token);
  recorder.presented(token); // before it is sent: whether it arrives cannot be known
  const status = await spend(simulatorUrl, bundle);
  if (status === null) return;
  recorder.count(status === 200 ? 'tokens that worked' : 'tokens refused');
}

/** Anyone else asks for the same handoff: another machine, another key, another partner (H5). Whatever comes is recorded. */
export async function snoop(
  stage: Stage,
  others: readonly Api[],
  handoff: Handoff,
  key: string = randomUUID(),
): Promise<void> {
  for (const api of others) {
    const answer = await api.ask({ method: 'POST', path: `/handoffs/${handoff.id}/redeem`, key });
    if (answer?.status === 200) await received(stage, api, handoff, key, answer);
    await api.ask({ method: 'GET', path: `/connections/${handoff.connectionId}` });
    await api.ask({ method: 'GET', path: `/handoffs/${handoff.id}` });
  }
}

export async function confirm(api: Api, handoff: Handoff, bundle: Bundle): Promise<void> {
  await api.insist({
    method: 'POST',
    path: `/handoffs/${handoff.id}/confirm`,
    body: { outcome: 'accepted', token_fingerprint: bundle.token_fingerprint },
  });
}

/** Gives a claim back; whether it did is of no matter to the checker, the next claim tells. */
export async function cancel(api: Api, handoff: Handoff): Promise<void> {
  await api.insist({ method: 'POST', path: `/handoffs/${handoff.id}/cancel` });
}
