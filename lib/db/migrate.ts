import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { queues } from '../jobs/queues.ts';
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
    await db.query('BEGIN');
    try {
      await db.query(sql);
      await db.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         VALUES ($1, $2, $3, clock_timestamp(), 1)`,
        [randomUUID(), checksum, name],
      );
      await db.query('COMMIT');
    } catch (error) {
      await db.query('ROLLBACK');
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
  for (const [name, options] of Object.entries(queues)) await boss.createQueue(name, options);
  await boss.stop({ graceful: false });
  await db.query(`GRANT USAGE ON SCHEMA pgboss TO waxseal_jobs;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO waxseal_jobs;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgboss TO waxseal_jobs;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgboss TO waxseal_jobs;`);
}

/** The first start with a database leaves a check of its root key; a later start with another key stops here. */
async function checkRootKey(db: pg.Client, check: string): Promise<void> {
  await db.query("INSERT INTO instance_fact (name, value) VALUES ('root_key_check', $1) ON CONFLICT DO NOTHING", [
    check,
  ]);
  const { rows } = await db.query<{ value: string }>("SELECT value FROM instance_fact WHERE name = 'root_key_check'");
  if (rows[0]?.value !== check) {
    throw new StartError(
      'The root key is not the one this database was sealed with; point WAXSEAL_ROOT_KEY_FILE at the right one. Nothing was changed.',
    );
  }
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
 * Brings a database to this build's schema, forward only, one transaction per migration, and lets the app's login
 * role in. `rootKeyCheck` is a one-way check value of the root key. Throws StartError with what to do when it cannot.
 */
export async function migrate(ownerUrl: string, appUrl: string, rootKeyCheck: string | null = null): Promise<string[]> {
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
  try {
    await db.query('SELECT pg_advisory_lock($1)', [lockKey]);
    const known = await db.query<{ there: boolean }>("SELECT to_regclass('instance_fact') IS NOT NULL AS there");
    if (rootKeyCheck && known.rows[0]?.there) await checkRootKey(db, rootKeyCheck); // before anything is changed
    const applied = await applyPending(db);
    if (rootKeyCheck) await checkRootKey(db, rootKeyCheck);
    await prepareQueue(db, ownerUrl);
    await admit(db, decodeURIComponent(new URL(appUrl).username));
    return applied;
  } finally {
    await db.end();
  }
}
