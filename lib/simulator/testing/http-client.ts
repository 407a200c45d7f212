import type { Policy } from '../core/policy.ts';
import type { Switches } from '../core/switches.ts';
import type { Site } from '../core/vocabulary.ts';
import { consentByRobot } from './consent-robot.ts';

export const APP = {
  client_id: '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11',
  client_secret: 'korenaar-4711',
  redirect_uri: 'http://localhost:3999/oauth/callback',
  site: 'nl' as Site,
  name: 'Korenaar Connect',
};

/** A connector that talks to one site, and the control API beside it. HTTP only. */
export function httpClient(origin: string, app = APP) {
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${origin}/__control${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  };
  const authorizeUrl = (query: Record<string, string> = {}) =>
    `${origin}/api/oauth2/auth?${new URLSearchParams({
      client_id: app.client_id,
      redirect_uri: app.redirect_uri,
      response_type: 'code',
      state: 'st-1',
      ...query,
    })}`;
  const token = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${origin}/api/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers,
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  const credentials = { client_id: app.client_id, client_secret: app.client_secret };
  const consent = (user = 'j.jansen', divisions?: readonly number[]) =>
    consentByRobot({ authorizeUrl: authorizeUrl(), user, ...(divisions && { divisions }) });
  const exchange = (code: string, more: Record<string, string> = {}) =>
    token({ grant_type: 'authorization_code', code, redirect_uri: app.redirect_uri, ...credentials, ...more });

  return {
    authorizeUrl,
    token,
    control,
    exchange,
    consentCode: async (user?: string) => codeOf(await consent(user)),
    connect: async (user?: string, divisions?: readonly number[]) => {
      const { body } = await exchange(codeOf(await consent(user, divisions)));
      const { access_token, refresh_token } = JSON.parse(body);
      return { access: String(access_token), refresh: String(refresh_token) };
    },
    refresh: (refreshToken: string, more: Record<string, string> = {}) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...credentials, ...more }),
    api: (path: string, access?: string, headers: Record<string, string> = { accept: 'application/json' }) =>
      fetch(`${origin}/api/v1/${path}`, {
        headers: access === undefined ? headers : { ...headers, authorization: `Bearer ${access}` },
      }),
    register: (more: Partial<typeof APP> & { scopes?: readonly string[] } = {}) =>
      control('PUT', '/clients', { ...app, ...more }),
    advance: (seconds: number) => control('POST', '/clock', { client_id: app.client_id, advance_seconds: seconds }),
    end: (kind: 'withdrawn' | 'user_gone', more: { user?: string; in_seconds?: number } = {}) =>
      control('POST', '/endings', { client_id: app.client_id, user: 'j.jansen', kind, ...more }),
    policy: (policy: Policy) => control('POST', '/policy', { policy, client_id: app.client_id }),
    switches: (wanted: Partial<Switches>) => control('POST', '/switches', wanted),
  };
}

export function codeOf(location: string): string {
  const code = new URL(location).searchParams.get('code');
  if (code === null) throw new Error(`no code in ${location}`);
  return code;
}
