import { bare, type Refusal } from './refusals.ts';

type Credentials = { readonly clientId: string; readonly clientSecret: string };

type TokenRequest =
  | (Credentials & { readonly grantType: 'authorization_code'; readonly token: string; readonly redirectUri: string })
  | (Credentials & { readonly grantType: 'refresh_token'; readonly token: string });

export type TokenMessage = {
  readonly method: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
};

/** Form and fields: the first check of both orders (§1.4). Nothing is spent yet when it fails. */
export function readTokenRequest(message: TokenMessage): TokenRequest | Refusal {
  if (message.method !== 'POST' || !isForm(message.contentType)) return bare('T1', 'invalid_request');

  const form = new URLSearchParams(message.body);
  const basic = readBasic(message.authorization);
  const clientId = form.get('client_id') ?? basic?.clientId ?? '';
  const clientSecret = form.get('client_secret') ?? basic?.clientSecret ?? '';
  if (clientId === '' || clientSecret === '') return bare('T21', 'invalid_request');

  const grantType = form.get('grant_type');
  if (grantType === 'authorization_code') {
    const token = form.get('code') ?? '';
    const redirectUri = form.get('redirect_uri') ?? '';
    if (token === '' || redirectUri === '') return bare('T21', 'invalid_request');
    return { grantType, token, redirectUri, clientId, clientSecret };
  }
  if (grantType === 'refresh_token') {
    const token = form.get('refresh_token') ?? '';
    if (token === '') return bare('T21', 'invalid_request');
    return { grantType, token, clientId, clientSecret };
  }
  return bare('T21', 'invalid_request');
}

function isForm(contentType: string | undefined): boolean {
  const mediaType = (contentType ?? '').split(';', 1)[0] ?? '';
  return mediaType.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

/** Credentials normally travel in the body; two known clients use HTTP Basic and get along (§4). RFC 6749 §2.3.1. */
function readBasic(authorization: string | undefined): Credentials | null {
  const encoded = /^basic\s+([a-z0-9+/=]+)\s*$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  try {
    const pair = atob(encoded);
    const colon = pair.indexOf(':');
    if (colon < 0) return null;
    return { clientId: unescapeForm(pair.slice(0, colon)), clientSecret: unescapeForm(pair.slice(colon + 1)) };
  } catch {
    return null; // not base64, or a stray percent sign: no credentials at all
  }
}

function unescapeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
