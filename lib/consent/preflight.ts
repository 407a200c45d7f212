import type { Site } from '../config/index.ts';
import type { Identity } from '../custody/index.ts';
import { type OutboundRequest, type Sent, send } from '../http/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Secret } from '../kernel/secret.ts';
import { type CurrentDivision, type Division, operatorOrigins, originOf, type Provider } from '../providers/index.ts';

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
  const { user, current } = identity;
  const list = await readDivisionsOf(provider, origin, accessToken, current);
  return { user, divisions: list.divisions, current: { ...current, granted: list.current } };
}

const mostPages = 20;

/** `current`: whether the open administration is among those the consent covers; null when that cannot be seen. */
type Listed = { divisions: Division[] | null; current: boolean | null };

/** The administrations of all pages, or none when the provider would not list them. */
async function readDivisionsOf(
  provider: Provider,
  origin: string,
  accessToken: Secret<string>,
  { code }: CurrentDivision,
): Promise<Listed> {
  const found: Division[] = [];
  const listed = (whole: boolean): Listed => {
    const isThere = found.some((division) => division.code === code);
    return { divisions: found, current: isThere || (whole ? false : null) };
  };
  let request: OutboundRequest | null = provider.divisionsRequest(origin, accessToken, code);
  for (let page = 0; request && page < mostPages; page += 1) {
    const list: Sent = await send(request, operatorOrigins());
    const divisions = list.kind === 'answered' ? provider.readDivisions(list.response) : null;
    if (list.kind !== 'answered' || !divisions) {
      const leftOut = list.kind === 'answered' && provider.leavesOutCurrent(list.response);
      return page === 0 ? { divisions: null, current: leftOut ? false : null } : listed(false);
    }
    found.push(...divisions);
    request = provider.nextDivisionsRequest(origin, accessToken, list.response);
  }
  return listed(request === null);
}
