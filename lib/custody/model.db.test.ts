import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { symbols } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { log } from '../log/index.ts';
import { POLICIES, type Policy } from '../simulator/index.ts';
import { shows, tablesWith } from '../testing/canaries.ts';
import type { Planted } from '../testing/model/custody.ts';
import { faults, paperExact } from '../testing/model/exact.ts';
import { type Plot, PostgresHouse, plotIn } from '../testing/model/postgres.ts';
import {
  type Command,
  commands,
  commandsTogether,
  crashes,
  intrusions,
  orderOfThree,
  outrunWalks,
  walkMaps,
  walkThrough,
} from '../testing/model/run.ts';
import { workerOn } from '../testing/model/worker.ts';
import { blocked, type World, world } from '../testing/world.ts';

/*
 * The walks of `model.test.ts` over Postgres: the product's own ports, sweep and handoff, and the simulator's rules as the
 * provider. Each walk is done again in the house of maps, and has to end in the same way. `WAXSEAL_MODEL_RUNS` makes the
 * walks many, `WAXSEAL_MODEL_SEED` the same again.
 */

const wanted = process.env['WAXSEAL_MODEL_RUNS'];
const runs = Number(wanted ?? 3);
const seed = Number(process.env['WAXSEAL_MODEL_SEED'] ?? (wanted ? Date.now() % 2 ** 31 : 20_261_121));
const long = { timeout: 36_000_000 };

/** Part of every token and of every client secret. */
const canary = `-Canary+${randomBytes(9).toString('hex')}/~`;

let place: World;
let plot: Plot;
const lines: string[] = [];
beforeAll(async () => {
  place = await world();
  plot = await plotIn(place);
  log().level = 'trace';
  Object.assign(log(), { [symbols.streamSym]: { write: (line: string) => lines.push(line) } });
});
afterAll(async () => {
  await plot.close();
  await place.close();
});

const nothing = { lost: [], dup: [], silent: [], broken: [] };

async function walk(policy: Policy, deeds: readonly Command[], planted: Planted | null = null) {
  const exact = paperExact(policy, canary);
  const house = await PostgresHouse.build(plot, exact, planted, `wS-${canary}`);
  const { verdict, outcome } = await walkThrough(policy, exact, house, deeds);
  const sealed = outcome.grants.filter(({ custody }) => ['sealed', 'claimed', 'renewing'].includes(custody));
  expect(await house.opened()).toEqual(Object.fromEntries(sealed.map(({ id, token }) => [id, token])));
  return { verdict, outcome, house };
}

/** In order over Postgres. */
async function inOrder(policy: Policy, deeds: readonly Command[]) {
  const walked = await walk(policy, deeds);
  const { unavoidable, seen: _, ...bad } = walked.verdict;
  expect(bad, `${policy} ${JSON.stringify(deeds)}`).toEqual(nothing);
  return { ...walked, unavoidable };
}

/** In order over Postgres, and just as over maps. */
async function holds(policy: Policy, deeds: readonly Command[]): Promise<number> {
  const { unavoidable, outcome, house } = await inOrder(policy, deeds);
  const onPaper = await walkMaps(policy, deeds, null, house.grantIds, canary);
  expect(outcome, `${policy} ${JSON.stringify(deeds)}`).toEqual(onPaper.outcome);
  return unavoidable;
}

/** Side by side, because most of a walk is waiting for Postgres. */
async function underEach(what: string, check: (policy: Policy) => Promise<{ walks: number; unavoidable: number }>) {
  const started = performance.now();
  const done = await Promise.allSettled(
    POLICIES.map(async (policy) => {
      const count = await check(policy);
      const ms = Math.round(performance.now() - started);
      if (wanted) process.stdout.write(`${JSON.stringify({ over: 'postgres', what, policy, seed, ms, ...count })}\n`);
    }),
  );
  const failed = done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  expect(failed).toEqual([]);
}

type Check = (policy: Policy, deeds: readonly Command[]) => Promise<number>;

const random = (arbitrary: fc.Arbitrary<Command[]>, check: Check) => async (policy: Policy) => {
  const count = { walks: 0, unavoidable: 0 };
  const property = fc.asyncProperty(arbitrary, async (deeds) => {
    count.unavoidable += await check(policy, deeds);
    count.walks += 1;
  });
  await fc.assert(property, { numRuns: runs, seed });
  return count;
};

test(`whatever happens in whatever order (3 × ${runs} walks from seed ${seed})`, long, async () => {
  await underEach('commands', random(commands(40), holds));
});

test(`three workers: 3 × ${runs} orders of their steps from seed ${seed}`, long, async () => {
  await underEach('three workers', random(orderOfThree, holds));
});

