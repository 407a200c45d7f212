import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { parseConfig, rootKeyIdOf } from '../config/index.ts';
import { migrate } from '../db/migrate.ts';
import { StartError } from '../kernel/errors.ts';
import { mac } from '../kernel/hash.ts';
import { SITES } from '../simulator/index.ts';
import { buildApp } from './build.ts';
import { Household, lineFrom, refuseTakenPort } from './children.ts';
import { type DataDir, keepSecret, lockDataDir, openDataDir } from './data-dir.ts';
import { freePort, prepareDatabase, startPostgres } from './postgres.ts';

/** `npm start`: everything, from a fresh clone to the ready line (design §7). */

const say = (line: string) => process.stdout.write(`${line}\n`);
const household = new Household();

type Database = { ownerUrl: string; appUrl: string };

function portFrom(name: string, fallback: number): number {
  const text = process.env[name];
  if (!text) return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new StartError(`${name} must be a port number from 1 to 65535.`);
  return port;
}

/** An outside database needs both of its roles and a root key, kept apart from it. */
function refuseIncompleteDatabase(): void {
  const { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl } = process.env;
  if (!appUrl) return;
  if (!ownerUrl)
    throw new StartError(
      'DATABASE_URL is set, so DATABASE_OWNER_URL must be too: the role that owns the tables and migrates.',
    );
  for (const [name, url] of Object.entries({ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl })) {
    if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
      throw new StartError(`${name} must be an address such as postgresql://user:password@host:5432/waxseal.`);
  }
  if (!process.env['WAXSEAL_ROOT_KEY_FILE']) {
    throw new StartError(
      'An outside database needs WAXSEAL_ROOT_KEY_FILE: a file with 32 random bytes in base64, kept apart from the database ("openssl rand -base64 32").',
    );
  }
  if (process.env['NODE_ENV'] === 'production' && !process.env['WAXSEAL_SESSION_SECRET_FILE']) {
    throw new StartError(
      'In production an outside database needs WAXSEAL_SESSION_SECRET_FILE: a file with a random secret of at least 32 characters ("openssl rand -base64 48").',
    );
  }
}

/** The embedded Postgres, unless an outside one is named. */
async function findDatabase(data: DataDir): Promise<Database> {
  const { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl } = process.env;
  if (appUrl && ownerUrl) {
    await refuseUnusable(appUrl);
    return { ownerUrl, appUrl };
  }
  const password = (name: string) => readFileSync(keepSecret(data.file(name), 24), 'utf8').trim();
  const server = await startPostgres(data.file('postgres'), await freePort(), password('postgres-admin.secret'));
  household.onStop(() => server.stop());
  server.process.once('exit', () => gone('Postgres')(null));
  const logins = await prepareDatabase(server, 'waxseal', {
    owner: password('postgres-owner.secret'),
    app: password('postgres-app.secret'),
  });
  return { ownerUrl: logins.owner, appUrl: logins.app };
}

/** The app's role must be one that row-level security binds (B-4). */
async function refuseUnusable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  const where = URL.canParse(url) ? `${new URL(url).hostname}:${new URL(url).port || 5432}` : 'DATABASE_URL';
  try {
    await client.connect();
    const { rows } = await client.query<{ powerful: boolean }>(
      'SELECT rolsuper OR rolbypassrls AS powerful FROM pg_roles WHERE rolname = current_user',
    );
    if (rows[0]?.powerful)
      throw new StartError(
        'The role of DATABASE_URL is a superuser or bypasses row-level security; give the app a plain role of its own.',
      );
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `The database at ${where} cannot be reached or refuses the app's role; check DATABASE_URL.`,
      error,
    );
  } finally {
    await client.end().catch(() => {});
  }
}

const gone = (what: string) => (code: number | null) => {
  if (household.stopping) return;
  process.stderr.write(
    `${what} stopped unexpectedly${code === null ? '' : ` (exit code ${code})`}; Waxseal stops too.\n`,
  );
  void household.stop().then(() => process.exit(1));
};

/** Our simulator, one port per site. With the provider's origins overridden, a taken port is somebody's stand-in. */
async function startSimulator(first: number, databaseUrl: string): Promise<Record<string, string>> {
  try {
    for (let at = 0; at < SITES.length; at += 1) await refuseTakenPort(first + at, 'WAXSEAL_SIMULATOR_PORT');
  } catch (error) {
    if (!process.env['EXACT_ONLINE_ORIGINS']) throw error;
    say('The simulator is not started: its ports are taken, and EXACT_ONLINE_ORIGINS names a stand-in.');
    return {};
  }
  const child = household.startNode(
    ['lib/ops/simulator.ts', '--port', String(first)],
    { WAXSEAL_SIMULATOR_DATABASE_URL: databaseUrl },
    gone('The simulator'),
  );
  await lineFrom(child, /^Exact Online simulator:/);
  return Object.fromEntries(SITES.map((site, at) => [site, `http://127.0.0.1:${first + at}`]));
}

async function waitUntilReady(url: string, isGone: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !isGone(); tries += 1) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new StartError('The server does not become ready; the lines above say why.');
}

