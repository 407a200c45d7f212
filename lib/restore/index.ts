import { beginEra, eras, headsInDatabase, unnoted } from '../anchor/index.ts';
import { openCtx } from '../tenancy/index.ts';
import { carryOut } from './carry-out.ts';
import { type Plan, planFor, readAll } from './plan.ts';

export type { Plan } from './plan.ts';

/**
 * Judges a restored database by the journals in these folders, partner by partner (C-2 row 19, D11, D12). With `write` it
 * does what it found, and lets the database begin a new name outside, so that servers start on it again. To be run while no
 * server runs; one that was cut off is run again.
 */
export async function settleRestore(folders: readonly string[], write: boolean): Promise<Plan[]> {
  const [lines, known] = [await readAll(folders), await eras()];
  const older = new Set(known.slice(0, -1));
  const plans: Plan[] = [];
  for (const [partnerId, head] of await headsInDatabase()) {
    if (!(await openCtx(partnerId, { kind: 'system', id: 'operator' }))) continue; // deleted, here too
    const plan = await planFor(partnerId, head, lines.get(partnerId) ?? [], older);
    plans.push(plan);
    if (write) await unnoted(() => carryOut(plan));
  }
  if (write) await beginEra();
  return plans;
}
