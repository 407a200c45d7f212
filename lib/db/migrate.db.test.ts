import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { cloneTemplate } from '../testing/cluster.ts';
import { migrate } from './migrate.ts';

let urls: { owner: string; app: string; admin: string };
let owner: pg.Client;
let admin: pg.Client;
beforeEach(async () => {
  const { adminUrl, templateUrls } = inject('postgres');
  urls = await cloneTemplate(adminUrl, templateUrls, `migrate_${randomBytes(4).toString('hex')}`, 'template0');
  owner = new pg.Client({ connectionString: urls.owner });
  admin = new pg.Client({ connectionString: urls.admin });
  await Promise.all([owner.connect(), admin.connect()]);
});
afterEach(() => Promise.all([owner.end(), admin.end()]));

const [a, b] = ['a', 'b'].map((name) => ({ id: `rk_${name.repeat(16)}`, check: `check of ${name}` })) as [
  { id: string; check: string },
  { id: string; check: string },
];
const noted = async () =>
  (await owner.query(`SELECT value FROM instance_fact WHERE name = 'root_key_check'`)).rows[0].value;
const start = (...keys: (typeof a)[]) =>
  migrate(urls.owner, urls.app, keys).then(
    (applied) => applied,
    (error: Error) => error.message,
  );

/** A database as a build of before has left it: two migrations, a key and an audit row, and the check of its root key. */
async function before(): Promise<void> {
  await owner.query(`CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  for (const name of ['0001_foundation', '0002_sandbox_twin']) {
    const sql = readFileSync(`prisma/migrations/${name}/migration.sql`, 'utf8');
    await owner.query(sql);
    const checksum = createHash('sha256').update(sql).digest('hex');
    await owner.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ($1, $2, $3, now())',
      [randomUUID(), checksum, name],
    );
  }
  await owner.query(`INSERT INTO instance_fact (name, value) VALUES ('root_key_check', $1)`, [a.check]);
  const partner = `ptn_${'0'.repeat(24)}`;
  await admin.query(
    `INSERT INTO partner (partner_id, name, theme, created_at) VALUES ('${partner}', 'x', '{}', now())`,
  );
  await admin.query(
    `INSERT INTO partner_key (partner_id, id, purpose, wrapped, created_at) VALUES ('${partner}', 'pky_1', 'token', '\\x01', now())`,
  );
  await admin.query(
    `INSERT INTO audit_event (partner_id, id, at, actor_kind, actor_id, action, detail, request_id) VALUES ('${partner}', 'aud_1', now(), 'x', 'x', 'x', '{}', 'x')`,
  );
}

test('an empty database takes the first key it is started with, and no other after that', async () => {
  expect(await start(a)).toContain('0001_foundation');
  expect(await noted()).toBe(a.check);
  expect(await start(a)).toEqual([]);
  expect(await start(b)).toMatch(/not the one this database was sealed with/);
  expect(await noted()).toBe(a.check);
});

test('an instance that has sealed nothing yet can change its root key, too, and then do without the old one', async () => {
  await start(a);
  expect(await start(b, a)).toEqual([]);
  expect(await start(b)).toEqual([]);
  expect(await noted()).toBe(b.check);
});

test('a database of a build of before comes along, with its keys and its audit rows as they were', async () => {
  await before();
  expect(await start(b)).toMatch(/not the one this database was sealed with/);
  expect((await owner.query('SELECT count(*) FROM _prisma_migrations')).rows).toEqual([{ count: '2' }]); // nothing was changed
  expect(await start(a)).toContain('0003_keys_and_chain');
  const { rows } = await admin.query(
    'SELECT k.root_key_id, k.destroyed_at, e.seq, e.hash FROM partner_key k, audit_event e',
  );
  expect(rows).toEqual([{ root_key_id: null, destroyed_at: null, seq: null, hash: null }]);
  expect(await start(b, a)).toEqual([]); // a change may begin
  expect(await start(b)).toMatch(/not the one this database was sealed with/); // and is not over
  await admin.query('UPDATE partner_key SET root_key_id = $1', [b.id]);
  expect(await start(b)).toEqual([]);
  expect(await noted()).toBe(b.check);
  expect(await start(a)).toContain(b.id);
});

test('a migration that cannot have its locks gives up within seconds and leaves nothing behind', async () => {
  await before();
  await admin.query('BEGIN; LOCK TABLE audit_event IN ROW EXCLUSIVE MODE'); // a writer that does not come to an end
  const from = performance.now();
  expect(await start(a)).toMatch(/0003_keys_and_chain failed: canceling statement due to lock timeout/);
  expect(performance.now() - from).toBeLessThan(6000);
  await admin.query('COMMIT');
  expect(await start(a)).toContain('0003_keys_and_chain');
});

test('a migration that was changed after it was applied stops the start', async () => {
  await start(a);
  await owner.query(`UPDATE _prisma_migrations SET checksum = 'another' WHERE migration_name = '0002_sandbox_twin'`);
  expect(await start(a)).toMatch(/Migration 0002_sandbox_twin was changed after it was applied/);
});

const stateOf = async (index: string) =>
  (await owner.query('SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)', [index])).rows;

test('steps beside writers: an index is built while they go on, and a half-built one of before is built anew', async () => {
  await start(a);
  await owner.query(`DELETE FROM _prisma_migrations WHERE migration_name = '0006_upkeep'`);
  await admin.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'kept_answer_done'::regclass`);
  await admin.query('DROP INDEX renewal_settled');
  await admin.query('BEGIN; LOCK TABLE opening IN ROW EXCLUSIVE MODE');
  const [one, two] = [start(a), start(a)]; // two servers that start at once: one waits for its turn, and is in nobody's way
  try {
    await expect.poll(() => stateOf('renewal_settled'), { timeout: 15_000 }).toEqual([{ indisvalid: true }]);
    expect(await stateOf('kept_answer_done')).toEqual([{ indisvalid: true }]);
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // long enough for a lock that was given up and asked for again
  } finally {
    await admin.query('COMMIT');
  }
  expect([await one, await two].flat()).toEqual(['0006_upkeep']);
});

