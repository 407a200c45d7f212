import { Agent, request } from 'undici';
import { isPrivateLiteral, notPublic, publicOnly } from './address.ts';

export type OutboundRequest = {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body?: string;
};
export type InboundResponse = { status: number; headers: Record<string, string>; body: string };
/** What became of a request: answered; certainly never sent; or sent with the answer lost (C-2 rows 1 and 6). */
export type Sent =
  | { kind: 'answered'; response: InboundResponse }
  | { kind: 'unsent' }
  | { kind: 'unknown'; partial: InboundResponse | null }; // the answer may have begun: what came of it is not thrown away (C-2 row 4)

/** How much of an answer is read, and how long the whole may take. */
type Limits = { answerBytes: number; totalMs: number };
export const timeouts = { connectMs: 5_000, totalMs: 30_000 } as const;
const usual: Limits = { answerBytes: 1_000_000, totalMs: timeouts.totalMs };

const agentOptions = { headersTimeout: timeouts.totalMs, bodyTimeout: timeouts.totalMs, keepAliveTimeout: 1_000 };
const publicAgent = new Agent({ ...agentOptions, connect: { timeout: timeouts.connectMs, lookup: publicOnly } });
const trustedAgent = new Agent({ ...agentOptions, connect: { timeout: timeouts.connectMs } });

const beforeAnyByte = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  notPublic,
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
export const isCertificateFault = (code: string) =>
  code.startsWith('ERR_TLS') || code.includes('CERT') || code === 'DEPTH_ZERO_SELF_SIGNED_CERT';

/**
 * The one way out of the house. Follows no redirect, reads at most 1 MB and waits at most 30 s unless told otherwise, and
 * dials private addresses only for `trustedOrigins`, which operators configure and nobody else can reach. Never throws: what became
 * of the request is the answer.
 */
export async function send(
  out: OutboundRequest,
  trustedOrigins: readonly string[],
  { answerBytes, totalMs }: Limits = usual,
): Promise<Sent> {
  const url = new URL(out.url);
  const trusted = trustedOrigins.includes(url.origin);
  if (!trusted && (url.protocol !== 'https:' || isPrivateLiteral(url))) return { kind: 'unsent' };
  let partial: InboundResponse | null = null;
  try {
    const response = await request(url, {
      method: out.method,
      headers: out.headers,
      ...(out.body === undefined ? {} : { body: out.body }),
      dispatcher: trusted ? trustedAgent : publicAgent,
      signal: AbortSignal.timeout(totalMs),
    });
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
    const decoder = new TextDecoder();
    partial = { status: response.statusCode, headers, body: '' };
    let size = 0;
    for await (const chunk of response.body) {
      size += (chunk as Buffer).length;
      if (size > answerBytes) {
        response.body.destroy();
        return { kind: 'unknown', partial };
      }
      partial.body += decoder.decode(chunk as Buffer, { stream: true });
    }
    return { kind: 'answered', response: { ...partial, body: partial.body + decoder.decode() } };
  } catch (error) {
    if (partial) return { kind: 'unknown', partial };
    const code = String((error as { code?: unknown }).code ?? '');
    // Once a connection stands, an unreachable network says nothing about what went before.
    const connecting =
      (error as { syscall?: unknown }).syscall !== 'read' && (error as { syscall?: unknown }).syscall !== 'write';
    return (beforeAnyByte.has(code) && connecting) || isCertificateFault(code)
      ? { kind: 'unsent' }
      : { kind: 'unknown', partial: null };
  }
}
