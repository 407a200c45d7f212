import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import { putJob } from './index.ts';

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

const jobs = async () =>
  (
    await house.admin.query(`SELECT name, data FROM pgboss.job WHERE data->>'partnerId' = $1 ORDER BY created_on`, [
      ctx.partnerId,
    ])
  ).rows;
const invitation = (invitationId: string) => ({ partnerId: ctx.partnerId, invitationId });

test('a job and the change it follows from happen together or not at all', async () => {
  await inTenant(ctx.partnerId, (tx) => putJob(tx, 'mail.invitation', invitation('inv_kept')));
  await expect(
    inTenant(ctx.partnerId, async (tx) => {
      await putJob(tx, 'mail.invitation', invitation('inv_undone'));
      throw new Error('the change failed');
    }),
  ).rejects.toThrow('the change failed');
  expect(await jobs()).toEqual([{ name: 'mail.invitation', data: invitation('inv_kept') }]);
});

test('putting a job leaves the transaction with the role and the tenant it had', async () => {
  await inTenant(ctx.partnerId, async (tx) => {
    const who = () =>
      tx.$queryRaw`SELECT current_user::text AS role, current_partner() AS tenant, (SELECT count(*)::int FROM partner) AS partners`;
    const before = await who();
    await putJob(tx, 'mail.invitation', invitation('inv_role'));
    expect(await who()).toEqual(before);
    expect(before).toMatchObject([{ tenant: ctx.partnerId, partners: 1 }]);
  });
});
