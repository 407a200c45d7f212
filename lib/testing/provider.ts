import { config, type Site } from '../config/index.ts';
import type { RegistrationView } from '../tenancy/index.ts';

/** The simulator as a test sees it: over HTTP, like everyone else. */

type JournalEntry = {
  seq: number;
  path: string;
  client_id: string | null;
  grant_type: string | null;
  token_fingerprint: string | null;
  issued_fingerprint: string | null;
  verdict: 'issued' | 'refused' | 'served' | 'denied';
  rule: string | null;
  status: number;
};

export const simulatorOrigin = (site: Site = 'nl'): string => config().simulatorOrigins[site] ?? '';

export async function control(method: 'GET' | 'PUT' | 'POST', command: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${simulatorOrigin()}/__control${command && `/${command}`}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
  return answer.json();
}

/** What the provider was asked for by one client, in order. */
export async function journal({ clientId }: Pick<RegistrationView, 'clientId'>): Promise<JournalEntry[]> {
  const said = (await control('GET', `requests?client_id=${clientId}`)) as { requests: JournalEntry[] };
  return said.requests;
}

/** The token calls among them. */
export const tokenCalls = async (registration: Pick<RegistrationView, 'clientId'>): Promise<JournalEntry[]> =>
  (await journal(registration)).filter(({ path }) => path === '/api/oauth2/token');

/** Spends a refresh token as the recipient would. */
export async function refresh(credentials: {
  client_id: string;
  client_secret: string;
  refresh_token: string;
  site?: Site;
}): Promise<{ status: number; body: string }> {
  const { site, ...fields } = credentials;
  const answer = await fetch(`${simulatorOrigin(site)}/api/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', ...fields }),
  });
  return { status: answer.status, body: await answer.text() };
}

/** Uses an access token as the recipient would: asks who its user is. The status of the answer. */
export async function asksWho(accessToken: string, site?: Site): Promise<number> {
  const answer = await fetch(`${simulatorOrigin(site)}/api/v1/current/Me`, {
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
  });
  await answer.text();
  return answer.status;
}

/** A user ticks these companies for an app on the provider's own permission page, without consenting again. */
export async function manageDivisions(
  { clientId, redirectUri, site }: Pick<RegistrationView, 'clientId' | 'redirectUri' | 'site'>,
  user: string,
  ticked: readonly number[],
): Promise<void> {
  const post = (path: string, body: [string, string][], cookie = '') =>
    fetch(`${simulatorOrigin(site)}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body: new URLSearchParams(body),
    });
  const signedIn = await post('/__login', [
    ['user', user],
    ['client_id', clientId],
    ['redirect_uri', redirectUri],
    ['response_type', 'code'],
  ]);
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const saved = await post(
    '/__permissions',
    [['client_id', clientId], ['act', 'save'], ...ticked.map((code): [string, string] => ['division', String(code)])],
    cookie,
  );
  if (saved.status !== 303) throw new Error(`the permission page answered ${saved.status}`);
}
