import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartError } from '../kernel/errors.ts';

const sources = [
  'app',
  'components',
  'lib',
  'prisma',
  'public',
  'package-lock.json',
  'next.config.ts',
  'tsconfig.json',
  'proxy.ts',
  'instrumentation.ts',
  'postcss.config.mjs',
];
const skipped = new Set(['generated', 'node_modules', 'lib/ops']); // commands run beside the app and are not built into it
const stamp = '.next/waxseal-sources';

function* filesIn(place: string): Generator<string> {
  if (!existsSync(place)) return;
  const entries = place.includes('.') && !place.includes('/') ? null : readdirSync(place, { withFileTypes: true });
  if (!entries) return yield place;
  for (const entry of entries) {
    const full = path.join(place, entry.name);
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name) && !skipped.has(full)) yield* filesIn(full);
    } else if (!/\.test\.tsx?$/.test(entry.name)) yield full;
  }
}

/** One hash over everything that goes into the build, so a start builds when something changed and only then. */
function sourceHash(): string {
  const hash = createHash('sha256');
  for (const file of [...sources].flatMap((place) => [...filesIn(place)]).sort())
    hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

/** Runs a command quietly; what it printed is shown only when it fails. */
export function run(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const keep = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(
            new StartError(
              `"${args[0]?.replace(/^.*node_modules\//, '')} ${args.slice(1).join(' ')}" failed:\n${said}`,
            ),
          ),
    );
  });
}

/** Generates the database client. Prisma only checks that its schema engine exists; generating never runs it. */
export async function generateClient(): Promise<void> {
  const client = 'lib/db/generated/client.ts';
  const made = 'lib/db/generated/.schema';
  const schema = createHash('sha256')
    .update(readFileSync('prisma/schema.prisma'))
    .update(readFileSync('package-lock.json'))
    .digest('hex');
  if (existsSync(client) && existsSync(made) && readFileSync(made, 'utf8') === schema) return;
  await run(process.execPath, ['node_modules/prisma/build/index.js', 'generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  });
  writeFileSync(made, schema);
}

/** Builds the web app when its sources differ from those of the last build. */
export async function buildApp(onBuild: () => void): Promise<void> {
  await generateClient();
  const wanted = sourceHash();
  if (existsSync('.next/BUILD_ID') && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  onBuild();
  await run(process.execPath, ['node_modules/next/dist/bin/next', 'build'], {
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production',
  });
  writeFileSync(stamp, wanted);
}
