import { describe, expect, test } from 'vitest';
import { Secret } from '../../kernel/secret.ts';
import { divisionsRequest, identityRequest, leavesOutCurrent, readDivisions, readIdentity } from './identity.ts';
import { exactOnline } from './index.ts';

const ok = (body: unknown) => ({
  status: 200,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const rows = (...results: unknown[]) => ok({ d: { results } });
const me = (more: object = {}) =>
  rows({
    __metadata: { uri: 'x' },
    UserID: '5c1f0000-0000-4000-8000-000000000001',
    UserName: 'j.jansen',
    FullName: 'Jan Jansen',
    Email: 'jan@example.test',
    CurrentDivision: 1234567,
    ...more,
  });

describe('who consented', () => {
  test('the GUID of the user is one, whatever its case and braces: it is the key of the chain', () => {
    for (const UserID of [
      '5c1f0000-0000-4000-8000-000000000001',
      '5C1F0000-0000-4000-8000-000000000001',
      '{5C1F0000-0000-4000-8000-000000000001}',
    ])
      expect([UserID, readIdentity(me({ UserID }))?.user.id]).toEqual([UserID, '5c1f0000-0000-4000-8000-000000000001']);
  });

  test('with name, address and current division, of which only the division has to be there', () => {
    expect(readIdentity(me())).toEqual({
      user: {
        id: '5c1f0000-0000-4000-8000-000000000001',
        userName: 'j.jansen',
        fullName: 'Jan Jansen',
        email: 'jan@example.test',
      },
      current: { code: 1234567, customer: null },
    });
    expect(
      readIdentity(
        me({ UserName: null, FullName: 5, Email: null, CurrentDivision: '1234567', DivisionCustomerName: 'Jansen' }),
      ),
    ).toMatchObject({
      user: { userName: '', fullName: '', email: null },
      current: { code: 1234567, customer: 'Jansen' },
    });
  });

  test('an answer that does not say leaves the identity unknown, and is no error', () => {
    for (const response of [
      rows(),
      me({ UserID: null }),
      me({ UserID: '' }),
      me({ UserID: 5 }),
      me({ CurrentDivision: 'x' }),
      me({ CurrentDivision: 1.5 }),
      ok('<xml/>'),
      ok(''),
      ok('null'),
      ok({ d: {} }),
      ok({ error: { code: '', message: { lang: '', value: 'Forbidden - Application Scope Violated.' } } }),
      { ...me(), status: 401 },
      { ...me(), status: 403 },
      { ...me(), status: 500 },
    ])
      expect(readIdentity(response)).toBeNull();
  });
});

describe('for which administrations', () => {
  test('as listed, the customer where there is one', () => {
    expect(
      readDivisions(
        rows(
          { Code: 1, Description: 'Een', CustomerName: 'Klant', Current: true },
          { Code: '2', Description: null, CustomerName: null },
        ),
      ),
    ).toEqual([
      { code: 1, name: 'Een', customer: 'Klant', current: true },
      { code: 2, name: '', customer: null, current: false },
    ]);
    expect(readDivisions(rows())).toEqual([]);
  });

  test('a refusal over what was ticked is told apart from one over what the app may do', () => {
    const refusal = (value: string, status = 403) => ({
      ...ok({ error: { code: '', message: { lang: '', value } } }),
      status,
    });
    expect(leavesOutCurrent(refusal('Forbidden - User division is not within division scope'))).toBe(true);
    for (const other of [
      refusal("Forbidden - Application Scope Violated. Cannot read 'organization.administration' scope."),
      refusal('User division is not within division scope', 200),
      refusal(''),
    ])
      expect(leavesOutCurrent(other)).toBe(false);
  });

  test('or not at all', () => {
    for (const response of [{ ...rows(), status: 403 }, ok('x'), rows({ Code: 'x' }), ok({ d: { results: 5 } })])
      expect(readDivisions(response)).toBeNull();
  });
});

test('the two questions ask for JSON with the bearer token, and the first has no division in its path', () => {
  const token = new Secret('A1');
  expect(identityRequest('https://start.exactonline.nl', token)).toMatchObject({
    method: 'GET',
    url: expect.stringMatching(/^https:\/\/start\.exactonline\.nl\/api\/v1\/current\/Me\?\$select=/),
    headers: { authorization: 'Bearer A1', accept: 'application/json' },
  });
  expect(divisionsRequest('https://start.exactonline.be', token, 42).url).toMatch(
    /^https:\/\/start\.exactonline\.be\/api\/v1\/42\/system\/Divisions\?/,
  );
});

describe('where the customer is sent', () => {
  const registration = { site: 'nl' as const, clientId: 'c-1', redirectUri: 'https://connect.example/cb?x=1&y=%21' };
  const url = (ask: Partial<Parameters<typeof exactOnline.authorizeUrl>[2]> = {}) =>
    new URL(
      exactOnline.authorizeUrl('https://start.exactonline.nl', registration, {
        state: 's+t',
        codeChallenge: null,
        forceLogin: false,
        ...ask,
      }),
    );

  test('with client, redirect URL, code and state, and never a scope (A9)', () => {
    expect(url().origin + url().pathname).toBe('https://start.exactonline.nl/api/oauth2/auth');
    expect(Object.fromEntries(url().searchParams)).toEqual({
      client_id: 'c-1',
      redirect_uri: registration.redirectUri,
      response_type: 'code',
      state: 's+t',
    });
  });

  test('with PKCE and a forced login only when asked', () => {
    const query = url({ codeChallenge: 'ch', forceLogin: true }).searchParams;
    expect([query.get('code_challenge'), query.get('code_challenge_method'), query.get('force_login')]).toEqual([
      'ch',
      'S256',
      '1',
    ]);
    expect(query.has('scope')).toBe(false);
  });
});