/** The demo's mailbox page shows every mail, sign-in links among them: it is for this machine's own eyes. */
function refusePublicMailbox(demo: boolean, publicUrl: string, host: string): void {
  const here = ['localhost', '127.0.0.1', '::1', '[::1]'];
  if (!demo || process.env['WAXSEAL_MAIL_URL'] || (here.includes(new URL(publicUrl).hostname) && here.includes(host)))
    return;
  throw new StartError(
    'A demo without WAXSEAL_MAIL_URL shows everyone who reaches it the sign-in mails; set WAXSEAL_MAIL_URL, set WAXSEAL_DEMO=0, or serve on localhost only.',
  );
}

/** The keys of this instance: an operator's, or made on first start. A key that is gone is not replaced by a new one. */
function findKeys(
  data: DataDir,
  hadData: boolean,
): { WAXSEAL_ROOT_KEY_FILE: string; WAXSEAL_SESSION_SECRET_FILE: string } {
  const named = process.env['WAXSEAL_ROOT_KEY_FILE'];
  const own = data.file('root.key');
  if (!named && hadData && !existsSync(own)) {
    throw new StartError(
      `The root key ${own} is missing, and nothing sealed in this data directory opens without it; restore it, or set WAXSEAL_DATA_DIR to an empty folder.`,
    );
  }
  return {
    WAXSEAL_ROOT_KEY_FILE: named ?? keepSecret(own, 32),
    WAXSEAL_SESSION_SECRET_FILE:
      process.env['WAXSEAL_SESSION_SECRET_FILE'] ?? keepSecret(data.file('session.secret'), 48),
  };
}

async function start(): Promise<void> {
  const data = openDataDir(path.resolve(process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal'));
  lockDataDir(data);
  household.onStop(async () => {
    rmSync(data.file('instance.json'), { force: true });
    rmSync(data.file('start.pid'), { force: true });
  });
  const port = portFrom('PORT', 3000);
  const simulatorPort = portFrom('WAXSEAL_SIMULATOR_PORT', 4010);
  await refuseTakenPort(port, 'PORT');
  const host = process.env['WAXSEAL_HOST'] ?? 'localhost';
  const publicUrl = process.env['PUBLIC_URL'] || `http://localhost:${port}`;
  refuseIncompleteDatabase();
  const keys = findKeys(data, existsSync(data.file('postgres')));

  // Says what is wrong with the settings before anything is started or built.
  const { rootKey, oldRootKeys } = parseConfig({
    ...process.env,
    DATABASE_URL: process.env['DATABASE_URL'] || 'postgresql://embedded',
    PUBLIC_URL: publicUrl,
    ...keys,
  });

  const demo = process.env['DATABASE_URL'] ? process.env['WAXSEAL_DEMO'] === '1' : process.env['WAXSEAL_DEMO'] !== '0';
  refusePublicMailbox(demo, publicUrl, host);

  const database = await findDatabase(data);
  const fixed = {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DATABASE_URL: database.appUrl,
    PUBLIC_URL: publicUrl,
    NEXTAUTH_URL: publicUrl,
    ...keys,
    WAXSEAL_SPOOL_DIR: process.env['WAXSEAL_SPOOL_DIR'] ?? data.file('spool'),
    WAXSEAL_ANCHOR_DIR: process.env['WAXSEAL_ANCHOR_DIR'] ?? data.file('anchor'),
    WAXSEAL_OLD_ROOT_KEY_FILES: process.env['WAXSEAL_OLD_ROOT_KEY_FILES'] ?? '',
    WAXSEAL_DEMO: demo ? '1' : '0',
    ...(process.env['WAXSEAL_MAIL_URL'] ? {} : demo ? { WAXSEAL_MAILBOX_DIR: data.file('mailbox') } : {}),
  };
  const built = buildApp(() => say('Building (once per change) …'));
  built.catch(() => {}); // awaited below; the parts in between run meanwhile
  const rootKeys = [rootKey, ...oldRootKeys].map((key) => ({
    id: rootKeyIdOf(key),
    check: mac(key.reveal(), 'root key check'),
  }));
  await migrate(database.ownerUrl, database.appUrl, rootKeys);
  const env = {
    ...fixed,
    WAXSEAL_SIMULATOR_ORIGINS: JSON.stringify(await startSimulator(simulatorPort, database.appUrl)),
  };
  writeFileSync(data.file('instance.json'), JSON.stringify(env), { mode: 0o600 }); // for commands beside it, such as npm run partner
  await built;

  const server = household.startNode(
    ['node_modules/next/dist/bin/next', 'start', '-H', host, '-p', String(port)],
    { ...env, DATABASE_OWNER_URL: '' },
    gone('The server'),
  );
  household.startNode(['lib/worker.ts'], { ...env, DATABASE_OWNER_URL: '' }, gone('The worker'));
  await waitUntilReady(`http://localhost:${port}`, () => server.exitCode !== null);
  if (demo) {
    const { seedDemo } = await import('./demo.ts'); // not before the database client is generated
    await seedDemo({ env, data, publicUrl });
  }
  if (!demo && !process.env['WAXSEAL_MAIL_URL'])
    say('No mail is configured, so nobody can sign in: set WAXSEAL_MAIL_URL.');
  say(`Waxseal is ready: ${publicUrl}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void household.stop().then(() => process.exit(signal === 'SIGINT' ? 130 : 143)));
}
try {
  await start();
} catch (error) {
  await household.stop();
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
