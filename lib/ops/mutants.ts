import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { StartError } from '../kernel/errors.ts';
import { type Cluster, raiseCluster } from '../testing/cluster.ts';
import { generateClient } from './build.ts';

/**
 * `npm run mutants [-- --only <name> …] [--in <folder> …]`: takes our guards away one at a time, in a copy of the house that
 * is thrown away, and asks the tests that stand for each whether they notice. A mutant is killed when one of them fails.
 * One that they let live is shown to all tests of its room: `misnamed` when those see it, else `survived`. Exit code 1 unless
 * all are killed; the last line is one JSON object.
 */
const usage = 'npm run mutants [-- [--only <name> …] [--in <folder> …]]';

/** A guard taken away or weakened in one place, and the tests that must notice. */
export type Mutant = {
  name: string;
  file: string;
  /** The rule that no longer holds. */
  deletes: string;
  /** Stands exactly once in the file. */
  snippet: string;
  replacement: string;
  /** Files; of a slow one the tests whose title holds what stands after ` > `. */
  tests: string[];
};
type Verdict = 'killed' | 'misnamed' | 'survived';

const marked = (lines: readonly string[], mark: string): string[] =>
  lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));

function readEntry(text: string): Mutant {
  const [title = '', deletes = '', ...lines] = text.split('\n');
  const [name = '', file = '', ...more] = title.split(' ');
  const snippet = marked(lines, '- ').join('\n');
  const tests = marked(lines, '? ');
  const odd = lines.some((line) => !/^[-+?] /.test(line));
  if (!file || more.length > 0 || odd || !snippet || tests.length === 0)
    throw new StartError(`This entry of the list of mutants cannot be read: ${title}`);
  return { name, file, deletes, snippet, replacement: marked(lines, '+ ').join('\n'), tests };
}

/** Reads the list: entries apart by empty lines, `#` before a remark. Throws StartError. */
export const readList = (text: string): Mutant[] =>
  text
    .split(/\n{2,}/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !entry.startsWith('#'))
    .map(readEntry);

export const allMutants = (): Mutant[] => readList(readFileSync('lib/ops/mutants.txt', 'utf8'));

/** The source without the guard, or null when the snippet is not there exactly once: then the list is older than the code. */
export function mutate(
  source: string,
  { snippet, replacement }: Pick<Mutant, 'snippet' | 'replacement'>,
): string | null {
  const parts = source.split(snippet);
  return parts.length === 2 && snippet !== '' && snippet !== replacement ? parts.join(replacement) : null;
}

/** The mutants that no longer apply: the list is older than the code. Empty but for a change that has just been made. */
export const staleAmong = (all: readonly Mutant[]): string[] =>
  all
    .filter((mutant) => !existsSync(mutant.file) || mutate(readFileSync(mutant.file, 'utf8'), mutant) === null)
    .map(({ name }) => name);

/** The mutants asked for by name or folder; all of them when nothing is asked. Throws StartError. */
export function choose(args: string[], all: readonly Mutant[]): readonly Mutant[] {
  const multiple = { type: 'string', multiple: true } as const;
  let asked: { only?: string[]; in?: string[] };
  try {
    asked = parseArgs({ args, options: { only: multiple, in: multiple } }).values;
  } catch {
    throw new StartError(`Usage: ${usage}`);
  }
  const { only = [], in: folders = [] } = asked;
  const lies = (mutant: Mutant, folder: string) => mutant.file.startsWith(`${folder.replace(/\/$/, '')}/`);
  const unknown =
    only.find((name) => !all.some((mutant) => mutant.name === name)) ??
    folders.find((folder) => !all.some((mutant) => lies(mutant, folder)));
  if (unknown !== undefined) throw new StartError(`There is no mutant ${unknown}.`);
  if (only.length + folders.length === 0) return all;
  return all.filter((mutant) => only.includes(mutant.name) || folders.some((folder) => lies(mutant, folder)));
}

/** How many tests passed and failed, of what a run told so far (mutants-teller.ts). */
export function countResults(told: string): { passed: number; failed: number } {
  const lines = told.split('\n');
  const count = (state: string) => lines.filter((line) => line === state).length;
  return { passed: count('passed'), failed: count('failed') };
}

/** The tests of a mutant's room; those of the database for the schema. */
export const roomOf = (file: string): string =>
  file.startsWith('prisma/') ? 'lib/db/' : `${file.split('/').slice(0, 2).join('/')}/`;

/** What vitest is told to run. A title counts only where every file comes with one. */
export function asArguments(tests: readonly string[]): string[] {
  const named = tests.map((test) => test.split(' > ') as [file: string, title?: string]);
  const titles = named.flatMap(([, title]) => (title === undefined ? [] : [title.replace(/[^\w\s]/g, '.')]));
  return [...named.map(([file]) => file), ...(titles.length === tests.length ? ['-t', titles.join('|')] : [])];
}

const shapesDatabase = (file: string): boolean => /^(prisma|lib\/(db|jobs|ops))\//.test(file);

