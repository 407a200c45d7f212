import { record } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { CurrentDivision, Division, ExactUser } from '../providers/index.ts';
import { blindIndex } from '../vault/index.ts';
import { nextDue } from './core/windows.ts';
import { plannedRenewal } from './renewals.ts';
import { asJson, findGrant, type GrantRow, lockChain, lockConnectionOf, move } from './store.ts';
import { supersedeOlder } from './supersede.ts';
import { releaseGrant } from './verbs.ts';

/** `granted`: whether the consent covers the administration that is open at the provider; null when that could not be seen. */
export type Current = CurrentDivision & { granted: boolean | null };
export type Identity = { user: ExactUser; divisions: Division[] | null; current?: Current } | null;
/** What the partner said it expects to see behind a consent; absent facts are not checked. */
export type Expected = { exact_user?: string | undefined; division?: number | undefined };
/** What has to be true of a consent before it may be claimed. `confirm`: the customer has to say that the account is the right one. */
export type Demands = { expected: Expected | null; confirm: boolean };
export const noDemands: Demands = { expected: null, confirm: false };

/** Why a look at the provider parks a grant. Another look may release what was parked for one of these. */
const seen = ['wrong_user', 'wrong_company', 'current_missing', 'not_verified'] as const;
type Misfit = (typeof seen)[number] | 'not_confirmed';
/** Whether a grant is parked for something that the provider was seen to say, and may say otherwise when it is asked again. */
export const isParkedBySight = ({ custody, parkedReason }: Pick<GrantRow, 'custody' | 'parkedReason'>): boolean =>
  custody === 'parked' && (seen as readonly (string | null)[]).includes(parkedReason);

/**
 * Why a grant does not fit what is demanded, or null when it does. What was asked for and cannot be seen does not fit. An open
 * administration that was left out is a misfit even if nobody asked: no database can be registered without it (R6).
 */
export function misfit(identity: Identity, { expected, confirm }: Demands): Misfit | null {
  const unconfirmed = confirm ? 'not_confirmed' : null;
  const asks = expected?.exact_user !== undefined || expected?.division !== undefined;
  if (!identity) return asks ? 'not_verified' : unconfirmed;
  const names = [identity.user.userName, identity.user.email ?? ''].map((name) => name.toLowerCase());
  if (expected?.exact_user && !names.includes(expected.exact_user.toLowerCase())) return 'wrong_user';
  if (identity.current?.granted === false) return 'current_missing';
  if (!expected?.division) return unconfirmed;
  if (!identity.divisions) return 'not_verified';
  return identity.divisions.some(({ code }) => code === expected.division) ? unconfirmed : 'wrong_company';
}

type Looked = { grantId: string; identity: Identity };

/**
 * Settles who is behind a sealed grant, in one transaction with everything that follows from it: the expectation
 * check, the supersession ledger (C-2 row 20), audit and event. Idempotent: only a pending identity is settled.
 */
export async function identifyGrant(
  tx: Tx,
  ctx: Ctx,
  grantId: string,
  identity: Identity,
  demands: Demands,
): Promise<void> {
  const { grant, index } = await writeIdentity(tx, ctx, { grantId, identity }, ['pending']);
  if (!grant) return;
  const seenAs = grant.identity as 'known' | 'unknown';
  const facts = { grant_id: grant.id, lapses_at: grant.lapsesAt.toISOString(), identity: seenAs };
  const about = { connectionId: grant.connectionId };
  const reason = misfit(identity, demands);
  if (await endOvertaken(tx, ctx, grant, index, reason === null && mayTakePlace(grant))) return;
  if (grant.custody !== 'sealed') return; // parked, claimed or ended meanwhile, and told then
  if (reason && (await move(tx, ctx, grant.id, 'parked', { parkedReason: reason }))) {
    await record(tx, ctx, 'grant.parked', about, { ...facts, reason });
    return;
  }
  await record(tx, ctx, 'grant.sealed', about, facts);
}

/**
 * Settles what one more look saw, made because the customer says that they have put right what was wrong. What only the first
 * look had parked is released if it fits now, and parked under the new reason if it does not.
 */
