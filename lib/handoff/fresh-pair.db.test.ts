import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parkGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { days, minutes, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { POLICIES, type Policy } from '../simulator/index.ts';
import { createTarget } from '../targets/index.ts';
import { call } from '../testing/api.ts';
import { aSealedConnection, eventsOf, grantOf, type SealedConnection } from '../testing/journey.ts';
import { asksWho, control, refresh } from '../testing/provider.ts';
import { aTargetInput } from '../testing/recipient.ts';
import { fault, presentations } from '../testing/renewals.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import {
  type Bundle,
  type Claim,
  claimHandoff,
  confirmHandoff,
  type HandoffRow,
  prepareClaim,
  readHandoff,
  redeemHandoff,
} from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

type Machine = SealedConnection & { ctx: Ctx; key: string; target: string };

/** A consent of ten minutes ago, and a machine that wants pairs which work at once. Renewal is not opted in to. */
async function aMachine(policy: Policy = 'overlap', age = 600): Promise<Machine> {
  const partner = await aPartner();
  const registration = await aRegistration(partner);
  await control('POST', 'policy', { client_id: registration.clientId, policy });
  const connection = await aSealedConnection(partner, { registration });
  const { ctx, key } = await anApiKey(age > 0 ? await later(partner, age) : partner);
  const { id: target } = await createTarget(ctx, aTargetInput({ fresh_pair: true, recipient_key_required: false }));
  return { ...connection, ctx, key, target };
}
const wait = async (machine: Machine, span: number): Promise<Machine> => ({
  ...machine,
  ctx: await later(machine.ctx, span),
});
const claim = async ({ ctx, connectionId, target }: Machine, more: Partial<Claim> = {}): Promise<HandoffRow> => {
  const input = { connectionId, target, ...more };
  await prepareClaim(ctx, input);
  return claimHandoff(ctx, input);
};
const redeem = async ({ ctx }: Machine, { id }: HandoffRow): Promise<Bundle> =>
  JSON.parse((await redeemHandoff(ctx, id, 'k')).reveal()) as Bundle;
const refused = async (claiming: Promise<unknown>) => {
  const error = (await claiming.then(
    () => null,
    (reason: unknown) => reason,
  )) as { code: string; extra: object } | null;
  return error && { code: error.code, ...error.extra };
};
const refusals = async ({ ctx }: Machine) =>
  (await eventsOf(ctx)).filter(({ type }) => type === 'handoff.refused').map(({ data }) => data['code']);

describe.each(POLICIES)('under %s', (policy) => {
  test('what leaves is a new pair: its access token works now, its refresh token when it is due, and the 30 days begin anew', async () => {
    const machine = await aMachine(policy);
    const before = await grantOf(machine.ctx, machine.grantId);
    const handoff = await claim(machine);
    const grant = await grantOf(machine.ctx, machine.grantId);
    expect(grant).toMatchObject({ custody: 'claimed', generation: 1, spends: 0 });
    expect(grant.tokenFingerprint).not.toBe(before.tokenFingerprint);
    expect(grant.lapsesAt.getTime() - grant.issuedAt.getTime()).toBe(days(30));
    expect(handoff).toMatchObject({ freshPair: true, redeemBefore: plus(grant.issuedAt, minutes(8)) });
    expect(await presentations(machine)).toBe(1);

    const bundle = await redeem(machine, handoff);
    expect(await asksWho(bundle.access_token ?? '')).toBe(200);
    expect(Date.parse(bundle.access_token_expires_at ?? '')).toBeGreaterThan(machine.ctx.clock.now().getTime());
    expect(bundle.refresh_token_expires_at).toBe(grant.lapsesAt.toISOString());
    expect(bundle.refresh_not_before).toBe(plus(grant.issuedAt, seconds(570)).toISOString());
    const confirmed = await confirmHandoff(machine.ctx, handoff.id, { outcome: 'accepted' });
    expect(decodeJwt(confirmed.receipt ?? '')).toMatchObject({
      ...{ fresh_pair: true, generation: 1, opened_before_release: 0, spent_before_release: 0 },
    });
    await later(machine.ctx, 600);
    expect((await refresh(bundle)).status).toBe(200);
  });

  test('an answer that is lost is settled as for any renewal; a claim says when to come back', async () => {
    const machine = await aMachine(policy);
    await fault(machine, { kind: 'reset', when: 'after' });
    expect(await refused(claim(machine))).toEqual({ code: 'not_claimable', retry_after: 600 });
    expect((await grantOf(machine.ctx, machine.grantId)).custody).toBe('renewing');
    expect(await refusals(machine)).toEqual(['not_claimable']);
    const settled = await wait(machine, 660);
    const { custody, generation } = await grantOf(settled.ctx, settled.grantId);
    if (policy === 'single') {
      expect(custody).toBe('dead'); // what cannot be saved is told (C-4)
      expect(await refused(claim(settled))).toEqual({ code: 'needs_consent' });
      return;
    }
    expect({ custody, generation }).toEqual({ custody: 'sealed', generation: 1 });
    const again = await wait(settled, 600);
    const bundle = await redeem(again, await claim(again));
    expect(await asksWho(bundle.access_token ?? '')).toBe(200);
  });
});

