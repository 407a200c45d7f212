import type { Prisma, Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';

/** Facts of one act, listed one by one; never a whole row, never a secret. */
export type Detail = Record<string, string | number | boolean | null>;
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
  | 'grant.dead'
  | 'grant.shredded'
  | 'handoff.claimed'
  | 'handoff.delivered'
  | 'handoff.confirmed'
  | 'handoff.rejected'
  | 'handoff.unconfirmed'
  | 'handoff.cancelled'
  | 'handoff.refused'
  | 'registration.check_failed'
  | `security.${string}`;

/** Writes who did what, in the transaction of the deed: no audit, no action (B-6). */
export async function audit(tx: Tx, ctx: Ctx, action: string, about: About, detail: Detail = {}): Promise<void> {
  await tx.auditEvent.create({
    data: {
      partnerId: ctx.partnerId,
      id: newId('audit'),
      at: ctx.clock.now(),
      actorKind: ctx.actor.kind,
      actorId: ctx.actor.id,
      action,
      connectionId: about.connectionId ?? null,
      detail: detail as Prisma.InputJsonObject,
      requestId: ctx.requestId,
    },
  });
}

/** Puts an event where the partner's feed finds it, in the transaction of the change it tells of. */
export async function tell(tx: Tx, ctx: Ctx, type: EventType, about: About, data: Detail = {}): Promise<void> {
  await tx.outboxEvent.create({
    data: {
      partnerId: ctx.partnerId,
      id: newId('event'),
      type,
      at: ctx.clock.now(),
      connectionId: about.connectionId ?? null,
      data: data as Prisma.InputJsonObject,
    },
  });
}

/** A change worth telling: the audit row and the event together, under one name. */
export async function record(tx: Tx, ctx: Ctx, type: EventType, about: About, data: Detail = {}): Promise<void> {
  await audit(tx, ctx, type, about, data);
  await tell(tx, ctx, type, about, data);
}
