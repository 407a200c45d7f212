import { type IncomingHttpHeaders, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { baseUrl } from './product.ts';

export type Wired = { status: number; headers: IncomingHttpHeaders; cookies: string[]; body: string; bytes: number };
type Asking = { method?: string; headers?: Record<string, string>; body?: string };

/** One request as it goes over the wire: no redirect is followed, no header is added, and the body is counted as it was sent. */
export function wired(path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Wired> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, baseUrl), { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const sent = Buffer.concat(chunks);
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          cookies: answer.headers['set-cookie'] ?? [],
          body: opened(sent, answer.headers['content-encoding']).toString(),
          bytes: sent.length,
        });
      });
    });
    asking.once('error', reject);
    asking.end(body);
  });
}

function opened(sent: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'br') return brotliDecompressSync(sent);
  return encoding === 'gzip' ? gunzipSync(sent) : sent;
}

/** A form of our own page, sent as a browser on that page sends it. */
export const posted = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  wired(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(baseUrl).origin, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
