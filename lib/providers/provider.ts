import type { Site } from '../config/index.ts';
import type { InboundResponse, OutboundRequest } from '../http/index.ts';
import type { Secret } from '../kernel/secret.ts';

/** What a partner registered at the provider, opened for one request. */
export type Registration = { site: Site; clientId: string; clientSecret: Secret<string>; redirectUri: string };

/** What the provider sent back (RFC 6749 §5.1). */
export type TokenSet = {
  refreshToken: Secret<string>;
  accessToken: Secret<string> | null;
  accessLifetimeSeconds: number;
};

/** Why a provider said no, as far as custody or a person can act on it. */
export type RefusalCode = 'code_expired' | 'code_spent' | 'client_rejected' | 'chain_replaced' | 'request_rejected';

/** What became of the code, which is what custody needs to know. */
export type TokenOutcome =
  | { kind: 'issued'; tokens: TokenSet } //         we hold the only copy
  | { kind: 'refused'; code: RefusalCode } //       the provider said no, and meant it
  | { kind: 'unavailable' } //                      not processed (C-2 row 7)
  | { kind: 'unknown' }; //                         no usable answer: the code may be spent (C-2 row 6)

export type ExactUser = { id: string; userName: string; fullName: string; email: string | null };
export type Division = { code: number; name: string; customer: string | null; current: boolean };
/** The administration that is open in the user's session; clients stand on it, so a consent without it is of little use. */
export type CurrentDivision = { code: number; customer: string | null };

/** Facts of a provider, each with where it was read; code is only for what a fact cannot say. */
export type ProviderProfile = {
  slug: string;
  name: string;
  codeLifetimeSeconds: number;
  refreshToken: { singleUse: boolean; unusedLifetimeDays: number; oneChainPerUser: boolean };
  /** No token call is accepted sooner after the chain's last issue. */
  earliestRefreshSeconds: number;
  /** Whether it always says in its answers who it is (RFC 9207); an answer that does not is then not its own. */
  namesIssuer: boolean;
  source: string;
};

/**
 * One provider. Builds requests and reads answers, both pure; lib/http sends them. Other providers come with reusable
 * tokens, caps per user and scopes: they join as further implementations of this contract.
 */
export type Provider = {
  profile: ProviderProfile;
  /** What `iss` is in an answer of the provider at this origin, where it has one (RFC 9207 §2). */
  issuer(origin: string): string;
  authorizeUrl(
    origin: string,
    registration: Omit<Registration, 'clientSecret'>,
    ask: { state: string; codeChallenge: string | null; forceLogin: boolean },
  ): string;
  codeRequest(
    origin: string,
    registration: Registration,
    proof: { code: string; codeVerifier: string | null },
  ): OutboundRequest;
  readTokenResponse(response: InboundResponse): TokenOutcome;
  identityRequest(origin: string, accessToken: Secret<string>): OutboundRequest;
  readIdentity(response: InboundResponse): { user: ExactUser; current: CurrentDivision } | null;
  divisionsRequest(origin: string, accessToken: Secret<string>, currentDivision: number): OutboundRequest;
  readDivisions(response: InboundResponse): Division[] | null;
  /** Whether the list was refused because the open administration is not among those the consent covers (R6). */
  leavesOutCurrent(response: InboundResponse): boolean;
  nextDivisionsRequest(origin: string, accessToken: Secret<string>, response: InboundResponse): OutboundRequest | null;
};
