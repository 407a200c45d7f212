import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { StartError } from '../kernel/errors.ts';
import { buildApp } from './build.ts';
import { percentile } from './chaos/figures.ts';
import type { House } from './chaos/house.ts';
import { claim, type Heard } from './claims/claim.ts';
import { onScene } from './claims/scene.ts';

/**
 * `npm run bench -- --only handoff_claim [--rate 50] [--seconds 60]`: claims against one server of the production build, begun
 * at a fixed rate whatever becomes of those before. Each one's time counts from the moment it was planned for, so what the
 * load waited is in the figures, too. The last line is JSON; exit code 1 when the goal of B-7 is missed.
 */
const usage = 'npm run bench -- [--only handoff_claim] [--rate <per second>] [--seconds <number>] [--json]';
const goalMs = 300;
/** Claims of before the measurement, at the same rate: a server just started compiles its code. */
const warmUpSeconds = 5;

function readFlags() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: 'handoff_claim' },
      rate: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.only !== 'handoff_claim') throw new StartError(`There is no operation ${values.only}.\nUsage: ${usage}`);
  const [rate, seconds] = [values.rate, values.seconds].map((text) => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0));
  if (!rate || !seconds) throw new StartError(`Numbers are whole and positive.\nUsage: ${usage}`);
  return { rate, seconds, json: values.json };
}

/** Begins one claim of each connection at its planned moment; nothing waits for an answer. */
async function openLoop(
  connectionIds: readonly string[],
  rate: number,
  send: (id: string, at: number) => Promise<Heard>,
) {
  const begin = performance.now() + 100;
  const heard: Promise<Heard>[] = [];
  for (const [number, connectionId] of connectionIds.entries()) {
    const planned = begin + (number * 1000) / rate;
    if (planned > performance.now()) await wait(planned - performance.now());
    heard.push(send(connectionId, planned));
  }
  return Promise.all(heard);
}

/** How often each answer came. */
function countOf(heard: readonly Heard[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of heard) counts[`${status} ${code}`] = (counts[`${status} ${code}`] ?? 0) + 1;
  return counts;
}

const houses = new Set<House>();
async function leave(code: number): Promise<never> {
  for (const house of houses) await house.close().catch(() => {});
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave(130));

async function bench(): Promise<boolean> {
  const { rate, seconds, json } = readFlags();
  const say = (line: string) => void process.stdout.write(json ? '' : `${line}\n`);
  await buildApp(() => say('Building …'));
  return onScene(
    { servers: 1, keys: 5 },
    (house) => houses.add(house),
    async ({ house, urls, keys, seal }) => {
      const connectionIds = await seal(rate * (seconds + warmUpSeconds));
      const [warmUp, measured] = [
        connectionIds.slice(0, rate * warmUpSeconds),
        connectionIds.slice(rate * warmUpSeconds),
      ];
      let sent = 0;
      const send = (id: string, planned: number) => claim(urls[0] ?? '', keys[sent++ % keys.length] ?? '', id, planned);
      await openLoop(warmUp, rate, send);
      say(`${measured.length} claims at ${rate} a second`);
      const before = house.cpuMs('server 1');
      const began = performance.now();
      const heard = await openLoop(measured, rate, send);
      const tookSeconds = (performance.now() - began) / 1000;
      const times = heard.map(({ ms }) => ms);
      const handoff_claim = {
        rate: Math.round((heard.length / tookSeconds) * 10) / 10,
        p50_ms: percentile(times, 0.5),
        p99_ms: percentile(times, 0.99),
        max_ms: percentile(times, 1),
        cpu_ms: Math.round(((house.cpuMs('server 1') - before) / heard.length) * 10) / 10,
        failed: countOf(heard.filter(({ status }) => status !== 201)),
      };
      const load_average = loadavg().map((load) => Math.round(load * 100) / 100);
      process.stdout.write(`${JSON.stringify({ operations: { handoff_claim }, load_average })}\n`);
      return heard.every(({ status }) => status === 201) && (handoff_claim.p99_ms ?? goalMs) < goalMs;
    },
  );
}

try {
  await leave((await bench()) ? 0 : 1);
} catch (error) {
  process.stderr.write(
    `${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  await leave(1);
}
