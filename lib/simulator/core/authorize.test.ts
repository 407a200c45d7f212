import { describe, expect, test } from 'vitest';
import { APP, JAN, paperProvider, REDIRECT_URI } from '../testing/paper-provider.ts';
import { judgeAuthorize, readAuthorizeRequest, refusedAtRegistration } from './authorize.ts';
import { type Client, clientKey, type User } from './ledger.ts';
import { usualSwitches } from './switches.ts';

/** Only what would take too long over HTTP: the rules themselves are in rules/authorize.test.ts. */
function judge({ query = {}, signedIn, client }: { query?: Record<string, string>; signedIn?: User; client?: Client }) {
  const { ledger } = paperProvider();
  if (client) ledger.clients.set(clientKey(client.site, client.clientId), client);
  const params = new URLSearchParams({ client_id: 'app', redirect_uri: REDIRECT_URI, response_type: 'code', ...query });
  return judgeAuthorize(ledger, { site: 'nl', request: readAuthorizeRequest(params), signedIn });
}

describe('A3: whole string, path included', () => {
  test.each([
    `${REDIRECT_URI}/`,
    `${REDIRECT_URI}?x=1`,
    'https://app.example.test',
    'https://APP.example.test/callback',
    'https://app.example.test:443/callback',
    'https://app.example.test@elsewhere.test/callback',
    'https://app.example.test/callback#x',
    'nonsense',
  ])('%s', (uri) => {
    expect(judge({ query: { redirect_uri: uri }, signedIn: JAN })).toMatchObject({ kind: 'refused', rule: 'A3' });
  });
});

describe('A4: what counts as this machine', () => {
  test.each([
    'http://localhost:3000/cb',
    'http://acme.localhost:3000/cb',
    'http://127.0.0.1:3000/cb',
    'http://127.8.8.8/cb',
    'http://[::1]:3000/cb',
  ])('%s does', (redirectUri) => {
    const client = { ...APP, redirectUri };
    expect(judge({ client, query: { redirect_uri: redirectUri }, signedIn: JAN })).toMatchObject({ kind: 'ask' });
    expect(refusedAtRegistration(redirectUri, usualSwitches())).toBeNull(); // A5
  });

  test.each([
    'http://localhost.example.test/cb',
    'http://127.0.0.1.example.test/cb',
    'http://notlocalhost/cb',
    'http://10.0.0.1/cb',
    'http://localhost@example.test/cb',
    'ftp://localhost/cb',
  ])('%s does not', (redirectUri) => {
    expect(judge({ query: { redirect_uri: redirectUri } })).toMatchObject({ rule: 'A4' });
    expect(refusedAtRegistration(redirectUri, usualSwitches())).toContain('https://'); // A5
  });
});

test('A12: the owner is known by id, and only to an app that is not cleared', () => {
  const closed = { ...APP, cleared: false };
  expect(judge({ client: closed, signedIn: JAN })).toMatchObject({ rule: 'A12' });
  expect(judge({ client: { ...closed, ownerUser: JAN.id }, signedIn: JAN })).toMatchObject({ kind: 'ask' });
  expect(judge({ client: { ...closed, ownerUser: JAN.userName }, signedIn: JAN })).toMatchObject({ rule: 'A12' });
});
