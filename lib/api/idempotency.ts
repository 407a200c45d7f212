import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { sha256 } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';
import { open, seal } from '../vault/index.ts';

export type Answer = { status: number; text: string };

const place = (ctx: Ctx, key: string) =>
  ({ purpose: 'idempotency', partnerId: ctx.partnerId, recordId: `${ctx.actor.id}|${key}`, field: 'answer' }) as const;

/**
 * Runs `work` once per (API key, Idempotency-Key): the same request again gets the same bytes, another body under the
 * same key is refused, and so is a second one while the first still runs (IETF httpapi draft; B-7). Answers are kept
 * sealed, since they may hold a link. A failure is not kept, so it may be tried again.
 */
export async function once(ctx: Ctx, key: string, fingerprintOf: string, work: () => Promise<Answer>): Promise<Answer> {
  const { partnerId } = ctx;
  const where = { partnerId, apiKeyId: ctx.actor.id, key };
  const requestHash = sha256(fingerprintOf);
  const reserved = await inTenant(partnerId, async (tx) => {
    const made = await tx.$executeRaw`
      INSERT INTO idempotency_record (partner_id, api_key_id, key, request_hash, created_at)
      VALUES (${partnerId}, ${ctx.actor.id}, ${key}, ${requestHash}, now())
      ON CONFLICT (partner_id, api_key_id, key) DO UPDATE SET created_at = now()
      WHERE idempotency_record.status IS NULL AND idempotency_record.created_at < now() - interval '2 minutes'
      AND idempotency_record.request_hash = EXCLUDED.request_hash`;
    if (made === 1) return null;
    const found = await tx.idempotencyRecord.findFirst({ where });
    if (!found || !Buffer.from(found.requestHash).equals(requestHash)) {
      throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for another request.');
    }
    if (found.status === null || found.body === null)
      throw new AppError('idempotency_in_flight', 'The first request with this Idempotency-Key is still running.');
    return { status: found.status, text: (await open(tx, found.body, place(ctx, key))).reveal() };
  });
  if (reserved) return reserved;
  try {
    const answer = await work();
    await inTenant(partnerId, async (tx) => {
      await tx.idempotencyRecord.updateMany({
        where,
        data: { status: answer.status, body: await seal(tx, new Secret(answer.text), place(ctx, key)) },
      });
    });
    return answer;
  } catch (error) {
    await inTenant(partnerId, (tx) => tx.idempotencyRecord.deleteMany({ where: { ...where, status: null } })).catch(
      () => {},
    );
    throw error;
  }
}
