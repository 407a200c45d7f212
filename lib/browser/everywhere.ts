import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { closedPolicy, pageHeaders } from './index.ts';

/** Where a window of a partner's page may be listening (design §8.10). */
const customerPath = /^\/(?:connect|oauth)(?:[/?]|$)/;

/**
 * Gives every answer of this process the headers of B-2 that nobody set. The framework answers some requests before any route
 * of ours runs (405, another method than we know, a redirect to the tidy address, an address that cannot be decoded) and
 * lets nothing be added to them; so the header lines are filled in as they are written. What a route said, stands.
 */
export function headersEverywhere(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const opener = customerPath.test(request.url ?? '') ? 'unsafe-none' : 'same-origin';
    const write = response.writeHead;
    response.writeHead = function withHeaders(this: ServerResponse, ...said: unknown[]) {
      for (const [name, value] of Object.entries(pageHeaders({ csp: closedPolicy, opener })))
        if (!response.headersSent && !response.hasHeader(name)) response.setHeader(name, value);
      return Reflect.apply(write, this, said);
    } as typeof response.writeHead;
  });
}
