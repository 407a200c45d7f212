import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseConfig, rootKeyIdOf } from '../../config/index.ts';
import { migrate } from '../../db/migrate.ts';
import { StartError } from '../../kernel/errors.ts';
import { mac } from '../../kernel/hash.ts';
import { SITES } from '../../simulator/index.ts';
import { freeRow, lineFrom } from '../children.ts';
import { keepSecret } from '../data-dir.ts';
import { freePort, prepareDatabase, type Server, startPostgres } from '../postgres.ts';
import { FaultProxy, type Listener } from './proxy.ts';

export type Part = 'server 1' | 'server 2' | 'worker' | 'simulator';
type Running = { child: ChildProcess; port: number };
/** Everything a process says on its two outputs. */
export type Output = (part: string, chunk: Buffer) => void;
export type HouseOptions = {
  output: Output;
  onProvider: Listener;
  servers: 1 | 2;
  preload: string | null;
  /** Servers and worker reach the database without a proxy of ours, as where time is measured. */
  direct?: boolean;
};

/**
 * The product as it runs in production, each part a process of its own, with a proxy of ours on every line between them:
 * robots → front → servers → database, servers → provider. The simulator remembers in memory and is never killed.
 */
export class House {
  readonly folder: string;
  readonly front: FaultProxy;
  readonly database: FaultProxy;
  readonly provider: FaultProxy;
  readonly #options: HouseOptions;
  readonly #parts = new Map<Part, Running>();
  #postgres: Server | null = null;
  #starting: Promise<void> = Promise.resolve();
  #postgresPort = 0;
  #simulatorPort = 0;
  #env: Record<string, string> = {};
  #turn = 0;
  #closing = false;
  /** Ends of processes that nobody here asked for: `part code`. */
  readonly ownEnds: string[] = [];
  publicUrl = '';

