import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import { addOrigin, listOrigins, mayBeTold, mostOrigins, removeOrigin } from './origins.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const told = (ctx: Awaited<ReturnType<typeof aPartner>>, origin: string) =>
  inTenant(ctx.partnerId, (tx) => mayBeTold(tx, ctx, origin));
const origin = 'https://app.example.com';

test('an origin counts from the moment it is added until it is removed, and both are on record', async () => {
  const ctx = await aPartner({ sandbox: false });
  expect(await told(ctx, origin)).toBe(false);
  const { id } = await addOrigin(ctx, ` ${origin} `);
  expect(await addOrigin(ctx, origin)).toMatchObject({ id });
  expect(await told(ctx, origin)).toBe(true);
  await removeOrigin(ctx, id);
  await removeOrigin(ctx, id);
  expect(await told(ctx, origin)).toBe(false);
  await addOrigin(ctx, origin);
  expect((await listOrigins(ctx)).map(({ removedAt }) => removedAt !== null).sort()).toEqual([false, true]);
  const { rows } = await house.admin.query(
    `SELECT action FROM audit_event WHERE partner_id = $1 AND action LIKE 'embed_origin.%' ORDER BY seq`,
    [ctx.partnerId],
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'embed_origin.added',
    'embed_origin.removed',
    'embed_origin.added',
  ]);
});

test('of one partner is none of another, and cannot be removed by them', async () => {
  const [one, two] = [await aPartner({ name: 'One' }), await aPartner({ name: 'Two' })];
  const { id } = await addOrigin(one, origin);
  expect(await told(two, origin)).toBe(false);
  await expect(removeOrigin(two, id)).rejects.toMatchObject({ code: 'not_found' });
  expect(await told(one, origin)).toBe(true);
});

test('two that add the same at once make one', async () => {
  const ctx = await aPartner();
  const made = await Promise.all([1, 2, 3].map(() => addOrigin(ctx, origin)));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
});

test('a faulty one is refused, and so is one too many', async () => {
  const ctx = await aPartner({ sandbox: false });
  await expect(addOrigin(ctx, 'http://localhost:3000')).rejects.toMatchObject({ code: 'invalid_request' });
  for (let at = 0; at < mostOrigins; at += 1) await addOrigin(ctx, `https://a${at}.example.com`);
  await expect(addOrigin(ctx, origin)).rejects.toThrow(/remove one first/);
});

/** The playground of the documentation stands on our own origin. */
test('our own pages are told about a sandbox, and about nobody live', async () => {
  const own = 'http://localhost:3999';
  expect([await told(await aPartner(), own), await told(await aPartner({ sandbox: false }), own)]).toEqual([
    true,
    false,
  ]);
});
