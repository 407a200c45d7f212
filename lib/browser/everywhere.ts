import { subscribe } from 'node:diagnostics_channel';
import { config } from '../config/index.ts';
import { closedPolicy, pageHeaders } from './index.ts';

/** What node:http says of a request that begins; the room that may import it is another one. */
type Begun = {
  request: { url?: string };
  response: {
    headersSent: boolean;
    getHeader(name: string): unknown;
    hasHeader(name: string): boolean;
    setHeader(name: string, value: unknown): unknown;
    writeHead(...said: unknown[]): unknown;
  };
};

/** Where a window of a partner's page may be listening (design §8.10). */
const customerPath = /^\/(?:connect|oauth)(?:[/?]|$)/;

/** Pages alone: what machines fetch is small, or secret, or both. */
const isPage = (value: readonly string[]) => value.length === 1 && value[0]?.startsWith('text/html') === true;

const reportsPath = '/browser-reports';

/**
 * Names the place where a browser says what a page's policy refused (B-2), on the host that the page came from. Over plain http
 * a browser that knows `report-to` would report nowhere: it takes `Reporting-Endpoints` over https only, and then passes over
 * `report-uri`.
 */
function nameReports(response: Begun['response']): void {
  if (response.headersSent || !String(response.getHeader('content-type')).startsWith('text/html')) return;
  const secure = config().publicUrl.startsWith('https:');
  const more = `; report-uri ${reportsPath}${secure ? '; report-to csp' : ''}`;
  const policies = [response.getHeader('content-security-policy')].flat();
  response.setHeader(
    'content-security-policy',
    policies.map((policy) => `${policy}${more}`),
  );
  if (secure) response.setHeader('reporting-endpoints', `csp="${reportsPath}"`);
}

/**
 * Gives every answer of this process the headers of B-2 that nobody set. The framework answers some requests before any route
 * of ours runs (405, another method than we know, a redirect to the tidy address, an address that cannot be decoded) and
 * lets nothing be added to them; so the header lines are filled in as they are written. What a route said, stands; a page's policy
 * is told where to report. Lets pages of ours be compressed, too: whole, one is larger than what a server may send before it
 * hears from the browser again (RFC 6928).
 */
export function headersEverywhere(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as Begun;
    const opener = customerPath.test(request.url ?? '') ? 'unsafe-none' : 'same-origin';
    const [set, write] = [response.setHeader, response.writeHead];
    // The framework gives each header line of a route as a list of one, and its own compressor then knows no content type.
    response.setHeader = (name, value) =>
      Reflect.apply(set, response, [name, Array.isArray(value) && isPage(value) ? value[0] : value]);
    response.writeHead = (...said) => {
      for (const [name, value] of Object.entries(pageHeaders({ csp: closedPolicy, opener })))
        if (!response.headersSent && !response.hasHeader(name)) response.setHeader(name, value);
      nameReports(response);
      return Reflect.apply(write, response, said);
    };
  });
}
