import { parseArgs } from 'node:util';
import pg from 'pg';
import { StartError } from '../kernel/errors.ts';
import { buildApp } from './build.ts';
import { percentile } from './chaos/figures.ts';
import type { House } from './chaos/house.ts';
import { claim, type Heard } from './claims/claim.ts';
import { onScene, type Scene } from './claims/scene.ts';

/**
 * `npm run claims -- --rounds 1000 --parallel 100`: of so many claims at once of one connection, spread over two servers on
 * one database and several API keys, one wins and every other is a defined 409. The last line is JSON; the exit code tells.
 */
const usage = 'npm run claims -- [--rounds <number>] [--parallel <number>]';
/** As many connections are sealed at a time. */
const batch = 100;

function readFlags() {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, parallel: { type: 'string' } } });
  const whole = (text: string | undefined, fallback: number) => {
    if (text === undefined) return fallback;
    if (!/^[1-9]\d{0,5}$/.test(text)) throw new StartError(`Numbers are whole and positive.\nUsage: ${usage}`);
    return Number(text);
  };
  return { rounds: whole(values.rounds, 10), parallel: whole(values.parallel, 100) };
}

const spread = <T>(of: readonly T[], at: number): T => of[at % of.length] as T;

type Tally = { winners: number[]; other: Map<string, number>; undefinedAnswers: number; times: number[] };
const tally: Tally = { winners: [], other: new Map(), undefinedAnswers: 0, times: [] };

function count(heard: readonly Heard[]): void {
  tally.winners.push(heard.filter(({ status }) => status === 201).length);
  for (const { status, code, ms } of heard) {
    tally.times.push(ms);
    if (status === 201) continue;
    const name = status === 409 ? code : `${status} ${code}`;
    tally.other.set(name, (tally.other.get(name) ?? 0) + 1);
    if (status !== 409 || code === '') tally.undefinedAnswers += 1;
  }
}

async function race({ urls, keys, seal }: Scene, rounds: number, parallel: number): Promise<void> {
  for (let from = 0; from < rounds; from += batch) {
    for (const connectionId of await seal(Math.min(batch, rounds - from))) {
      if (stopping) return;
      const claims = Array.from({ length: parallel }, (_, at) =>
        // By halves to each server, and of each server's to every key.
        claim(spread(urls, at), spread(keys, Math.floor(at / urls.length)), connectionId),
      );
      count(await Promise.all(claims));
    }
    process.stdout.write(`${tally.winners.length} rounds\n`);
  }
}

/** What the database says, whatever was answered: handoffs, and connections with more than one. */
async function inTheDatabase({ house, partnerId }: Scene): Promise<{ handoffs: number; doubled: number }> {
  const admin = new pg.Client({ connectionString: house.adminUrl });
  await admin.connect();
  const { rows } = await admin.query(
    `SELECT coalesce(sum(n), 0)::int AS handoffs, count(*) FILTER (WHERE n > 1)::int AS doubled
     FROM (SELECT count(*) AS n FROM handoff WHERE partner_id = $1 GROUP BY connection_id) each`,
    [partnerId],
  );
  await admin.end();
  return rows[0] as { handoffs: number; doubled: number };
}

const houses = new Set<House>();
async function leave(code: number): Promise<never> {
  for (const house of houses) await house.close().catch(() => {});
  process.exit(code);
}
/** The first signal ends it after the round that runs, and what was seen so far is told; the second ends it at once. */
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (stopping || tally.winners.length === 0) void leave(130);
    stopping = true;
  });

/** Prints what was seen; whether it was as it must be. */
function tell(parallel: number, kept: { handoffs: number; doubled: number }): boolean {
  const { winners, other, undefinedAnswers, times } = tally;
  const [winners_min, winners_max] = [Math.min(...winners), Math.max(...winners)];
  const figures = {
    ...{ rounds: winners.length, parallel, winners_min, winners_max, other: Object.fromEntries(other) },
    ...{ ...kept, p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99) },
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  const oneEach = winners_min === 1 && winners_max === 1 && kept.handoffs === winners.length && kept.doubled === 0;
  return oneEach && undefinedAnswers === 0;
}

async function claims(): Promise<boolean> {
  const { rounds, parallel } = readFlags();
  await buildApp(() => process.stdout.write('Building …\n'));
  return onScene(
    { servers: 2, keys: 5 },
    (house) => houses.add(house),
    async (scene) => {
      await race(scene, rounds, parallel);
      return tell(parallel, await inTheDatabase(scene)) && !stopping;
    },
  );
}

try {
  await leave((await claims()) ? 0 : 1);
} catch (error) {
  process.stderr.write(
    `${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  await leave(1);
}
