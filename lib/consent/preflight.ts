import type { Site } from '../config/index.ts';
import type { Identity } from '../custody/index.ts';
import { send } from '../http/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Secret } from '../kernel/secret.ts';
import { operatorOrigins, originOf, type Provider } from '../providers/index.ts';

/**
 * Asks who consented and for which companies, with the first access token and within its ten minutes. Runs only after
 * both tokens are durable (nothing may use A1 before; C-1), and its failure never fails the consent: null means that
 * the identity stays unknown.
 */
export async function readIdentityOf(
  ctx: Ctx,
  provider: Provider,
  site: Site,
  accessToken: Secret<string>,
): Promise<Identity> {
  const origin = originOf(site, ctx.sandbox);
  const me = await send(provider.identityRequest(origin, accessToken), operatorOrigins());
  const identity = me.kind === 'answered' ? provider.readIdentity(me.response) : null;
  if (!identity) return null;
  const list = await send(provider.divisionsRequest(origin, accessToken, identity.currentDivision), operatorOrigins());
  const divisions = list.kind === 'answered' ? provider.readDivisions(list.response) : null;
  return { user: identity.user, divisions: divisions ?? [] };
}