/** Which of two comes first is the database's to say, so there is nothing to compare with. */
test(`workers, claims and consents at the same moment (3 × ${runs} walks from seed ${seed})`, long, async () => {
  const check: Check = async (policy, deeds) => (await inOrder(policy, deeds)).unavoidable;
  await underEach('together', random(commandsTogether(40), check));
});

/** All of them where many walks are wanted; else every so many, others with every seed. */
const enumerated = (all: readonly Command[][], every: number) => async (policy: Policy) => {
  const some = wanted ? all : all.filter((_, n) => n % every === seed % every);
  let unavoidable = 0;
  for (const deeds of some) unavoidable += await holds(policy, deeds);
  return { walks: some.length, unavoidable };
};

test('killed before and after every call, twice over, with every fault', long, async () => {
  const all = [...crashes()];
  expect(all).toHaveLength((1 + faults.length) * 6 * 6 * 3);
  await underEach('crashes', enumerated(all, 216));
});

test('somebody else between any two steps', long, async () => {
  await underEach('intrusions', enumerated([...intrusions()], 16));
});

test('a later presentation that was not answered here, and what may come of it', long, async () => {
  for (const { deeds, unavoidable } of outrunWalks()) expect(await holds('overlap', deeds)).toBe(unavoidable);
});

describe('what is wrong is found', () => {
  const planted: [Planted, Policy][] = [
    ['probe_at_once', 'single'],
    ['epoch_unchecked', 'overlap'],
    ['candidate_dropped', 'single'],
  ];
  const found = ({ verdict: { lost, dup, silent, broken } }: Awaited<ReturnType<typeof walkMaps>>): boolean =>
    [lost, dup, silent, broken].some(({ length }) => length > 0);

  // Searched for over Postgres when many walks are wanted; else the shortest that the maps find is walked there.
  test.each(planted)('%s, under %s', long, async (bug, policy) => {
    let walks = 0;
    const property = fc.asyncProperty(fc.oneof(commands(40), orderOfThree), async (deeds) => {
      walks += 1;
      return !found(await (wanted ? walk : walkMaps)(policy, deeds, bug));
    });
    const { failed, counterexample } = await fc.check(property, {
      numRuns: 20_000,
      seed,
      endOnFailure: Boolean(wanted),
    });
    expect(failed).toBe(true);
    if (wanted) process.stdout.write(`${JSON.stringify({ over: 'postgres', bug, policy, seed, walks })}\n`);
    const deeds = counterexample?.[0] ?? [];
    expect(found(await walk(policy, deeds, bug))).toBe(true);
    await holds(policy, deeds); // without the fault the same walk is in order
  });
});

describe('no secret lies open', () => {
  const onDisk = ({ spoolDir }: PostgresHouse): string[] =>
    readdirSync(spoolDir).map((name) => readFileSync(path.join(spoolDir, name), 'utf8'));

  /** A worker whose answer the database does not take, and whose outcome it does not take either. */
  async function refusedByPostgres(): Promise<{ house: PostgresHouse; errors: unknown[] }> {
    const exact = paperExact('single', canary);
    const house = await PostgresHouse.build(plot, exact, null, `wS-${canary}`);
    await house.consent();
    exact.pass(22 * 86_400);
    const worker = workerOn(house.ports(house.grantIds[0] ?? ''));
    for (const _ of ['begin', 'present']) await worker.step();
    const release = [await blocked(place, 'kept_answer', 'INSERT'), await blocked(place, 'renewal', 'UPDATE')];
    expect(await worker.run()).toBe('failed');
    for (const each of release) await each();
    return { house, errors: [worker.error] };
  }

  test('on the disk, in what is thrown, in the log, and in any table after all these walks', long, async () => {
    const { house, errors } = await refusedByPostgres();
    for (const error of errors) log().error({ err: error }, 'a renewal failed');
    const files = onDisk(house);
    expect([files.length, errors.length, lines.length > 0]).toEqual([1, 1, true]);
    const places = { files, thrown: errors.map((error) => inspect(error, { depth: 20 })), lines };
    for (const [name, texts] of Object.entries(places))
      expect([name, texts.filter((text) => shows(text, canary))]).toEqual([name, []]);
    expect(await tablesWith(place.admin, [canary])).toEqual([]);
  });

  test('and it would be seen if it did', async () => {
    await place.admin.query(`UPDATE partner SET name = $1 WHERE name = 'A walk'`, [
      Buffer.from(`x${canary}`).toString('base64').slice(0, 190),
    ]);
    expect(await tablesWith(place.admin, [canary])).toEqual(['public.partner']);
  });
});
