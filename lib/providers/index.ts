import { config, type Site } from '../config/index.ts';
import { AppError } from '../kernel/errors.ts';
import { exactOnline } from './exact/index.ts';
import { siteOrigins } from './exact/profile.ts';
import type { Provider } from './provider.ts';

export type {
  CurrentDivision,
  Division,
  ExactUser,
  Provider,
  Registration,
  TokenOutcome,
  TokenSet,
} from './provider.ts';

const providers: Record<string, Provider> = { [exactOnline.profile.slug]: exactOnline };

/** The provider a client registration names, or null. */
export const providerBySlug = (slug: string): Provider | null => providers[slug] ?? null;

/**
 * Where a site is found: an operator's override first, our simulator for sandbox partners, else the provider's own
 * host. Partners never enter an origin (TH6).
 */
export function originOf(site: Site, sandbox: boolean): string {
  const { exactOnlineOrigins, simulatorOrigins } = config();
  const standIn = exactOnlineOrigins[site] ?? (sandbox ? simulatorOrigins[site] : undefined);
  // A sandbox without its simulator must not reach the real Exact Online with made-up credentials.
  if (sandbox && !standIn)
    throw new AppError('provider_unavailable', 'The simulated Exact Online of this sandbox is not running.');
  return standIn ?? siteOrigins[site];
}

/** Whether a sandbox's clients live at our own simulator, whose clock we may push (design §5). */
export const simulatorFor = (site: Site): string | null => {
  const { exactOnlineOrigins, simulatorOrigins } = config();
  return exactOnlineOrigins[site] ? null : (simulatorOrigins[site] ?? null);
};

/** Origins an operator configured; lib/http may dial them although they are on this machine. */
export const operatorOrigins = (): string[] => {
  const { exactOnlineOrigins, simulatorOrigins } = config();
  return [...Object.values(exactOnlineOrigins), ...Object.values(simulatorOrigins)];
};

/** Where the simulator signs people in when it is told to use a host of its own, as Exact has one beside `start`. */
const signInOriginOf = (standIn: string): string[] => {
  const { protocol, port } = new URL(standIn);
  return protocol === 'http:' ? [`http://login.localhost${port && `:${port}`}`] : []; // plain http is this machine's own
};

/** Every origin that what stands in for a provider may lead a browser to, on its way to consent. */
export const standInOrigins = (): string[] =>
  operatorOrigins().flatMap((standIn) => [standIn, ...signInOriginOf(standIn)]);

/** Whether an address is one of a provider's own pages (sign-in has hosts beside `start`), or of what stands in for it. */
export const isAtProvider = ({ origin, hostname }: URL): boolean =>
  standInOrigins().includes(origin) ||
  Object.values(siteOrigins).some((site) => {
    const domain = new URL(site).hostname.replace(/^start\./, '');
    return hostname === domain || hostname.endsWith(`.${domain}`);
  });

/** The host a customer is about to see, as they should check it in the address bar; null where it is a stand-in. */
export const hostOfSite = (site: Site, sandbox: boolean): string | null =>
  sandbox || config().exactOnlineOrigins[site] ? null : new URL(siteOrigins[site]).host;

/** Where a customer manages the permissions they gave. */
export const securityCentreOf = (site: Site, sandbox: boolean): string => {
  const { exactOnlineOrigins, simulatorOrigins } = config();
  return `${exactOnlineOrigins[site] ?? (sandbox ? simulatorOrigins[site] : undefined) ?? siteOrigins[site]}/`;
};
export { readRefresh } from './exact/refresh-answer.ts';
