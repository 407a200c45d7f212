import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTimeline } from '../connections/index.ts';
import { anInvitation, connect } from '../testing/journey.ts';
import { again, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { showLink, withdrawInvitation } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

test('a member is shown an open link, each time on the record; another partner is not', async () => {
  const ctx = await aPartner();
  const asked = await anInvitation(ctx, await aRegistration(ctx));
  for (let n = 0; n < 2; n++)
    expect((await showLink(ctx, asked))?.reveal()).toBe(`http://localhost:3999/connect/${asked.token}`);
  expect(await showLink(await aPartner(), asked)).toBeNull();
  const told = (await readTimeline(await again(ctx), asked.connectionId)).map(({ action }) => action);
  expect(told).toEqual(['invitation.created', 'invitation.link_shown', 'invitation.link_shown']);
  expect(JSON.stringify(await readTimeline(await again(ctx), asked.connectionId))).not.toContain('wxi_');
});

test('one that was withdrawn, used or has lapsed is not shown any more', async () => {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const [withdrawn, used, lapsed] = [
    await anInvitation(ctx, registration),
    await anInvitation(ctx, registration),
    await anInvitation(ctx, registration, { expires_in: 60 }),
  ];
  await withdrawInvitation(ctx, withdrawn.id);
  await connect(used, registration);
  const after = await later(ctx, 120);
  for (const asked of [withdrawn, used, lapsed]) expect(await showLink(after, asked)).toBeNull();
});
