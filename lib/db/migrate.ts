import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { type QueueTerms, queues } from '../jobs/queues.ts';
import { StartError } from '../kernel/errors.ts';

const migrationsFolder = 'prisma/migrations';
const lockKey = 72707369; // the advisory lock Prisma Migrate takes, so that the two never run side by side

type Applied = { migration_name: string; checksum: string; finished_at: Date | null };

/** The migrations this build brings, oldest first, with the checksum by which an edited one is noticed. */
function migrationsOnDisk(): { name: string; sql: string; checksum: string }[] {
  return readdirSync(migrationsFolder)
    .sort()
    .map((name) => ({ name, file: `${migrationsFolder}/${name}/migration.sql` }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => {
      const sql = readFileSync(file, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

const rolesRefused =
  'The role of DATABASE_OWNER_URL may not create or grant roles; give it CREATEROLE, or ADMIN on the waxseal_… roles where another owner made them.';

const asApplied = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
  VALUES ($1, $2, $3, clock_timestamp(), 1)`;

async function inTransaction(db: pg.Client, work: () => Promise<unknown>): Promise<void> {
  await db.query('BEGIN');
  try {
    await work();
    await db.query('COMMIT');
  } catch (error) {
    await db.query('ROLLBACK');
    throw error;
  }
}

/** Parts a migration into steps; what stands before the first is a comment. */
const stepMark = /^-- step:/m;
/** A lock that is not to be had in this time is given up, so that what stands behind it goes on, and is asked for again. */
const lockPatience = "SET LOCAL lock_timeout = '1s'";
const lockTries = 10;
const betweenTries = 500;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The text of a step begins in the comment that the mark opened. */
async function takeStep(db: pg.Client, text: string): Promise<void> {
  const sql = `--${text}`;
  const [, index] = /CREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+)/.exec(sql) ?? [];
  if (index) {
    await dropHalfBuilt(db, index);
    await db.query(sql);
    return;
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return await inTransaction(db, () => db.query(lockPatience).then(() => db.query(sql)));
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03' || tries === lockTries) throw error;
      await pause(betweenTries);
    }
  }
}

/** What a build that was cut off left behind has the name, and finds nothing. */
async function dropHalfBuilt(db: pg.Client, index: string): Promise<void> {
  const { rowCount } = await db.query('SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid', [
    index,
  ]);
  if (rowCount) await db.query(`DROP INDEX CONCURRENTLY ${pg.escapeIdentifier(index)}`);
}

/**
 * One migration at a time. Asked for again and again instead of being waited for: an index that is built beside writers waits
 * for every statement that runs, and one that waits for this lock would be among them.
 */
async function takeTurn(db: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await db.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [lockKey]);
    if (rows[0]?.ours) return;
    await pause(betweenTries);
  }
}

async function applyPending(db: pg.Client): Promise<string[]> {
  await db.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at timestamptz,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  const { rows } = await db.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const known = new Map(rows.map((row) => [row.migration_name, row]));
  const applied: string[] = [];
  for (const { name, sql, checksum } of migrationsOnDisk()) {
    const before = known.get(name);
    if (before) {
      if (before.checksum !== checksum)
        throw new StartError(`Migration ${name} was changed after it was applied; restore its file and start again.`);
      continue;
    }
    const done = () => db.query(asApplied, [randomUUID(), checksum, name]);
    try {
      const [only = '', ...steps] = sql.split(stepMark);
      if (steps.length === 0) await inTransaction(db, () => db.query(only).then(done));
      for (const step of steps) await takeStep(db, step);
      if (steps.length > 0) await done();
    } catch (error) {
      if ((error as { code?: string }).code === '42501') throw new StartError(rolesRefused, error);
      throw new StartError(`Migration ${name} failed: ${error instanceof Error ? error.message : error}`, error);
    }
    applied.push(name);
  }
  return applied;
}

/** The queue keeps its own tables in schema `pgboss`; its role may use them and nothing else. */
async function prepareQueue(db: pg.Client, ownerUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: ownerUrl, schedule: false, supervise: false, max: 1 });
  boss.on('error', () => {}); // start() rejects with the same error
  await boss.start();
  for (const [name, { policy, ...terms }] of Object.entries<QueueTerms>(queues)) {
    await boss.createQueue(name, { ...(policy ? { policy } : {}), ...terms });
    await boss.updateQueue(name, terms); // one that was there keeps its policy, and takes the terms of today
  }
  await boss.stop({ graceful: false });
  await db.query(`GRANT USAGE ON SCHEMA pgboss TO waxseal_jobs;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO waxseal_jobs;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgboss TO waxseal_jobs;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgboss TO waxseal_jobs;`);
}

/** The root keys of a start, the newest first: their names, and one-way check values from before they had names. */
export type KnownRootKey = { id: string; check: string };

const noRootKey =
  'The root key is not the one this database was sealed with; point WAXSEAL_ROOT_KEY_FILE at the right one, or add it to WAXSEAL_OLD_ROOT_KEY_FILES during a change. Nothing was changed.';

/** The names of the root keys that wrap living partner keys; null among them: one of before names. Asked across partners by the role that sees no more. */
async function rootKeysInUse(appUrl: string): Promise<(string | null)[]> {
  const sweeper = new pg.Client({ connectionString: appUrl, options: '-c role=waxseal_sweeper' });
  await sweeper.connect();
  try {
    const { rows } = await sweeper.query<{ root_key_id: string | null }>(
      'SELECT DISTINCT root_key_id FROM partner_key ORDER BY 1',
    );
    return rows.map(({ root_key_id }) => root_key_id);
  } finally {
    await sweeper.end();
  }
}

/**
 * Stops a start that could not open what this database holds: every root key that wraps something must be among the known
 * ones. Keys without a name, and a database that holds none, answer for themselves by the check value of their first start.
 */
async function checkRootKeys(db: pg.Client, inUse: readonly (string | null)[], known: KnownRootKey[]): Promise<void> {
  const missing = inUse.filter((id) => id !== null && !known.some((key) => key.id === id));
  if (missing.length > 0)
    throw new StartError(
      `Some of this database is sealed under root key ${missing.join(', ')}, which is not among the configured ones; add its file to WAXSEAL_OLD_ROOT_KEY_FILES. Nothing was changed.`,
    );
  const { rows } = await db.query<{ value: string }>("SELECT value FROM instance_fact WHERE name = 'root_key_check'");
  const [checked] = rows;
  const unnamed = inUse.length === 0 || inUse.includes(null);
  if (checked && unnamed && !known.some(({ check }) => check === checked.value)) throw new StartError(noRootKey);
}

/** Announces the newest root key; once nothing is left under another, it is also the one to be checked from here on. */
async function noteRootKeys(db: pg.Client, inUse: readonly (string | null)[], newest: KnownRootKey): Promise<void> {
  await db.query('INSERT INTO root_key (id) VALUES ($1) ON CONFLICT DO NOTHING', [newest.id]);
  const settled = inUse.every((id) => id === newest.id);
  await db.query(
    `INSERT INTO instance_fact (name, value) VALUES ('root_key_check', $1)
     ON CONFLICT (name) DO ${settled ? 'UPDATE SET value = EXCLUDED.value' : 'NOTHING'}`,
    [newest.check],
  );
}

async function hasColumn(db: pg.Client, table: string, column: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped',
    [table, column],
  );
  return rowCount === 1;
}

/** Makes the app's login role a member of the role that holds the app's rights. */
async function admit(db: pg.Client, login: string): Promise<void> {
  const { rowCount } = await db.query(
    "SELECT FROM pg_auth_members WHERE roleid = 'waxseal_app'::regrole AND member = quote_ident($1)::regrole",
    [login],
  );
  if (rowCount) return;
  await db.query(`GRANT waxseal_app TO ${pg.escapeIdentifier(login)}`).catch((error: unknown) => {
    throw new StartError(rolesRefused, error);
  });
}

/**
 * Brings a database to this build's schema, forward only, one transaction per migration or per step of one, and lets the app's login
 * role in. `rootKeys` are those of this start, none for a database without data. Throws StartError with what to do when
 * it cannot.
 */
export async function migrate(ownerUrl: string, appUrl: string, rootKeys: KnownRootKey[] = []): Promise<string[]> {
  const db = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5000 });
  try {
    await db.connect();
  } catch (error) {
    const where = new URL(ownerUrl);
    throw new StartError(
      `The database at ${where.hostname}:${where.port || 5432} cannot be reached or refuses the owner role; check DATABASE_OWNER_URL.`,
      error,
    );
  }
  const login = decodeURIComponent(new URL(appUrl).username);
  const [newest] = rootKeys;
  try {
    await takeTurn(db);
    if (newest && (await hasColumn(db, 'instance_fact', 'value'))) {
      await admit(db, login);
      const named = await hasColumn(db, 'partner_key', 'root_key_id');
      await checkRootKeys(db, named ? await rootKeysInUse(appUrl) : [null], rootKeys); // before anything is changed
    }
    const applied = await applyPending(db);
    await admit(db, login);
    if (newest) await noteRootKeys(db, await rootKeysInUse(appUrl), newest);
    await prepareQueue(db, ownerUrl);
    return applied;
  } finally {
    await db.end();
  }
}
