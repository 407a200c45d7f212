import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { StartError } from '../kernel/errors.ts';
import { generateClient } from './build.ts';

/** `npm run check`: types, lint, boundaries, dead code, and a proof that the boundary check can see. */

const node = process.execPath;
const module = (path: string) => `node_modules/${path}`;

function output(args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code: code ?? 1, said }));
  });
}

const cruise = (...places: string[]) =>
  output([
    module('dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    ...places,
  ]);

type Cruise = {
  summary: { totalCruised: number; error: number; violations: { from: string; to: string; rule: { name: string } }[] };
};

/** Boundaries hold, the cruise saw the house, and a planted violation is caught: a blind check passes everything. */
async function checkBoundaries(): Promise<string | null> {
  const { said } = await cruise('app', 'lib', 'components');
  const { summary } = JSON.parse(said) as Cruise;
  if (summary.totalCruised < 100) return `The boundary check saw only ${summary.totalCruised} modules; it is blind.`;
  if (summary.error > 0)
    return summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`).join('\n');
  const folder = 'lib/custody/core/planted';
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      `${folder}/planted.ts`,
      "import { pools } from '../../../db/index.ts';\n\nexport const planted = pools;\n",
    );
    const planted = JSON.parse((await cruise(folder)).said) as Cruise;
    return planted.summary.violations.some(({ rule }) => rule.name === 'core-is-pure')
      ? null
      : 'A planted violation of core-is-pure was not caught.';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tool = (name: string, args: string[]) => async () => {
  const { code, said } = await output(args);
  return code === 0 ? null : said || `${name} failed`;
};

const checks: [string, () => Promise<string | null>][] = [
  [
    'types',
    async () =>
      (await tool('typegen', [module('next/dist/bin/next'), 'typegen'])()) ??
      tool('tsc', [module('typescript/bin/tsc'), '--noEmit'])(),
  ],
  ['lint', tool('biome', [module('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'])],
  ['boundaries', checkBoundaries],
  ['dead code', tool('knip', [module('knip/bin/knip.js'), '--no-progress'])],
];

export async function check(): Promise<boolean> {
  await generateClient();
  let clean = true;
  for (const [name, run] of checks) {
    const found = await run();
    process.stdout.write(found === null ? `${name}: clean\n` : `${name}:\n${found}\n`);
    clean &&= found === null;
  }
  return clean;
}

if (process.argv[1]?.endsWith('check.ts')) {
  try {
    process.exitCode = (await check()) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof StartError ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
