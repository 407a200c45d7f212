import { afterAll, beforeAll, expect, test } from 'vitest';
import { clockAt, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, eventTypes } from '../testing/journey.ts';
import { aPartner, later, type World, world } from '../testing/world.ts';
import { cancelHandoff, claimHandoff, viewHandoff, viewMinutes } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

async function aClaimByMember() {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const due = await later(partner, 570);
  const session = (sessionHash: string, id = 'mbr_1'): Ctx => ({
    ...due,
    actor: { kind: 'member', id, sessionHash, role: 'staff' },
  });
  return { session, handoff: await claimHandoff(session('one'), connection) };
}
const read = async (ctx: Ctx, id: string) => (await viewHandoff(ctx, id)).bundle.reveal();

test('the first look redeems, later ones repeat it for the same session within ten minutes (H10)', async () => {
  const { session, handoff } = await aClaimByMember();
  const first = await viewHandoff(session('one'), handoff.id);
  expect(JSON.parse(first.bundle.reveal())).toHaveProperty('refresh_token');
  expect(await read(session('one'), handoff.id)).toBe(first.bundle.reveal());
  expect((await eventTypes(session('one'))).filter((type) => type === 'handoff.delivered')).toHaveLength(1);

  const { viewUntil } = await viewHandoff(session('one'), handoff.id);
  const at = (instant: Date): Ctx => ({ ...session('one'), clock: clockAt(instant) });
  expect(await read(at(plus(viewUntil, -1)), handoff.id)).toBe(first.bundle.reveal());
  await expect(viewHandoff(at(viewUntil), handoff.id)).rejects.toMatchObject({ code: 'window_over' });
  expect(viewUntil.getTime() - session('one').clock.now().getTime()).toBeLessThanOrEqual(minutes(viewMinutes));
});

test('not for another session of the same member, nor for another member', async () => {
  const { session, handoff } = await aClaimByMember();
  await expect(viewHandoff(session('one', 'mbr_2'), handoff.id)).rejects.toMatchObject({ code: 'not_redeemable' });
  await read(session('one'), handoff.id);
  for (const other of [session('two'), session('one', 'mbr_2')])
    await expect(viewHandoff(other, handoff.id)).rejects.toMatchObject({ code: 'already_redeemed' });
});

test('nor of what was cancelled, or is another partner’s', async () => {
  const { session, handoff } = await aClaimByMember();
  await expect(viewHandoff(await aPartner(), handoff.id)).rejects.toMatchObject({ code: 'not_found' });
  await cancelHandoff(session('one'), handoff.id);
  await expect(viewHandoff(session('one'), handoff.id)).rejects.toMatchObject({ code: 'not_redeemable' });
});
