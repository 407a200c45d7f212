import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StartError } from '../kernel/errors.ts';
import { ensureBrowser } from './browser.ts';
import { buildApp } from './build.ts';
import { check } from './check.ts';
import { freeRow, lineFrom } from './children.ts';
import { freePort } from './postgres.ts';

/** `npm test`: everything that CI runs. Checks, unit and database tests, then the whole product in a real browser. With a name, one part; after `e2e`, files of it. */

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs a test runner, shows what it prints, and counts what it says it ran. */
function runner(
  title: string,
  args: string[],
  env: Record<string, string>,
  count: (said: string) => { passed: number; failed: number },
) {
  say(`\n${title}`);
  return new Promise<{ passed: number; failed: number; code: number }>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk);
      said += chunk;
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve({ ...count(said), code: code ?? 1 }));
  });
}

const numberBefore = (said: string, word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(said)?.[1] ?? 0);
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are control characters
const plain = (said: string) => said.replace(/\u001b\[[0-9;]*m/g, '');
const vitestCount = (said: string) => {
  const line =
    plain(said)
      .split('\n')
      .findLast((text) => /^\s*Tests /.test(text)) ?? '';
  return { passed: numberBefore(line, 'passed'), failed: numberBefore(line, 'failed') };
};
const playwrightCount = (said: string) => {
  const tail = plain(said).split('\n').slice(-40).join('\n');
  return { passed: numberBefore(tail, 'passed'), failed: numberBefore(tail, 'failed') };
};

/** Cycles count as tests that passed, findings as tests that failed. */
const chaosCount = (said: string) => {
  const line = said.split('\n').findLast((text) => text.startsWith('{')) ?? '{}';
  const told = JSON.parse(line) as Partial<Record<'cycles' | 'LOST' | 'DUP' | 'XTEN' | 'LEAK' | 'SILENT', number>>;
  const { cycles = 0, LOST = 0, DUP = 0, XTEN = 0, LEAK = 0, SILENT = 0 } = told;
  return { passed: cycles, failed: LOST + DUP + XTEN + LEAK + SILENT };
};
/** Rounds count as tests that passed; its exit code tells whether any of them did not. */
const claimsCount = (said: string) => {
  const line = said.split('\n').findLast((text) => text.startsWith('{')) ?? '{}';
  return { passed: (JSON.parse(line) as { rounds?: number }).rounds ?? 0, failed: 0 };
};
const provenCount = (said: string) => ({ passed: said.includes('"proven":true') ? 1 : 0, failed: 0 });

/** A product of its own for the browser: free ports, a data directory that is thrown away. */
async function startProduct(): Promise<{ child: ChildProcess; env: Record<string, string>; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'waxseal-e2e-'));
  chmodSync(folder, 0o711);
  const [port, simulatorPort] = [await freePort(), await freeRow(7)];
  const env = {
    PORT: String(port),
    WAXSEAL_SIMULATOR_PORT: String(simulatorPort),
    WAXSEAL_DATA_DIR: folder,
    WAXSEAL_URL: `http://localhost:${port}`,
    WAXSEAL_SIMULATOR_URL: `http://127.0.0.1:${simulatorPort}`,
    WAXSEAL_LOG_FILE: path.join(folder, 'stderr.log'), // what the product says, for a test to read
    WAXSEAL_PUSH_ORIGINS: `http://127.0.0.1:${await freePort()}`, // where a test listens
  };
  const child = spawn(process.execPath, ['lib/ops/start.ts'], {
    env: { ...process.env, ...env, DATABASE_URL: '', EXACT_ONLINE_ORIGINS: '', PUBLIC_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    appendFileSync(env.WAXSEAL_LOG_FILE, chunk);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await lineFrom(child, /^Waxseal is ready/);
  } catch (error) {
    await stop();
    throw error;
  }
  return { child, env, stop };
}

async function test(): Promise<boolean> {
  const started = performance.now();
  const only = process.argv[2];
  let clean = true;
  let [passed, failed] = [0, 0];
  const add = (result: { passed: number; failed: number; code: number }) => {
    passed += result.passed;
    failed += result.failed;
    clean &&= result.code === 0 && result.passed > 0;
  };
  if (!only || only === 'check') clean = await check();
  if (!only || only === 'unit')
    add(await runner('Unit, database and contract tests', ['node_modules/vitest/vitest.mjs', 'run'], {}, vitestCount));
  if (!only || only === 'e2e') {
    ensureBrowser(say);
    await buildApp(() => say('\nBuilding …'));
    const product = await startProduct();
    try {
      add(
        await runner(
          'The product in a browser',
          ['node_modules/@playwright/test/cli.js', 'test', ...process.argv.slice(3)],
          product.env,
          playwrightCount,
        ),
      );
    } finally {
      await product.stop();
    }
  }
  if (!only || only === 'chaos') {
    await buildApp(() => say('\nBuilding …'));
    const chaos = ['lib/ops/chaos.ts', '--cycles', '4', '--seconds', '12'];
    add(
      await runner('The product under fire: planted bugs are seen', ['lib/ops/chaos.ts', '--prove'], {}, provenCount),
    );
    add(await runner('The product under fire: its parts are killed at work', chaos, {}, chaosCount));
  }
  if (!only || only === 'claims') {
    await buildApp(() => say('\nBuilding …'));
    const race = ['lib/ops/claims.ts', '--rounds', '10', '--parallel', '100'];
    add(await runner('A hundred claims at once, at two servers: one wins', race, {}, claimsCount));
  }
  say(`\n${passed} passed, ${failed} failed`);
  say(`in ${Math.round((performance.now() - started) / 1000)} s`);
  return clean;
}

try {
  process.exitCode = (await test()) ? 0 : 1;
} catch (error) {
  process.stderr.write(
    `${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
}
