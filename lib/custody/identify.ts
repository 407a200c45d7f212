import { record } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Division, ExactUser } from '../providers/index.ts';
import { blindIndex } from '../vault/index.ts';
import { nextDue } from './core/windows.ts';
import { plannedRenewal } from './renewals.ts';
import { asJson, findGrant, lockChain, move } from './store.ts';
import { supersedeOlder } from './supersede.ts';

export type Identity = { user: ExactUser; divisions: Division[] | null } | null;
/** What the partner said it expects to see behind a consent; absent facts are not checked. */
export type Expected = { exact_user?: string | undefined; division?: number | undefined };

type Misfit = 'wrong_user' | 'wrong_company' | 'not_verified';

/** Why a grant does not fit the expectation, or null when it does. What was asked for and cannot be seen does not fit. */
export function misfit(identity: Identity, expected: Expected | null): Misfit | null {
  if (!expected?.exact_user && !expected?.division) return null;
  if (!identity) return 'not_verified';
  const names = [identity.user.userName, identity.user.email ?? ''].map((name) => name.toLowerCase());
  if (expected.exact_user && !names.includes(expected.exact_user.toLowerCase())) return 'wrong_user';
  if (!expected.division) return null;
  if (!identity.divisions) return 'not_verified';
  return identity.divisions.some(({ code }) => code === expected.division) ? null : 'wrong_company';
}

/**
 * Settles who is behind a sealed grant, in one transaction with everything that follows from it: the expectation
 * check, the supersession ledger (C-2 row 20), audit and event. Idempotent: only a pending identity is settled.
 */
export async function identifyGrant(
  tx: Tx,
  ctx: Ctx,
  grantId: string,
  identity: Identity,
  expected: Expected | null,
): Promise<void> {
  const index = identity ? await chainIndex(tx, ctx, grantId, identity) : null;
  if (index) await lockChain(tx, index);
  const { count } = await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id: grantId, identity: 'pending' },
    data: {
      identity: identity ? 'known' : 'unknown',
      ...(identity
        ? {
            exactUserIndex: index,
            exactUser: asJson(identity.user),
            ...(identity.divisions ? { divisions: asJson(identity.divisions) } : {}),
          }
        : {}),
    },
  });
  const grant = count === 1 ? await findGrant(tx, ctx, grantId) : null;
  if (!grant) return;
  await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id: grantId, custody: { in: ['sealed', 'parked'] } },
    data: {
      dueAt: nextDue(ctx.clock.now(), grant.lapsesAt),
      ...(grant.custody === 'sealed' ? { renewAt: await plannedRenewal(tx, ctx, grant) } : {}),
    },
  });

  const about = { connectionId: grant.connectionId };
  const facts = { grant_id: grant.id, lapses_at: grant.lapsesAt.toISOString(), identity: grant.identity };
  const reason = misfit(identity, expected);
  const newer = await supersedeOlder(tx, ctx, grant, index, reason === null);
  if (newer) {
    if (await move(tx, ctx, grant.id, 'superseded'))
      await record(tx, ctx, 'grant.superseded', about, { grant_id: grant.id, by_grant_id: newer.id });
    return;
  }
  if (grant.custody !== 'sealed') return; // parked, claimed or ended meanwhile, and told then
  if (reason && (await move(tx, ctx, grant.id, 'parked', { parkedReason: reason }))) {
    await record(tx, ctx, 'grant.parked', about, { ...facts, reason });
    return;
  }
  await record(tx, ctx, 'grant.sealed', about, facts);
}

async function chainIndex(tx: Tx, ctx: Ctx, grantId: string, identity: NonNullable<Identity>) {
  const grant = await findGrant(tx, ctx, grantId);
  return grant ? blindIndex(tx, ctx.partnerId, grant.clientId.toLowerCase(), identity.user.id) : null;
}
