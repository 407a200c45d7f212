import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { record } from '../audit/index.ts';
import { config } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { faultOfUrl, type UrlFault } from '../http/index.ts';
import { hours, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { open, seal } from '../vault/index.ts';
import { lockLive } from './store.ts';

const faults: Record<UrlFault, string> = {
  not_a_url: 'This is not a URL.',
  not_https: 'The URL begins with https://.',
  has_userinfo: 'A URL holds no user name and no password; requests are signed.',
  has_fragment: 'A URL with # in it has a part that no server gets to see.',
  other_port: 'Only port 443 is sent to.',
  not_public: 'This address is not on the public internet.',
};

/** Where a target of kind push is found. The addresses behind a name are judged whenever it is dialled, not here. */
export const PushInput = z.strictObject({
  url: z
    .string()
    .trim()
    .max(2000, 'A URL has at most 2000 characters.')
    .superRefine((url, issues) => {
      const fault = faultOfUrl(url, config().pushOrigins);
      if (fault) issues.addIssue(faults[fault]);
    })
    .meta({ description: 'https, port 443, a host of the public internet.' }),
});

/** How long requests are signed with the secret of before, too (B-8). */
const overlapHours = 24;

const pushSecretPlace = ({ partnerId }: Ctx, id: string) =>
  ({ purpose: 'webhook_secret', partnerId, recordId: id, field: 'secret' }) as const;

/** Makes the secret that stands in front from here on: 32 random bytes, told this once. */
export async function makePushSecret(tx: Tx, ctx: Ctx, targetId: string): Promise<Secret<string>> {
  const { partnerId } = ctx;
  const id = newId('pushSecret');
  const secret = new Secret(`whsec_${randomBytes(32).toString('base64')}`);
  const sealed = await seal(tx, secret, pushSecretPlace(ctx, id));
  await tx.pushSecret.create({ data: { partnerId, id, targetId, secret: sealed, createdAt: ctx.clock.now() } });
  return secret;
}

/**
 * Puts a new secret in front. The one before it signs beside it for 24 hours; one from before that is gone at once. Throws
 * not_found, target_archived, invalid_request.
 */
export async function rotatePushSecret(
  ctx: Ctx,
  targetId: string,
): Promise<{ secret: Secret<string>; previousUntil: Date }> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const target = await lockLive(tx, ctx, targetId);
    if (target.kind !== 'push')
      throw new AppError('invalid_request', 'Only what is pushed is signed; this target has no secret.');
    const now = ctx.clock.now();
    await tx.pushSecret.deleteMany({ where: { partnerId, targetId, retiredAt: { not: null } } });
    await tx.pushSecret.updateMany({ where: { partnerId, targetId }, data: { retiredAt: now } });
    const secret = await makePushSecret(tx, ctx, targetId);
    const previousUntil = plus(now, hours(overlapHours));
    await record(tx, ctx, 'target.secret_rotated', {}, { target_id: targetId, name: target.name });
    return { secret, previousUntil };
  });
}

/** What a request to a target is signed with now: the secret in front, and for a day the one before it. */
export async function openPushSecrets(tx: Tx, ctx: Ctx, targetId: string): Promise<Secret<string>[]> {
  const since = plus(ctx.clock.now(), -hours(overlapHours));
  const rows = await tx.pushSecret.findMany({
    where: { partnerId: ctx.partnerId, targetId, OR: [{ retiredAt: null }, { retiredAt: { gt: since } }] },
    orderBy: { retiredAt: { sort: 'desc', nulls: 'first' } },
  });
  const opened: Secret<string>[] = [];
  for (const { id, secret } of rows) opened.push(await open(tx, secret, pushSecretPlace(ctx, id)));
  return opened;
}
