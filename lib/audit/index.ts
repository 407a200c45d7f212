import { atTheEnd, type Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { appendToChain, type Entry } from './append.ts';
import type { Detail } from './chain.ts';
import type { EntryDetail, EntryName, EventData, EventType } from './events.ts';

export type { Detail } from './chain.ts';
export {
  type CancelReason,
  type EventData,
  entries,
  events,
  type ParkedReason,
  parkedReasons,
  type RefusedAct,
  registrationFaults,
  type ShredReason,
  vocabulary,
} from './events.ts';
export { readSignedHead, signHead } from './head.ts';
export { partnersWithTrail, type Verdict, verifyChain } from './verify.ts';

type About = { connectionId?: string };
/** What is no entry of a timeline is about no connection. */
type Nowhere = { connectionId?: never };

type Told = { [T in EventType]: { type: T; at: Date; about: About; data: EventData<T> } }[EventType];

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

async function write(tx: Tx, ctx: Ctx, action: string, about: About, detail: Detail): Promise<void> {
  atTheEnd(tx, appendToChain, [auditRow(ctx, ctx.clock.now(), action, about, detail)]);
}

/**
 * Writes who did what, in the transaction of the deed: no audit, no action (B-6). The row joins the partner's chain as
 * the last thing before the commit, so it cannot be read back earlier. About a connection only what `entries` lists.
 */
export const audit = <A extends string>(
  tx: Tx,
  ctx: Ctx,
  action: A,
  about: A extends EntryName ? About : Nowhere,
  ...[detail]: A extends EntryName ? [EntryDetail<A>] : [Detail?]
): Promise<void> => write(tx, ctx, action, about, (detail ?? {}) as Detail);

/** A change worth telling: the audit row, and under the same name the event, where the partner's feed finds it. */
export async function record<T extends EventType>(
  tx: Tx,
  ctx: Ctx,
  type: T,
  about: About,
  data: EventData<T>,
): Promise<void> {
  await write(tx, ctx, type, about, data as Detail);
  await tx.outboxEvent.create({ data: eventRow(ctx, { type, at: ctx.clock.now(), about, data } as Told) });
}

/** The same for many changes of one deed, each with its own moment; the feed tells them in the order given. */
export async function recordAll(tx: Tx, ctx: Ctx, changes: readonly Told[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ type, at, about, data }) => auditRow(ctx, at, type, about, data as Detail));
  atTheEnd(tx, appendToChain, rows);
  await tx.outboxEvent.createMany({ data: changes.map((change) => eventRow(ctx, change)) });
}
