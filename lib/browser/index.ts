import { randomBytes } from 'node:crypto';
import { config } from '../config/index.ts';
import { readBytes, readLimited } from '../kernel/body.ts';
import { AppError } from '../kernel/errors.ts';
import { mac, sameText } from '../kernel/hash.ts';

/** A form token: proves that the form came from our own page for this subject (a link, a session), within this instance. */
export const formToken = (subject: string): string => mac(config().sessionSecret.reveal(), 'form', subject);

const formLimitBytes = 16 * 1024;

/** Sec-Fetch-Site and Origin say same-origin where a browser sends them (design §8.5). */
function refuseForeign(request: Request, home: string = config().publicUrl): void {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const homes = [config().publicUrl, home];
  if ((site !== null && site !== 'same-origin') || (origin !== null && !homes.includes(origin))) throw foreignForm();
}

const mediaTypeOf = (request: Request) => request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();

/**
 * Reads a posted form after checking that our own page sent it: where it came from, and that its token fits the subject
 * (design §8.5). `home` is where the page stands, for partners with a host of their own. Throws forbidden, too_large,
 * invalid_request.
 */
export async function readForm(request: Request, subject: string, home?: string): Promise<URLSearchParams> {
  refuseForeign(request, home);
  if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded')
    throw new AppError('invalid_request', 'This form cannot be read.');
  const form = new URLSearchParams(await readLimited(request, formLimitBytes));
  if (!sameText(form.get('csrf') ?? '', formToken(subject))) throw foreignForm();
  return form;
}

/**
 * The most that is read of a form with a file. More than any file may be: a picture that is too large is then refused beside its
 * field, with everything else that was typed still there.
 */
const uploadLimitBytes = 3 * 1024 * 1024;
const mostFields = 100;

export type Upload = { form: URLSearchParams; files: ReadonlyMap<string, readonly Uint8Array<ArrayBuffer>[]> };

async function parsedMultipart(request: Request): Promise<FormData> {
  const bytes = await readBytes(request, uploadLimitBytes);
  const type = request.headers.get('content-type') ?? '';
  return new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new AppError('invalid_request', 'This form cannot be read.');
  });
}

/**
 * Reads a posted form with files, checked like `readForm`. Of a file only its bytes are read: its name and the type it declares
 * say nothing. A file field left empty has no file. Throws forbidden, too_large, invalid_request.
 */
export async function readUpload(request: Request, subject: string): Promise<Upload> {
  refuseForeign(request);
  if (mediaTypeOf(request) !== 'multipart/form-data')
    throw new AppError('invalid_request', 'This form cannot be read.');
  const entries = [...(await parsedMultipart(request))];
  if (entries.length > mostFields) throw new AppError('invalid_request', 'This form has too many fields.');
  const form = new URLSearchParams();
  const files = new Map<string, Uint8Array<ArrayBuffer>[]>();
  for (const [name, value] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else if (value.name !== '' || value.size > 0)
      files.set(name, [...(files.get(name) ?? []), new Uint8Array(await value.arrayBuffer())]);
  }
  if (!sameText(form.get('csrf') ?? '', formToken(subject))) throw foreignForm();
  return { form, files };
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
export async function readFormOrOneClick(
  request: Request,
  subject: string,
  home?: string,
): Promise<URLSearchParams | null> {
  const text = await readLimited(request, formLimitBytes);
  const { url, headers } = request;
  if (await isOneClick(text, headers.get('content-type') ?? '')) return null;
  return readForm(new Request(url, { method: 'POST', headers, body: text }), subject, home);
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

/** The policy of an answer that shows nothing: a redirect, data, a refusal. */
export const closedPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
  const headers = new Headers({ location, ...pageHeaders({ csp: closedPolicy, opener: 'unsafe-none' }) });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
