import type { InboundResponse, OutboundRequest } from '../../http/index.ts';
import type { RefusalCode, Registration, TokenOutcome } from '../provider.ts';
import { isTooEarly, parseJson, Refused, tokensIn } from './answer.ts';

/**
 * The code exchange (RFC 6749 §4.1.3): form-encoded (T1), credentials in the body, the redirect URL byte for byte as
 * it was sent to authorize (T6). The code arrives here decoded once: `!`, not `%21`; encoding it again is T5.
 */
export function codeRequest(
  origin: string,
  registration: Registration,
  proof: { code: string; codeVerifier: string | null },
): OutboundRequest {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code: proof.code,
    redirect_uri: registration.redirectUri,
    client_id: registration.clientId,
    client_secret: registration.clientSecret.reveal(),
    ...(proof.codeVerifier ? { code_verifier: proof.codeVerifier } : {}),
  });
  return {
    method: 'POST',
    url: `${origin}/api/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
  };
}

function refusalOf(error: string, description: string): RefusalCode {
  if (error === 'invalid_client' || error === 'unauthorized_client') return 'client_rejected'; // T8, T9
  if (/message expired/i.test(description)) return 'code_expired'; // T3
  if (/already been processed/i.test(description)) return 'code_spent'; // T4
  if (error === 'invalid_grant' || /chainId/i.test(description)) return 'chain_replaced'; // T15
  return 'request_rejected'; // T1, T5, T6
}

/** Reads what the token endpoint answered. A refresh token in the body counts whatever the status (C-2 row 3). */
export function readTokenResponse(response: InboundResponse): TokenOutcome {
  const body = parseJson(response.body);
  const tokens = tokensIn(body);
  if (tokens) return { kind: 'issued', tokens };
  const refused = Refused.safeParse(body);
  if (refused.success && response.status >= 400 && response.status < 500 && response.status !== 429) {
    if (isTooEarly(refused.data)) return { kind: 'unavailable' };
    return { kind: 'refused', code: refusalOf(refused.data.error, refused.data.error_description ?? '') };
  }
  if (response.status === 429 || (response.status === 503 && body !== undefined)) return { kind: 'unavailable' };
  return { kind: 'unknown' };
}