/** pg-boss waits between half of this and the whole, at random. */
const longestWaits = ({ retry_limit, retry_delay, retry_delay_max }: Record<string, number>) =>
  Array.from({ length: retry_limit ?? 0 }, (_, tried) =>
    Math.min(retry_delay_max ?? Number.POSITIVE_INFINITY, (retry_delay ?? 0) * 2 ** Math.min(16, tried)),
  );

test('a queue that was there takes the terms of today, and keeps its mails', async () => {
  await start(a);
  const terms = async () =>
    (
      await admin.query(
        'SELECT name, policy, retry_limit, retry_delay, retry_backoff, retry_delay_max FROM pgboss.queue ORDER BY name',
      )
    ).rows;
  const today = await terms();
  await admin.query(
    `INSERT INTO pgboss.job (name, data) VALUES ('mail.receipt', '{}');
     UPDATE pgboss.queue SET retry_limit = 8, retry_delay_max = NULL WHERE name LIKE 'mail.%'`,
  );
  expect(await terms()).not.toEqual(today);
  await start(a);
  expect(await terms()).toEqual(today);
  expect((await admin.query('SELECT count(*)::int FROM pgboss.job')).rows).toEqual([{ count: 1 }]);
});

test('a mail that is not taken is tried soon, at least every hour, and for more than a day (D26)', async () => {
  await start(a);
  const { rows } = await admin.query(`SELECT * FROM pgboss.queue WHERE name LIKE 'mail.%'`);
  expect(rows).toHaveLength(4);
  for (const row of rows) {
    const waits = longestWaits(row);
    expect(row.retry_backoff).toBe(true);
    expect(waits[0]).toBeLessThanOrEqual(10);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_600);
    expect(waits.reduce((sum, wait) => sum + wait / 2, 0)).toBeGreaterThan(16 * 3_600);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(24 * 3_600);
  }
});
