import { record } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { shredCandidates } from './answers.ts';
import { nextDue } from './core/windows.ts';
import { openRenewalOf, settleRenewal } from './renewals.ts';
import { type GrantRow, move } from './store.ts';
import { cancelOpenHandoff } from './supersede.ts';
import { parkGrant } from './verbs.ts';

/** Brings a held grant to where it can end or be parked, by legal moves: its claim is cancelled, its renewal settled. */
async function backToSealed(tx: Tx, ctx: Ctx, grant: GrantRow): Promise<boolean> {
  if (grant.custody === 'sealed') return true;
  if (grant.custody === 'claimed') await cancelOpenHandoff(tx, ctx, grant, 'restored');
  if (grant.custody === 'renewing') {
    const running = await openRenewalOf(tx, ctx, grant.id);
    if (running) {
      await settleRenewal(tx, ctx, running, 'ended');
      await shredCandidates(tx, ctx, running.id);
    }
  }
  return move(tx, ctx, grant.id, 'sealed', { dueAt: nextDue(ctx.clock.now(), grant.lapsesAt) });
}

/**
 * Ends a held grant because the journals outside a restored database tell that its token left, was spent or was destroyed
 * (C-2 row 19). `because` says which. False when it is not held any more.
 */
export async function endRestored(tx: Tx, ctx: Ctx, grant: GrantRow, because: string): Promise<boolean> {
  if (!(await backToSealed(tx, ctx, grant)) || !(await move(tx, ctx, grant.id, 'dead'))) return false;
  const facts = { grant_id: grant.id, cause: 'restored', because } as const;
  await record(tx, ctx, 'grant.dead', { connectionId: grant.connectionId }, facts);
  return true;
}

/** Lets a held grant wait for a member, because nobody can tell what happened to it before the restore (C-2 row 19). */
export async function parkRestored(tx: Tx, ctx: Ctx, grant: GrantRow): Promise<boolean> {
  if (grant.custody === 'parked' || !(await backToSealed(tx, ctx, grant))) return false;
  return parkGrant(tx, ctx, grant, 'restored');
}
