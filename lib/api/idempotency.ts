import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { sha256 } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';
import { open, seal } from '../vault/index.ts';

export type Answer = { status: number; text: string };

const place = (ctx: Ctx, key: string) =>
  ({ purpose: 'idempotency', partnerId: ctx.partnerId, recordId: `${ctx.actor.id}|${key}`, field: 'answer' }) as const;

async function reserve(tx: Tx, ctx: Ctx, key: string, requestHash: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const made = await tx.$executeRaw`
    INSERT INTO idempotency_record (partner_id, api_key_id, key, request_hash, created_at)
    VALUES (${ctx.partnerId}, ${ctx.actor.id}, ${key}, ${requestHash}, now())
    ON CONFLICT (partner_id, api_key_id, key) DO UPDATE SET created_at = now()
    WHERE idempotency_record.status IS NULL AND idempotency_record.created_at < now() - interval '2 minutes'
    AND idempotency_record.request_hash = EXCLUDED.request_hash`; // a run that died is taken over
  return made === 1;
}

async function recall(tx: Tx, ctx: Ctx, key: string, requestHash: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const found = await tx.idempotencyRecord.findFirst({
    where: { partnerId: ctx.partnerId, apiKeyId: ctx.actor.id, key },
  });
  if (!found || !Buffer.from(found.requestHash).equals(requestHash)) {
    throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for another request.');
  }
  if (found.status === null || found.body === null) {
    throw new AppError(
      'idempotency_in_flight',
      'The first request with this Idempotency-Key is still running, or was cut off.',
    );
  }
  return { status: found.status, text: (await open(tx, found.body, place(ctx, key))).reveal() };
}

async function keep(tx: Tx, ctx: Ctx, key: string, answer: Answer): Promise<void> {
  await tx.idempotencyRecord.updateMany({
    where: { partnerId: ctx.partnerId, apiKeyId: ctx.actor.id, key },
    data: { status: answer.status, body: await seal(tx, new Secret(answer.text), place(ctx, key)) },
  });
}

/**
 * Runs `work` once per (API key, Idempotency-Key): the same request again gets the same bytes, another body under the
 * same key is refused (IETF httpapi draft; B-7). The deed and its answer commit together, so a crash leaves both or
 * neither; a second request at the same moment waits for the first. Answers are kept sealed, since they may hold a
 * link. A failure is not kept, so it may be tried again.
 */
export function once(ctx: Ctx, key: string, fingerprintOf: string, work: () => Promise<Answer>): Promise<Answer> {
  const requestHash = sha256(fingerprintOf);
  return inTenant(ctx.partnerId, async (tx) => {
    if (!(await reserve(tx, ctx, key, requestHash))) return recall(tx, ctx, key, requestHash);
    const answer = await work();
    await keep(tx, ctx, key, answer);
    return answer;
  });
}

/**
 * The same for work that reaches outside the database and so cannot be one transaction: reserved first, kept after. A
 * request that was cut off in between is refused for two minutes, then may be made again.
 */
export async function onceOutside(
  ctx: Ctx,
  key: string,
  fingerprintOf: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { partnerId } = ctx;
  const requestHash = sha256(fingerprintOf);
  const before = await inTenant(partnerId, async (tx) =>
    (await reserve(tx, ctx, key, requestHash)) ? null : recall(tx, ctx, key, requestHash),
  );
  if (before) return before;
  try {
    const answer = await work();
    await inTenant(partnerId, (tx) => keep(tx, ctx, key, answer));
    return answer;
  } catch (error) {
    if (error instanceof AppError) {
      await inTenant(partnerId, (tx) =>
        tx.idempotencyRecord.deleteMany({ where: { partnerId, apiKeyId: ctx.actor.id, key, status: null } }),
      );
    }
    throw error;
  }
}
