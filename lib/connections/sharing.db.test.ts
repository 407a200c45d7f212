import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimHandoff, confirmHandoff, redeemHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, type SealedConnection } from '../testing/journey.ts';
import { again, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { sharingExactUser } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

async function registered(partner: Ctx, { connectionId }: SealedConnection): Promise<Ctx> {
  const due = await later(partner, 600);
  const { id } = await claimHandoff(due, { connectionId });
  await redeemHandoff(due, id, null);
  await confirmHandoff(due, id, { outcome: 'accepted' });
  return again(partner);
}
const sharing = (ctx: Ctx, { grantId }: SealedConnection, limit = 3) => sharingExactUser(ctx, grantId, limit);

test('another connection of the same Exact user and client ID is named, a registered one first', async () => {
  const partner = await aPartner();
  const registration = await aRegistration(partner);
  const customer = (name: string) => ({ registration, invitation: { customer: { name } } });
  const first = await aSealedConnection(partner, customer('De Molen'));
  expect(await sharing(partner, first)).toEqual({ others: [], total: 0 });
  await registered(partner, first);
  await aSealedConnection(partner, customer('Never registered'));
  const third = await aSealedConnection(partner, customer('Bakkerij'));
  const { others, total } = await sharing(partner, third);
  expect(total).toBe(2);
  expect(others).toMatchObject([
    { connectionId: first.connectionId, customer: 'De Molen', registered: true, own: false },
    { customer: 'Never registered', registered: false, own: false },
  ]);
  expect((await sharing(partner, third, 1)).others).toHaveLength(1);
  expect((await sharing(partner, third, 1)).total).toBe(2);
});

test('another Exact user, another client ID and another partner share nothing', async () => {
  const [partner, stranger] = [await aPartner(), await aPartner()];
  const mine = await aSealedConnection(partner);
  await aSealedConnection(partner, { registration: mine.registration, user: 's.devries' });
  await aSealedConnection(partner);
  await aSealedConnection(stranger);
  expect(await sharing(partner, mine)).toEqual({ others: [], total: 0 });
  expect(await sharing(stranger, mine)).toEqual({ others: [], total: 0 });
});
