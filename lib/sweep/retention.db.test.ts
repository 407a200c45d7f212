import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyChain } from '../audit/index.ts';
import { readTimeline } from '../connections/index.ts';
import { inTenant } from '../db/index.ts';
import { confirmHandoff, readHandoff } from '../handoff/index.ts';
import { days, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aHousehold } from '../testing/household.ts';
import { anInvitation, comeBack, decide, leave } from '../testing/journey.ts';
import { again, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { purge } from './index.ts';
import { globalTables, tenantTables } from './retention.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};
const ask = async (sql: string, values: unknown[] = []) => (await house.admin.query(sql, values)).rows;
/** Moves a sandbox's clock on, and nothing else. */
const pushQuietly = async (ctx: Ctx, span: number): Promise<Ctx> => {
  await ask('UPDATE partner SET clock_offset_ms = clock_offset_ms + $1 WHERE partner_id = $2', [span, ctx.partnerId]);
  return again(ctx);
};

describe('every table has a term, or a reason to be kept', () => {
  test('of tenants and of none: a new table is asked how long it keeps what it holds', async () => {
    const rows = await ask(
      `SELECT relname AS name, relforcerowsecurity AS tenant FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
    );
    const named = (tenant: boolean) => rows.filter((row) => row.tenant === tenant).map(({ name }) => name);
    expect(Object.keys(tenantTables).sort()).toEqual(named(true));
    expect(Object.keys(globalTables).sort()).toEqual(named(false));
  });

  test('a kept one says why', () => {
    for (const [table, entry] of Object.entries({ ...tenantTables, ...globalTables }))
      expect([table, ('kept' in entry ? entry.kept : entry.why).length > 8]).toEqual([table, true]);
  });

  test('outside of the house’s own schema there are the queue, which ends its jobs after 7 days, and the simulated provider', async () => {
    const rows = await ask(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['pgboss', 'public', 'simulator']);
    const spans = await ask('SELECT DISTINCT deletion_seconds, retention_seconds FROM pgboss.queue WHERE name !~ $1', [
      '^__',
    ]);
    expect(spans).toEqual([{ deletion_seconds: 604_800, retention_seconds: 1_209_600 }]);
  });
});

describe('what is over goes, and what is referred to stays', () => {
  let ctx: Ctx;
  let other: Ctx;
  let handoffId: string;
  let connectionId: string;
  const counts = async ({ partnerId }: Ctx) => {
    const all: Record<string, number> = {};
    for (const table of Object.keys(tenantTables))
      all[table] = (await ask(`SELECT count(*)::int AS n FROM ${table} WHERE partner_id = $1`, [partnerId]))[0].n;
    return all;
  };
  beforeEach(async () => {
    const made = await aHousehold('Old');
    other = (await aHousehold('Young')).ctx;
    handoffId = made.handoffId;
    await confirmHandoff(made.ctx, handoffId, { outcome: 'accepted' });
    connectionId = (await readHandoff(made.ctx, handoffId)).connectionId;
    const registration = await aRegistration(made.ctx);
    const asked = await anInvitation(made.ctx, registration, { customer: { name: 'Said no' } });
    const { authorizeUrl } = await leave(asked);
    await comeBack(registration, await decide(authorizeUrl, { decision: 'deny' }));
    await leave(await anInvitation(made.ctx, registration, { customer: { name: 'Never came back' } }));
    ctx = await later(made.ctx, 86_400); // predecessors and answers come to their end
  });

  test('nothing before its term', async () => {
    const before = await counts(ctx);
    ctx = await pushQuietly(ctx, days(28));
    await purge(fail);
    expect(await counts(ctx)).toEqual(before);
  });

  test('each at its own term; the audit chain verifies, receipts and history can be read, other partners keep theirs', async () => {
    const [before, theirs] = [await counts(ctx), await counts(other)];
    const { receipt } = await readHandoff(ctx, handoffId);
    ctx = await pushQuietly(ctx, days(32));
    await purge(fail);
    const month = await counts(ctx);
    expect(month).toEqual({
      ...before,
      kept_answer: 0,
      authorization_request: (before['authorization_request'] ?? 0) - 2,
    });
    expect(month['authorization_request']).toBe(month['token_grant']); // the origin of each grant

    ctx = await pushQuietly(ctx, days(60));
    await purge(fail);
    const quarter = { ...month, outbox_event: 0, bulk_claim: 0, bulk_claim_item: 0 };
    expect(await counts(ctx)).toEqual(quarter);
    expect([month['renewal'], month['opening']]).toEqual([1, 3]);

    ctx = await pushQuietly(ctx, days(310));
    await purge(fail);
    expect(await counts(ctx)).toEqual({ ...quarter, renewal: 0, opening: 2 });
    expect(await purge(fail)).toBe(0);

    expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true });
    expect((await readHandoff(ctx, handoffId)).receipt).toBe(receipt);
    expect(receipt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect((await readTimeline(ctx, connectionId)).length).toBeGreaterThan(3);
    expect(await counts(other)).toEqual(theirs);
  });

  test('the app’s own role removes nothing that is open or young, whatever it asks for', async () => {
    const before = await counts(ctx);
    await ask("UPDATE kept_answer SET role = 'unread', body = $1, due_at = now() WHERE partner_id = $2", [
      'x',
      ctx.partnerId,
    ]);
    await ask('UPDATE renewal SET settled_at = NULL, outcome = NULL, due_at = now() WHERE partner_id = $1', [
      ctx.partnerId,
    ]);
    await ask('UPDATE bulk_claim SET finished_at = NULL, due_at = now() WHERE partner_id = $1', [ctx.partnerId]);
    await ask('UPDATE bulk_claim_item SET settled_at = NULL, code = NULL, detail = NULL WHERE partner_id = $1', [
      ctx.partnerId,
    ]);
    for (const table of ['kept_answer', 'opening', 'renewal', 'outbox_event', 'bulk_claim_item', 'bulk_claim'])
      expect([table, await inTenant(ctx.partnerId, (tx) => tx.$executeRawUnsafe(`DELETE FROM ${table}`))]).toEqual([
        table,
        0,
      ]);
    await inTenant(ctx.partnerId, (tx) => tx.$executeRawUnsafe('DELETE FROM authorization_request'));
    expect((await counts(ctx))['authorization_request']).toBe(before['token_grant']);
  });
});

test('idempotency records go 30 days after they were made, on real time, however many', async () => {
  const {
    ctx,
    ctx: { partnerId },
  } = await aHousehold('Busy');
  const fill = (key: string, age: number, count: number) =>
    ask(
      `INSERT INTO idempotency_record (partner_id, api_key_id, key, request_hash, created_at)
       SELECT $1, $2, $3 || n, '', now() - $4 * interval '1 day' FROM generate_series(1, $5::int) n`,
      [partnerId, ctx.actor.id, key, age, count],
    );
  await fill('old', 31, 2500);
  await fill('young', 29, 3);
  await pushQuietly(ctx, days(400));
  await purge(fail);
  const rows = await ask("SELECT key FROM idempotency_record WHERE partner_id = $1 AND key <> 'k' ORDER BY 1", [
    partnerId,
  ]);
  expect(rows.map(({ key }) => key)).toEqual(['young1', 'young2', 'young3']);
});

test('sign-in links and sessions go when they are over, and with them a person who is a member nowhere', async () => {
  const { ctx } = await aHousehold('Signed in');
  const [member] = await ask('SELECT email FROM membership WHERE partner_id = $1', [ctx.partnerId]);
  const over = plus(new Date(), -days(2));
  const soon = plus(new Date(), days(1));
  for (const [id, email] of [
    ['stays', member.email],
    ['left', 'left@example.test'],
    ['leaving', 'leaving@example.test'],
  ])
    await ask('INSERT INTO identity_user (id, email) VALUES ($1, $2)', [id, email]);
  for (const [id, user, expires] of [
    ['s1', 'stays', over],
    ['s2', 'left', over],
    ['s3', 'leaving', soon],
  ])
    await ask('INSERT INTO identity_session (id, session_token, user_id, expires) VALUES ($1, $1, $2, $3)', [
      id,
      user,
      expires,
    ]);
  for (const [who, expires] of [
    ['a', over],
    ['b', soon],
  ])
    await ask('INSERT INTO identity_verification_token (identifier, token, expires) VALUES ($1, $1, $2)', [
      who,
      expires,
    ]);
  await purge(fail);
  const ids = async (table: string, column = 'id') =>
    (await ask(`SELECT ${column} AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id);
  expect(await ids('identity_session')).toEqual(['s3']);
  expect(await ids('identity_user')).toEqual(['leaving', 'stays']);
  expect(await ids('identity_verification_token', 'identifier')).toEqual(['b']);
});

test('what fails for one table is reported, and the others are seen to', async () => {
  const ctx = await aPartner();
  await ask(
    "INSERT INTO identity_verification_token (identifier, token, expires) VALUES ('c', 'c', now() - interval '2 days')",
  );
  await ask('ALTER TABLE kept_answer RENAME COLUMN kept_at TO kept_at_');
  const errors: unknown[] = [];
  try {
    expect(await purge((error) => errors.push(error))).toBeGreaterThan(0);
  } finally {
    await ask('ALTER TABLE kept_answer RENAME COLUMN kept_at_ TO kept_at');
  }
  expect(errors.length).toBeGreaterThan(0);
  expect(await again(ctx)).toBeTruthy();
});
