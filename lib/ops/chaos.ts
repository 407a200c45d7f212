import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { StartError } from '../kernel/errors.ts';
import { buildApp } from './build.ts';
import { tally } from './chaos/checker.ts';
import { summary } from './chaos/figures.ts';
import { prove } from './chaos/planted.ts';
import { opened, run } from './chaos/run.ts';

/**
 * `npm run chaos -- --cycles 20 [--seed 7] [--seconds 600] [--json]`: the product under load while its parts are killed, and
 * what became of every token. `--prove` plants three bugs and fails unless each is reported. See chaos/README.md.
 */
const usage = 'npm run chaos -- [--cycles <number>] [--seed <number>] [--seconds <number>] [--json] [--prove]';

function readFlags() {
  const whole = (text: string | undefined, name: string, fallback: number) => {
    if (text === undefined) return fallback;
    if (!/^\d{1,9}$/.test(text)) throw new StartError(`--${name} must be a whole number.\nUsage: ${usage}`);
    return Number(text);
  };
  const { values } = parseArgs({
    options: {
      cycles: { type: 'string' },
      seed: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
      prove: { type: 'boolean', default: false },
    },
  });
  return {
    cycles: whole(values.cycles, 'cycles', 20),
    seed: whole(values.seed, 'seed', randomInt(1, 1_000_000)),
    seconds: whole(values.seconds, 'seconds', 24 * 3600),
    json: values.json,
    prove: values.prove,
  };
}

const stop = new AbortController();
async function leave(code: number): Promise<void> {
  if (stop.signal.aborted) return; // somebody is at it
  stop.abort();
  for (const house of opened) await house.close().catch(() => {});
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void leave(signal === 'SIGINT' ? 130 : 143));

async function chaos(): Promise<boolean> {
  const { cycles, seed, seconds, json, prove: proving } = readFlags();
  const say = (line: string) => void process.stdout.write(json ? '' : `${line}\n`);
  await buildApp(() => say('Building …'));
  say(`seed ${seed}`);
  if (proving) {
    const seen = await prove(seed, say);
    process.stdout.write(`${JSON.stringify({ proven: seen, seed })}\n`);
    return seen;
  }
  const figures = await run({ cycles, seed, say, signal: stop.signal, limitMs: seconds * 1000 });
  for (const { verdict, what, cycles: where } of json ? figures.findings : [])
    process.stderr.write(`FOUND ${verdict}: ${what} (seed ${seed}, cycles ${where})\n`);
  process.stdout.write(`${JSON.stringify(summary(figures, seed))}\n`);
  return figures.cycles > 0 && Object.values(tally(figures.findings)).every((count) => count === 0);
}

try {
  const clean = await chaos();
  await leave(clean ? 0 : 1);
} catch (error) {
  process.stderr.write(
    `${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  await leave(1);
}
