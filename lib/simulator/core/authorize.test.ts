import { describe, expect, test } from 'vitest';
import { APP, JAN, paperProvider, REDIRECT_URI } from '../testing/paper-provider.ts';
import { codeRedirect, denialRedirect, judgeAuthorize, readAuthorizeRequest } from './authorize.ts';
import { type Client, clientKey, type User } from './ledger.ts';
import type { Site } from './vocabulary.ts';

type Asked = { query?: Record<string, string>; site?: Site; signedIn?: User; https?: boolean; client?: Client };

function judge({ query = {}, site = 'nl', signedIn, https = false, client }: Asked) {
  const { ledger } = paperProvider();
  ledger.switches.httpsOnLoopback = https;
  if (client) ledger.clients.set(clientKey(client.site, client.clientId), client);
  const params = new URLSearchParams({ client_id: 'app', redirect_uri: REDIRECT_URI, response_type: 'code', ...query });
  return judgeAuthorize(ledger, { site, request: readAuthorizeRequest(params), signedIn });
}

const refusal = (rule: string, status: number, text: string) => ({ kind: 'refused', rule, status, text });

describe('A1, A2: an unknown client is named after login, and nobody is redirected', () => {
  test('A2: a client ID that was never registered', () => {
    const text = "Client with identifier 'nobody' not found.";
    expect(judge({ query: { client_id: 'nobody' }, signedIn: JAN })).toEqual(refusal('A2', 400, text));
  });

  test('A1: a client of another site does not exist here', () => {
    expect(judge({ site: 'be', signedIn: JAN })).toEqual(refusal('A1', 400, "Client with identifier 'app' not found."));
  });

  test('before login nothing is said about it', () => {
    expect(judge({ query: { client_id: 'nobody' } })).toEqual({ kind: 'sign_in', client: undefined });
  });
});

describe('A3: the redirect URI must equal the registered one', () => {
  test.each([
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?x=1`,
    'https://app.example.test',
    'https://APP.example.test/callback',
  ])('%s', (uri) => {
    const text = `Callback URI '${uri}' is not valid`;
    expect(judge({ query: { redirect_uri: uri }, signedIn: JAN })).toEqual(refusal('A3', 400, text));
  });

  test('not even a URL', () => {
    const text = "Callback URI 'nonsense' is not valid";
    expect(judge({ query: { redirect_uri: 'nonsense' } })).toEqual(refusal('A3', 400, text));
  });
});

describe('A4: the redirect URI must be https', () => {
  test('http is refused with 401', () => {
    expect(judge({ query: { redirect_uri: 'http://app.example.test/callback' } })).toMatchObject({
      rule: 'A4',
      status: 401,
    });
  });

  test('so is a scheme of the app’s own', () => {
    expect(judge({ query: { redirect_uri: 'myapp://callback' } })).toMatchObject({ rule: 'A4' });
  });

  test.each([
    'http://localhost:3000/cb',
    'http://acme.localhost:3000/cb',
    'http://127.0.0.1:3000/cb',
    'http://[::1]:3000/cb',
  ])('loopback is exempt, unless switched on: %s', (redirectUri) => {
    const client = { ...APP, redirectUri };
    const query = { redirect_uri: redirectUri };
    expect(judge({ client, query, signedIn: JAN })).toMatchObject({ kind: 'ask' });
    expect(judge({ client, query, signedIn: JAN, https: true })).toMatchObject({ rule: 'A4', status: 401 });
  });

  test('a host that merely looks local is not exempt', () => {
    expect(judge({ query: { redirect_uri: 'http://localhost.example.test/cb' } })).toMatchObject({ rule: 'A4' });
    expect(judge({ query: { redirect_uri: 'http://127.0.0.1.example.test/cb' } })).toMatchObject({ rule: 'A4' });
  });
});

describe('A6: the request must make sense', () => {
  test.each([
    ['no response_type', { response_type: '' }],
    ['another response_type', { response_type: 'id_token' }],
    ['no client_id', { client_id: '' }],
    ['no redirect_uri', { redirect_uri: '' }],
  ])('%s', (_, query) => {
    expect(judge({ query, signedIn: JAN })).toEqual(refusal('A6', 400, 'Invalid authorization request'));
  });
});

describe('A7: force_login', () => {
  test.each([
    [undefined, undefined, 'sign_in'],
    [undefined, JAN, 'ask'],
    ['0', JAN, 'ask'],
    ['1', JAN, 'sign_in'],
  ] as const)('force_login=%s', (forceLogin, signedIn, kind) => {
    const query = forceLogin === undefined ? {} : { force_login: forceLogin };
    expect(judge({ query, ...(signedIn && { signedIn }) }).kind).toBe(kind);
  });
});

test('A9: scope and PKCE parameters change nothing', () => {
  const query = { scope: 'everything', code_challenge: 'x', code_challenge_method: 'S256' };
  expect(judge({ query, signedIn: JAN })).toEqual(judge({ signedIn: JAN }));
});

describe('A8, A11, A13: the way back', () => {
  test('A13: the exclamation mark of the code travels as %21', () => {
    expect(codeRedirect(REDIRECT_URI, 'ABCD!x-y_z', null)).toBe(`${REDIRECT_URI}?code=ABCD%21x-y_z`);
  });

  test.each(['st-1', 'a b&c=d', 'é✓', '%41', "o'!*()", ''])('A8: state %j comes back unchanged', (state) => {
    expect(new URL(codeRedirect(REDIRECT_URI, 'A!b', state)).searchParams.get('state')).toBe(state);
    expect(new URL(denialRedirect(REDIRECT_URI, state)).searchParams.get('state')).toBe(state);
  });

  test('A8: without a state none is made up', () => {
    expect(codeRedirect(REDIRECT_URI, 'A!b', null)).not.toContain('state');
  });

  test('A11: a denial', () => {
    expect(denialRedirect(REDIRECT_URI, 'st-1')).toBe(`${REDIRECT_URI}?error=access_denied&state=st-1`);
  });

  test('a redirect URI with a query keeps it', () => {
    expect(codeRedirect(`${REDIRECT_URI}?a=1`, 'A!b', 's')).toBe(`${REDIRECT_URI}?a=1&code=A%21b&state=s`);
  });
});
