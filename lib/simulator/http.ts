import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Site } from './core/vocabulary.ts';
import type { Noted } from './journal.ts';

/** One request as the endpoints see it. */
export type Incoming = {
  readonly site: Site;
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly params: URLSearchParams;
  readonly body: string;
  /** Address of whoever connected, as the socket knows it. */
  readonly peer: string;
  readonly headerNames: readonly string[];
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the journal should remember; left out for requests about the simulator itself. */
  readonly noted?: Noted;
};

/** Forms and commands are small; a bigger body is a mistake or an attack. */
const MAX_BODY_BYTES = 1_000_000;

export class BodyTooLarge extends Error {}

export async function readIncoming(site: Site, origin: string, request: IncomingMessage): Promise<Incoming> {
  const url = new URL(request.url?.startsWith('/') ? `http://simulator${request.url}` : 'http://simulator/');
  const peer = request.socket.remoteAddress ?? ''; // read now: a socket that has closed knows it no longer
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    site,
    origin,
    method: request.method ?? 'GET',
    path: url.pathname,
    params: url.searchParams,
    body: await readBody(request),
    peer,
    headerNames: Object.keys(request.headers),
    header,
    cookie: (name) => readCookie(header('cookie'), name),
  };
}

export function writeAnswer(response: ServerResponse, answer: Answer): void {
  const body = bodyOf(answer);
  writeHead(response, answer, body.byteLength);
  response.end(body);
}

export function writeHead(response: ServerResponse, answer: Answer, contentLength: number): void {
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': contentLength });
}

export function bodyOf(answer: Answer): Buffer {
  return Buffer.from(answer.body ?? '');
}

export function text(status: number, body: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
}

export function redirect(status: 302 | 303 | 307, location: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'Cache-Control': 'no-store', ...headers, Location: location } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new BodyTooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key = '', ...value] = pair.split('=');
    if (key.trim() === name) return value.join('=').trim();
  }
  return undefined;
}
