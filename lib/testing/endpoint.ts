import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { config, useConfig } from '../config/index.ts';

type Got = { headers: IncomingHttpHeaders; body: string; path: string };
type Answer = (response: ServerResponse, got: Got) => void;

/** A recipient's endpoint on this machine, which the running configuration trusts from here on. */
export type Endpoint = {
  url: string;
  origin: string;
  /** What arrived so far, oldest first. */
  got: Got[];
  /** How many connections were opened, with or without a request. */
  connections: number;
  /** What it answers from here on. */
  answers(how: Answer): void;
  close(): void;
};

export const hashOf = (body: string): string => createHash('sha256').update(body).digest('hex');

/** Takes what it got, and says so. */
export const confirms: Answer = (response, { body }) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ sha256: hashOf(body) }));

/** Answers a status, and nothing else. */
export const says =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body);

export async function anEndpoint(how: Answer = confirms): Promise<Endpoint> {
  let answer = how;
  const server: Server = createServer(async (request, response) => {
    const arrived = { headers: request.headers, body: await text(request), path: request.url ?? '' };
    endpoint.got.push(arrived);
    answer(response, arrived);
  });
  server.on('connection', () => {
    endpoint.connections += 1;
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoint: Endpoint = {
    url: `${origin}/waxseal`,
    origin,
    got: [],
    connections: 0,
    answers: (next) => {
      answer = next;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  useConfig({ ...config(), pushOrigins: [...config().pushOrigins, origin] });
  return endpoint;
}
