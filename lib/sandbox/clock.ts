import { z } from 'zod';
import { audit } from '../audit/index.ts';
import type { Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { simulatorFor } from '../providers/index.ts';
import { sweepThrough } from '../sweep/index.ts';
import { openCtx } from '../tenancy/index.ts';
import { command } from './control.ts';

export const longestAdvanceSeconds = 400 * 86_400;
export const AdvanceInput = z.strictObject({ seconds: z.number().int().min(1).max(longestAdvanceSeconds) });

const OffsetShown = z.object({ offset_seconds: z.number() });

/** Brings a client's own time at the simulator up to the sandbox's. Doing it again changes nothing. */
export async function bringUp(origin: string, clientId: string, offsetMs: number): Promise<void> {
  const push = async (seconds: number) =>
    OffsetShown.parse(await command(origin, 'POST', '/clock', { client_id: clientId, advance_seconds: seconds }));
  const behind = Math.floor(offsetMs / 1000) - (await push(0)).offset_seconds;
  if (behind > 0) await push(behind);
}

/** How far a sandbox's clock is ahead, in milliseconds. */
export const offsetOf = async (tx: Tx, ctx: Ctx): Promise<number> => {
  const partner = { partnerId: ctx.partnerId };
  return Number((await tx.partner.findFirstOrThrow({ where: partner, select: { clockOffsetMs: true } })).clockOffsetMs);
};

/**
 * Pushes a sandbox's clock forward. It lives through the time between, so that reminders, renewals, lapses and ends of
 * windows happen in their order and at their moments, with its clients' clocks at our simulator brought along; at last its
 * own clock is set. An
 * origin that an operator put in the simulator's place keeps its own time (design §5). Throws sandbox_only,
 * provider_unavailable, and clock_moved when somebody else pushed it meanwhile.
 */
export async function advanceSandbox(ctx: Ctx, seconds: number, onError: (error: unknown) => void): Promise<Date> {
  const { partnerId } = ctx;
  const before = await openCtx(partnerId, ctx.actor, ctx.requestId); // the caller's clock may have been read a while ago
  if (!before?.sandbox) throw new AppError('sandbox_only', 'Only the clock of a sandbox can be moved.');
  const [offsetMs, registrations] = await inTenant(partnerId, async (tx) => [
    await offsetOf(tx, ctx),
    // Two registrations may share one app, whose clock is one clock.
    await tx.clientRegistration.findMany({
      where: { partnerId },
      select: { site: true, clientId: true },
      distinct: ['clientId'],
    }),
  ]);
  const targetMs = offsetMs + seconds * 1000;
  const now = before.clock.now();
  const bringAllUp = async (at: Date) => {
    for (const { site, clientId } of registrations) {
      const origin = simulatorFor(site as Site);
      if (origin) await bringUp(origin, clientId, offsetMs + (at.getTime() - now.getTime()));
    }
  };
  await bringAllUp(now); // one that does not answer is noticed before anything has happened
  const until = plus(now, seconds * 1000);
  await sweepThrough(before, until, onError, bringAllUp);
  await bringAllUp(until);
  await inTenant(partnerId, async (tx) => {
    const { count } = await tx.partner.updateMany({
      where: { partnerId, sandboxOf: { not: null }, clockOffsetMs: offsetMs },
      data: { clockOffsetMs: targetMs },
    });
    if (count !== 1)
      throw new AppError('clock_moved', 'The clock was moved by somebody else meanwhile; look at it and try again.');
    await audit(tx, ctx, 'sandbox.advanced', {}, { seconds });
  });
  return plus(before.clock.now(), seconds * 1000);
}
