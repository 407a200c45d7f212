import { z } from 'zod';
import type { InboundResponse, OutboundRequest } from '../../http/index.ts';
import { Secret } from '../../kernel/secret.ts';
import type { RefusalCode, Registration, TokenOutcome } from '../provider.ts';

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

// Tokens are of unbounded length; `expires_in` is a string at Exact (T2), a number elsewhere.
const Issued = z.object({
  refresh_token: z.string().min(1),
  access_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.coerce.number().int().min(1).max(86_400).catch(600),
});
const Refused = z.object({ error: z.string(), error_description: z.string().optional() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return salvage(text); // maintenance pages and the plain text "Bad Request" are known answers
  }
}

/** What can be saved from a body that is no JSON as a whole: string fields whose closing quote arrived (C-2 row 4). */
function salvage(text: string): Record<string, unknown> | undefined {
  const found: Record<string, unknown> = {};
  for (const name of ['refresh_token', 'access_token', 'expires_in']) {
    const literal = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
    try {
      if (literal) found[name] = JSON.parse(literal);
    } catch {
      // an escape that was damaged on the way: not a token we could vouch for
    }
  }
  return Object.keys(found).length > 0 ? found : undefined;
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
  const issued = Issued.safeParse(body);
  if (issued.success) {
    const { refresh_token, access_token, expires_in } = issued.data;
    return {
      kind: 'issued',
      tokens: {
        refreshToken: new Secret(refresh_token),
        accessToken: access_token ? new Secret(access_token) : null,
        accessLifetimeSeconds: expires_in,
      },
    };
  }
  const refused = Refused.safeParse(body);
  if (refused.success && response.status >= 400 && response.status < 500 && response.status !== 429) {
    if (refused.data.error === 'access_denied' && /not expired/i.test(refused.data.error_description ?? ''))
      return { kind: 'unavailable' }; // T10: not now
    return { kind: 'refused', code: refusalOf(refused.data.error, refused.data.error_description ?? '') };
  }
  if (response.status === 429 || (response.status === 503 && body !== undefined)) return { kind: 'unavailable' };
  return { kind: 'unknown' };
}
