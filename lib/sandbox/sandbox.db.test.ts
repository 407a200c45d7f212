import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { createRegistration } from '../tenancy/index.ts';
import { anInvitation, aSealedConnection, eventTypes, grantOf } from '../testing/journey.ts';
import { control, refresh } from '../testing/provider.ts';
import { again, aPartner, aRegistration, later, untilBlocked, type World, world } from '../testing/world.ts';
import { AdvanceInput, advanceSandbox, longestAdvanceSeconds, shareWithSimulator } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterEach(() => useConfig(house.config));
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};
const offsetOf = async (clientId: string): Promise<number> => {
  const { clients } = (await control('GET', '')) as { clients: { client_id: string; offset_seconds: number }[] };
  return clients.find((client) => client.client_id === clientId)?.offset_seconds ?? Number.NaN;
};

test('pushing 31 days walks what falls due on the way, in its order', async () => {
  const ctx = await aPartner();
  const { grantId, registration } = await aSealedConnection(ctx);
  await anInvitation(ctx, registration, { customer: { name: 'Never opened' }, channel: 'redirect' });
  const after = await later(ctx, 31 * 86_400);
  expect(after.clock.now().getTime() - ctx.clock.now().getTime()).toBeGreaterThanOrEqual(31 * 86_400_000 - 1000);
  expect((await grantOf(after, grantId)).custody).toBe('lapsed');
  expect(await eventTypes(after)).toEqual([
    'invitation.finished',
    'grant.sealed',
    'invitation.abandoned',
    'grant.expiring',
    'grant.expiring',
    'grant.expiring',
    'grant.expiring',
    'grant.lapsed',
  ]);
});

test('its clients at the simulator move along, those of others do not', async () => {
  const [ctx, other] = [await aPartner(), await aPartner()];
  const [ours, theirs] = [await aRegistration(ctx), await aRegistration(other)];
  await later(ctx, 1000);
  expect([await offsetOf(ours.clientId), await offsetOf(theirs.clientId)]).toEqual([1000, 0]);
});

/** Two sites, or two redirect URLs, under one client ID: its clock is one, and stays that of the sandbox. */
test('a client ID that two registrations share is pushed once', async () => {
  const ctx = await aPartner();
  const one = await aRegistration(ctx);
  await aRegistration(ctx, { client_id: one.clientId, site: 'be' });
  await later(ctx, 600);
  expect(await offsetOf(one.clientId)).toBe(600);
});

test('a registration made after the clock was pushed starts at the sandbox’s time', async () => {
  const ctx = await later(await aPartner(), 5000);
  const made = await aRegistration(ctx);
  expect(await offsetOf(made.clientId)).toBe(5000);
  await shareWithSimulator(ctx, made.id); // once more changes nothing
  expect(await offsetOf(made.clientId)).toBe(5000);
});

test('a token of the provider ages with the sandbox: after 30 days it is worth nothing there either', async () => {
  const ctx = await aPartner();
  const { registration } = await aSealedConnection(ctx);
  await later(ctx, 30 * 86_400);
  const answer = await refresh({ client_id: registration.clientId, client_secret: 'x', refresh_token: 'x' });
  expect(answer.status).toBe(400);
  const { rows } = await house.admin.query(
    'SELECT count(*) FROM token_grant WHERE refresh_token IS NOT NULL AND partner_id = $1',
    [ctx.partnerId],
  );
  expect(rows[0].count).toBe('0');
});

test('a live partner has none, and nothing of it is touched', async () => {
  const live = await aPartner({ sandbox: false });
  await expect(advanceSandbox(live, 60, fail)).rejects.toMatchObject({ code: 'sandbox_only' });
  const pretending = { ...live, sandbox: true };
  await expect(advanceSandbox(pretending, 60, fail)).rejects.toMatchObject({ code: 'sandbox_only' }); // the row decides
  const { rows } = await house.admin.query('SELECT clock_offset_ms FROM partner WHERE partner_id = $1', [
    live.partnerId,
  ]);
  expect(rows[0].clock_offset_ms).toBe('0');
});

test('a simulator that is away is said so, and the sandbox’s clock stays with its clients’', async () => {
  const ctx = await aPartner();
  await aRegistration(ctx);
  useConfig({ ...house.config, simulatorOrigins: { nl: 'http://127.0.0.1:1' } });
  await expect(advanceSandbox(ctx, 60, fail)).rejects.toMatchObject({ code: 'provider_unavailable' });
  const { rows } = await house.admin.query('SELECT clock_offset_ms FROM partner WHERE partner_id = $1', [
    ctx.partnerId,
  ]);
  expect(rows[0].clock_offset_ms).toBe('0');
});

test('an origin that an operator put in the simulator’s place keeps its own time', async () => {
  const ctx = await aPartner();
  useConfig({ ...house.config, exactOnlineOrigins: { nl: house.simulator.origins.nl } });
  const made = await createRegistration(ctx, {
    name: 'x',
    site: 'nl',
    client_id: '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a99',
    client_secret: 'abcd',
    preflight: true,
    pkce: true,
  });
  await shareWithSimulator(ctx, made.id);
  expect(await offsetOf(made.clientId)).toBeNaN();
  await advanceSandbox(ctx, 60, fail);
  expect((await again(ctx)).clock.now().getTime()).toBeGreaterThan(Date.now() + 50_000);
});

test('time goes forward by whole seconds, and not by more than 400 days at once', () => {
  for (const seconds of [0, -1, 1.5, longestAdvanceSeconds + 1, '60', null, Number.POSITIVE_INFINITY])
    expect([seconds, AdvanceInput.safeParse({ seconds }).success]).toEqual([seconds, false]);
  for (const seconds of [1, 60, longestAdvanceSeconds]) expect(AdvanceInput.safeParse({ seconds }).success).toBe(true);
  expect(AdvanceInput.safeParse({ seconds: 1, partner_id: 'x' }).success).toBe(false);
});

test('pushing leaves an audit row that says by how much', async () => {
  const ctx = await later(await aPartner(), 77);
  const rows = await inTenant(ctx.partnerId, (tx) => tx.auditEvent.findMany({ where: { action: 'sandbox.advanced' } }));
  expect(rows.map(({ detail }) => detail)).toEqual([{ seconds: 77 }]);
});

test('of two pushes at the same moment one happens, and the other is told so', async () => {
  const ctx = await aPartner();
  const rival = new pg.Client({ connectionString: house.urls.admin });
  await rival.connect();
  await rival.query('BEGIN');
  await rival.query('SELECT FROM partner WHERE partner_id = $1 FOR UPDATE', [ctx.partnerId]);
  const pushes = Promise.allSettled([advanceSandbox(ctx, 100, fail), advanceSandbox(ctx, 100, fail)]);
  await untilBlocked(house.admin, 2);
  await rival.query('COMMIT');
  await rival.end();
  const results = await pushes;
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'clock_moved' } });
  const { rows } = await house.admin.query('SELECT clock_offset_ms FROM partner WHERE partner_id = $1', [
    ctx.partnerId,
  ]);
  expect(rows).toEqual([{ clock_offset_ms: '100000' }]);
});
