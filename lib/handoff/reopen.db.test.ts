import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, grantOf } from '../testing/journey.ts';
import { again, aPartner, later, type World, world } from '../testing/world.ts';
import { agreeReopen, askReopen, claimHandoff, readHandoff, redeemHandoff } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const member = (ctx: Ctx, id: string): Ctx => ({
  ...ctx,
  actor: { kind: 'member', id, sessionHash: 'one', role: 'admin' },
});

/** A claim by one member, with nothing out yet. */
async function aClaim() {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  await later(partner, 600);
  const as = async (id: string) => member(await again(partner), id);
  const { id } = await claimHandoff(await as('mbr_holder'), connection);
  return { as, id, partner, grantId: connection.grantId };
}

test('one asks, another agrees, and the credentials are sealed again', async () => {
  const { as, id, partner, grantId } = await aClaim();
  const before = await grantOf(partner, grantId);
  await askReopen(await as('mbr_1'), id, 'holder_away');
  expect((await grantOf(partner, grantId)).custody).toBe('claimed');
  await agreeReopen(await as('mbr_2'), id);
  expect(await readHandoff(partner, id)).toMatchObject({ status: 'cancelled', outcomeCode: 'reopened' });
  expect(await grantOf(partner, grantId)).toMatchObject({ custody: 'sealed', lapsesAt: before.lapsesAt });
  const { rows } = await house.admin.query(
    `SELECT action, actor_id FROM audit_event WHERE partner_id = $1 AND action IN ('handoff.reopen_asked', 'handoff.cancelled') ORDER BY seq`,
    [partner.partnerId],
  );
  expect(rows).toEqual([
    { action: 'handoff.reopen_asked', actor_id: 'mbr_1' },
    { action: 'handoff.cancelled', actor_id: 'mbr_2' },
  ]);
});

test('who asked cannot agree, and asking twice makes no second member', async () => {
  const { as, id, partner } = await aClaim();
  await expect(agreeReopen(await as('mbr_2'), id)).rejects.toMatchObject({ code: 'not_cancellable' });
  await askReopen(await as('mbr_1'), id, 'other');
  await expect(agreeReopen(await as('mbr_1'), id)).rejects.toMatchObject({ code: 'forbidden' });
  await askReopen(await as('mbr_2'), id, 'other');
  await expect(agreeReopen(await as('mbr_1'), id)).rejects.toMatchObject({ code: 'forbidden' });
  expect((await readHandoff(partner, id)).status).toBe('claimed');
});

test('after four hours it has to be asked again, by anybody', async () => {
  const { as, id, partner } = await aClaim();
  await askReopen(await as('mbr_1'), id, 'holder_away');
  await later(partner, 4 * 3600);
  await expect(agreeReopen(await as('mbr_2'), id)).rejects.toMatchObject({ code: 'not_cancellable' });
  await askReopen(await as('mbr_2'), id, 'wrong_connection');
  await agreeReopen(await as('mbr_1'), id);
  expect((await readHandoff(partner, id)).status).toBe('cancelled');
});

test('not once a byte has left, not by a machine, and not across partners', async () => {
  const { as, id, partner } = await aClaim();
  await askReopen(await as('mbr_1'), id, 'other');
  const machine: Ctx = { ...(await again(partner)), actor: { kind: 'api_key', id: 'key_1' } };
  await expect(agreeReopen(machine, id)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(askReopen(machine, id, 'other')).rejects.toMatchObject({ code: 'forbidden' });
  const stranger = member(await aPartner(), 'mbr_2');
  await expect(agreeReopen(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(askReopen(stranger, id, 'other')).rejects.toMatchObject({ code: 'not_found' });
  await redeemHandoff(await as('mbr_holder'), id, 'k');
  await expect(agreeReopen(await as('mbr_2'), id)).rejects.toMatchObject({ code: 'not_cancellable' });
  await expect(askReopen(await as('mbr_2'), id, 'other')).rejects.toMatchObject({ code: 'not_cancellable' });
  expect((await readHandoff(partner, id)).status).toBe('delivered');
});
