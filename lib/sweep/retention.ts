import { inTenant, pools } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { openCtx } from '../tenancy/index.ts';

/** Rows of one table that are removed when their term is over, counted in days from a moment they tell. */
export type Term = {
  days: number;
  since: string;
  /** Whose time the moment is (design §5). */
  clock: 'partner' | 'real';
  /** SQL: which of the rows end at all; `t` is the row. */
  only?: string;
  /** Looked for among the oldest in this order, where the moment has no index and follows the order. */
  oldestBy?: string;
  why: string;
};
/** Rows that stay as long as their partner, and why they may. */
type Kept = { kept: string };

const unused = (table: string, column: string) =>
  `NOT EXISTS (SELECT FROM ${table} o WHERE o.partner_id = t.partner_id AND o.${column} = t.id)`;

/**
 * How long a tenant's rows are kept, table by table, in the order in which they are removed: what refers goes first. The
 * audit trail, receipts and what they refer to stay; secrets among what stays end by custody, not by age. Terms after
 * security-and-reliability B-7, C-3 and G; a test fails for a table that is not here.
 */
export const tenantTables: Readonly<Record<string, Term | Kept>> = {
  kept_answer: {
    ...{ days: 30, since: 'kept_at', clock: 'partner', only: "t.role = 'done'" },
    why: 'holds no token any more; as long as a candidate may live (C-3)',
  },
  authorization_request: {
    ...{ days: 30, since: 'expires_at', clock: 'partner' },
    only: `t.grant_id IS NULL AND t.due_at IS NULL AND ${unused('token_grant', 'authorization_request_id')} AND ${unused('kept_answer', 'authorization_request_id')}`,
    why: 'a trip without a grant is told apart for 30 days (G: links); one that led to a grant is its origin and stays',
  },
  opening: {
    ...{ days: 400, since: 'at', clock: 'partner', only: 't.renewal_id IS NOT NULL' },
    why: 'of renewals: 13 months, as evidence of an event (G); of handoffs: as long as their receipt',
  },
  renewal: {
    ...{ days: 400, since: 'settled_at', clock: 'partner' },
    only: `t.settled_at IS NOT NULL AND ${unused('opening', 'renewal_id')} AND ${unused('kept_answer', 'renewal_id')}`,
    why: 'the openings refer to it',
  },
  outbox_event: {
    ...{ days: 90, since: 'at', clock: 'partner', oldestBy: 'tx, seq' },
    why: 'read by the partner long since; the audit trail tells the same',
  },
  idempotency_record: {
    ...{ days: 30, since: 'created_at', clock: 'real' },
    why: '24 h are promised, 30 days for handoffs (B-7), and a record does not tell which it is',
  },
  push_secret: {
    ...{ days: 1, since: 'retired_at', clock: 'partner', only: 't.retired_at IS NOT NULL' },
    why: 'signs beside its successor for a day (B-8), and nothing after that',
  },
  bulk_claim_item: {
    ...{ days: 90, since: 'settled_at', clock: 'partner' },
    only: 'EXISTS (SELECT FROM bulk_claim b WHERE b.partner_id = t.partner_id AND b.id = t.bulk_claim_id AND b.finished_at IS NOT NULL)',
    why: 'the handoffs and the trail tell the same, for longer',
  },
  bulk_claim: {
    ...{ days: 90, since: 'finished_at', clock: 'partner', only: unused('bulk_claim_item', 'bulk_claim_id') },
    why: 'nothing is left of what it lists',
  },
  partner: { kept: 'the partner itself; deleting it ends its keys' },
  partner_key: { kept: 'wrapped; `npm run keys` ends retired ones, and the row tells that it was so' },
  api_key: { kept: 'a hash and a label, by which the audit trail names who acted' },
  member: { kept: 'a colleague, by whom the audit trail names who acted' },
  customer: { kept: "the partner's own record of its customer" },
  client_registration: { kept: "the partner's own app; its secret is sealed" },
  connection: { kept: 'what a customer allowed, over the years' },
  invitation: { kept: "opens nothing once it is over; the connection's history is read from it" },
  customer_mail: { kept: 'that a customer was written to, and when; the address is a keyed index' },
  token_grant: { kept: 'its tokens end by custody within 30 days; the row is what receipts and openings speak of' },
  handoff: { kept: 'its envelope ends with the confirm window; the receipt stays' },
  target: { kept: 'where handoffs go; by it receipts and the trail say where one went' },
  recipient_key: { kept: 'public; by it a receipt says to which key a bundle was encrypted' },
  partner_logo: { kept: 'what its pages show; a dozen at most, and the partner removes what it no longer uses' },
  embed_origin: { kept: 'where buttons stood; by it the audit trail says who was told' },
  audit_event: { kept: 'the chain; without a row it would not verify' },
  audit_head: { kept: 'the chain' },
};

