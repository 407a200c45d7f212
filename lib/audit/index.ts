import { atTheEnd, type Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { appendToChain, type Entry } from './append.ts';
import type { Detail } from './chain.ts';

export type { Detail } from './chain.ts';
export { readSignedHead, signHead } from './head.ts';
export { partnersWithTrail, type Verdict, verifyChain } from './verify.ts';

type About = { connectionId?: string };

/** Names of design §2: the outside hears of states, `noun.past`. */
export type EventType =
  | 'invitation.opened'
  | 'invitation.finished'
  | 'invitation.abandoned'
  | 'grant.sealed'
  | 'grant.parked'
  | 'grant.expiring'
  | 'grant.lapsed'
  | 'grant.superseded'
  | 'grant.maybe_superseded'
  | 'grant.renewed'
  | 'grant.renewal_overdue'
  | 'grant.dead'
  | 'grant.shredded'
  | 'handoff.claimed'
  | 'handoff.delivered'
  | 'handoff.confirmed'
  | 'handoff.rejected'
  | 'handoff.unconfirmed'
  | 'handoff.approved'
  | 'handoff.cancelled'
  | 'handoff.refused'
  | 'bulk_claim.created'
  | 'bulk_claim.finished'
  | 'target.created'
  | 'target.archived'
  | 'target.closed'
  | 'target.opened'
  | 'target.secret_rotated'
  | 'recipient_key.added'
  | 'recipient_key.retired'
  | 'registration.check_failed'
  | `security.${string}`;

type Told = { type: EventType; at: Date; about: About; data: Detail };

const auditRow = (ctx: Ctx, at: Date, action: string, about: About, detail: Detail): Entry => ({
  partnerId: ctx.partnerId,
  id: newId('audit'),
  at,
  actorKind: ctx.actor.kind,
  actorId: ctx.actor.id,
  action,
  connectionId: about.connectionId ?? null,
  detail,
  requestId: ctx.requestId,
});

const eventRow = (ctx: Ctx, { type, at, about, data }: Told) => ({
  partnerId: ctx.partnerId,
  id: newId('event'),
  type,
  at,
  connectionId: about.connectionId ?? null,
  data: data as Prisma.InputJsonObject,
});

/**
 * Writes who did what, in the transaction of the deed: no audit, no action (B-6). The row joins the partner's chain as
 * the last thing before the commit, so it cannot be read back earlier.
 */
export async function audit(tx: Tx, ctx: Ctx, action: string, about: About, detail: Detail = {}): Promise<void> {
  atTheEnd(tx, appendToChain, [auditRow(ctx, ctx.clock.now(), action, about, detail)]);
}

/** Puts an event where the partner's feed finds it, in the transaction of the change it tells of. */
export async function tell(tx: Tx, ctx: Ctx, type: EventType, about: About, data: Detail = {}): Promise<void> {
  await tx.outboxEvent.create({ data: eventRow(ctx, { type, at: ctx.clock.now(), about, data }) });
}

/** A change worth telling: the audit row and the event together, under one name. */
export async function record(tx: Tx, ctx: Ctx, type: EventType, about: About, data: Detail = {}): Promise<void> {
  await audit(tx, ctx, type, about, data);
  await tell(tx, ctx, type, about, data);
}

/** The same for many changes of one deed, each with its own moment; the feed tells them in the order given. */
export async function recordAll(tx: Tx, ctx: Ctx, changes: readonly Told[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ type, at, about, data }) => auditRow(ctx, at, type, about, data));
  atTheEnd(tx, appendToChain, rows);
  await tx.outboxEvent.createMany({ data: changes.map((change) => eventRow(ctx, change)) });
}
