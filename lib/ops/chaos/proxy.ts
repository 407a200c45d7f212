import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What a network does to those who trust it. Byte counts are of what comes back, per link, from now on. */
export type Weather =
  | { kind: 'clear' }
  | { kind: 'refuse' } //                        new links end before a byte
  | { kind: 'hold' } //                          nothing moves until the weather changes
  | { kind: 'delay'; ms: number } //             every chunk waits, both ways
  | { kind: 'reset'; afterBytes: number } //     RST in the middle of an answer
  | { kind: 'cut'; afterBytes: number } //       a clean end in the middle of an answer
  | { kind: 'half_open'; afterBytes: number }; // both ends believe in a link that carries nothing any more

type Way = 'there' | 'back';
/** Hears what passes, before it is passed on. */
export type Listener = (link: number, way: Way, chunk: Buffer) => void;

class Link {
  readonly near: net.Socket;
  readonly far: net.Socket;
  readonly number: number;
  dead = false;
  back = 0;

  constructor(number: number, near: net.Socket, far: net.Socket) {
    this.number = number;
    this.near = near;
    this.far = far;
  }

  reset(): void {
    for (const socket of [this.near, this.far]) socket.resetAndDestroy();
  }
}

/** A TCP proxy on loopback that can misbehave (D7, D8, D14). `upstream` says where to, anew for each link; null refuses. */
export class FaultProxy {
  readonly #server: net.Server;
  readonly #links = new Set<Link>();
  readonly #upstream: () => number | null;
  readonly #listen: Listener;
  #weather: Weather = { kind: 'clear' };
  #changed = Promise.withResolvers<void>();
  #count = 0;

  constructor(upstream: () => number | null, listen: Listener = () => {}) {
    this.#upstream = upstream;
    this.#listen = listen;
    this.#server = net.createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
  }

  /** Starts listening and answers with the port. */
  open(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as net.AddressInfo).port));
    });
  }

  get links(): number {
    return this.#links.size;
  }

  setWeather(weather: Weather): void {
    this.#weather = weather;
    for (const link of this.#links) link.back = 0;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Ends every link with RST, as a machine that went away does. */
  dropAll(): void {
    for (const link of [...this.#links]) link.reset();
  }

  close(): Promise<void> {
    this.dropAll();
    this.#changed.resolve();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: net.Socket): void {
    const port = this.#weather.kind === 'refuse' ? null : this.#upstream();
    near.on('error', () => {});
    if (port === null) return void near.resetAndDestroy();
    const far = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    far.on('error', () => near.resetAndDestroy());
    const link = new Link(++this.#count, near, far);
    this.#links.add(link);
    const gone = () => {
      if (near.destroyed && far.destroyed) this.#links.delete(link);
    };
    near.once('close', gone);
    far.once('close', gone);
    void this.#carry(link, near, far, 'there');
    void this.#carry(link, far, near, 'back');
  }

  async #carry(link: Link, from: net.Socket, to: net.Socket, way: Way): Promise<void> {
    try {
      for await (const chunk of from) if (!(await this.#pass(link, to, chunk as Buffer, way))) return;
      if (!link.dead) to.end();
    } catch {
      if (!link.dead) to.destroy(); // the other end broke off, and so do we
    }
  }

  /** Passes a chunk on as the weather allows; false when nothing more will pass this way. */
  async #pass(link: Link, to: net.Socket, chunk: Buffer, way: Way): Promise<boolean> {
    while (this.#weather.kind === 'hold' && !to.destroyed) await this.#changed.promise;
    if (this.#weather.kind === 'delay') await wait(this.#weather.ms);
    if (link.dead || to.destroyed) return true; // swallowed
    const allowed = way === 'back' ? this.#allowance(link, chunk) : chunk.length;
    const passing = chunk.subarray(0, allowed);
    if (passing.length > 0) {
      this.#listen(link.number, way, passing);
      if (!to.write(passing)) await drained(to);
    }
    return allowed === chunk.length || this.#breakOff(link);
  }

  /** How many bytes of this chunk still come back. */
  #allowance(link: Link, chunk: Buffer): number {
    const weather = this.#weather;
    if (!('afterBytes' in weather)) return chunk.length;
    const left = Math.max(0, weather.afterBytes - link.back);
    link.back += chunk.length;
    return Math.min(left, chunk.length);
  }

  #breakOff(link: Link): boolean {
    const { kind } = this.#weather;
    if (kind === 'half_open') {
      link.dead = true;
      return true; // goes on reading, so that the sender believes it is heard
    }
    if (kind === 'cut') {
      link.near.end();
      link.far.destroy();
    } else link.reset();
    return false;
  }
}

/** Until what was written has left, or the socket is no more. */
function drained(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.once('drain', done);
    socket.once('close', done);
    if (socket.destroyed) done();
  });
}