  private constructor(options: HouseOptions) {
    this.#options = options;
    this.folder = mkdtempSync(path.join(tmpdir(), 'waxseal-chaos-'));
    chmodSync(this.folder, 0o711);
    this.front = new FaultProxy(() => this.#nextServer());
    this.database = new FaultProxy(() => this.#postgresPort);
    this.provider = new FaultProxy(() => this.#simulatorPort, options.onProvider);
  }

  /** Starts everything, ready to serve. What was started ends with `close`, also when this throws. */
  static async open(options: HouseOptions, keep: (house: House) => void): Promise<House> {
    const house = new House(options);
    keep(house);
    const [frontPort, databasePort, providerPort] = await Promise.all([
      house.front.open(),
      house.database.open(),
      house.provider.open(),
    ]);
    house.publicUrl = `http://localhost:${frontPort}`;
    await house.#startSimulator();
    await house.#prepare(databasePort, providerPort);
    house.startWorker();
    await Promise.all(house.slots.map((slot) => house.startServer(slot)));
    return house;
  }

  get slots(): ('server 1' | 'server 2')[] {
    return this.#options.servers === 2 ? ['server 1', 'server 2'] : ['server 1'];
  }

  get simulatorUrl(): string {
    return `http://127.0.0.1:${this.#simulatorPort}`;
  }

  /** Settings for commands that run in this process; past the database's proxy. */
  get ownEnv(): Record<string, string> {
    return { ...this.#env, DATABASE_URL: this.#env['CHAOS_DIRECT_URL'] ?? '' };
  }

  get adminUrl(): string {
    return this.#postgres?.adminUrl('waxseal') ?? '';
  }

  get mailbox(): string {
    return this.file('mailbox');
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** The keys of the instance, as the files hold them: nothing may ever show them. */
  keys(): string[] {
    return ['root.key', 'session.secret'].map((name) => readFileSync(this.file(name), 'utf8').trim());
  }

  async #prepare(databasePort: number, providerPort: number): Promise<void> {
    const port = await freePort();
    await this.startPostgres(port);
    const password = () => randomBytes(18).toString('base64url');
    const logins = await prepareDatabase(this.#running(), 'waxseal', { owner: password(), app: password() });
    const keys = {
      WAXSEAL_ROOT_KEY_FILE: keepSecret(this.file('root.key'), 32),
      WAXSEAL_SESSION_SECRET_FILE: keepSecret(this.file('session.secret'), 48),
    };
    const throughProxy = new URL(logins.app);
    throughProxy.port = String(databasePort);
    this.#env = {
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: this.#options.direct ? logins.app : throughProxy.href,
      CHAOS_DIRECT_URL: logins.app,
      PUBLIC_URL: this.publicUrl,
      NEXTAUTH_URL: this.publicUrl,
      ...keys,
      WAXSEAL_DEMO: '0',
      WAXSEAL_MAILBOX_DIR: this.mailbox,
      WAXSEAL_MAIL_URL: '',
      WAXSEAL_SPOOL_DIR: this.file('spool'),
      WAXSEAL_ANCHOR_DIR: this.file('anchor'),
      WAXSEAL_OLD_ROOT_KEY_FILES: '',
      EXACT_ONLINE_ORIGINS: '',
      WAXSEAL_SIMULATOR_ORIGINS: JSON.stringify({ nl: `http://127.0.0.1:${providerPort}` }),
    };
    const { rootKey } = parseConfig(this.#env);
    const known = { id: rootKeyIdOf(rootKey), check: mac(rootKey.reveal(), 'root key check') };
    await migrate(logins.owner, logins.app, [known]);
  }

  #running(): Server {
    if (!this.#postgres) throw new StartError('Postgres does not run.');
    return this.#postgres;
  }

  /** A killed postmaster's children need a moment to notice; until then a new one is refused. */
  startPostgres(port = this.#postgresPort): Promise<void> {
    this.#starting = this.#tryPostgres(port);
    return this.#starting;
  }

  async #tryPostgres(port: number): Promise<void> {
    const password = readFileSync(keepSecret(this.file('admin.secret'), 24), 'utf8').trim();
    for (let tries = 0; ; tries++) {
      if (this.#closing) throw new StartError('The house is being closed.');
      try {
        this.#postgres = await startPostgres(this.file('postgres'), port, password);
        break;
      } catch (error) {
        if (tries >= 100) throw error;
        await wait(100);
      }
    }
    this.#postgresPort = port;
    this.#running().process.stderr?.on('data', (chunk: Buffer) => this.#options.output('postgres', chunk));
  }

  /** SIGKILL to the postmaster (D6). */
  async killPostgres(): Promise<void> {
    const { process: postmaster } = this.#running();
    if (postmaster.exitCode !== null || postmaster.signalCode !== null) return;
    const ended = new Promise((resolve) => postmaster.once('exit', resolve));
    postmaster.kill('SIGKILL');
    await ended;
  }

  get postgresRuns(): boolean {
    const { exitCode, signalCode } = this.#running().process;
    return exitCode === null && signalCode === null;
  }

  /** The postmaster and its children: for limits that stand in for a full disk. */
  postgresProcesses(): number[] {
    const pid = this.#running().process.pid ?? 0;
    const children = readdirSync('/proc').filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        return (
          readFileSync(`/proc/${name}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[1] === String(pid)
        );
      } catch {
        return false; // gone meanwhile
      }
    });
    return [pid, ...children.map(Number)];
  }

  #spawn(part: Part, args: string[], env: Record<string, string>, port: number): ChildProcess {
    if (this.#closing) throw new StartError('The house is being closed.');
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0169', ...args],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true },
    );
    const running = { child, port };
    this.#parts.set(part, running);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => this.#options.output(part, chunk));
    child.once('exit', (code, signal) => {
      if (this.#parts.get(part) !== running) return;
      this.#parts.delete(part);
      if (!this.#closing) this.ownEnds.push(`${part} ${code ?? signal}`);
    });
    return child;
  }

  async #startSimulator(tries = 3): Promise<void> {
    const port = await freeRow(SITES.length);
    const args = ['lib/ops/simulator.ts', '--port', String(port)];
    this.#simulatorPort = port;
    try {
      await lineFrom(this.#spawn('simulator', args, { WAXSEAL_SIMULATOR_DATABASE_URL: '' }, port), /simulator:/);
    } catch (error) {
      if (tries === 0) throw error;
      this.ownEnds.length = 0;
      await this.#startSimulator(tries - 1); // somebody took one of the ports in between
    }
  }

  startWorker(): void {
    if (!this.#parts.has('worker')) this.#spawn('worker', ['lib/worker.ts'], this.#env, 0);
  }

  /** `next start` on the production build; resolves with the readiness of `/readyz`. */
  async startServer(slot: 'server 1' | 'server 2'): Promise<void> {
    if (this.#parts.has(slot)) return;
    const port = await freePort();
    const preload = this.#options.preload ? ['--import', this.#options.preload] : [];
    const args = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', String(port)];
    this.#spawn(slot, [...preload, ...args], this.#env, port);
  }

  /** Waits until this server says that it could serve; false when it did not within a minute. */
  async isReady(slot: 'server 1' | 'server 2', limitMs = 60_000): Promise<boolean> {
    for (const end = performance.now() + limitMs; performance.now() < end; await wait(50)) {
      const port = this.#parts.get(slot)?.port;
      if (port === undefined) return false;
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3000) }).catch(
        () => null,
      );
      await answer?.arrayBuffer().catch(() => {});
      if (answer?.ok) return true;
    }
    return false;
  }

  /** A server's own address, past the front. */
  urlOf(slot: 'server 1' | 'server 2'): string {
    return `http://127.0.0.1:${this.#parts.get(slot)?.port}`;
  }

  /** What a part has used of the processors so far, in milliseconds; 0 where the system does not tell. */
  cpuMs(part: Part): number {
    try {
      const stat = readFileSync(`/proc/${this.#parts.get(part)?.child.pid}/stat`, 'utf8').replace(/^.*\) /s, '');
      const [user, system] = stat.split(' ').slice(11, 13).map(Number);
      return ((user ?? 0) + (system ?? 0)) * 10; // a tick is 10 ms
    } catch {
      return 0;
    }
  }

  runs(part: Part): boolean {
    return this.#parts.has(part);
  }

  /** SIGKILL to a part and everything it started. */
  async kill(part: Part): Promise<void> {
    const running = this.#parts.get(part);
    if (!running) return;
    this.#parts.delete(part);
    await end(running.child, 'SIGKILL');
  }

  signal(part: Part, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#parts.get(part)?.child.pid;
    if (pid) process.kill(-pid, signal);
  }

  /** The servers take turns, as behind a load balancer that does not look. */
  #nextServer(): number | null {
    const ports = this.slots.flatMap((slot) => this.#parts.get(slot)?.port ?? []);
    this.#turn += 1;
    return ports[this.#turn % Math.max(1, ports.length)] ?? null;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const parts = [...this.#parts.values()];
    this.#parts.clear();
    await Promise.all(parts.map(({ child }) => end(child, 'SIGKILL')));
    await Promise.all([this.front.close(), this.database.close(), this.provider.close()]);
    await this.#starting.catch(() => {}); // a Postgres that is just coming up would be left behind
    if (this.#postgres && this.postgresRuns) await this.#postgres.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess, signal: 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
  await ended;
}
