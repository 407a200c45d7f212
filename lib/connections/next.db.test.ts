import { afterAll, beforeAll, expect, test } from 'vitest';
import { parkGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { cancelHandoff, claimHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { anInvitation, aSealedConnection, connect } from '../testing/journey.ts';
import { again, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { nextClaimable } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

/** Three customers of one app, a day apart; the first one lapses first. */
async function three(partner: Ctx) {
  const registration = await aRegistration(partner);
  const made = [];
  for (const [name, user] of [
    ['First', 'j.jansen'],
    ['Second', 's.devries'],
    ['Third', 'k.bakker'],
  ] as const) {
    made.push(await aSealedConnection(partner, { user, registration, invitation: { customer: { name } } }));
    await later(partner, 86_400);
  }
  const [first, second, third] = made;
  if (!first || !second || !third) throw new Error('three were made');
  return { registration, first, second, third };
}
const next = async (ctx: Ctx) => {
  const { first, total } = await nextClaimable(await again(ctx));
  return [first?.customer ?? null, total];
};

test('the one that lapses first comes first, and goes when it is claimed', async () => {
  const partner = await aPartner();
  const { first } = await three(partner);
  expect(await next(partner)).toEqual(['First', 3]);
  const { id } = await claimHandoff(await again(partner), first);
  expect(await next(partner)).toEqual(['Second', 2]);
  await cancelHandoff(await again(partner), id);
  expect(await next(partner)).toEqual(['First', 3]);
});

test('what is parked, too young, about to lapse or withdrawn is not offered', async () => {
  const partner = await aPartner();
  const { registration, first, second, third } = await three(partner);
  await inTenant(partner.partnerId, async (tx) =>
    parkGrant(tx, await again(partner), { id: first.grantId, connectionId: first.connectionId }, 'member_doubts'),
  );
  expect(await next(partner)).toEqual(['Second', 2]);
  await house.admin.query('UPDATE connection SET withdrawn_at = now() WHERE id = $1', [second.connectionId]);
  expect(await next(partner)).toEqual(['Third', 1]);

  const asked = await anInvitation(partner, registration, { customer: { name: 'Young' } });
  await connect(asked, registration, { user: 'l.peeters' });
  expect(await next(partner)).toEqual(['Third', 1]);
  const due = await later(partner, 570);
  expect(await next(partner)).toEqual(['Third', 2]);

  // An hour before its lapse the third one is over, too; the young one follows.
  const { rows } = await house.admin.query('SELECT lapses_at FROM token_grant WHERE id = $1', [third.grantId]);
  const seconds = Math.floor(((rows[0] as { lapses_at: Date }).lapses_at.getTime() - due.clock.now().getTime()) / 1000);
  await later(partner, seconds - 3600 + 5);
  expect(await next(partner)).toEqual(['Young', 1]);
});

test('nor is what has a newer consent of its own connection that waits for a decision', async () => {
  const partner = await aPartner();
  const customer = { name: 'Twice', external_id: 'K-1' };
  const { registration, connectionId } = await aSealedConnection(partner, { invitation: { customer } });
  await later(partner, 600);
  expect(await next(partner)).toEqual(['Twice', 1]);
  const asked = await anInvitation(partner, registration, { customer, expect: { exact_user: 'j.jansen' } });
  expect(asked.connectionId).toBe(connectionId);
  await connect(asked, registration, { user: 's.devries' });
  await later(partner, 600);
  expect(await next(partner)).toEqual([null, 0]);
});

test('nobody is offered another partner’s customer', async () => {
  const [partner, stranger] = [await aPartner(), await aPartner()];
  await three(partner);
  expect(await next(stranger)).toEqual([null, 0]);
});
