import { subscribe } from 'node:diagnostics_channel';
import type { Duplex } from 'node:stream';
import { closedPolicy, pageHeaders } from './index.ts';

/** What node:http hands on; the room that may import it is another one. */
type Asked = { method?: string; url?: string };
type Answer = { writeHead(status: number, headers: Record<string, string>): { end(): unknown } };
type Line = Duplex & { destroySoon(): void; _httpMessage?: { headersSent: boolean } | null };
type Listening = {
  emit(event: string, ...rest: unknown[]): boolean;
  on(event: 'connect', listener: (asked: Asked, line: Line) => void): unknown;
  on(event: 'clientError', listener: (error: { code?: string }, line: Line) => void): unknown;
};

/** The status that an odd request is refused with. */
type Refusal = 400 | 405 | 408 | 413 | 431;

const methods = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);
/** Nothing of ours takes them either, but the API says so in its own words. */
const methodsOfApis = new Set(['PUT', 'PATCH', 'DELETE']);

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Why the framework is not to see a request: it would answer 500 and log the address (a method it cannot make a request
 * of, a path that cannot be decoded, `*`), or redirect to the host that was asked for (an address with a host in it: we
 * are nobody's proxy). Null for every other one.
 */
export function refusalOf({ method = '', url = '' }: Asked): 400 | 405 | null {
  if (!url.startsWith('/') || !isDecodable(url.split('?', 1)[0] ?? '')) return 400;
  return methods.has(method) || (methodsOfApis.has(method) && url.startsWith('/api/')) ? null : 405;
}

const headersOf = (status: Refusal) => ({
  ...(status === 405 ? { allow: [...methods].join(', ') } : {}),
  'content-length': '0',
  connection: 'close', // what follows on this line is not looked at
});

const reasons: Record<Refusal, string> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
};

/** Where there is no answer object: the words of HTTP themselves. Nothing is said into an answer that is on its way. */
function refuseLine(line: Line, status: Refusal): void {
  if (!line.writable || line._httpMessage?.headersSent) return void line.destroy();
  line.on('error', () => {}); // whoever asked has gone
  const all = { ...pageHeaders({ csp: closedPolicy, opener: 'same-origin' }), ...headersOf(status) };
  const headers = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  line.write(`HTTP/1.1 ${status} ${reasons[status]}\r\n${headers.join('')}\r\n`);
  line.destroySoon();
}

/** As node:http itself judges what it cannot read. */
const statusOfFault: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function standBefore(server: Listening): void {
  const emit = server.emit;
  server.emit = (event, ...rest) => {
    // Nothing here speaks another protocol, and the framework leaves some who ask for one without an answer, for good.
    if (event === 'upgrade') {
      refuseLine(rest[1] as Line, refusalOf(rest[0] as Asked) ?? 400);
      return true;
    }
    const refused = event === 'request' ? refusalOf(rest[0] as Asked) : null;
    if (!refused) return Reflect.apply(emit, server, [event, ...rest]);
    (rest[1] as Answer).writeHead(refused, headersOf(refused)).end(); // with what every answer has
    return true;
  };
  server.on('connect', (_, line) => refuseLine(line, 405));
  server.on('clientError', ({ code = '' }, line) => refuseLine(line, statusOfFault[code] ?? 400));
}

/**
 * Refuses odd requests before the framework sees them: 4xx with the headers of B-2, nothing of what was asked in the answer
 * or the log (B-9). A server of this process is known from its first request that could be read, the start's own.
 */
export function refuseOddRequests(): void {
  const known = new WeakSet<object>();
  subscribe('http.server.request.start', (message) => {
    const { server } = message as { server: Listening };
    if (known.has(server)) return;
    known.add(server);
    standBefore(server);
  });
}
