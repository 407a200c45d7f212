import { z } from 'zod';
import type { Head } from './compare.ts';

/**
 * What the journal keeps of an audit row: enough to say what became of a grant that a restored database believes to hold.
 * `returned` ends a `presented` that certainly changed nothing (C-2 rows 1, 5 and 7).
 */
const deeds = ['sealed', 'parked', 'presented', 'returned', 'delivered', 'ended', 'deleted'] as const;
export type DeedName = (typeof deeds)[number];

const Deed = z.object({
  deed: z.enum(deeds),
  grant: z.string().optional(),
  connection: z.string().optional(),
  generation: z.number().int().optional(),
});
export type Deed = z.infer<typeof Deed>;

/**
 * One line: what one transaction added to a partner's audit chain, from row `from` to row `seq`, whose hash is `hash`.
 * Without `from` it only says where the chain ended; without `seq`, only what was done.
 */
export const Line = z.object({
  at: z.iso.datetime(),
  era: z.string(),
  partner: z.string(),
  from: z.number().int().optional(),
  seq: z.number().int().optional(),
  hash: z.string().optional(),
  deeds: z.array(Deed).default([]),
});
export type Line = z.infer<typeof Line>;

/** What of an audit row is looked at. */
export type Noted = {
  action: string;
  connectionId: string | null;
  detail: Record<string, string | number | boolean | null>;
};

const deedOf: Record<string, DeedName> = {
  'grant.sealed': 'sealed',
  'grant.renewed': 'sealed',
  'grant.parked': 'parked',
  'grant.maybe_superseded': 'parked',
  'grant.presented': 'presented',
  'grant.not_renewed': 'returned',
  'handoff.delivered': 'delivered',
  'grant.dead': 'ended',
  'grant.lapsed': 'ended',
  'grant.superseded': 'ended',
  'grant.shredded': 'ended',
  'partner.deleted': 'deleted',
};

/** The deeds among audit rows, in their order; nothing of a row but its ids and its generation. */
export function deedsOf(rows: readonly Noted[]): Deed[] {
  return rows.flatMap(({ action, connectionId, detail }) => {
    const deed = deedOf[action];
    if (!deed) return [];
    const { grant_id: grant, generation } = detail;
    return [
      {
        deed,
        ...(typeof grant === 'string' ? { grant } : {}),
        ...(connectionId ? { connection: connectionId } : {}),
        ...(typeof generation === 'number' ? { generation } : {}),
      },
    ];
  });
}

/** What must be on the disk before a byte of a token leaves. */
export const leavesTheHouse = ({ deed }: Deed): boolean => deed === 'presented' || deed === 'delivered';

export const headOf = ({ seq, hash }: { seq: bigint; hash: Uint8Array }): Head => ({
  seq: Number(seq),
  hash: Buffer.from(hash).toString('hex'),
});
