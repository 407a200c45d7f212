import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { standings } from '../anchor/index.ts';
import { config } from '../config/index.ts';
import { StartError } from '../kernel/errors.ts';
import { type Plan, settleRestore } from '../restore/index.ts';
import { keepSecret, lockDataDir, openDataDir } from './data-dir.ts';
import { onInstance, say } from './instance.ts';
import { freePort, prepareDatabase, startPostgres } from './postgres.ts';

/**
 * `npm run anchor -- …`: `status` compares the database with the journals outside of it; `restored` says what a restore or a
 * lossy failover means for every grant, and does it with `--write`. The last line is one JSON object; exit code 1 when the
 * database is behind its journals.
 */
const usage = `npm run anchor -- status [--folder <journals>]…
       npm run anchor -- restored [--folder <journals>]… [--write]`;

type Flags = { folder?: string[] | undefined; write?: boolean | undefined };

const foldersOf = ({ folder = [] }: Flags): string[] => {
  const own = config().anchorDir;
  const all = [...(own ? [own] : []), ...folder.map((each) => path.resolve(each))];
  const missing = folder.find((each) => !existsSync(each));
  if (missing) throw new StartError(`There is no folder ${missing}.`);
  if (all.length === 0)
    throw new StartError('No folder of journals is known; set WAXSEAL_ANCHOR_DIR or name one with --folder.');
  return [...new Set(all)];
};

const meaning = {
  equal: 'equal',
  ahead: 'the database is ahead, as it is after a crash',
  behind: 'THE DATABASE IS BEHIND: it was restored, or failed over with losses; run "npm run anchor -- restored"',
  unanchored: 'no journal speaks of it yet',
};

async function status(flags: Flags): Promise<void> {
  const found = await standings(foldersOf(flags));
  say(`${found.files} files in ${found.folders.join(', ')}; ${found.damaged} lines cannot be read`);
  if (found.missing)
    say(
      'JOURNALS OF THIS DATABASE WERE KEPT, AND NONE IS HERE: whether it was restored cannot be known; look for them',
    );
  for (const { partnerId, standing, database, anchored } of found.partners)
    say(`${partnerId}: ${meaning[standing]} (database ${database?.seq ?? 0}, journals ${anchored?.seq ?? 0})`);
  for (const partnerId of found.strangers) say(`${partnerId}: of another database`);
  const behind = found.partners.some(({ standing }) => standing === 'behind');
  if (behind) process.exitCode = 1;
  say(JSON.stringify({ behind, ...found }));
}

const because: Record<Plan['ends'][number]['verdict']['because'], string> = {
  delivered: 'it was handed over',
  ended: 'it ended',
  renewed: 'it was renewed',
  presented: 'it was presented to Exact Online, and nobody knows what came of it',
  parked: 'somebody doubted it',
  not_covered: 'the journals do not tell what happened to it',
};

function describe({ partnerId, deleted, covered, kept, ends, shredded, answers, lost }: Plan): void {
  if (deleted) {
    say(`${partnerId}: deleted after the backup; its keys are destroyed again`);
    return;
  }
  say(`${partnerId}: ${covered ? 'the journals tell all' : 'THE JOURNALS DO NOT TELL ALL'}; ${kept} usable as before`);
  for (const { grantId, verdict } of ends)
    say(`  ${grantId}: ${verdict.do === 'end' ? 'dead' : 'parked'}, ${because[verdict.because]} after the backup`);
  for (const grantId of shredded) say(`  ${grantId}: what is left of its delivery is shredded`);
  if (answers.length > 0)
    say(`  ${answers.length} answers that nobody read are set aside; they may have been used since`);
  for (const { grantId, connectionId } of lost)
    say(`  ${grantId} of ${connectionId}: sealed after the backup and lost; the customer has to connect again`);
}

async function restored(flags: Flags): Promise<void> {
  const write = flags.write ?? false;
  if (write && isServed())
    throw new StartError(
      'Waxseal is running on this data directory; stop every server first, then settle the restore.',
    );
  const plans = await settleRestore(foldersOf(flags), write);
  for (const plan of plans) describe(plan);
  if (!write) say('Nothing was changed; add --write to do this, while no server runs.');
  say(JSON.stringify({ written: write, partners: plans }));
}

const dataFolder = () => path.resolve(process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal');
const isServed = () => !process.env['DATABASE_URL'] && existsSync(path.join(dataFolder(), 'instance.json'));

/** The embedded Postgres of an instance that is not running, for as long as a command needs it; nothing where another is named. */
async function embedded(): Promise<() => Promise<void>> {
  const folder = dataFolder();
  if (process.env['DATABASE_URL'] || isServed() || !existsSync(path.join(folder, 'postgres'))) return async () => {};
  const data = openDataDir(folder);
  lockDataDir(data);
  const password = (name: string) => readFileSync(keepSecret(data.file(name), 24), 'utf8').trim();
  const server = await startPostgres(data.file('postgres'), await freePort(), password('postgres-admin.secret'));
  const passwords = { owner: password('postgres-owner.secret'), app: password('postgres-app.secret') };
  const here = {
    DATABASE_URL: (await prepareDatabase(server, 'waxseal', passwords)).app,
    PUBLIC_URL: 'http://localhost',
    WAXSEAL_ROOT_KEY_FILE: data.file('root.key'),
    WAXSEAL_SESSION_SECRET_FILE: data.file('session.secret'),
    WAXSEAL_ANCHOR_DIR: data.file('anchor'),
  };
  Object.assign(process.env, { ...here, ...process.env });
  return async () => {
    await server.stop();
    rmSync(data.file('start.pid'), { force: true });
  };
}

function readCommand(): () => Promise<void> {
  try {
    const options = { folder: { type: 'string', multiple: true }, write: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const command = positionals.length === 1 ? { status, restored }[positionals[0] ?? ''] : undefined;
    if (command) return () => command(values);
  } catch {
    // an unknown flag is answered as an unknown command is
  }
  throw new StartError(`Usage: ${usage}`);
}

let stop = async () => {};
try {
  readCommand();
  stop = await embedded();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
await onInstance('The journals could not be compared', readCommand);
await stop();
