import { audit, record } from '../audit/index.ts';
import { endRestored, findGrant, parkRestored, setAside } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { settleDelivered } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { deleteOne, openCtx } from '../tenancy/index.ts';
import type { Plan } from './plan.ts';

/** So many grants are settled in one transaction. */
const together = 100;

/** The deeds of a plan, each safe to be done again: a run that was cut off is given again. */
const deedsOf = (ctx: Ctx, plan: Plan): ((tx: Tx) => Promise<unknown>)[] => [
  ...plan.ends.map(({ grantId, verdict }) => async (tx: Tx) => {
    const grant = await findGrant(tx, ctx, grantId);
    if (!grant) return;
    await (verdict.do === 'end' ? endRestored(tx, ctx, grant, verdict.because) : parkRestored(tx, ctx, grant));
  }),
  ...plan.shredded.map((grantId) => async (tx: Tx) => {
    const where = { partnerId: ctx.partnerId, grantId, status: 'delivered' };
    const handoff = await tx.handoff.findFirst({ where });
    if (handoff) await settleDelivered(tx, ctx, handoff, 'unconfirmed', 'restored');
  }),
  ...plan.answers.map((id) => (tx: Tx) => setAside(tx, ctx, id)), // its exchange ends as unknown, and is told
  ...plan.lost.map(({ grantId, connectionId }) => async (tx: Tx) => {
    await tx.connection.updateMany({
      where: { partnerId: ctx.partnerId, id: connectionId },
      data: { attention: 'needs_consent' },
    });
    await record(tx, ctx, 'security.consent_lost', { connectionId }, { grant_id: grantId });
  }),
];

/** Does what a plan says for one partner, audited; the partner hears of every grant by its event. */
export async function carryOut(plan: Plan): Promise<void> {
  const ctx = await openCtx(plan.partnerId, { kind: 'system', id: 'operator' });
  if (!ctx) return; // deleted, here too
  if (plan.deleted) {
    await deleteOne(ctx);
    return;
  }
  const deeds = deedsOf(ctx, plan);
  for (let from = 0; from < deeds.length; from += together)
    await inTenant(ctx.partnerId, async (tx) => {
      for (const deed of deeds.slice(from, from + together)) await deed(tx);
    });
  const ended = plan.ends.filter(({ verdict }) => verdict.do === 'end').length;
  await inTenant(ctx.partnerId, (tx) =>
    audit(
      tx,
      ctx,
      'database.restored',
      {},
      {
        covered: plan.covered,
        ended,
        parked: plan.ends.length - ended,
        kept: plan.kept,
        lost: plan.lost.length,
      },
    ),
  );
}
