import { audit } from '../audit/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { newId, newToken, partnerOfToken } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { ctxIn } from './ctx.ts';

/**
 * What a key may do besides reading: ask customers, take credentials, say where they may go, push a sandbox's clock. Who may
 * take and also say where to is trusted with everything, so the console does not give both unless it is told to.
 */
export const scopes = ['invite', 'handoff', 'targets', 'sandbox'] as const;
export type Scope = (typeof scopes)[number];

/** Makes an API key; the one time its secret is seen is the return value. */
export async function createApiKey(
  ctx: Ctx,
  label: string,
  allowed: readonly Scope[] = scopes,
): Promise<{ id: string; key: Secret<string> }> {
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
        scopes: [...allowed],
        createdAt: ctx.clock.now(),
      },
    });
    await audit(tx, ctx, 'api_key.created', {}, { api_key_id: id, label, scopes: allowed.join(' ') });
  });
  return { id, key: new Secret(key) };
}

export type ApiKeyRow = {
  id: string;
  label: string;
  last4: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};

/** The partner's keys, newest first; never their secrets. */
export const listApiKeys = (ctx: Ctx): Promise<ApiKeyRow[]> =>
  inTenant(ctx.partnerId, (tx) =>
    tx.apiKey.findMany({
      where: { partnerId: ctx.partnerId },
      select: { id: true, label: true, last4: true, scopes: true, createdAt: true, lastUsedAt: true, revokedAt: true },
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

/**
 * The context of a request that shows this key, with what the key may do; null for no key of ours. The key names its partner,
 * so the look-up runs inside one.
 */
export async function ctxOfApiKey(
  key: string,
  requestId: string,
): Promise<{ ctx: Ctx; scopes: readonly string[] } | null> {
  const partnerId = partnerOfToken('apiKey', key);
  if (!partnerId) return null;
  return inTenant(partnerId, async (tx) => {
    const found = await tx.apiKey.findFirst({
      where: { partnerId, secretHash: sha256(key), revokedAt: null },
      select: { id: true, scopes: true },
    });
    if (!found) return null;
    // Once a minute is exact enough, and spares a write per request.
    await tx.$executeRaw`
      UPDATE api_key SET last_used_at = now() WHERE partner_id = ${partnerId} AND id = ${found.id}
      AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`;
    const ctx = await ctxIn(tx, partnerId, { kind: 'api_key', id: found.id }, requestId);
    return ctx && { ctx, scopes: found.scopes };
  });
}
