import type { OutboundRequest } from '../../http/index.ts';
import type { Secret } from '../../kernel/secret.ts';
import type { Registration } from '../provider.ts';

/** Spends a refresh token (RFC 6749 §6): form-encoded (T1), credentials in the body, no scope (A9). */
export function refreshRequest(
  origin: string,
  registration: Omit<Registration, 'redirectUri'>,
  token: Secret<string>,
): OutboundRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: token.reveal(),
    client_id: registration.clientId,
    client_secret: registration.clientSecret.reveal(),
  });
  return {
    method: 'POST',
    url: `${origin}/api/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
  };
}
