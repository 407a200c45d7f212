import type { Provider } from '../provider.ts';
import {
  divisionsRequest,
  identityRequest,
  leavesOutCurrent,
  nextDivisionsRequest,
  readDivisions,
  readIdentity,
} from './identity.ts';
import { profile } from './profile.ts';
import { codeRequest, readTokenResponse } from './token.ts';

/** Exact Online. No scope parameter: scopes belong to the app's registration (A9). */
export const exactOnline: Provider = {
  profile,
  // Exact publishes no metadata (RFC 8414); its origin is the only value that could be right.
  issuer: (origin) => origin,
  authorizeUrl(origin, registration, ask) {
    const query = new URLSearchParams({
      client_id: registration.clientId,
      redirect_uri: registration.redirectUri,
      response_type: 'code',
      state: ask.state,
      ...(ask.forceLogin ? { force_login: '1' } : {}),
      ...(ask.codeChallenge ? { code_challenge: ask.codeChallenge, code_challenge_method: 'S256' } : {}),
    });
    return `${origin}/api/oauth2/auth?${query}`;
  },
  codeRequest,
  readTokenResponse,
  identityRequest,
  readIdentity,
  divisionsRequest,
  readDivisions,
  leavesOutCurrent,
  nextDivisionsRequest,
};