export async function identifyAgain(
  tx: Tx,
  ctx: Ctx,
  grantId: string,
  identity: NonNullable<Identity>,
  demands: Demands,
): Promise<void> {
  await lockConnectionOf(tx, ctx, grantId, 'UPDATE');
  const { grant, index } = await writeIdentity(tx, ctx, { grantId, identity }, ['known', 'unknown']);
  if (!grant) return;
  const reason = misfitAgain(grant, identity, demands);
  if (await endOvertaken(tx, ctx, grant, index, reason === null && mayTakePlace(grant))) return;
  if (isParkedBySight(grant)) {
    if (reason === null) await releaseGrant(tx, ctx, grant, { looked_again: true });
    else await repark(tx, ctx, grant, reason);
  } else if (grant.custody === 'sealed' && reason) {
    if (await move(tx, ctx, grant.id, 'parked', { parkedReason: reason })) await tellParked(tx, ctx, grant, reason);
  }
}

/** What was left out has to be seen to be there; that nothing was seen this time mends nothing. */
function misfitAgain(grant: GrantRow, identity: NonNullable<Identity>, demands: Demands): Misfit | null {
  const reason = misfit(identity, grant.confirmedAt ? { ...demands, confirm: false } : demands);
  const stillOut = grant.parkedReason === 'current_missing' && identity.current?.granted !== true;
  return stillOut ? (reason ?? 'current_missing') : reason;
}

/** Whether a grant holds a token or has handed it over: one that ended ends nothing else. */
const stands = ({ custody }: GrantRow): boolean =>
  ['sealed', 'renewing', 'claimed', 'handed_over', 'parked'].includes(custody);

/** Whether a grant that fits takes the place of older ones: not once it ended while the provider was asked, nor while somebody doubts it. */
const mayTakePlace = (grant: GrantRow): boolean =>
  stands(grant) && (grant.custody !== 'parked' || isParkedBySight(grant));

const tellParked = (tx: Tx, ctx: Ctx, { id, connectionId }: GrantRow, reason: Misfit) =>
  record(tx, ctx, 'grant.parked', { connectionId }, { grant_id: id, reason });

async function repark(tx: Tx, ctx: Ctx, grant: GrantRow, reason: Misfit): Promise<void> {
  const { count } = await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id: grant.id, custody: 'parked', parkedReason: { not: reason } },
    data: { parkedReason: reason },
  });
  if (count === 1) await tellParked(tx, ctx, grant, reason);
}

/** Writes down who it is, if that is still to be said; the grant as it is afterwards, and the index of its chain. */
async function writeIdentity(tx: Tx, ctx: Ctx, { grantId, identity }: Looked, from: string[]) {
  const index = identity ? await chainIndex(tx, ctx, grantId, identity) : null;
  if (index) await lockChain(tx, index);
  const { count } = await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id: grantId, identity: { in: from } },
    data: identity
      ? {
          identity: 'known',
          exactUserIndex: index,
          exactUser: asJson(identity.user),
          ...(identity.divisions ? { divisions: asJson(identity.divisions) } : {}),
          ...(identity.current ? { currentDivision: asJson(identity.current) } : {}),
        }
      : { identity: 'unknown' },
  });
  const grant = count === 1 ? await findGrant(tx, ctx, grantId) : null;
  if (!grant) return { grant, index };
  await tx.grant.updateMany({
    where: { partnerId: ctx.partnerId, id: grantId, custody: { in: ['sealed', 'parked'] } },
    data: {
      dueAt: nextDue(ctx.clock.now(), grant.lapsesAt),
      ...(grant.custody === 'sealed' ? { renewAt: await plannedRenewal(tx, ctx, grant) } : {}),
    },
  });
  return { grant, index };
}

/** Ends what this consent ends; true when a newer consent has ended this one. */
async function endOvertaken(
  tx: Tx,
  ctx: Ctx,
  grant: GrantRow,
  index: Uint8Array<ArrayBuffer> | null,
  fits: boolean,
): Promise<boolean> {
  const newer = await supersedeOlder(tx, ctx, grant, index, fits);
  if (newer && (await move(tx, ctx, grant.id, 'superseded')))
    await record(
      tx,
      ctx,
      'grant.superseded',
      { connectionId: grant.connectionId },
      { grant_id: grant.id, by_grant_id: newer.id },
    );
  return newer !== null;
}

async function chainIndex(tx: Tx, ctx: Ctx, grantId: string, identity: NonNullable<Identity>) {
  const grant = await findGrant(tx, ctx, grantId);
  return grant ? blindIndex(tx, ctx.partnerId, grant.clientId.toLowerCase(), identity.user.id) : null;
}
