import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { changeRegistration, listRegistrations, type RegistrationView } from '../tenancy/index.ts';
import { manySealed } from '../testing/many.ts';
import { again, aPartner, type World, world } from '../testing/world.ts';
import { renewFrom } from './core/renewal.ts';
import { type GrantRow, planRenewals } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

/** Copies a partner's one row of a table under other ids, `count` times. */
const copies = (ctx: Ctx, table: string, count: number, changes: string) =>
  house.admin.query(
    `INSERT INTO ${table} SELECT copy.* FROM (SELECT * FROM ${table} WHERE partner_id = $1 LIMIT 1) t, generate_series(1, $2::int) n,
       LATERAL jsonb_populate_record(NULL::${table}, to_jsonb(t) || jsonb_build_object(${changes})) AS copy`,
    [ctx.partnerId, count],
  );

/** A registration with so many sealed grants, one a connection. */
async function many(count: number): Promise<{ ctx: Ctx; registration: RegistrationView; first: GrantRow }> {
  const ctx = await aPartner();
  const [first] = await manySealed(ctx, 1);
  const [registration] = await listRegistrations(ctx);
  if (!first || !registration) throw new Error('nothing was sealed');
  await house.admin.query('SET session_replication_role = replica'); // a made-up house needs no proof of its foreign keys
  await copies(ctx, 'customer', count - 1, "'id', 'cus_' || n");
  await copies(ctx, 'connection', count - 1, "'id', 'con_' || n, 'customer_id', 'cus_' || n");
  await copies(
    ctx,
    'authorization_request',
    count - 1,
    "'id', 'arq_' || n, 'connection_id', 'con_' || n, 'state_hash', '\\x' || lpad(to_hex(n), 8, '0')",
  );
  await copies(
    ctx,
    'token_grant',
    count - 1,
    "'id', 'grt_' || n, 'connection_id', 'con_' || n, 'authorization_request_id', 'arq_' || n",
  );
  await house.admin.query('RESET session_replication_role');
  return { ctx: await again(ctx), registration, first };
}
const planned = async ({ partnerId }: Ctx): Promise<{ id: string; renew_at: Date | null }[]> =>
  (await house.admin.query('SELECT id, renew_at FROM token_grant WHERE partner_id = $1', [partnerId])).rows;
const asTyped = ({ name, site, clientId, preflight, pkce }: RegistrationView) => ({
  ...{ name, site, preflight, pkce },
  client_id: clientId,
});

test('a registration of 40,000 connections is opted in and out, each grant at its own moment', {
  timeout: 120_000,
}, async () => {
  const { ctx, registration, first } = await many(40_000);
  const started = performance.now();
  await inTenant(ctx.partnerId, (tx) => planRenewals(tx, ctx, registration.id, true));
  process.stdout.write(`40,000 renewals planned: ${Math.round(performance.now() - started)} ms\n`);
  const rows = await planned(ctx);
  expect(rows).toHaveLength(40_000);
  const wrong = rows.filter(
    ({ id, renew_at }) => renew_at?.getTime() !== renewFrom(first.issuedAt, first.lapsesAt, id).getTime(),
  );
  expect(wrong).toEqual([]);
  await inTenant(ctx.partnerId, (tx) => planRenewals(tx, ctx, registration.id, false));
  expect((await planned(ctx)).filter(({ renew_at }) => renew_at !== null)).toEqual([]);
});

test('what is planned anew follows the switch, or a fault that a change lifts; a new name plans nothing', async () => {
  const { ctx, registration, first } = await many(2);
  const change = async (more: object) =>
    (await changeRegistration(ctx, registration.id, { ...asTyped(registration), ...more })).replan;
  expect(await change({ name: 'Other' })).toBe(false);
  expect(await change({ renew: true })).toBe(true);
  expect(await change({ name: 'Again other' })).toBe(false);
  expect(await change({ client_secret: 'another-secret' })).toBe(false); // there was no fault

  await house.admin.query('UPDATE token_grant SET fruitless_tries = 1 WHERE id = $1', [first.id]); // as row 5 leaves it
  expect(await change({ client_secret: 'the-right-secret' })).toBe(true);
  await inTenant(ctx.partnerId, (tx) => planRenewals(tx, ctx, registration.id, true));
  expect(await change({ name: 'Mended' })).toBe(false);

  await house.admin.query("UPDATE connection SET attention = 'blocked' WHERE id = $1", [first.connectionId]);
  expect(await change({})).toBe(true);
  expect(await change({ renew: false })).toBe(true);
});
