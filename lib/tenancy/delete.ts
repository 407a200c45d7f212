import { audit } from '../audit/index.ts';
import { asDirectory, inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { destroyAllKeys } from '../vault/index.ts';
import { openCtx } from './ctx.ts';
import { findTwin } from './twin.ts';

export type Deleted = { partnerIds: string[]; keys: number; rootKeyIds: string[] };

/** Who could sign in for this partner no longer can; sessions of people who are members nowhere else end too. */
async function endMemberships(tx: Tx, partnerId: string): Promise<number> {
  return asDirectory(tx, async (directory) => {
    const members = await directory.membership.findMany({ where: { partnerId }, select: { email: true } });
    const { count } = await directory.membership.deleteMany({ where: { partnerId } });
    await directory.$executeRaw`
      DELETE FROM identity_session s USING identity_user u WHERE u.id = s.user_id
      AND u.email = ANY(${members.map(({ email }) => email)})
      AND NOT EXISTS (SELECT FROM membership m WHERE m.email = u.email)`;
    return count;
  });
}

/** Destroys one partner's keys and ends who could act for it; a second time does nothing. */
export async function deleteOne(ctx: Ctx): Promise<Omit<Deleted, 'partnerIds'>> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const now = ctx.clock.now();
    // First of all: from here on nobody makes this partner a key, and whoever was making one is waited for.
    const { count } = await tx.partner.updateMany({
      where: { partnerId, deletedAt: null },
      data: { deletedAt: now, dueAt: null },
    });
    if (count === 0) return { keys: 0, rootKeyIds: [] };
    const destroyed = await destroyAllKeys(tx, partnerId);
    const apiKeys = await tx.apiKey.updateMany({ where: { partnerId, revokedAt: null }, data: { revokedAt: now } });
    const memberships = await endMemberships(tx, partnerId);
    await audit(tx, ctx, 'partner.deleted', {}, { keys: destroyed.keys, api_keys: apiKeys.count, memberships });
    return destroyed;
  });
}

/**
 * Deletes a partner, its sandbox first: its keys are destroyed, so nothing sealed for it opens again (crypto-erasure, B-5);
 * API keys, memberships and sessions end; its links lead nowhere. The rows stay, unreadable where they were sealed, and
 * the audit trail keeps the fact. `confirm` is the partner's name, typed again. Throws invalid_request when it is not, and for a
 * sandbox alone, whose partner would be left without one.
 */
export async function deletePartner(ctx: Ctx, confirm: string): Promise<Deleted> {
  const { name } = await inTenant(ctx.partnerId, (tx) =>
    tx.partner.findUniqueOrThrow({ where: { partnerId: ctx.partnerId }, select: { name: true } }),
  );
  if (ctx.sandbox) throw new AppError('invalid_request', 'A sandbox is deleted with its partner; name that one.');
  if (name !== confirm) throw new AppError('invalid_request', 'That is not the name of this partner.');
  const twinId = await findTwin(ctx);
  const twin = twinId && (await openCtx(twinId, ctx.actor, ctx.requestId));
  const parts = [...(twin ? [twin] : []), ctx];
  const done: Deleted = { partnerIds: parts.map(({ partnerId }) => partnerId), keys: 0, rootKeyIds: [] };
  for (const part of parts) {
    const { keys, rootKeyIds } = await deleteOne(part);
    done.keys += keys;
    done.rootKeyIds = [...new Set([...done.rootKeyIds, ...rootKeyIds])].sort();
  }
  return done;
}
