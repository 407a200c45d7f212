import { audit } from '../audit/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { newId, newToken, partnerOfToken } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { ctxIn } from './ctx.ts';

/** Makes an API key; the one time its secret is seen is the return value. */
export async function createApiKey(ctx: Ctx, label: string): Promise<{ id: string; key: Secret<string> }> {
  const key = newToken('apiKey', ctx.partnerId);
  const id = newId('apiKey');
  await inTenant(ctx.partnerId, async (tx) => {
    await tx.apiKey.create({
      data: {
        partnerId: ctx.partnerId,
        id,
        secretHash: sha256(key),
        label,
        last4: key.slice(-4),
        createdAt: ctx.clock.now(),
      },
    });
    await audit(tx, ctx, 'api_key.created', {}, { api_key_id: id, label });
  });
  return { id, key: new Secret(key) };
}

export type ApiKeyRow = {
  id: string;
  label: string;
  last4: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};

/** The partner's keys, newest first; never their secrets. */
export const listApiKeys = (ctx: Ctx): Promise<ApiKeyRow[]> =>
  inTenant(ctx.partnerId, (tx) =>
    tx.apiKey.findMany({
      where: { partnerId: ctx.partnerId },
      select: { id: true, label: true, last4: true, createdAt: true, lastUsedAt: true, revokedAt: true },
      orderBy: { createdAt: 'desc' },
    }),
  );

/** Ends a key; the next request that shows it is refused. */
export async function revokeApiKey(ctx: Ctx, id: string): Promise<boolean> {
  return inTenant(ctx.partnerId, async (tx) => {
    const { count } = await tx.apiKey.updateMany({
      where: { partnerId: ctx.partnerId, id, revokedAt: null },
      data: { revokedAt: ctx.clock.now() },
    });
    if (count === 1) await audit(tx, ctx, 'api_key.revoked', {}, { api_key_id: id });
    return count === 1;
  });
}

/** The context of a request that shows this key, or null. The key names its partner, so the look-up runs inside one. */
export async function ctxOfApiKey(key: string, requestId: string): Promise<Ctx | null> {
  const partnerId = partnerOfToken('apiKey', key);
  if (!partnerId) return null;
  return inTenant(partnerId, async (tx) => {
    const found = await tx.apiKey.findFirst({
      where: { partnerId, secretHash: sha256(key), revokedAt: null },
      select: { id: true },
    });
    if (!found) return null;
    // Once a minute is exact enough, and spares a write per request.
    await tx.$executeRaw`
      UPDATE api_key SET last_used_at = now() WHERE partner_id = ${partnerId} AND id = ${found.id}
      AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`;
    return ctxIn(tx, partnerId, { kind: 'api_key', id: found.id }, requestId);
  });
}