type GlobalTerm = { only: string; why: string };

/** The same for what belongs to no partner; on real time. */
export const globalTables: Readonly<Record<string, GlobalTerm | Kept>> = {
  identity_verification_token: { only: "t.expires < now() - interval '1 day'", why: 'a sign-in link of ten minutes' },
  identity_session: { only: "t.expires < now() - interval '1 day'", why: 'a session of twelve hours' },
  identity_user: {
    only: `NOT EXISTS (SELECT FROM membership m WHERE m.email = t.email)
      AND NOT EXISTS (SELECT FROM identity_session s WHERE s.user_id = t.id)`,
    why: 'a person who is a member nowhere and signed in nowhere',
  },
  identity_account: { kept: 'goes with its person' },
  membership: { kept: 'goes with the member' },
  root_key: { kept: 'names of keys' },
  instance_fact: { kept: 'one-way check values of the instance' },
  anchor_era: { kept: 'names this database has been known by outside' },
  _prisma_migrations: { kept: 'names of migrations' },
};

/** Few enough to be no burden to those who work beside it; and a run ends, whatever has piled up. */
const batch = 1_000;
const mostBatches = 100;

async function inBatches(remove: () => Promise<number>): Promise<number> {
  let removed = 0;
  for (let batches = 0; batches < mostBatches; batches++) {
    const now = await remove();
    removed += now;
    if (now < batch) break;
  }
  return removed;
}

/** The rows are named by where they lie, and what makes them end is asked again in the write. */
function removal(table: string, { days, since, clock, only = 'true', oldestBy }: Term): string {
  const now = clock === 'partner' ? '$2::timestamptz' : 'now()';
  const isOver = `t.${since} < ${now} - interval '${days} days' AND ${only}`;
  const among = oldestBy
    ? `(SELECT ctid, x.* FROM ${table} x WHERE x.partner_id = $1 ORDER BY ${oldestBy} LIMIT ${batch})`
    : table;
  return `WITH ended AS MATERIALIZED (
      SELECT t.ctid AS place FROM ${among} t WHERE t.partner_id = $1 AND ${isOver} ORDER BY t.${since} LIMIT ${batch})
    DELETE FROM ${table} t USING ended WHERE t.ctid = ended.place AND t.partner_id = $1 AND ${isOver}`;
}

type Report = (error: unknown) => void;

async function purgePartner(ctx: Ctx, onError: Report): Promise<number> {
  const { partnerId } = ctx;
  let removed = 0;
  for (const [table, term] of Object.entries(tenantTables)) {
    if ('kept' in term) continue;
    const values = term.clock === 'partner' ? [partnerId, ctx.clock.now()] : [partnerId];
    const remove = () => inTenant(partnerId, (tx) => tx.$executeRawUnsafe(removal(table, term), ...values));
    removed += await inBatches(remove).catch((error: unknown) => {
      onError(error);
      return 0;
    });
  }
  return removed;
}

async function purgeGlobal(onError: Report): Promise<number> {
  let removed = 0;
  for (const [table, term] of Object.entries(globalTables)) {
    if ('kept' in term) continue;
    const sql = `WITH ended AS MATERIALIZED (SELECT t.ctid AS place FROM ${table} t WHERE ${term.only} LIMIT ${batch})
      DELETE FROM ${table} t USING ended WHERE t.ctid = ended.place AND ${term.only}`;
    removed += await inBatches(() => pools().directory.$executeRawUnsafe(sql)).catch((error: unknown) => {
      onError(error);
      return 0;
    });
  }
  return removed;
}

/**
 * Removes what has outlived its term, of every partner that is not deleted and of what belongs to none: each batch a
 * transaction of one tenant. Returns how many rows. What fails is reported and left for the next run.
 */
export async function purge(onError: Report): Promise<number> {
  const { rows } = await pools().sweeper.query<{ partner_id: string }>('SELECT partner_id FROM partner ORDER BY 1');
  let removed = await purgeGlobal(onError);
  for (const { partner_id: partnerId } of rows) {
    const ctx = await openCtx(partnerId, { kind: 'system', id: 'retention' });
    if (ctx) removed += await purgePartner(ctx, onError);
  }
  return removed;
}
