import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ctx } from '../kernel/ctx.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import { asDirectory, inTenant, inTenantApart, type Tx } from './index.ts';

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

const aCustomer = (tx: Tx, id: string) =>
  tx.customer.create({ data: { partnerId: ctx.partnerId, id, name: id, locale: 'nl', createdAt: ctx.clock.now() } });
const names = async () =>
  (await house.admin.query('SELECT id FROM customer WHERE partner_id = $1 ORDER BY id', [ctx.partnerId])).rows.map(
    ({ id }) => id,
  );

test('verbs within a transaction of the same partner are one deed with it', async () => {
  const deed = inTenant(ctx.partnerId, async (outer) => {
    await aCustomer(outer, 'cus_outer');
    await inTenant(ctx.partnerId, (inner) => aCustomer(inner, 'cus_inner'));
    throw new Error('undone');
  });
  await expect(deed).rejects.toThrow('undone');
  expect(await names()).toEqual([]);
});

test('another partner’s work is refused inside it', async () => {
  const other = await aPartner();
  await expect(inTenant(ctx.partnerId, () => inTenant(other.partnerId, async () => 'reached'))).rejects.toThrow();
});

test('what is written apart stays written although the deed around it is undone', async () => {
  const deed = inTenant(ctx.partnerId, async (outer) => {
    await aCustomer(outer, 'cus_undone');
    await inTenantApart(ctx.partnerId, (apart) => aCustomer(apart, 'cus_stays'));
    throw new Error('undone');
  });
  await expect(deed).rejects.toThrow('undone');
  expect(await names()).toEqual(['cus_stays']);
});

test('acting as the directory ends with the statement group it was for', async () => {
  await inTenant(ctx.partnerId, async (tx) => {
    const who = () => tx.$queryRaw<{ role: string }[]>`SELECT current_user::text AS role`;
    const inside = await asDirectory(tx, (directory) => directory.$queryRaw`SELECT current_user::text AS role`);
    expect(inside).toEqual([{ role: 'waxseal_directory' }]);
    expect(await who()).toEqual([{ role: 'waxseal_web' }]);
  });
});

test('a failure while acting as the directory leaves that role to nobody, whatever becomes of the deed', async () => {
  const fails = async () => {
    throw new Error('no');
  };
  await inTenant(ctx.partnerId, (tx) => asDirectory(tx, fails).catch(() => undefined));
  const [row] = await inTenant(ctx.partnerId, (tx) => tx.$queryRaw<object[]>`SELECT current_user::text AS role`);
  expect(row).toEqual({ role: 'waxseal_web' });
});

test('two deeds in each other’s way are both done, one after the other (D9)', async () => {
  await inTenant(ctx.partnerId, async (tx) => {
    await aCustomer(tx, 'cus_a');
    await aCustomer(tx, 'cus_b');
  });
  let arrived = 0;
  let open = () => {};
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const rename = (tx: Tx, id: string, name: string) =>
    tx.customer.updateMany({ where: { partnerId: ctx.partnerId, id }, data: { name } });
  const deed = (first: string, second: string) =>
    inTenant(ctx.partnerId, async (tx) => {
      await tx.$executeRaw`SELECT set_config('lock_timeout', '5s', true)`;
      await rename(tx, first, `after ${first}`);
      arrived += 1;
      if (arrived === 2) open();
      await both; // each holds what the other wants next
      await rename(tx, second, `after ${first}`);
    });
  await Promise.all([deed('cus_a', 'cus_b'), deed('cus_b', 'cus_a')]);
  const { rows } = await house.admin.query(`SELECT DISTINCT name FROM customer WHERE id IN ('cus_a', 'cus_b')`);
  expect(rows).toHaveLength(1); // the later of the two wrote both
  expect(arrived).toBeGreaterThanOrEqual(3);
});
