import { fromPrisma, type Job, PgBoss } from 'pg-boss';
import { config } from '../config/index.ts';
import type { Tx } from '../db/index.ts';
import type { JobName, Jobs } from './queues.ts';

export type { JobName, Jobs } from './queues.ts';

const connection = (max: number) => ({
  connectionString: config().databaseUrl,
  options: '-c role=waxseal_jobs',
  max,
  migrate: false,
  createSchema: false,
});

const holder = globalThis as { waxsealQueue?: Promise<PgBoss> | undefined };

/** A sender only: this process puts jobs and works none. */
function sender(): Promise<PgBoss> {
  holder.waxsealQueue ??= (async () => {
    const boss = new PgBoss({ ...connection(1), supervise: false, schedule: false });
    boss.on('error', () => {}); // a send that fails reports for itself
    await boss.start();
    return boss;
  })().catch((error: unknown) => {
    holder.waxsealQueue = undefined; // the next send tries again
    throw error;
  });
  return holder.waxsealQueue;
}

/** Puts a job in the transaction of the change it follows from: both happen or neither does. */
export async function putJob<N extends JobName>(tx: Tx, name: N, data: Jobs[N]): Promise<void> {
  const boss = await sender();
  await tx.$executeRaw`SET LOCAL ROLE waxseal_jobs`;
  await boss.send(name, data, { db: fromPrisma(tx) });
  await tx.$executeRaw`RESET ROLE`;
}

/** Lets go of the queue's connection, so that a process can end. */
export async function closeQueue(): Promise<void> {
  const boss = await holder.waxsealQueue?.catch(() => undefined);
  holder.waxsealQueue = undefined;
  await boss?.stop({ graceful: false });
}

export type Handlers = { [N in JobName]: (data: Jobs[N]) => Promise<void> };

/**
 * Works the queues until stopped. Knows no feature: the worker's entry hands over what each queue means. A handler may
 * run again after a crash, so it must be safe to repeat.
 */
export async function workJobs(
  handlers: Handlers,
  onError: (error: unknown) => void,
): Promise<{ stop(): Promise<void> }> {
  const boss = new PgBoss(connection(3));
  boss.on('error', onError);
  await boss.start();
  await boss.schedule('sweep', '* * * * *');
  await boss.schedule('purge', '23 * * * *');
  for (const name of Object.keys(handlers) as JobName[]) {
    await boss.work(name, { pollingIntervalSeconds: 1 }, async (jobs: Job[]) => {
      for (const job of jobs) {
        try {
          await handlers[name](job.data as never);
        } catch (error) {
          onError(error);
          throw new Error('job failed'); // the queue keeps what is thrown, and it holds nothing about customers
        }
      }
    });
  }
  return { stop: () => boss.stop({ graceful: true, timeout: 20_000 }) };
}
