import type { Site } from '../../config/index.ts';
import type { ProviderProfile } from '../provider.ts';

/** One host per country site; clients of one site do not exist on another (A1). */
export const siteOrigins = {
  nl: 'https://start.exactonline.nl',
  be: 'https://start.exactonline.be',
  de: 'https://start.exactonline.de',
  fr: 'https://start.exactonline.fr',
  es: 'https://start.exactonline.es',
  uk: 'https://start.exactonline.co.uk',
  us: 'https://start.exactonline.com',
} as const satisfies Record<Site, string>;

export const profile = {
  slug: 'exact-online',
  name: 'Exact Online',
  codeLifetimeSeconds: 180, // T3
  refreshToken: { singleUse: true, unusedLifetimeDays: 30, oneChainPerUser: true }, // T13, T14, T16
  earliestRefreshSeconds: 570, // T10, T11
  namesIssuer: false, // A13: code and state, nothing else
  source: 'https://support.exactonline.com/community/s/knowledge-base#All-All-DNO-Content-oauth-dev-impleovervw',
} as const satisfies ProviderProfile;
