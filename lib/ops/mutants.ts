import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { StartError } from '../kernel/errors.ts';
import { generateClient } from './build.ts';

/**
 * `npm run mutants [-- --only <name> …]`: takes our guards away one at a time, in a copy of the house that is thrown away,
 * and asks the tests that stand for each whether they notice. A mutant is killed when one of them fails. Exit code 1
 * unless all are; the last line is one JSON object.
 */
const usage = 'npm run mutants [-- --only <name> [--only <name> …]]';

/** A guard taken away or weakened in one place, and the tests that must notice. */
export type Mutant = {
  name: string;
  file: string;
  /** The rule that no longer holds. */
  deletes: string;
  /** Stands exactly once in the file. */
  snippet: string;
  replacement: string;
  tests: string[];
};
type Verdict = 'killed' | 'survived' | 'stale';

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

/** The mutants asked for by name; all of them when none is named. Throws StartError. */
export function readOnly(args: string[], all: readonly Mutant[]): readonly Mutant[] {
  let only: string[] | undefined;
  try {
    only = parseArgs({ args, options: { only: { type: 'string', multiple: true } } }).values.only;
  } catch {
    throw new StartError(`Usage: ${usage}`);
  }
  const unknown = only?.find((name) => !all.some((mutant) => mutant.name === name));
  if (unknown !== undefined) throw new StartError(`There is no mutant ${unknown}.`);
  return only ? all.filter(({ name }) => only.includes(name)) : all;
}

const Report = z.object({ numPassedTests: z.number(), numFailedTests: z.number() });

/** How many tests of a run passed and failed. A run without a report tested nothing: it broke, or hung and was ended. */
export function readReport(text: string | null): { passed: number; failed: number } {
  if (text === null) return { passed: 0, failed: 0 };
  const { numPassedTests: passed, numFailedTests: failed } = Report.parse(JSON.parse(text));
  return { passed, failed };
}

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

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Runs test files in the copy up to their first failure. A group of its own, so that a run which hangs leaves no database. */
function runTests(copy: string, tests: readonly string[]): Promise<{ passed: number; failed: number }> {
  const report = path.join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, ...tests], { cwd: copy, stdio: 'ignore', detached: true });
    const end = (signal: NodeJS.Signals) => {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, signal);
    };
    running = end;
    const timer = setTimeout(() => {
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), 10_000).unref();
    }, mostMs);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(readReport(readOrNull(report)));
    });
  });
}

/** Takes one guard away, asks its tests, and puts it back. */
async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const file = path.join(copy, mutant.file);
  const whole = readFileSync(file, 'utf8');
  const without = mutate(whole, mutant);
  if (without === null) return 'stale';
  try {
    writeFileSync(file, without);
    return (await runTests(copy, mutant.tests)).failed > 0 ? 'killed' : 'survived';
  } finally {
    writeFileSync(file, whole);
  }
}

/** Tests that fail by themselves would kill everything and prove nothing. */
async function refuseFailing(copy: string, chosen: readonly Mutant[]): Promise<void> {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))].sort();
  const { passed, failed } = await runTests(copy, tests);
  if (failed > 0 || passed === 0) throw new StartError('The tests do not pass as the code is; mend them first.');
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const chosen = readOnly(process.argv.slice(2), allMutants());
  await generateClient();
  const copy = copyHouse();
  const stop = () => {
    running?.('SIGTERM');
    rmSync(copy, { recursive: true, force: true });
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const named: Record<Verdict, string[]> = { killed: [], survived: [], stale: [] };
  try {
    await refuseFailing(copy, chosen);
    for (const mutant of chosen) {
      const verdict = await judge(copy, mutant);
      named[verdict].push(mutant.name);
      say(`${verdict}: ${mutant.name}${verdict === 'killed' ? '' : `: ${mutant.deletes} (${mutant.file})`}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  const { killed, survived, stale } = named;
  if (killed.length < chosen.length) process.exitCode = 1;
  say(JSON.stringify({ mutants: chosen.length, killed: killed.length, survived, stale }));
}

if (process.argv[1]?.endsWith('mutants.ts')) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof StartError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
