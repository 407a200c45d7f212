import { exactHosts } from './sites.ts';

/** What one delivery tells, whatever the format writes of it. Moments are RFC 3339 in UTC. */
export type FileRecord = {
  handoffId: string;
  partnerId: string;
  connectionId: string;
  customerReference: string | null;
  customerName: string;
  site: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  /** The one issued with the refresh token, expired by now; null when none is kept. */
  accessToken: string | null;
  accessTokenExpiresAt: string | null;
  refreshToken: string;
  refreshTokenIssuedAt: string;
  refreshTokenExpiresAt: string;
  refreshNotBefore: string;
  consentedAt: string;
  /** Null when nobody asked Exact who gave the consent. */
  exactUser: { id: string; name: string } | null;
  tokenFingerprint: string;
  generation: number;
};

export const apiUrlOf = ({ site }: Pick<FileRecord, 'site'>): string => `https://${exactHosts[site]}`;

/** Where the form is, and what is chosen in it (reference 1.1). */
export const registrationForm = {
  url: 'https://cloud.invantive.com/app/setup/databases/new/exactonline',
  method: 'Preauthenticated Credentials',
  credentialKind: 'access token / refresh token',
} as const;

export const singleUse =
  'Single use: the refresh token works once, at one place. Do not test it first, do not keep a copy.';
