import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../audit/index.ts';
import type { Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { clockAt, plus } from '../kernel/clock.ts';
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

/** Longer than one run may take; every run extends it, so a push that was killed is in nobody's way after that. */
const leaseSeconds = 60;
/** A press in the console, or a call, is answered before whoever waits for it gives up. */
const longestWorkMs = 45_000;

type Held = { id: string; offsetMs: number; now: Date };

/** Takes the clock, for one push at a time; whoever held it and was killed is fenced by the new holder's id. */
async function takeClock({ partnerId }: Ctx): Promise<Held> {
  const id = randomUUID();
  const [taken] = await inTenant(
    partnerId,
    (tx) => tx.$queryRaw<{ offsetMs: bigint; now: Date }[]>`
      UPDATE partner SET pushed_by = ${id}, pushed_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
      WHERE partner_id = ${partnerId} AND sandbox_of IS NOT NULL
        AND (pushed_until IS NULL OR pushed_until < clock_timestamp())
      RETURNING clock_offset_ms AS "offsetMs", clock_timestamp() + clock_offset_ms * interval '1 millisecond' AS now`,
  );
  if (!taken)
    throw new AppError(
      'clock_moved',
      'Time is passing in this sandbox already; wait until that is done and try again.',
    );
  return { id, offsetMs: Number(taken.offsetMs), now: taken.now };
}

async function moveClock(tx: Tx, { partnerId }: Ctx, { id }: Held, offsetMs: number): Promise<void> {
  const moved = await tx.$executeRaw`
    UPDATE partner SET clock_offset_ms = greatest(clock_offset_ms, ${offsetMs}),
      pushed_until = clock_timestamp() + ${leaseSeconds} * interval '1 second'
    WHERE partner_id = ${partnerId} AND pushed_by = ${id}`;
  if (moved !== 1)
    throw new AppError('clock_moved', 'The clock was moved by somebody else meanwhile; look at it and try again.');
}

/** Lets go of the clock, and puts on record how far it went. Null when somebody else has it by now. */
async function letGo(ctx: Ctx, { id, offsetMs: before }: Held): Promise<{ now: Date; offsetMs: number } | null> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const [row] = await tx.$queryRaw<{ offsetMs: bigint; now: Date }[]>`
      UPDATE partner SET pushed_by = NULL, pushed_until = NULL WHERE partner_id = ${partnerId} AND pushed_by = ${id}
      RETURNING clock_offset_ms AS "offsetMs", clock_timestamp() + clock_offset_ms * interval '1 millisecond' AS now`;
    if (!row) return null;
    const offsetMs = Number(row.offsetMs);
    if (offsetMs > before)
      await audit(tx, ctx, 'sandbox.advanced', {}, { seconds: Math.floor((offsetMs - before) / 1000) });
    return { now: row.now, offsetMs };
  });
}

/** Two registrations may share one app, whose clock is one clock. */
const appsOf = ({ partnerId }: Ctx) =>
  inTenant(partnerId, (tx) =>
    tx.clientRegistration.findMany({
      where: { partnerId },
      select: { site: true, clientId: true },
      distinct: ['clientId'],
    }),
  );

/** Lives through what the clock's holder asked for, as far as one call goes. */
async function push(ctx: Ctx, held: Held, seconds: number, onError: Report, workMs: number): Promise<void> {
  const apps = await appsOf(ctx);
  const offsetAt = (at: Date) => held.offsetMs + (at.getTime() - held.now.getTime());
  const bringAllUp = async (offsetMs: number) => {
    for (const { site, clientId } of apps) {
      const origin = simulatorFor(site as Site);
      if (origin) await bringUp(origin, clientId, offsetMs);
    }
  };
  const started = performance.now();
  await bringAllUp(held.offsetMs); // one that does not answer is noticed before anything has happened
  const until = plus(held.now, seconds * 1000);
  const then: Ctx = { ...ctx, clock: clockAt(held.now) };
  const through = await sweepThrough(then, until, onError, {
    pass: (tx, at) => moveClock(tx, ctx, held, offsetAt(at)),
    before: (at) => bringAllUp(offsetAt(at)),
    goesOn: () => performance.now() - started < workMs,
  });
  if (!through) return bringAllUp(await inTenant(ctx.partnerId, (tx) => offsetOf(tx, ctx)));
  await bringAllUp(offsetAt(until));
  await inTenant(ctx.partnerId, (tx) => moveClock(tx, ctx, held, offsetAt(until)));
}

type Report = (error: unknown) => void;
/** What time it is in the sandbox now, and how much of what was asked for is still to be lived through. */
export type Advanced = { now: Date; secondsLeft: number };

/**
 * Pushes a sandbox's clock forward. It lives through the time between, so that reminders, renewals, lapses and ends of
 * windows happen in their order and at their moments; the clock moves in the transactions of what happens, so no row is
 * ahead of it, and a push that was killed left the sandbox at the last moment it lived through. Its clients' clocks at our
 * simulator come along; an origin that an operator put in the simulator's place keeps its own time (design §5). After
 * `workMs` of work it stops between two moments and says what is left. Throws sandbox_only, provider_unavailable, and
 * clock_moved while somebody else pushes it.
 */
export async function advanceSandbox(
  ctx: Ctx,
  seconds: number,
  onError: Report,
  workMs: number = longestWorkMs,
): Promise<Advanced> {
  const known = await openCtx(ctx.partnerId, ctx.actor, ctx.requestId); // the row decides, not the caller's context
  if (!known?.sandbox) throw new AppError('sandbox_only', 'Only the clock of a sandbox can be moved.');
  const held = await takeClock(known);
  try {
    await push(known, held, seconds, onError, workMs);
  } catch (error) {
    await letGo(known, held).catch(onError);
    throw error;
  }
  const ended = await letGo(known, held);
  if (!ended)
    throw new AppError('clock_moved', 'The clock was moved by somebody else meanwhile; look at it and try again.');
  const leftMs = seconds * 1000 - (ended.offsetMs - held.offsetMs);
  return { now: ended.now, secondsLeft: Math.max(0, Math.ceil(leftMs / 1000)) };
}
