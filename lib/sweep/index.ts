import { record } from '../audit/index.ts';
import { type Expected, findGrant, identifyGrant, lapseGrant } from '../custody/index.ts';
import { inTenant, pools, type Tx } from '../db/index.ts';
import { endHandoffDue } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { openCtx } from '../tenancy/index.ts';

type Due = { kind: 'grant' | 'handoff' | 'invitation'; partner_id: string; id: string; due: string };

const batch = 500;

/** Due work across partners, oldest first, through the role that can see nothing but ids and times (design §6). */
async function findDue(partnerId: string | null, after: Due | null): Promise<Due[]> {
  const due = (kind: string, table: string) =>
    `SELECT '${kind}' AS kind, t.partner_id, t.id, t.due_at, t.due_at::text AS due FROM ${table} t JOIN partner p USING (partner_id)
     WHERE t.due_at <= now() + p.clock_offset_ms * interval '1 millisecond' AND ($1::text IS NULL OR t.partner_id = $1)
       AND ($2::timestamptz IS NULL OR (t.due_at, t.id) > ($2, $3::text))`;
  const { rows } = await pools().sweeper.query<Due>(
    `${due('grant', 'token_grant')} UNION ALL ${due('handoff', 'handoff')} UNION ALL ${due('invitation', 'invitation')}
     ORDER BY due_at, id LIMIT ${batch}`,
    [partnerId, after?.due ?? null, after?.id ?? null],
  );
  return rows;
}

/** What the partner asked to see behind the consent of an authorization request. */
async function expectedOf(tx: Tx, ctx: Ctx, requestId: string): Promise<Expected | null> {
  const request = await tx.authorizationRequest.findFirst({
    where: { partnerId: ctx.partnerId, id: requestId },
    select: { invitationId: true },
  });
  const invitation =
    request &&
    (await tx.invitation.findFirst({
      where: { partnerId: ctx.partnerId, id: request.invitationId },
      select: { expected: true },
    }));
  return (invitation?.expected as Expected | null) ?? null;
}

/** What time does to one thing. Each case checks again inside its tenant: being found here is only a hint. */
async function doDue(ctx: Ctx, { kind, id }: Due): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    if (kind === 'handoff') return endHandoffDue(tx, ctx, id);
    if (kind === 'invitation') {
      const { count } = await tx.invitation.updateMany({
        where: { partnerId: ctx.partnerId, id, finishedAt: null, withdrawnAt: null, dueAt: { lte: ctx.clock.now() } },
        data: { dueAt: null },
      });
      const row =
        count === 1
          ? await tx.invitation.findFirst({ where: { partnerId: ctx.partnerId, id }, select: { connectionId: true } })
          : null;
      if (row) await record(tx, ctx, 'invitation.abandoned', { connectionId: row.connectionId }, { invitation_id: id });
      return;
    }
    const grant = await findGrant(tx, ctx, id);
    // The process that should have asked who consented is gone; the grant is safe, its identity stays unknown.
    if (grant?.identity === 'pending')
      await identifyGrant(tx, ctx, id, null, await expectedOf(tx, ctx, grant.authorizationRequestId));
    await lapseGrant(tx, ctx, id);
  });
}

/**
 * Does all work that is due, for one partner or for all, in the order it fell due. Returns how much there was. A thing
 * that fails is reported and left for the next run; it does not stop the others.
 */
export async function sweep(onError: (error: unknown) => void, partnerId: string | null = null): Promise<number> {
  let done = 0;
  // Onwards only: a thing that stays due waits for the next run, and does not hide what comes after it.
  for (let last: Due | null = null; ; ) {
    const due: Due[] = await findDue(partnerId, last);
    if (due.length === 0) return done;
    for (const item of due) {
      try {
        const ctx = await openCtx(item.partner_id, { kind: 'system', id: 'sweep' });
        if (ctx) await doDue(ctx, item);
        done += 1;
      } catch (error) {
        onError(error);
      }
      last = item;
    }
  }
}
