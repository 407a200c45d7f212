import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Dice } from './dice.ts';
import type { House, Part } from './house.ts';
import type { Load } from './load.ts';
import type { Weather } from './proxy.ts';
import { command } from './simulator.ts';
import type { Tenant } from './tenants.ts';

/** How often each kind comes up. What takes long (a lease has 45 s) is in long runs only. */
const weights = {
  'kill server': 40,
  'kill server in an exchange': 10,
  'kill worker': 5,
  'kill postgres': 14,
  'provider misbehaves': 16,
  'database line': 10,
  'provider line': 6,
  'customer line': 5,
  'read-only database': 3,
  'full disk': 2,
  'stopped server': 0,
  'sandbox clock jumps': 3,
} as const;
export type FaultName = keyof typeof weights;

export type Scene = { house: House; tenants: readonly Tenant[]; loads: readonly Load[]; dice: Dice; long: boolean };
/** What was done, whether something has to come back by itself, and since when. */
export type Hit = { name: FaultName; detail: string; server: boolean; postgres: boolean; at: number };

export function pickFault(dice: Dice, long: boolean): FaultName {
  return dice.weighted({ ...weights, 'stopped server': long ? 1 : 0 });
}

/** Does one fault to the house, from its beginning to the moment from which recovery counts. */
export async function hit(scene: Scene, name: FaultName): Promise<Hit> {
  const done = await deeds[name](scene);
  return { name, server: false, postgres: false, at: performance.now(), ...done };
}

type Done = { detail: string } & Partial<Pick<Hit, 'server' | 'postgres' | 'at'>>;

const deeds: Record<FaultName, (scene: Scene) => Promise<Done>> = {
  'kill server': killServer,
  'kill server in an exchange': killInExchange,
  'kill worker': async ({ house }) => {
    await house.kill('worker');
    house.startWorker();
    return { detail: 'SIGKILL' };
  },
  'kill postgres': killPostgres,
  'provider misbehaves': misbehave,
  'database line': (scene) => storm(scene, scene.house.database, [200, 4000]),
  'provider line': (scene) => storm(scene, scene.house.provider, [100, 3000]),
  'customer line': (scene) => storm(scene, scene.house.front, [1, 3000]),
  'read-only database': readOnly,
  'full disk': fullDisk,
  'stopped server': stopServer,
  'sandbox clock jumps': async ({ loads, dice }) => {
    const seconds = dice.between(30, 900);
    const pushed = await dice.pick(loads).advance(seconds);
    return { detail: `${seconds} s ahead in the middle of everything${pushed ? '' : ', refused'}` };
  },
};

async function killServer({ house, dice }: Scene): Promise<Done> {
  const slot = dice.pick(house.slots);
  await house.kill(slot);
  const at = performance.now();
  await house.startServer(slot);
  return { detail: `${slot} SIGKILL`, server: true, at };
}

/** The window of C-4, held open: the provider has issued, its answer is late, and the process that asked dies. */
async function killInExchange(scene: Scene): Promise<Done> {
  const { house, dice } = scene;
  await aim(scene, { endpoint: 'code', kind: 'delay', when: 'after', ms: 400, times: 3 });
  await wait(dice.between(300, 1500));
  const done = await killServer(scene);
  await command(house.simulatorUrl, 'DELETE', '/faults');
  return { ...done, detail: `${done.detail} while answers of the provider are late` };
}

async function killPostgres({ house, dice }: Scene): Promise<Done> {
  await house.killPostgres();
  const at = performance.now();
  await wait(dice.pick([0, 0, 500, 2000]));
  await house.startPostgres();
  return { detail: 'SIGKILL of the postmaster', postgres: true, at };
}

const providerFaults = [
  { kind: 'reset', when: 'after' },
  { kind: 'reset', when: 'before' },
  { kind: 'close', when: 'after' },
  { kind: 'status', when: 'after', status: 502 },
  { kind: 'status', when: 'before', status: 503 },
  { kind: 'status', when: 'before', status: 429 },
  { kind: 'maintenance', when: 'after', status: 503, format: 'html' },
  { kind: 'hang', when: 'after', ms: 3000 },
  { kind: 'duplicate' },
  { kind: 'drip', bytes: 40, ms: 20 },
  { kind: 'wrong_length', by: -5 },
  { kind: 'wrong_length', by: 50 },
  { kind: 'wrong_type' },
  { kind: 'redirect', when: 'after', location: 'http://127.0.0.1:9/elsewhere' },
  { kind: 'delay', when: 'after', ms: 2000 },
  { kind: 'date_skew', seconds: -90_000 },
] as const;

