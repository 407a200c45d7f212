import { setTimeout as wait } from 'node:timers/promises';
import { type Finding, judge } from './checker.ts';
import { Dice } from './dice.ts';
import { type Hit, hit, pickFault } from './faults.ts';
import type { History } from './history.ts';
import { House } from './house.ts';
import { Load } from './load.ts';
import { historyOf, SimulatorLog } from './quiet.ts';
import { Recorder } from './recorder.ts';
import { makeTenants, type Tenant } from './tenants.ts';
import { Wiretap } from './wiretap.ts';

export type Told = Finding & { seed: number; cycles: string };
export type Figures = {
  findings: Told[];
  cycles: number;
  faults: Map<string, number>;
  kills: { server: number; postgres: number; worker: number };
  readyMs: { server: number[]; postgres: number[] };
  consentMs: number[];
  durableMs: number[];
  counts: Map<string, number>;
  ownEnds: string[];
};
export type RunOptions = {
  seed: number;
  cycles: number;
  say: (line: string) => void;
  signal: AbortSignal;
  /** Longest a run may take; a cycle that would begin later is left out, and counted as left out. */
  limitMs: number;
};

/** Cycles between two looks at what became of everything; each such round begins with a fresh house. */
const cyclesOfRound = 25;
const tenantsOfRound = 3;

export const noFigures = (): Figures => ({
  findings: [],
  cycles: 0,
  faults: new Map(),
  kills: { server: 0, postgres: 0, worker: 0 },
  readyMs: { server: [], postgres: [] },
  consentMs: [],
  durableMs: [],
  counts: new Map(),
  ownEnds: [],
});

/** A house with tenants and somebody who writes everything down; `inside` is what happens in it. */
export async function inHouse<T>(
  options: { seed: number; servers: 1 | 2; preload?: string; tenants?: number },
  inside: (scene: {
    house: House;
    recorder: Recorder;
    wiretap: Wiretap;
    tenants: Tenant[];
    loads: Load[];
  }) => Promise<T>,
): Promise<T> {
  const recorder = new Recorder();
  const wiretap = new Wiretap((token, kind) => recorder.learn(token, `a provider's ${kind}`, null));
  let house: House | null = null;
  try {
    const { servers, preload = null } = options;
    const output = (part: string, chunk: Buffer) => recorder.output(part, chunk);
    house = await House.open({ output, onProvider: wiretap.listen, servers, preload }, (begun) => {
      house = begun;
      opened.add(begun);
    });
    for (const key of house.keys()) recorder.learn(key, 'a key of the instance', null);
    const tenants = await makeTenants(house, options.tenants ?? tenantsOfRound, (secret, name, owner) =>
      recorder.learn(secret, name, owner),
    );
    for (const { mark, partnerId } of tenants) {
      recorder.mark(mark, partnerId);
      recorder.mark(partnerId, partnerId);
    }
    for (const slot of house.slots)
      if (!(await house.isReady(slot))) throw new Error(`${slot} does not become ready: ${house.ownEnds.join(', ')}`);
    const loads = pairs(tenants).map((pair, number) => new Load(house as House, recorder, pair, options.seed + number));
    return await inside({ house, recorder, wiretap, tenants, loads });
  } finally {
    await house?.close();
    if (house) opened.delete(house);
  }
}

/** Houses that stand; whoever ends the process closes them first. */
export const opened = new Set<House>();

/** Each tenant with another one, who will ask for what is not theirs. */
function pairs(tenants: readonly Tenant[]): [Tenant, Tenant][] {
  return tenants.map((tenant, at) => [tenant, tenants[(at + 1) % tenants.length] ?? tenant]);
}

/** Rounds of cycles until the number is reached or the time is over. */
export async function run(options: RunOptions): Promise<Figures> {
  const figures = noFigures();
  const end = performance.now() + options.limitMs;
  for (let from = 0; from < options.cycles && performance.now() < end && !options.signal.aborted; ) {
    const count = Math.min(cyclesOfRound, options.cycles - from);
    await round(options, figures, { from, count, end });
    from += count;
  }
  return figures;
}

type Round = { from: number; count: number; end: number };

