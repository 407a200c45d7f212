import { createHmac } from 'node:crypto';
import type { Secret } from '../kernel/secret.ts';

/**
 * The headers by which a recipient knows that a body is ours and not an old one (Standard Webhooks, v1): HMAC-SHA256 over id,
 * moment and body, once for each secret. `at` is real time, against which it is checked.
 */
export function signedHeaders(
  secrets: readonly Secret<string>[],
  { id, at, body }: { id: string; at: Date; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const sign = (secret: Secret<string>) => {
    const key = Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  };
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(sign).join(' '),
  };
}
