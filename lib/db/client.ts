import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

type Pools = { app: PrismaClient; directory: PrismaClient; sweeper: pg.Pool; close(): Promise<void> };

/** A role is taken at connect, so a pooled connection can never carry another role's rights. */
function pool(connectionString: string, max: number, role?: string): pg.Pool {
  const made = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 5000,
    statement_timeout: 20_000,
    query_timeout: 22_000, // for a server that no longer hears: half-open, its own time limit ends nothing (D8)
    keepAlive: true,
    idle_in_transaction_session_timeout: 30_000,
    ...(role ? { options: `-c role=${role}` } : {}),
  });
  made.on('error', () => {}); // an idle connection that broke is replaced; the query that meets it reports
  return made;
}

/** The connections of one process. Nothing connects before the first query. */
export function openPools(databaseUrl: string): Pools {
  const pools = { app: pool(databaseUrl, 10), directory: pool(databaseUrl, 3, 'waxseal_directory') };
  const sweeper = pool(databaseUrl, 1, 'waxseal_sweeper');
  const app = new PrismaClient({ adapter: new PrismaPg(pools.app) });
  const directory = new PrismaClient({ adapter: new PrismaPg(pools.directory) });
  return {
    app,
    directory,
    sweeper,
    async close() {
      await Promise.all([app.$disconnect(), directory.$disconnect()]);
      await Promise.all([pools.app.end(), pools.directory.end(), sweeper.end()]);
    },
  };
}

// Next loads its routes as separate bundles; the process has one set of pools all the same.
const holder = globalThis as { waxsealPools?: Pools };

/** Names the database of this process. Called once at start-up, and by tests with a database of their own. */
export function connectDatabase(databaseUrl: string): Pools {
  holder.waxsealPools ??= openPools(databaseUrl);
  return holder.waxsealPools;
}

/** Closes every connection, so that a process or a test file can end. */
export async function disconnectDatabase(): Promise<void> {
  const pools = holder.waxsealPools;
  delete holder.waxsealPools;
  await pools?.close();
}

export function pools(): Pools {
  if (!holder.waxsealPools) throw new Error('connectDatabase was not called in this process');
  return holder.waxsealPools;
}
