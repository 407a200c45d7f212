import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { anInvitation, aSealedConnection, connect } from '../testing/journey.ts';
import { aPartner, aRegistration, type World, world } from '../testing/world.ts';
import { PlayInput, readPlay, setPlay } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const playOf = async (ctx: Parameters<typeof readPlay>[0]) => {
  const play = await readPlay(ctx);
  if (!play) throw new Error('nothing is played here');
  return play;
};

describe('what a sandbox sees of its simulated Exact Online', () => {
  test('its own apps, what they did, and nothing of another sandbox', async () => {
    const [ours, theirs] = [await aPartner(), await aPartner()];
    const { registration } = await aSealedConnection(ours);
    const foreign = await aSealedConnection(theirs);
    const play = await playOf(ours);
    expect(play.apps).toMatchObject([
      {
        registrationId: registration.id,
        policy: 'overlap',
        persona: null,
        counts: { tokenCalls: 1, shortGaps: 0, spentTwice: 0, answersLost: 0, mostLiveTokens: 1 },
      },
    ]);
    expect(play.requests.map(({ what, verdict }) => `${what} ${verdict}`)).toContain('Code exchange issued');
    expect(play.requests.every(({ appName }) => appName === registration.name)).toBe(true);
    expect(JSON.stringify(play)).not.toContain(foreign.registration.clientId);
    expect(play.requests.map(({ seq }) => seq)).toEqual(play.requests.map(({ seq }) => seq).toSorted((a, b) => b - a));
  });

  test('a sandbox without an app has nothing to see, a live partner has no such thing', async () => {
    expect(await readPlay(await aPartner())).toBeNull();
    const live = await aPartner({ sandbox: false });
    await expect(readPlay(live)).rejects.toMatchObject({ code: 'sandbox_only' });
    await expect(setPlay(live, 'clr_x', {})).rejects.toMatchObject({ code: 'sandbox_only' });
  });

  test('a simulator that is away is said so', async () => {
    const ctx = await aPartner();
    await aRegistration(ctx);
    useConfig({ ...house.config, simulatorOrigins: { nl: 'http://127.0.0.1:1' } });
    await expect(readPlay(ctx)).rejects.toMatchObject({ code: 'provider_unavailable' });
    useConfig(house.config);
  });
});

describe('what a member sets', () => {
  test('the policy of one app, and nobody else’s', async () => {
    const [ours, theirs] = [await aPartner(), await aPartner()];
    const [registration, foreign] = [await aRegistration(ours), await aRegistration(theirs)];
    await setPlay(ours, registration.id, { policy: 'single' });
    await expect(setPlay(ours, foreign.id, { policy: 'legacy' })).rejects.toMatchObject({ code: 'not_found' });
    expect((await playOf(ours)).apps[0]?.policy).toBe('single');
    expect((await playOf(theirs)).apps[0]?.policy).toBe('overlap');
  });

  test('the next visit: a person who denies, once, whatever they press', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    await setPlay(ctx, registration.id, { persona: 'denies' });
    expect((await playOf(ctx)).apps[0]?.persona).toBe('denies');
    expect((await connect(await anInvitation(ctx, registration), registration)).outcome).toBe('denied');
    expect((await connect(await anInvitation(ctx, registration), registration)).outcome).toBe('sealed');
  });

  test('the next token call: its answer is lost, and the customer is asked again', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    await setPlay(ctx, registration.id, { fault: 'answer_lost' });
    expect((await connect(await anInvitation(ctx, registration), registration)).outcome).toBe('unknown');
    const { apps, requests } = await playOf(ctx);
    expect(apps[0]?.counts.answersLost).toBe(1);
    expect(requests.some(({ fault, verdict }) => fault === 'reset' && verdict === 'issued')).toBe(true);
    expect((await connect(await anInvitation(ctx, registration), registration)).outcome).toBe('sealed');
  });

  test.each(['answer_cut', 'maintenance', 'too_many'] as const)(
    'the fault %s is one the simulator knows',
    async (fault) => {
      const ctx = await aPartner();
      const registration = await aRegistration(ctx);
      await setPlay(ctx, registration.id, { fault });
      expect((await connect(await anInvitation(ctx, registration), registration)).outcome).not.toBe('sealed');
    },
  );

  test('every persona on offer can be set, an unknown one cannot', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const { personas } = await playOf(ctx);
    expect(personas.length).toBeGreaterThanOrEqual(10);
    for (const { id } of personas) await setPlay(ctx, registration.id, PlayInput.parse({ persona: id }));
    await setPlay(ctx, registration.id, { persona: null });
    await expect(setPlay(ctx, registration.id, { persona: 'vanishes' })).rejects.toThrow();
    for (const persona of ['../x', 'Denies', '']) expect(PlayInput.safeParse({ persona }).success).toBe(false);
  });

  test('is in the audit', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    await setPlay(ctx, registration.id, { policy: 'legacy' });
    const rows = await inTenant(ctx.partnerId, (tx) => tx.auditEvent.findMany({ where: { action: 'sandbox.played' } }));
    expect(rows.map(({ detail }) => detail)).toMatchObject([{ registration_id: registration.id, policy: 'legacy' }]);
  });
});
