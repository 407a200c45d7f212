import { randomBytes } from 'node:crypto';
import { config } from '../config/index.ts';
import { readLimited } from '../kernel/body.ts';
import { AppError } from '../kernel/errors.ts';
import { mac, sameText } from '../kernel/hash.ts';

/** A form token: proves that the form came from our own page for this subject (a link, a session), within this instance. */
export const formToken = (subject: string): string => mac(config().sessionSecret.reveal(), 'form', subject);

const formLimitBytes = 16 * 1024;

/**
 * Reads a posted form after checking that our own page sent it: Sec-Fetch-Site and Origin say same-origin where a
 * browser sends them, and the token fits the subject (design §8.5). Throws forbidden, too_large, invalid_request.
 */
export async function readForm(request: Request, subject: string): Promise<URLSearchParams> {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  if ((site !== null && site !== 'same-origin') || (origin !== null && origin !== config().publicUrl))
    throw foreignForm();
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw new AppError('invalid_request', 'This form cannot be read.');
  const text = await readLimited(request, formLimitBytes);
  const form = new URLSearchParams(text);
  if (!sameText(form.get('csrf') ?? '', formToken(subject))) throw foreignForm();
  return form;
}

async function isOneClick(text: string, contentType: string): Promise<boolean> {
  const kind = contentType.split(';')[0]?.trim().toLowerCase();
  if (kind !== 'multipart/form-data' && kind !== 'application/x-www-form-urlencoded') return false;
  const fields = await new Response(text, { headers: { 'content-type': contentType } }).formData().catch(() => null);
  const [only, ...others] = fields ? [...fields] : [];
  return others.length === 0 && only?.[0] === 'List-Unsubscribe' && only[1] === 'One-Click';
}

/**
 * Reads a form of ours, or null for exactly what a mail reader posts for `List-Unsubscribe-Post: List-Unsubscribe=One-Click`
 * (RFC 8058 §3.2: multipart, or urlencoded). That carries no token and proves nothing about who sent it. Throws as `readForm`.
 */
export async function readFormOrOneClick(request: Request, subject: string): Promise<URLSearchParams | null> {
  const text = await readLimited(request, formLimitBytes);
  const { url, headers } = request;
  if (await isOneClick(text, headers.get('content-type') ?? '')) return null;
  return readForm(new Request(url, { method: 'POST', headers, body: text }), subject);
}

const foreignForm = () => new AppError('forbidden', 'This form was not sent from our own page; open the page again.');

/** Secure everywhere: https in production, and loopback counts as secure in current browsers (design §6). */
export function hostCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `__Host-${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`;
}

/** The value of one of our cookies, or null. */
export function readCookie(request: Request, name: string): string | null {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === `__Host-${name}`) return value.join('=');
  }
  return null;
}

/** 160 random bits for a cookie. */
export const newCookieSecret = (): string => randomBytes(20).toString('base64url');

/** Headers of every page of ours (B-2). */
export function pageHeaders(policy: { csp: string; opener: 'unsafe-none' | 'same-origin' }): Record<string, string> {
  return {
    'content-security-policy': policy.csp,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': policy.opener,
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    ...(config().publicUrl.startsWith('https:')
      ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
      : {}),
  };
}

/** A redirect after a POST: always 303, so that nothing is ever posted on (B-1). */
export function seeOther(location: string, cookies: string[] = []): Response {
  const headers = new Headers({ location, ...pageHeaders({ csp: "default-src 'none'", opener: 'unsafe-none' }) });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
