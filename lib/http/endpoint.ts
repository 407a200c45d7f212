import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSafely } from 'node:tls';
import { isLocalName, isPrivateLiteral, notPublic, publicOnly } from './address.ts';
import { isCertificateFault, type Sent, send, timeouts } from './send.ts';

/** Why a URL is nobody's endpoint, as far as it can be told from the URL itself. */
export type UrlFault = 'not_a_url' | 'not_https' | 'has_userinfo' | 'has_fragment' | 'other_port' | 'not_public';

/**
 * What keeps a partner's URL from being sent to (TH21, E-5): https, port 443, a public host, no credentials. Origins that an
 * operator trusts are exempt from all but the last. Null when nothing does; the addresses behind a name are judged when it
 * is dialled.
 */
export function faultOfUrl(text: string, trustedOrigins: readonly string[]): UrlFault | null {
  if (!URL.canParse(text)) return 'not_a_url';
  const url = new URL(text);
  if (url.username || url.password) return 'has_userinfo';
  if (url.hash) return 'has_fragment';
  if (trustedOrigins.includes(url.origin)) return null;
  if (url.protocol !== 'https:') return 'not_https';
  if (isPrivateLiteral(url) || isLocalName(url)) return 'not_public';
  return url.port === '' ? null : 'other_port';
}

/** Why an endpoint cannot be reached. `not_public`: refused by us; nothing was dialled. */
export type KnockFault = UrlFault | 'unreachable' | 'bad_certificate';

const faultOf = (error: Error): KnockFault => {
  const code = String((error as { code?: unknown }).code ?? '');
  if (code === notPublic) return 'not_public';
  return isCertificateFault(code) ? 'bad_certificate' : 'unreachable';
};

/**
 * Whether an endpoint is there: dials it as `post` would, takes its certificate, and says nothing. Null when it is. Not a
 * byte of a request is sent. Waits at most 5 s.
 */
export function knock(text: string, trustedOrigins: readonly string[]): Promise<KnockFault | null> {
  const fault = faultOfUrl(text, trustedOrigins);
  if (fault) return Promise.resolve(fault);
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const trusted = trustedOrigins.includes(url.origin);
  const safely = url.protocol === 'https:';
  const where = { host, port: Number(url.port || (safely ? 443 : 80)), ...(trusted ? {} : { lookup: publicOnly }) };
  return new Promise((resolve) => {
    const socket: Socket = safely
      ? connectSafely({ ...where, ALPNProtocols: ['http/1.1'], ...(isAddress(host) ? {} : { servername: host }) })
      : connectPlain(where);
    const end = (found: KnockFault | null) => {
      clearTimeout(patience);
      socket.destroy();
      resolve(found);
    };
    const patience = setTimeout(() => end('unreachable'), timeouts.connectMs);
    socket.once(safely ? 'secureConnect' : 'connect', () => end(null));
    socket.on('error', (error) => end(faultOf(error)));
  });
}

/** An address is no name to ask for (RFC 6066 §3). */
const isAddress = (host: string) => /^[\d.]+$|:/.test(host);

/** What an endpoint has to say fits into this, and it has this long to say it. */
const endpointLimits = { answerBytes: 64 * 1024, totalMs: 20_000 } as const;

/** Sends a body to a partner's endpoint, which `faultOfUrl` judges once more. Follows no redirect. Never throws (`send`). */
export async function post(
  { url, headers, body }: { url: string; headers: Record<string, string>; body: string },
  trustedOrigins: readonly string[],
  limits: { answerBytes: number; totalMs: number } = endpointLimits,
): Promise<Sent> {
  if (faultOfUrl(url, trustedOrigins)) return { kind: 'unsent' };
  return send({ method: 'POST', url, headers, body }, trustedOrigins, limits);
}
