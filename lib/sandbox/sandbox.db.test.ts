import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { days, hours, minutes, plus } from '../kernel/clock.ts';
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

const offsetOfPartner = async (partnerId: string): Promise<string> =>
  (await house.admin.query('SELECT clock_offset_ms FROM partner WHERE partner_id = $1', [partnerId])).rows[0]
    .clock_offset_ms;

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

test('a sandbox takes no app that was put at the simulator by someone else', async () => {
  const client_id = 'b1f0d1a2-6c1f-4f0c-8a55-0d7c3f1f2a11';
  const seeded = { client_id, client_secret: 'seeded-secret', redirect_uri: 'https://erp.example/callback' };
  await control('PUT', 'clients', { ...seeded, site: 'nl', name: 'Seeded' });
  const ctx = await aPartner();
  await expect(aRegistration(ctx, { client_id })).rejects.toMatchObject({ code: 'client_id_taken' });
  const { clients } = (await control('GET', '')) as { clients: { client_id: string; name: string }[] };
  expect(clients.find((client) => client.client_id === client_id)?.name).toBe('Seeded');
});

/** The latest moment on any row of this sandbox that tells what happened, and the time it is there. */
async function latestAndNow(partnerId: string): Promise<{ latest: Date; now: Date }> {
  const { rows } = await house.admin.query(
    `SELECT (SELECT max(at) FROM (SELECT at FROM outbox_event WHERE partner_id = $1
         UNION ALL SELECT at FROM audit_event WHERE partner_id = $1
         UNION ALL SELECT ended_at FROM token_grant WHERE partner_id = $1) AS told) AS latest,
       clock_timestamp() + clock_offset_ms * interval '1 millisecond' AS now FROM partner WHERE partner_id = $1`,
    [partnerId],
  );
  return rows[0];
}
const month = 31 * 86_400;

describe('time that two push at once, or that is cut off', () => {
  test('of two pushes one is refused, and no row is ahead of the clock', async () => {
    const ctx = await aPartner();
    await aSealedConnection(ctx);
    const before = ctx.clock.now().getTime();
    const ended = await Promise.allSettled([advanceSandbox(ctx, month, fail), advanceSandbox(ctx, 60, fail)]);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ended.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))).toEqual(['clock_moved']);
    const { latest, now } = await latestAndNow(ctx.partnerId);
    expect(latest.getTime()).toBeLessThanOrEqual(now.getTime());
    const passed = Math.floor((now.getTime() - before) / 1000);
    expect([60, month].some((asked) => passed >= asked && passed < asked + 60)).toBe(true);
  });

  test('one that dies half-way leaves the sandbox at the last moment it lived through; the next goes on from there', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    const { lapsesAt } = await grantOf(ctx, grantId);
    await house.admin.query(`CREATE FUNCTION refuse_lapse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.custody = 'lapsed' THEN RAISE 'broken'; END IF; RETURN NEW; END $$`);
    await house.admin.query(
      'CREATE TRIGGER refuse_lapse BEFORE UPDATE ON token_grant FOR EACH ROW EXECUTE FUNCTION refuse_lapse()',
    );
    try {
      await expect(advanceSandbox(ctx, month, fail)).rejects.toThrow();
    } finally {
      await house.admin.query('DROP FUNCTION refuse_lapse CASCADE');
    }
    const told = await eventTypes(ctx);
    expect(told.filter((type) => type === 'grant.expiring')).toHaveLength(4);
    const { latest, now } = await latestAndNow(ctx.partnerId);
    expect(latest).toEqual(plus(lapsesAt, -days(1)));
    expect(now.getTime() - latest.getTime()).toBeLessThan(hours(1) + minutes(1)); // the letter to members came an hour later
    expect(now.getTime()).toBeGreaterThanOrEqual(latest.getTime());

    const after = await later(await again(ctx), 2 * 86_400);
    expect(await grantOf(after, grantId)).toMatchObject({ custody: 'lapsed', endedAt: lapsesAt });
    expect((await eventTypes(after)).slice(told.length)).toEqual(['grant.lapsed']);
  });

  test('a killed one holds the clock for a minute; then another takes it, and the first can move it no more', async () => {
    const ctx = await aPartner();
    const heldUntil = (seconds: number) =>
      house.admin.query(
        "UPDATE partner SET pushed_by = 'killed', pushed_until = now() + $1 * interval '1 second' WHERE partner_id = $2",
        [seconds, ctx.partnerId],
      );
    await heldUntil(60);
    await expect(advanceSandbox(ctx, 60, fail)).rejects.toMatchObject({ code: 'clock_moved' });
    await heldUntil(-1);
    await advanceSandbox(ctx, 60, fail);
    expect(await offsetOfPartner(ctx.partnerId)).toBe('60000');

    const { grantId } = await aSealedConnection(await again(ctx));
    await house.admin.query('BEGIN');
    await house.admin.query('SELECT FROM token_grant WHERE id = $1 FOR UPDATE', [grantId]);
    const pushing = advanceSandbox(ctx, month, fail);
    await untilBlocked(house.admin);
    await heldUntil(60);
    await house.admin.query('COMMIT');
    await expect(pushing).rejects.toMatchObject({ code: 'clock_moved' });
    const { latest, now } = await latestAndNow(ctx.partnerId);
    expect(latest.getTime()).toBeLessThanOrEqual(now.getTime());
    expect(await eventTypes(ctx)).not.toContain('grant.expiring');
  });
});

test('a push with too much to do stops between two moments, says what is left, and goes on where it stood', async () => {
  const ctx = await aPartner();
  const { grantId, registration } = await aSealedConnection(ctx);
  const { lapsesAt } = await grantOf(ctx, grantId);
  const first = await advanceSandbox(ctx, month, fail, 0);
  expect((await eventTypes(ctx)).filter((type) => type === 'grant.expiring')).toHaveLength(1);
  const firstReminder = plus(lapsesAt, -days(14));
  expect(first.now.getTime() - firstReminder.getTime()).toBeLessThan(60_000);
  expect(first.secondsLeft).toBeGreaterThan(14 * 86_400);
  expect(await offsetOf(registration.clientId)).toBe(Math.floor(Number(await offsetOfPartner(ctx.partnerId)) / 1000));

  let calls = 1;
  for (let left = first.secondsLeft; left > 0; calls++) left = (await advanceSandbox(ctx, left, fail, 0)).secondsLeft;
  expect(calls).toBe(11); // five moments, a letter after each of the four that are told, the lapse, and the rest of the way
  expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'lapsed', endedAt: lapsesAt });
  expect(Number(await offsetOfPartner(ctx.partnerId))).toBeGreaterThanOrEqual(month * 1000);
  expect(Number(await offsetOfPartner(ctx.partnerId))).toBeLessThan(month * 1000 + calls * 1000);
});