async function round(options: RunOptions, figures: Figures, { from, count, end }: Round): Promise<void> {
  const { seed, cycles, say, signal } = options;
  const dice = new Dice(seed, `round ${from}`);
  const servers = dice.chance(0.35) ? 2 : 1;
  await inHouse({ seed: seed + from, servers }, async ({ house, recorder, wiretap, tenants, loads }) => {
    const enough = new AbortController();
    const working = Promise.all(loads.map((load) => load.run(AbortSignal.any([enough.signal, signal]))));
    await nextConsent(recorder, performance.now(), 20_000);
    let done = 0;
    for (; done < count && performance.now() < end && !signal.aborted; done++) {
      await wait(dice.between(200, 1200));
      const name = pickFault(dice, cycles >= 50);
      const before = wiretap.durableMs.length;
      const happened = await hit({ house, tenants, loads, dice, long: cycles >= 50 }, name);
      await recover(house, recorder, happened, figures, say);
      wiretap.forget(); // only what nobody disturbed is measured
      wiretap.durableMs.splice(before);
      say(`  cycle ${from + done + 1}: ${name}, ${happened.detail}`);
      figures.cycles += 1;
    }
    enough.abort();
    await working;
    const log = new SimulatorLog();
    const history = await historyOf(house, recorder, loads, log, (line) => say(`  ${line}`));
    const findings = judge(history).map((each) => ({ ...each, seed, cycles: `${from + 1}–${from + done}` }));
    figures.findings.push(...findings);
    for (const each of findings) say(`FOUND ${each.verdict}: ${each.what} (seed ${seed}, cycles ${each.cycles})`);
    figures.durableMs.push(...wiretap.durableMs);
    figures.ownEnds.push(...house.ownEnds);
    for (const [what, times] of recorder.counts) add(figures.counts, what, times);
    add(figures.counts, 'tokens issued', history.issues.length);
    add(figures.counts, 'tokens renewed', renewals(history));
    add(figures.counts, 'secrets looked for', recorder.sieve.size);
    say(`cycles ${from + 1}–${from + done} of ${cycles}, ${servers} server(s): ${findings.length} findings`);
  });
}

/** Successors that the product fetched, in apps that let it. */
function renewals({ presented, presentedByUs }: History): number {
  const own = [...presented].filter(([token, { renews }]) => renews && !presentedByUs.has(token));
  return own.reduce((sum, [, { worked }]) => sum + worked, 0);
}

/** Everything up again, and how long that took: until it says it is ready, and until a customer gets through. */
async function recover(
  house: House,
  recorder: Recorder,
  happened: Hit,
  figures: Figures,
  say: (line: string) => void,
): Promise<void> {
  add(figures.faults, happened.name, 1);
  if (happened.name === 'kill worker') figures.kills.worker += 1;
  if (happened.server) figures.kills.server += 1;
  if (happened.name === 'kill postgres') figures.kills.postgres += 1;
  house.startWorker();
  if (!house.postgresRuns) await house.startPostgres();
  for (const slot of house.slots) {
    await house.startServer(slot);
    if (await house.isReady(slot)) continue;
    const what = `${slot} did not become ready again after ${happened.name}`;
    figures.findings.push({ verdict: 'LOST', what, seed: 0, cycles: 'any' });
    say(`FOUND LOST: ${what}`);
  }
  const readyMs = performance.now() - happened.at;
  if (happened.server) figures.readyMs.server.push(readyMs);
  if (happened.postgres) figures.readyMs.postgres.push(readyMs);
  const consented = await nextConsent(recorder, happened.at, 30_000);
  if ((happened.server && house.slots.length === 1) || happened.postgres)
    if (consented !== null) figures.consentMs.push(consented - happened.at);
}

/** When the next customer was told that their permission is kept; null when nobody was for so long. */
async function nextConsent(recorder: Recorder, after: number, patienceMs: number): Promise<number | null> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await wait(20)) {
    const found = recorder.sealedAt.find((at) => at > after);
    if (found !== undefined) return found;
  }
  recorder.count('no consent for a long time after a fault');
  return null;
}

const add = (to: Map<string, number>, what: string, times: number) => to.set(what, (to.get(what) ?? 0) + times);
