import { pools, type Tx } from '../db/index.ts';
import { hours } from '../kernel/clock.ts';

/**
 * `partner`: its members are to be told what is about to lapse. `renew`: a grant whose token is spent for its successor,
 * or whose renewal waits for a replay or lost its worker. `answer`: what a token call brought and nobody has read.
 * `leftover`: what was kept of one for long enough. `push`: a handoff that is to be sent to its target's endpoint. `bulk`: many
 * claims that were asked for at once. `reminder`: an invitation whose customer is to be reminded of it.
 */
export type Due = {
  kind:
    | 'grant'
    | 'handoff'
    | 'invitation'
    | 'reminder'
    | 'exchange'
    | 'partner'
    | 'leftover'
    | 'renew'
    | 'answer'
    | 'push'
    | 'bulk';
  id: string;
  dueAt: Date;
};
/** A due thing, and its moment to the microsecond as the database keeps it: a look that goes on from there does not find it again. */
export type Found = Due & { exact: string };

/**
 * `inside`: one transaction of our own. The others ask somebody outside, or take several transactions: nothing is held
 * meanwhile, and nothing else waits for them. `urgent`: an outcome is unknown, and the provider repeats an answer for
 * minutes only (C-3). `planned`: a first presentation, which may as well be made tomorrow.
 * `endpoint`: a recipient is dialled, who may be slow, and holds up nobody but other recipients of the same partner (D25).
 * `bulk`: a turn of a long piece of work that somebody waits for.
 */
export type Reach = 'inside' | 'urgent' | 'planned' | 'endpoint' | 'bulk';
const outside: readonly Due['kind'][] = ['renew', 'answer', 'push', 'bulk'];
export const isOutside = ({ kind }: Pick<Due, 'kind'>): boolean => outside.includes(kind);

type Source = { kind: Due['kind']; reach: Reach; table: string; id: string; due: string; where?: string };
const sources: readonly Source[] = [
  { kind: 'grant', reach: 'inside', table: 'token_grant', id: 'id', due: 'due_at' },
  { kind: 'handoff', reach: 'inside', table: 'handoff', id: 'id', due: 'due_at' },
  { kind: 'invitation', reach: 'inside', table: 'invitation', id: 'id', due: 'due_at' },
  { kind: 'reminder', reach: 'inside', table: 'invitation', id: 'id', due: 'remind_at' },
  { kind: 'exchange', reach: 'inside', table: 'authorization_request', id: 'id', due: 'due_at' },
  { kind: 'partner', reach: 'inside', table: 'partner', id: 'partner_id', due: 'due_at' },
  { kind: 'leftover', reach: 'inside', table: 'kept_answer', id: 'id', due: 'due_at', where: "role <> 'unread'" },
  { kind: 'answer', reach: 'urgent', table: 'kept_answer', id: 'id', due: 'due_at', where: "role = 'unread'" },
  { kind: 'renew', reach: 'urgent', table: 'renewal', id: 'grant_id', due: 'due_at' },
  { kind: 'renew', reach: 'planned', table: 'token_grant', id: 'id', due: 'renew_at' },
  { kind: 'push', reach: 'endpoint', table: 'handoff', id: 'id', due: 'push_due_at' },
  { kind: 'bulk', reach: 'bulk', table: 'bulk_claim', id: 'id', due: 'due_at' },
];
const within = (reach: Reach | 'all', of: readonly Source[]) =>
  reach === 'all' ? of : of.filter((source) => source.reach === reach);
/** A worker that is gone left a lease behind; leases run on real time, whatever the partner's clock says. */
const leaseOver: Source = {
  kind: 'renew',
  reach: 'urgent',
  table: 'renewal',
  id: 'grant_id',
  due: 'sent_at',
  where: 'lease_until < clock_timestamp()',
};

/** Partners, deleted ones left out, for whom something is due; through the role that sees nothing but ids and times (design §6). */
export async function partnersDue(reach: Reach | 'all' = 'all'): Promise<string[]> {
  const due = ({ table, due }: Source) =>
    `SELECT t.partner_id, t.${due} AS due_at FROM ${table} t JOIN partner p USING (partner_id)
     WHERE t.${due} <= now() + p.clock_offset_ms * interval '1 millisecond'`;
  // The sweeper sees no deleted partner, so the join leaves those out here as it does above.
  const gone = `SELECT t.partner_id, t.lease_until FROM renewal t JOIN partner p USING (partner_id)
     WHERE t.lease_until < clock_timestamp()`;
  const asked = within(reach, sources).map(due);
  const withLeases = reach === 'all' || reach === 'urgent';
  const { rows } = await pools().sweeper.query<{ partner_id: string }>(
    `SELECT partner_id FROM (${[...asked, ...(withLeases ? [gone] : [])].join(' UNION ALL ')}) AS due
     GROUP BY partner_id ORDER BY min(due_at)`,
  );
  return rows.map(({ partner_id }) => partner_id);
}

const many = 500;
/** Nothing that happens to a grant makes anything else due sooner than this: the first letter to members waits as long. */
export const settleTime = hours(1);

const dueOf = ({ kind, table, id, due, where = 'true' }: Source) =>
  `(SELECT '${kind}' AS kind, ${id} AS id, ${due} AS due_at FROM ${table}
   WHERE partner_id = $1 AND ${due} <= $2 AND (${due}, ${id}) > ($3::timestamptz, $4) AND ${where} ORDER BY ${due}, ${id} LIMIT ${many})`;
const question = (reach: Reach | 'all') => `WITH due AS MATERIALIZED (${within(reach, [...sources, leaseOver])
  .map(dueOf)
  .join(' UNION ALL ')})
  SELECT kind, id, due_at AS "dueAt", due_at::text AS exact FROM due
  WHERE due_at < (SELECT min(due_at) FROM due) + $5 * interval '1 millisecond' ORDER BY due_at, id LIMIT ${many}`;

const beginning = { id: '', exact: '-infinity' } satisfies Partial<Found>;

/**
 * What one partner's time brings next, up to `until` and after what was done before: a single thing, or grants that fall
 * due so close together that none of them can bring about anything in between.
 */
export async function nextRun(
  tx: Tx,
  partnerId: string,
  until: Date,
  after: Found | null,
  reach: Reach | 'all' = 'all',
): Promise<Found[]> {
  const { id, exact } = after ?? beginning;
  const due = await tx.$queryRawUnsafe<Found[]>(question(reach), partnerId, until, exact, id, settleTime);
  if (due[0]?.kind !== 'grant') return due.slice(0, 1);
  const end = due.findIndex(({ kind }) => kind !== 'grant');
  return end === -1 ? due : due.slice(0, end);
}
