import { AsyncLocalStorage } from 'node:async_hooks';
import { pools } from './client.ts';
import type { Prisma } from './generated/client.ts';

/** A transaction whose tenant is set; every store takes one and none opens its own. */
export type Tx = Prisma.TransactionClient;

/** Does the last thing of a transaction, with everything that was put by for it. */
type Finish<T> = (tx: Tx, items: readonly T[]) => Promise<void>;
type Running = {
  partnerId: string;
  tx: Tx;
  last: Map<Finish<never>, unknown[]>;
  committed: (() => Promise<void>)[];
  afterwards: (() => Promise<unknown>)[];
};
const running = new AsyncLocalStorage<Running>();

type Conflict = { code?: unknown; meta?: { driverAdapterError?: { cause?: { kind?: unknown } } } } | null;
/** A deadlock or serialization failure, met by a query or by raw SQL: nothing was done, and doing it again is right (D9). */
const isConflict = (error: unknown) =>
  (error as Conflict)?.code === 'P2034' ||
  (error as Conflict)?.meta?.driverAdapterError?.cause?.kind === 'TransactionWriteConflict';
const attempts = 3;

async function attempt<T>(partnerId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const afterwards: Running['afterwards'] = [];
  const committed: Running['committed'] = [];
  try {
    const result = await pools().app.$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT set_config('app.partner_id', ${partnerId}, true)`;
        const last: Running['last'] = new Map();
        return running.run({ partnerId, tx, last, committed, afterwards }, async () => {
          const done = await work(tx);
          for (const [finish, items] of last) await finish(tx, items as never[]);
          return done;
        });
      },
      { maxWait: 5000, timeout: 20_000 },
    );
    for (const next of committed) await running.exit(next);
    return result;
  } finally {
    // The connection is back by now: a transaction that waited for a second one inside the first could starve the pool.
    for (const next of afterwards) await running.exit(next);
  }
}

async function begin<T>(partnerId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(partnerId, work);
    } catch (error) {
      if (!isConflict(error) || tries === attempts) throw error;
    }
  }
}

/**
 * Runs `work` in one transaction that sees and writes rows of this partner only (row-level security, forced). The
 * tenant is set transaction-locally, so it cannot stay behind on a pooled connection. Within a transaction of the same
 * partner it joins that one, so verbs can be put together into one deed; another partner's is refused. `work` holds
 * nothing but database work, because a deadlock runs it again.
 */
export function inTenant<T>(partnerId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const outer = running.getStore();
  if (!outer) return begin(partnerId, work);
  if (outer.partnerId !== partnerId) throw new Error('a transaction belongs to one partner');
  return work(outer.tx);
}

/**
 * Puts items by until the running transaction has done everything else; `finish` then gets all of them at once. For a
 * lock that every deed of a partner needs: taken last, and followed by nothing but the commit, it can be in no deadlock.
 */
export function atTheEnd<T>(tx: Tx, finish: Finish<T>, items: readonly T[]): void {
  const store = running.getStore();
  if (store?.tx !== tx) throw new Error('only a running transaction has an end');
  const kept = store.last.get(finish) ?? [];
  kept.push(...items);
  store.last.set(finish, kept);
}

/**
 * As `inTenant`, in a transaction of its own: for what must stay written although the deed around it is undone. Inside a
 * transaction it runs when that one has ended, whichever way.
 */
export async function inTenantApart(partnerId: string, work: (tx: Tx) => Promise<unknown>): Promise<void> {
  const outer = running.getStore();
  if (outer) outer.afterwards.push(() => begin(partnerId, work));
  else await begin(partnerId, work);
}

/**
 * Does something when the running transaction has committed and before anyone hears of it; never for one that was undone.
 * When it throws, the caller gets that error, and the transaction stands.
 */
export function onceCommitted(tx: Tx, work: () => Promise<void>): void {
  const store = running.getStore();
  if (store?.tx !== tx) throw new Error('only a running transaction commits');
  store.committed.push(work);
}

/**
 * Lets one statement group of a tenant transaction act as the directory role, for the one write that must reach both
 * sides at once (a new member and the membership by which sign-in finds it).
 */
export async function asDirectory<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.$executeRaw`SET LOCAL ROLE waxseal_directory`;
  const result = await work(tx);
  await tx.$executeRaw`RESET ROLE`;
  return result;
}
