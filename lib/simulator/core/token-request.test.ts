import { describe, expect, test } from 'vitest';
import { readTokenRequest, type TokenMessage } from './token-request.ts';

const FORM = 'application/x-www-form-urlencoded';
const CODE =
  'grant_type=authorization_code&code=ABCD%21xyz&redirect_uri=https%3A%2F%2Fa.test&client_id=app&client_secret=s';
const REFRESH = 'grant_type=refresh_token&refresh_token=ABCD%21IAAAA&client_id=app&client_secret=s';

function read(message: Partial<TokenMessage>) {
  return readTokenRequest({ method: 'POST', contentType: FORM, authorization: undefined, body: CODE, ...message });
}

const refusedBy = (rule: string) => ({ rule, status: 400, body: '{"error":"invalid_request"}' });

describe('T1: only a form is read', () => {
  test.each([
    ['JSON', { contentType: 'application/json' }],
    ['multipart', { contentType: 'multipart/form-data; boundary=x' }],
    ['no content type', { contentType: undefined }],
    ['a type that merely starts alike', { contentType: `${FORM}-ish` }],
    ['GET', { method: 'GET' }],
  ])('%s is refused', (_, message) => {
    expect(read(message)).toEqual(refusedBy('T1'));
  });

  test('a charset behind the type does no harm', () => {
    expect(read({ contentType: `${FORM}; charset=UTF-8` })).toMatchObject({ grantType: 'authorization_code' });
  });
});

describe('T21: every field is needed', () => {
  test.each(['code', 'redirect_uri', 'client_id', 'client_secret', 'grant_type'])('an exchange without %s', (field) => {
    const form = new URLSearchParams(CODE);
    form.delete(field);
    expect(read({ body: form.toString() })).toEqual(refusedBy('T21'));
  });

  test.each(['refresh_token', 'client_id', 'client_secret'])('a refresh without %s', (field) => {
    const form = new URLSearchParams(REFRESH);
    form.delete(field);
    expect(read({ body: form.toString() })).toEqual(refusedBy('T21'));
  });

  test('a grant type that Exact does not know', () => {
    expect(read({ body: 'grant_type=password&client_id=app&client_secret=s' })).toEqual(refusedBy('T21'));
  });
});

describe('what a form says', () => {
  test('%21 is decoded once', () => {
    expect(read({})).toMatchObject({ token: 'ABCD!xyz', redirectUri: 'https://a.test', clientId: 'app' });
    expect(read({ body: CODE.replace('%21', '%2521') })).toMatchObject({ token: 'ABCD%21xyz' });
  });

  test('a redirect_uri beside a refresh token does no harm', () => {
    expect(read({ body: `${REFRESH}&redirect_uri=https%3A%2F%2Felsewhere.test` })).toMatchObject({
      token: 'ABCD!IAAAA',
    });
  });

  test('credentials may come as HTTP Basic instead', () => {
    const body = 'grant_type=refresh_token&refresh_token=t';
    expect(read({ body, authorization: `Basic ${btoa('my%20app:s:%21')}` })).toMatchObject({
      clientId: 'my app',
      clientSecret: 's:!',
    });
    expect(read({ body, authorization: 'Basic ???' })).toEqual(refusedBy('T21'));
  });
});
