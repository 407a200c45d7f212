import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startSimulator } from '#lib/simulator/index.ts';
import { session, steps } from './session.ts';

const documented = 'http://127.0.0.1:4010';

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The page's commands in a shell of their own; only the address is another, because the port is a free one. */
function run(origin: string, folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn('sh', ['-eu'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    shell.stdout.on('data', (chunk: Buffer) => (said += chunk));
    shell.once('error', reject);
    shell.once('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(`the session ended with ${code}`))));
    shell.stdin.end(session.replace(documented, origin));
  });
}

test.skipIf(!hasCurl())('the session of the page, run as it stands, ends as the page says', async () => {
  const simulator = await startSimulator();
  const folder = mkdtempSync(path.join(tmpdir(), 'waxseal-session-'));
  try {
    const lines = (await run(simulator.origins.nl, folder))
      .trim()
      .replaceAll(simulator.origins.nl, documented)
      .split('\n');
    const promised = steps.flatMap(({ answers }) => answers);
    expect(lines.map((line, index) => line.slice(0, promised[index]?.length ?? 0))).toEqual(promised);
    const { requests } = JSON.parse(lines.at(-1) ?? '') as { requests: { rule: string | null }[] };
    expect(requests.map(({ rule }) => rule).filter((rule) => rule !== null)).toEqual(['T4', 'T11', 'T13', 'T16']);
  } finally {
    rmSync(folder, { recursive: true });
    await simulator.close();
  }
});
