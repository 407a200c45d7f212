import { type RenewalPorts, type RenewalResult, renewThrough } from '../../custody/core/flow.ts';

/** Where a worker stands: before each step of a renewal, and between the request and its answer. */
export const gates = ['begin', 'present', 'receive', 'keep', 'settle', 'end'] as const;
export type Gate = (typeof gates)[number];

/** How a worker ended; a `failed` one threw, as a database that refuses makes it do. */
export type Ended = RenewalResult | 'failed' | 'killed';

const forEver = new Promise<never>(() => {});

/**
 * One worker on one renewal, stopped before and after every call of its ports: it goes on when told to, stands still as
 * long as it is not, and is killed by never being told again.
 */
export class Worker {
  at: Gate = 'begin';
  ended: Ended | null = null;
  /** What a failed one threw. */
  error: unknown = null;
  #go: () => void = () => {};
  #arrived: Promise<void> = Promise.resolve();
  #tell: () => void = () => {};

  constructor(work: (worker: Worker) => Promise<RenewalResult>) {
    this.#expect();
    void work(this).then(
      (result) => this.#end(result),
      (error: unknown) => {
        this.error = error;
        this.#end('failed');
      },
    );
  }

  #expect(): void {
    this.#arrived = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  #end(how: Ended): void {
    this.ended ??= how;
    this.#tell();
  }

  /** Called by the work: stands here until it may go on. */
  async stop(at: Gate): Promise<void> {
    if (this.ended) await forEver;
    this.at = at;
    const permitted = new Promise<void>((resolve) => {
      this.#go = resolve;
    });
    this.#tell();
    await permitted;
  }

  /** Lets it take one step, and comes back when it stands again or has ended. */
  async step(): Promise<void> {
    await this.#arrived;
    if (this.ended) return;
    this.#expect();
    this.#go();
    await this.#arrived;
  }

  async run(): Promise<Ended> {
    while (!this.ended) await this.step();
    return this.ended;
  }

  kill(): void {
    this.#end('killed');
  }
}

/** A worker whose ports open and shut at its gates. */
export function workerOn<Job extends object, Sent extends { kind: string }>(ports: RenewalPorts<Job, Sent>): Worker {
  return new Worker(async (worker) => {
    const result = await renewThrough<Job, Sent>({
      begin: () => worker.stop('begin').then(() => ports.begin()),
      present: async (job) => {
        await worker.stop('present');
        const sent = await ports.present(job);
        await worker.stop('receive');
        return sent;
      },
      keep: (job, sent) => worker.stop('keep').then(() => ports.keep(job, sent)),
      settle: (job, id, otherwise) => worker.stop('settle').then(() => ports.settle(job, id, otherwise)),
    });
    await worker.stop('end');
    return result;
  });
}
