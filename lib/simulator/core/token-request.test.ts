import { describe, expect, test } from 'vitest';
import { readTokenRequest, type TokenMessage } from './token-request.ts';

const FORM = 'application/x-www-form-urlencoded';
const CODE =
  'grant_type=authorization_code&code=ABCD%21xyz&redirect_uri=https%3A%2F%2Fa.test&client_id=app&client_secret=s';
const REFRESH = 'grant_type=refresh_token&refresh_token=ABCD%21IAAAA&client_id=app&client_secret=s';

function read(message: Partial<TokenMessage>) {
  return readTokenRequest({ method: 'POST', contentType: FORM, authorization: undefined, body: CODE, ...message });
}

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
    expect(read({ body, authorization: 'Basic ???' })).toMatchObject({ rule: 'T21' });
  });
});
