import { pools } from './client.ts';
import type { Prisma } from './generated/client.ts';

/** A transaction whose tenant is set; every store takes one and none opens its own. */
export type Tx = Prisma.TransactionClient;

/**
 * Runs `work` in one transaction that sees and writes rows of this partner only (row-level security, forced). The
 * tenant is set transaction-locally, so it cannot stay behind on a pooled connection.
 */
export function inTenant<T>(partnerId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return pools().app.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT set_config('app.partner_id', ${partnerId}, true)`;
      return work(tx);
    },
    { maxWait: 5000, timeout: 20_000 },
  );
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