test('a pair that is still fresh from the consent needs no exchange', async () => {
  const machine = await aMachine('overlap', 0);
  const handoff = await claim(machine);
  expect(await presentations(machine)).toBe(0);
  const bundle = await redeem(machine, handoff);
  expect(await asksWho(bundle.access_token ?? '')).toBe(200);
  await later(machine.ctx, 600);
  expect((await refresh(bundle)).status).toBe(200);
});

test('after eight minutes it is not handed out any more: it goes back, and the next slot brings another pair', async () => {
  const machine = await aMachine();
  const handoff = await claim(machine);
  const early = await wait(machine, 479);
  expect((await readHandoff(early.ctx, handoff.id)).status).toBe('claimed');
  const late = { ...early, ctx: { ...early.ctx, clock: { now: () => plus(handoff.redeemBefore, 0) } } };
  expect(await refused(redeem(late, handoff))).toEqual({ code: 'window_over' });
  const after = await wait(early, 2);
  expect((await readHandoff(after.ctx, handoff.id)).status).toBe('cancelled');
  const { custody, issuedAt } = await grantOf(after.ctx, after.grantId);
  expect(custody).toBe('sealed');
  expect(await refused(claim(after))).toEqual({
    ...{ code: 'too_early', not_before: plus(issuedAt, seconds(570)).toISOString() },
  });
  expect(await presentations(after)).toBe(1);
  const next = await wait(after, 120);
  expect(await redeem(next, await claim(next))).toMatchObject({ site: 'nl' });
  expect((await grantOf(next.ctx, next.grantId)).generation).toBe(2);
});

test('of many claims at once one wins, and the token is spent once', async () => {
  const machine = await aMachine();
  const answers = await Promise.all(Array.from({ length: 8 }, () => refused(claim(machine))));
  expect(answers.filter((answer) => answer === null)).toHaveLength(1);
  for (const answer of answers)
    if (answer) expect(['already_claimed', 'not_claimable', 'too_early']).toContain(answer.code);
  expect(await presentations(machine)).toBe(1);
});

test('a try that changed nothing leaves the token as it was, and the next one waits twenty minutes', async () => {
  const machine = await aMachine();
  const before = await grantOf(machine.ctx, machine.grantId);
  await fault(machine, { kind: 'status', when: 'before', status: 429 });
  expect(await refused(claim(machine))).toEqual({ code: 'not_claimable', retry_after: 1200 });
  const after = await grantOf(machine.ctx, machine.grantId);
  expect(after).toMatchObject({ custody: 'sealed', tokenFingerprint: before.tokenFingerprint, renewAt: null });
  expect(await refused(claim(machine))).toMatchObject({ code: 'too_early' });
  expect(await presentations(machine)).toBe(1);
  const later20 = await wait(machine, 1201);
  expect(await redeem(later20, await claim(later20))).toMatchObject({ site: 'nl' });
});

test('a claim that would be refused anyhow spends nothing', async () => {
  const machine = await aMachine();
  expect(await refused(claim(machine, { recipientKeyId: 'rky_000000000000000000000000' }))).toEqual({
    code: 'not_found',
  });
  await inTenant(machine.ctx.partnerId, (tx) =>
    parkGrant(tx, machine.ctx, { id: machine.grantId, connectionId: machine.connectionId }, 'member_doubts'),
  );
  expect(await refused(claim(machine))).toEqual({ code: 'not_claimable' });
  expect(await presentations(machine)).toBe(0);
});

test('the same request again hears the same answer and spends nothing more; the exchange is in no transaction', async () => {
  const { ctx, key, connectionId, target, ...machine } = await aMachine();
  const ask = () => call('claimHandoff', { key, id: connectionId, body: { target }, idempotencyKey: 'once' });
  await fault(machine, { kind: 'delay', when: 'after', ms: 1500 });
  const first = ask();
  await expect
    .poll(
      async () =>
        (await house.admin.query('SELECT 1 FROM renewal WHERE partner_id = $1 AND settled_at IS NULL', [ctx.partnerId]))
          .rowCount,
    )
    .toBe(1); // the intent is durable while the provider thinks
  expect((await first).status).toBe(201);
  expect((await ask()).text).toBe((await first).text);
  expect(await presentations(machine)).toBe(1);
});