const mostMs = 5 * 60_000;
/** The run of tests that is under way: it is ended with us. */
let running: ((signal: NodeJS.Signals) => void) | null = null;
const notCopied = new Set(['node_modules', '.git', '.next', '.waxseal']);

/** What the tests need of the house, without what it builds or keeps; the packages are the same ones. */
function copyHouse(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'waxseal-mutants-'));
  cpSync('.', copy, { recursive: true, filter: (from) => !notCopied.has(path.basename(from)) });
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

type Result = { passed: number; failed: number; clean: boolean };
type House = { copy: string; cluster: Cluster };

/**
 * Runs test files in the copy up to their first failure, and ends the run there. On the shared database, unless the code at
 * hand is what makes a database. A group of its own, so that a run which hangs leaves nothing behind.
 */
async function runTests({ copy, cluster }: House, tests: readonly string[], shared: boolean): Promise<Result> {
  const scratch = path.join(copy, 'scratch');
  mkdirSync(scratch, { recursive: true });
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', '--reporter=./lib/ops/mutants-teller.ts'];
  const own = shared ? { WAXSEAL_TEST_CLUSTER: JSON.stringify(cluster), TMPDIR: scratch } : {};
  try {
    return await new Promise<Result>((resolve, reject) => {
      const child = spawn(process.execPath, [...args, ...asArguments(tests)], {
        cwd: copy,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, ...own },
        detached: true,
      });
      const end = (signal: NodeJS.Signals) => {
        if (child.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
      };
      running = end;
      const timer = setTimeout(() => {
        end('SIGTERM');
        setTimeout(() => end('SIGKILL'), 10_000).unref();
      }, mostMs);
      let told = '';
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk;
        if (shared && countResults(told).failed > 0) end('SIGKILL'); // seen; its databases are dropped below
      });
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ ...countResults(told), clean: code === 0 });
      });
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    if (shared) await dropLeftOver(cluster);
  }
}

/** Databases of test files: a run leaves them to whoever keeps the server. */
async function dropLeftOver({ adminUrl }: Cluster): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', 'waxseal_template')`,
    );
    for (const { datname } of rows) await admin.query(`DROP DATABASE ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
  } finally {
    await admin.end();
  }
}

/** Takes one guard away, asks its tests, then those of its room, and puts it back. */
async function judge(house: House, mutant: Mutant): Promise<Verdict> {
  const file = path.join(house.copy, mutant.file);
  const whole = readFileSync(file, 'utf8');
  const without = mutate(whole, mutant);
  if (without === null) throw new StartError(`The mutant ${mutant.name} no longer applies.`);
  const shared = !shapesDatabase(mutant.file);
  try {
    writeFileSync(file, without);
    if ((await runTests(house, mutant.tests, shared)).failed > 0) return 'killed';
    return (await runTests(house, [roomOf(mutant.file)], shared)).failed > 0 ? 'misnamed' : 'survived';
  } finally {
    writeFileSync(file, whole);
  }
}

/** Tests that fail by themselves would kill everything and prove nothing. */
async function refuseFailing(house: House, chosen: readonly Mutant[]): Promise<void> {
  const whole = new Set(chosen.flatMap(({ tests }) => tests.filter((test) => !test.includes(' > '))));
  const single = new Set(chosen.flatMap(({ tests }) => tests.filter((test) => test.includes(' > '))));
  const runs = [...[...whole].sort(), ...[...single].sort()].map((test) => [test]); // one by one, so that the culprit has a name
  for (const run of runs) {
    const { passed, failed, clean } = await runTests(house, run, true);
    if (failed > 0 || passed === 0 || !clean)
      throw new StartError(`Does not pass as the code is; mend it first: ${run.join(' ')}`);
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function judgeAll(house: House, chosen: readonly Mutant[]): Promise<Record<Verdict, number>> {
  const counts: Record<Verdict, number> = { killed: 0, misnamed: 0, survived: 0 };
  await refuseFailing(house, chosen);
  for (const mutant of chosen) {
    const verdict = await judge(house, mutant);
    counts[verdict] += 1;
    say(`${verdict}: ${mutant.name}${verdict === 'killed' ? '' : `: ${mutant.deletes} (${mutant.file})`}`);
  }
  return counts;
}

async function main(): Promise<void> {
  const started = performance.now();
  const all = allMutants();
  const chosen = choose(process.argv.slice(2), all);
  const stale = staleAmong(all);
  if (stale.length > 0) throw new StartError(`Not found exactly once in the code as it is: ${stale.join(', ')}.`);
  await generateClient();
  const { stop, ...cluster } = await raiseCluster();
  const house: House = { copy: copyHouse(), cluster };
  const leave = async () => {
    rmSync(house.copy, { recursive: true, force: true });
    await stop();
  };
  const interrupted = () => {
    running?.('SIGKILL');
    void leave().finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const counts = await judgeAll(house, chosen);
    if (counts.killed < chosen.length) process.exitCode = 1;
    const seconds = Math.round((performance.now() - started) / 1000);
    say(JSON.stringify({ mutants: chosen.length, ...counts, seconds }));
  } finally {
    await leave();
  }
}

if (process.argv[1]?.endsWith('mutants.ts')) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof StartError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