/** Faults around the spend (D14, D15): at the code's exchange, at the question who consented, at a renewal. */
async function misbehave(scene: Scene): Promise<Done> {
  const { dice, house, tenants } = scene;
  const endpoint = dice.pick(['code', 'code', 'api', 'refresh'] as const);
  const fault = dice.chance(0.25) ? { kind: 'cut' as const, at: dice.between(0, 1600) } : dice.pick(providerFaults);
  const times = dice.between(1, 4);
  const renewed = dice.pick(tenants).registrations.find(({ renews }) => renews);
  await aim(scene, { endpoint, times, ...fault, ...(endpoint === 'refresh' ? { client_id: renewed?.clientId } : {}) });
  await wait(dice.between(500, endpoint === 'refresh' ? 5000 : 2500)); // renewals come in few waves
  await command(house.simulatorUrl, 'DELETE', '/faults');
  return { detail: `${endpoint} ${JSON.stringify(fault)} × ${times}` };
}

/** Recipients refresh too; what a fault does to them is not the product's, and the checker goes by what the rules saw. */
async function aim({ house }: Scene, fault: object): Promise<void> {
  await command(house.simulatorUrl, 'POST', '/faults', fault);
}

/** A line between two parts gets bad, and better again (D7, D8). */
async function storm({ dice }: Scene, line: House['front'], [least, most]: [number, number]): Promise<Done> {
  const afterBytes = dice.between(least, most);
  const weather = dice.pick<Weather | 'drop'>([
    { kind: 'refuse' },
    { kind: 'hold' },
    { kind: 'delay', ms: dice.between(50, 800) },
    { kind: 'reset', afterBytes },
    { kind: 'cut', afterBytes },
    { kind: 'half_open', afterBytes },
    'drop',
  ]);
  if (weather === 'drop') line.dropAll();
  else {
    line.setWeather(weather);
    await wait(dice.between(300, 3000));
    line.setWeather({ kind: 'clear' });
  }
  return { detail: JSON.stringify(weather) };
}

async function asAdmin<T>(house: House, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: house.adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Every new transaction is refused its writes (D10), as on a standby or behind a proxy that failed over. */
async function readOnly({ house, dice }: Scene): Promise<Done> {
  await asAdmin(house, async (admin) => {
    await admin.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await admin.query('SELECT pg_reload_conf()');
    await wait(dice.between(500, 4000));
    await admin.query('ALTER SYSTEM RESET default_transaction_read_only');
    await admin.query('SELECT pg_reload_conf()');
  });
  return { detail: 'default_transaction_read_only' };
}

/**
 * No disk of ours can be filled without rights, so the processes of Postgres may for a while write no byte beyond the
 * first 64 kB of any file (D10). The write-ahead log meets that at once, and Postgres stops itself as it does with no space left.
 */
async function fullDisk({ house, dice }: Scene): Promise<Done> {
  if (!limitFiles(house, '65536')) return { detail: 'not possible here: prlimit is missing or refused' };
  await wait(dice.between(300, 2000));
  const stopped = !house.postgresRuns;
  if (stopped) await house.startPostgres();
  else limitFiles(house, 'unlimited');
  return { detail: stopped ? 'Postgres stopped and was started again' : 'Postgres went on' };
}

/** Sets the soft limit of every Postgres process, as the user it runs as: root of a container may not. False when none took it. */
function limitFiles(house: House, soft: string): boolean {
  let taken = 0;
  for (const pid of house.postgresProcesses())
    try {
      const { uid, gid } = statSync(`/proc/${pid}`);
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:`], { uid, gid, stdio: 'ignore' });
      taken += 1;
    } catch {
      // gone meanwhile
    }
  return taken > 0;
}

/** Longer than any lease (45 s), then let go: it must not believe that no time has passed (D4). */
async function stopServer({ house, dice }: Scene): Promise<Done> {
  const slot: Part = dice.pick(house.slots);
  house.signal(slot, 'SIGSTOP');
  await wait(50_000 + dice.between(0, 5000));
  house.signal(slot, 'SIGCONT');
  return { detail: `${slot} SIGSTOP for more than 50 s` };
}
