import type { Site } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { isId, newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { simulatorFor } from '../providers/index.ts';
import {
  createRegistration,
  openClientSecret,
  type RegistrationInput,
  type RegistrationView,
  readPartner,
  readRegistration,
  redirectFor,
} from '../tenancy/index.ts';
import { bringUp, offsetOf } from './clock.ts';
import { command } from './control.ts';

type App = { site: Site; clientId: string; secret: Secret<string>; redirectUri: string; name: string };

/** Makes an app known to our simulator, as registering it at Exact does for a live partner. */
async function introduce(ctx: Ctx, app: App, offsetMs: number): Promise<void> {
  const origin = simulatorFor(app.site);
  if (!origin) return;
  await command(origin, 'PUT', '/clients', {
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
    const { offsetMs, home } = await inTenant(ctx.partnerId, async (tx) => ({
      offsetMs: await offsetOf(tx, ctx),
      home: (await readPartner(tx, ctx)).home,
    }));
    const { site, client_id: clientId, client_secret: secret, name } = input;
    const app = {
      site,
      clientId,
      secret: new Secret(secret),
      redirectUri: redirectFor(id, input.redirect_uri, home),
      name,
    };
    await introduce(ctx, app, offsetMs);
  }
  return createRegistration(ctx, input, id);
}
