import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import { StartError } from '../kernel/errors.ts';
import { freePort } from './postgres.ts';

/** Processes of one start: begun in order, stopped in the reverse one. */
export class Household {
  readonly #stops: (() => Promise<void>)[] = [];
  #ending: Promise<void> | null = null;

  get stopping(): boolean {
    return this.#ending !== null;
  }

  onStop(stop: () => Promise<void>): void {
    this.#stops.unshift(stop);
  }

  /** Starts a Node process of ours in a group of its own; if it ends by itself, `onGone` hears of it. */
  startNode(args: string[], env: Record<string, string>, onGone: (code: number | null) => void): ChildProcess {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0169', ...args],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'], // the channel is the leash: it closes when we are gone
        detached: true,
      },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.once('exit', (code) => (this.stopping ? undefined : onGone(code)));
    this.onStop(async () => {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 25_000);
      await exited;
      clearTimeout(hard);
    });
    return child;
  }

  /** Stops everything, once: a second signal waits for the same end instead of cutting it short. */
  stop(): Promise<void> {
    this.#ending ??= (async () => {
      for (const stop of this.#stops) await stop().catch(() => {});
    })();
    return this.#ending;
  }
}

/** Waits for a line of a child's output. Rejects when the child ends first. */
export function lineFrom(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
      const line = said.split('\n').find((text) => wanted.test(text));
      if (line) resolve(line);
    });
    child.once('exit', () =>
      reject(new StartError('A part of Waxseal stopped while starting; the lines above say why.')),
    );
  });
}

/** Throws StartError when something listens on a port that we are about to use. */
export async function refuseTakenPort(port: number, setting: string): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    const taken = await new Promise<boolean>((resolve) => {
      const probe = net.connect({ port, host });
      probe.once('connect', () => {
        probe.destroy();
        resolve(true);
      });
      probe.once('error', () => resolve(false));
    });
    if (taken)
      throw new StartError(`Port ${port} is taken; stop what listens there, or set ${setting} to another port.`);
  }
}

/** The first of so many ports in a row that nothing listens on. */
export async function freeRow(length: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    if (first + length > 65_000) continue;
    const free = await Promise.all(
      Array.from({ length }, (_, at) =>
        refuseTakenPort(first + at, '').then(
          () => true,
          () => false,
        ),
      ),
    );
    if (free.every(Boolean)) return first;
  }
}
