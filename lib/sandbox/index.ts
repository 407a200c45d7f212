import { z } from 'zod';
import { audit } from '../audit/index.ts';
import type { Site } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { send } from '../http/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { operatorOrigins, simulatorFor } from '../providers/index.ts';
import { sweep } from '../sweep/index.ts';
import { openClientSecret, openCtx, readRegistration } from '../tenancy/index.ts';

export const longestAdvanceSeconds = 400 * 86_400;
export const AdvanceInput = z.strictObject({ seconds: z.number().int().min(1).max(longestAdvanceSeconds) });

async function tell(origin: string, method: 'POST' | 'PUT', path: string, body: object): Promise<unknown> {
  const sent = await send(
    {
      method,
      url: `${origin}/__control/${path}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
    operatorOrigins(),
  );
  if (sent.kind !== 'answered' || sent.response.status >= 300) {
    throw new AppError('provider_unavailable', 'The simulated Exact Online does not answer; is it running?');
  }
  return JSON.parse(sent.response.body);
}

const ClientShown = z.object({ offset_seconds: z.number() });

/**
 * Pushes a sandbox's clock forward, its clients' clocks at our simulator first, then does what has fallen due. An
 * origin that an operator put in the simulator's place keeps its own time (design §5). Throws sandbox_only.
 */
export async function advanceSandbox(ctx: Ctx, seconds: number, onError: (error: unknown) => void): Promise<Date> {
  if (!ctx.sandbox) throw new AppError('sandbox_only', 'Only the clock of a sandbox can be moved.');
  const registrations = await inTenant(ctx.partnerId, (tx) =>
    // Two registrations may share one app, whose clock is one clock.
    tx.clientRegistration.findMany({
      where: { partnerId: ctx.partnerId },
      select: { site: true, clientId: true },
      distinct: ['clientId'],
    }),
  );
  for (const { site, clientId } of registrations) {
    const origin = simulatorFor(site as Site);
    if (origin) await tell(origin, 'POST', 'clock', { client_id: clientId, advance_seconds: seconds });
  }
  await inTenant(ctx.partnerId, async (tx) => {
    await tx.partner.updateMany({
      where: { partnerId: ctx.partnerId, sandboxOf: { not: null } },
      data: { clockOffsetMs: { increment: BigInt(seconds) * 1000n } },
    });
    await audit(tx, ctx, 'sandbox.advanced', {}, { seconds });
  });
  await sweep(onError, ctx.partnerId);
  const after = await openCtx(ctx.partnerId, ctx.actor, ctx.requestId);
  return (after ?? ctx).clock.now();
}

/** Makes a sandbox's client registration known to our simulator, as registering the app at Exact does for a live one. */
export async function shareWithSimulator(ctx: Ctx, registrationId: string): Promise<void> {
  if (!ctx.sandbox) return;
  const { registration, secret, offsetMs } = await inTenant(ctx.partnerId, async (tx) => ({
    registration: await readRegistration(tx, ctx, registrationId),
    secret: await openClientSecret(tx, ctx, registrationId),
    offsetMs: (
      await tx.partner.findFirstOrThrow({ where: { partnerId: ctx.partnerId }, select: { clockOffsetMs: true } })
    ).clockOffsetMs,
  }));
  const origin = simulatorFor(registration.site);
  if (!origin) return;
  const shown = await tell(origin, 'PUT', 'clients', {
    client_id: registration.clientId,
    client_secret: secret.reveal(),
    redirect_uri: registration.redirectUri,
    site: registration.site,
    name: registration.name,
  });
  const behind = Math.floor(Number(offsetMs) / 1000 - ClientShown.parse(shown).offset_seconds);
  if (behind > 0) await tell(origin, 'POST', 'clock', { client_id: registration.clientId, advance_seconds: behind });
}
