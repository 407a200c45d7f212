import { pools, type Tx } from '../db/index.ts';
import { hours } from '../kernel/clock.ts';

/** `partner`: its members are to be told what is about to lapse. */
export type Due = { kind: 'grant' | 'handoff' | 'invitation' | 'partner'; id: string; dueAt: Date };

const tables = { grant: 'token_grant', handoff: 'handoff', invitation: 'invitation', partner: 'partner' } as const;
const kinds = Object.keys(tables) as (keyof typeof tables)[];

/** Partners for whom something is due, through the role that sees nothing but ids and times (design §6). */
export async function partnersDue(): Promise<string[]> {
  const due = (table: string) =>
    `SELECT t.partner_id, t.due_at FROM ${table} t JOIN partner p USING (partner_id)
     WHERE t.due_at <= now() + p.clock_offset_ms * interval '1 millisecond'`;
  const { rows } = await pools().sweeper.query<{ partner_id: string }>(
    `SELECT partner_id FROM (${kinds.map((kind) => due(tables[kind])).join(' UNION ALL ')}) AS due
     GROUP BY partner_id ORDER BY min(due_at)`,
  );
  return rows.map(({ partner_id }) => partner_id);
}

const many = 500;
/** Nothing that happens to a grant makes anything else due sooner than this: the first letter to members waits as long. */
export const settleTime = hours(1);

const idOf = (kind: keyof typeof tables) => (kind === 'partner' ? 'partner_id' : 'id');
const dueOf = (kind: keyof typeof tables) =>
  `(SELECT '${kind}' AS kind, ${idOf(kind)} AS id, due_at FROM ${tables[kind]}
   WHERE partner_id = $1 AND due_at <= $2 AND (due_at, ${idOf(kind)}) > ($3, $4) ORDER BY due_at, ${idOf(kind)} LIMIT ${many})`;
const question = `WITH due AS MATERIALIZED (${kinds.map(dueOf).join(' UNION ALL ')})
  SELECT kind, id, due_at AS "dueAt" FROM due
  WHERE due_at < (SELECT min(due_at) FROM due) + $5 * interval '1 millisecond' ORDER BY due_at, id LIMIT ${many}`;

const beginning: Due = { kind: 'grant', id: '', dueAt: new Date(0) };

/**
 * What one partner's time brings next, up to `until` and after what was done before: a single thing, or grants that fall
 * due so close together that none of them can bring about anything in between.
 */
export async function nextRun(tx: Tx, partnerId: string, until: Date, after: Due | null): Promise<Due[]> {
  const { id, dueAt } = after ?? beginning;
  const due = await tx.$queryRawUnsafe<Due[]>(question, partnerId, until, dueAt, id, settleTime);
  if (due[0]?.kind !== 'grant') return due.slice(0, 1);
  const end = due.findIndex(({ kind }) => kind !== 'grant');
  return end === -1 ? due : due.slice(0, end);
}
