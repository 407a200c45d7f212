import { record } from '../audit/index.ts';
import { demandsOfRequest, endExchange, remindCustomer } from '../consent/index.ts';
import { type Aged, ageGrants, findAnswer, identifyGrant, shredAnswer } from '../custody/index.ts';
import type { Tx } from '../db/index.ts';
import { endHandoffDue } from '../handoff/index.ts';
import { putJob } from '../jobs/index.ts';
import { earlier, hours, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { type Due, settleTime } from './due.ts';

/** The process that should have asked who consented is gone: the grant is safe, its identity stays unknown. */
async function settleIdentities(tx: Tx, ctx: Ctx, ids: readonly string[]): Promise<void> {
  const pending = await tx.grant.findMany({
    where: { partnerId: ctx.partnerId, id: { in: [...ids] }, identity: 'pending' },
    select: { id: true, authorizationRequestId: true },
    orderBy: { id: 'asc' },
  });
  for (const { id, authorizationRequestId } of pending)
    await identifyGrant(tx, ctx, id, null, await demandsOfRequest(tx, ctx, authorizationRequestId));
}

/** Three days before the end an hour is the most that a letter may wait; before that, one letter a day is enough. */
const letterDue = ({ at, daysLeft }: Aged): Date =>
  plus(at, daysLeft !== null && daysLeft <= 3 ? settleTime : hours(24));

/** Members get one letter about everything that is about to lapse, not one for each connection. */
async function planLetter(tx: Tx, ctx: Ctx, aged: readonly Aged[]): Promise<void> {
  const moments = aged.filter(({ daysLeft }) => daysLeft !== null).map(letterDue);
  const [first, ...others] = moments;
  if (!first) return;
  const dueAt = others.reduce(earlier, first);
  await tx.partner.updateMany({
    where: { partnerId: ctx.partnerId, OR: [{ dueAt: null }, { dueAt: { gt: dueAt } }] },
    data: { dueAt },
  });
}

async function sendLetter(tx: Tx, ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const { count } = await tx.partner.updateMany({
    where: { partnerId: ctx.partnerId, dueAt: { lte: now } },
    data: { dueAt: null },
  });
  if (count !== 1) return;
  const readers = await tx.member.findMany({
    where: { partnerId: ctx.partnerId, role: { in: ['admin', 'staff'] } },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  for (const { id } of readers)
    await putJob(tx, 'mail.expiring', { partnerId: ctx.partnerId, memberId: id, at: now.toISOString() });
}

async function abandonInvitation(tx: Tx, ctx: Ctx, id: string): Promise<void> {
  const { count } = await tx.invitation.updateMany({
    where: { partnerId: ctx.partnerId, id, finishedAt: null, withdrawnAt: null, dueAt: { lte: ctx.clock.now() } },
    data: { dueAt: null },
  });
  const row =
    count === 1
      ? await tx.invitation.findFirst({ where: { partnerId: ctx.partnerId, id }, select: { connectionId: true } })
      : null;
  if (row) await record(tx, ctx, 'invitation.abandoned', { connectionId: row.connectionId }, { invitation_id: id });
}

/** What was kept of an answer is shredded when its time is over (C-3). */
async function endLeftover(tx: Tx, ctx: Ctx, id: string): Promise<void> {
  const answer = await findAnswer(tx, ctx, id);
  if (answer?.dueAt && answer.role !== 'unread' && answer.dueAt <= ctx.clock.now()) await shredAnswer(tx, ctx, id);
}

/**
 * What time does to a run of due things (`nextRun`). Each deed checks again within its transaction: being found due is
 * only a hint. With `at` each grant is judged as of the moment it fell due.
 */
export async function doRun(tx: Tx, ctx: Ctx, run: readonly Due[], at?: (dueAt: Date) => Date): Promise<void> {
  const [first] = run;
  switch (first?.kind) {
    case undefined:
      return;
    case 'handoff':
      return endHandoffDue(tx, ctx, first.id);
    case 'invitation':
      return abandonInvitation(tx, ctx, first.id);
    case 'reminder':
      return remindCustomer(tx, ctx, first.id);
    case 'exchange':
      return endExchange(tx, ctx, first.id);
    case 'partner':
      return sendLetter(tx, ctx);
    case 'leftover':
      return endLeftover(tx, ctx, first.id);
    case 'renew':
    case 'answer':
    case 'push':
    case 'bulk':
      throw new Error(`${first.kind} is no deed of one transaction`);
    case 'grant': {
      const ids = run.map(({ id }) => id);
      await settleIdentities(tx, ctx, ids);
      await planLetter(tx, ctx, await ageGrants(tx, ctx, ids, at));
    }
  }
}
