import { createHash } from 'node:crypto';

/** The judge's own record, over its control API; what it writes about a request is in `lib/simulator/journal.ts`. */
export type LogEntry = {
  seq: number;
  path: string;
  client_id: string | null;
  user_id: string | null;
  chain: string | null;
  grant_type: string | null;
  token_fingerprint: string | null;
  issued_fingerprint: string | null;
  verdict: string;
  rule: string | null;
  processed: boolean;
  delivered: boolean | null;
};
export type Chain = { chain: string; client_id: string; state: string; live_tokens: number };

/** First 12 hex digits of the sha256, as the simulator names a token or code. */
export const fingerprintOf = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 12);

export async function command<T>(
  origin: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> {
  const answer = await fetch(`${origin}/__control${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the simulator refused ${method} ${path}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

/** Spends a refresh token as a recipient does, past every proxy. Null when no answer was heard. */
export async function spend(
  origin: string,
  bundle: { client_id: string; client_secret: string; refresh_token: string },
): Promise<number | null> {
  const answer = await fetch(`${origin}/api/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: bundle.refresh_token,
      client_id: bundle.client_id,
      client_secret: bundle.client_secret,
    }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => null);
  await answer?.arrayBuffer().catch(() => {});
  return answer?.status ?? null;
}
