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

function count(tally: Tally, heard: readonly Heard[]): void {
  tally.winners.push(heard.filter(({ status }) => status === 201).length);
  for (const { status, code, ms } of heard) {
    tally.times.push(ms);
    if (status === 201) continue;
    const name = status === 409 ? code : `${status} ${code}`;
    tally.other.set(name, (tally.other.get(name) ?? 0) + 1);
    if (status !== 409 || code === '') tally.undefinedAnswers += 1;
  }
}

async function race({ urls, keys, seal }: Scene, rounds: number, parallel: number): Promise<Tally> {
  const tally: Tally = { winners: [], other: new Map(), undefinedAnswers: 0, times: [] };
  for (let from = 0; from < rounds; from += batch) {
    for (const connectionId of await seal(Math.min(batch, rounds - from))) {
      const claims = Array.from({ length: parallel }, (_, at) =>
        // By halves to each server, and of each server's to every key.
        claim(spread(urls, at), spread(keys, Math.floor(at / urls.length)), connectionId),
      );
      count(tally, await Promise.all(claims));
    }
    process.stdout.write(`${tally.winners.length} rounds\n`);
  }
  return tally;
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
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void leave(130));

async function claims(): Promise<boolean> {
  const { rounds, parallel } = readFlags();
  await buildApp(() => process.stdout.write('Building …\n'));
  return onScene(
    { servers: 2, keys: 5 },
    (house) => houses.add(house),
    async (scene) => {
      const { winners, other, undefinedAnswers, times } = await race(scene, rounds, parallel);
      const kept = await inTheDatabase(scene);
      const [least, most] = [Math.min(...winners), Math.max(...winners)];
      const figures = {
        ...{
          rounds: winners.length,
          parallel,
          winners_min: least,
          winners_max: most,
          other: Object.fromEntries(other),
        },
        ...{ ...kept, p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99) },
      };
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      return least === 1 && most === 1 && undefinedAnswers === 0 && kept.handoffs === rounds && kept.doubled === 0;
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
