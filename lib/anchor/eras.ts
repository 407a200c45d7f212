import { inTenant, pools } from '../db/index.ts';
import type { Head } from './compare.ts';
import { headOf } from './lines.ts';

/** All names this database has been known by outside, the present one last. */
export async function eras(): Promise<string[]> {
  const { rows } = await pools().sweeper.query<{ id: string }>('SELECT id FROM anchor_era ORDER BY number');
  return rows.map(({ id }) => id);
}

/** Begins a new name: what journals say under the older ones, and this database does not know, is settled. */
export async function beginEra(): Promise<void> {
  await pools().sweeper.query('INSERT INTO anchor_era DEFAULT VALUES');
}

/** Remembers in the database that journals of it are kept outside. */
export async function noteAnchored(): Promise<void> {
  await pools().sweeper.query('UPDATE anchor_era SET anchored_at = now() WHERE anchored_at IS NULL');
}

/** Whether journals of this database were ever kept. */
export async function wasAnchored(): Promise<boolean> {
  const { rowCount } = await pools().sweeper.query('SELECT FROM anchor_era WHERE anchored_at IS NOT NULL');
  return Number(rowCount) > 0;
}

export type HeadNow = Head & { deleted: boolean };

/** Where every partner's chain ends, also of those that were deleted: the sweeper's role sees their chain and not them. */
export async function headsInDatabase(): Promise<Map<string, HeadNow>> {
  const { rows } = await pools().sweeper.query<{ partner_id: string; seq: string; hash: Buffer; deleted: boolean }>(
    `SELECT h.partner_id, h.seq, h.hash, p.partner_id IS NULL AS deleted
     FROM audit_head h LEFT JOIN partner p USING (partner_id) WHERE h.seq > 0 ORDER BY h.partner_id`,
  );
  return new Map(
    rows.map(({ partner_id, seq, hash, deleted }) => [partner_id, { ...headOf({ seq: BigInt(seq), hash }), deleted }]),
  );
}

const batch = 10_000;

/** The hashes a partner's chain has at some of its rows; of rows it does not have there is none. */
export async function hashesAt(partnerId: string, seqs: readonly number[]): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (let from = 0; from < seqs.length; from += batch) {
    const rows = await inTenant(partnerId, (tx) =>
      tx.auditEvent.findMany({
        where: { partnerId, seq: { in: seqs.slice(from, from + batch).map(BigInt) } },
        select: { seq: true, hash: true },
      }),
    );
    for (const { seq, hash } of rows) if (seq !== null && hash) found.set(Number(seq), headOf({ seq, hash }).hash);
  }
  return found;
}
