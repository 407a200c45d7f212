import { z } from 'zod';
import { audit } from '../audit/index.ts';
import type { Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { send } from '../http/index.ts';
import { plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { isId, newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { operatorOrigins, simulatorFor } from '../providers/index.ts';
import { sweepThrough } from '../sweep/index.ts';
import {
  createRegistration,
  openClientSecret,
  openCtx,
  type RegistrationInput,
  type RegistrationView,
  readRegistration,
  redirectUriOf,
} from '../tenancy/index.ts';

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
  if (sent.kind === 'answered' && sent.response.status === 409)
    throw new AppError('client_id_taken', 'Another sandbox uses this client ID already; choose another one.');
  if (sent.kind !== 'answered' || sent.response.status >= 300) {
    throw new AppError('provider_unavailable', 'The simulated Exact Online does not answer; is it running?');
  }
  return JSON.parse(sent.response.body);
}

const OffsetShown = z.object({ offset_seconds: z.number() });

/** Brings a client's own time at the simulator up to the sandbox's. Doing it again changes nothing. */
async function bringUp(origin: string, clientId: string, offsetMs: number): Promise<void> {
  const push = async (seconds: number) =>
    OffsetShown.parse(await tell(origin, 'POST', 'clock', { client_id: clientId, advance_seconds: seconds }));
  const behind = Math.floor(offsetMs / 1000) - (await push(0)).offset_seconds;
  if (behind > 0) await push(behind);
}

const offsetOf = async (tx: Tx, ctx: Ctx): Promise<number> => {
  const partner = { partnerId: ctx.partnerId };
  return Number((await tx.partner.findFirstOrThrow({ where: partner, select: { clockOffsetMs: true } })).clockOffsetMs);
};

/**
 * Pushes a sandbox's clock forward: its clients' clocks at our simulator first, then it lives through the time between,
 * so that reminders, lapses and ends of windows happen in their order and at their moments; at last its own clock. An
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
  for (const { site, clientId } of registrations) {
    const origin = simulatorFor(site as Site);
    if (origin) await bringUp(origin, clientId, targetMs);
  }
  await sweepThrough(before, plus(before.clock.now(), seconds * 1000), onError);
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

type App = { site: Site; clientId: string; secret: Secret<string>; redirectUri: string; name: string };

/** Makes an app known to our simulator, as registering it at Exact does for a live partner. */
async function introduce(ctx: Ctx, app: App, offsetMs: number): Promise<void> {
  const origin = simulatorFor(app.site);
  if (!origin) return;
  await tell(origin, 'PUT', 'clients', {
    client_id: app.clientId,
    client_secret: app.secret.reveal(),
    redirect_uri: app.redirectUri,
    site: app.site,
    name: app.name,
    realm: ctx.partnerId, // nobody else's sandbox may put another app in its place
  });
  await bringUp(origin, app.clientId, offsetMs);
}

/** Makes a sandbox's client registration known to our simulator, again after every change. Does nothing for a live partner. */
export async function shareWithSimulator(ctx: Ctx, registrationId: string): Promise<void> {
  if (!ctx.sandbox) return;
  const { registration, secret, offsetMs } = await inTenant(ctx.partnerId, async (tx) => ({
    registration: await readRegistration(tx, ctx, registrationId),
    secret: await openClientSecret(tx, ctx, registrationId),
    offsetMs: await offsetOf(tx, ctx),
  }));
  await introduce(ctx, { ...registration, secret }, offsetMs);
}

/**
 * Stores a client registration; for a sandbox the simulator knows its app first, so that none is left that nobody can
 * consent to. Throws client_id_taken and provider_unavailable besides what createRegistration throws.
 */
export async function addRegistration(
  ctx: Ctx,
  input: RegistrationInput,
  reservedId?: string,
): Promise<RegistrationView> {
  const id = reservedId && isId('clientRegistration', reservedId) ? reservedId : newId('clientRegistration');
  if (ctx.sandbox) {
    const offsetMs = await inTenant(ctx.partnerId, (tx) => offsetOf(tx, ctx));
    const { site, client_id: clientId, client_secret: secret, name } = input;
    const app = { site, clientId, secret: new Secret(secret), redirectUri: redirectUriOf(id), name };
    await introduce(ctx, app, offsetMs);
  }
  return createRegistration(ctx, input, id);
}
