import { z } from 'zod';
import { Secret } from '../../kernel/secret.ts';
import type { TokenSet } from '../provider.ts';

// Tokens are of unbounded length; `expires_in` is a string at Exact (T2), a number elsewhere.
const Issued = z.object({
  refresh_token: z.string().min(1),
  access_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.coerce.number().int().min(1).max(86_400).catch(600),
});
/** RFC 6749 §5.2. */
export const Refused = z.object({ error: z.string(), error_description: z.string().optional() });

/** The body as far as it can be read; undefined for pages, plain text and what was cut too early. */
export function parseJson(text: string): unknown {
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

/** The token set in a body, whatever stands around it; null when there is no refresh token in it. */
export function tokensIn(body: unknown): TokenSet | null {
  const issued = Issued.safeParse(body);
  if (!issued.success) return null;
  const { refresh_token, access_token, expires_in } = issued.data;
  return {
    refreshToken: new Secret(refresh_token),
    accessToken: access_token ? new Secret(access_token) : null,
    accessLifetimeSeconds: expires_in,
  };
}

/** T10: not now. A token of this chain was issued less than 570 s ago. */
export const isTooEarly = ({ error, error_description = '' }: z.infer<typeof Refused>): boolean =>
  error === 'access_denied' && /not expired/i.test(error_description);
