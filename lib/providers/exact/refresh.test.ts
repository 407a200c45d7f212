import { describe, expect, test } from 'vitest';
import { Secret } from '../../kernel/secret.ts';
import { refreshRequest } from './refresh.ts';
import { readRefresh } from './refresh-answer.ts';

const presented = new Secret('T0!x');
const read = (status: number, body: string, headers: Record<string, string> = {}, complete = true) =>
  readRefresh({ status, headers, body }, (token) => token === presented.reveal(), complete);
const issued = (token = 'T1!y') =>
  `{"access_token":"A1","token_type":"bearer","expires_in":"600","refresh_token":"${token}"}`;
const tooEarly = (more = '') =>
  `{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired"${more} }`;

describe('answers to a refresh, as captured (exact-online.md §1.2)', () => {
  test.each([
    ['T8', 400, '{"error":"invalid_client"}', { kind: 'fault', code: 'invalid_client' }],
    ['T21', 400, '{"error":"invalid_request"}', { kind: 'fault', code: 'invalid_request' }],
    ['T10', 400, tooEarly(), { kind: 'too_early' }],
    [
      'T13',
      401,
      '{"error":"unauthorized_client","error_description":"Old refresh token used."}',
      { kind: 'dead', cause: 'superseded' },
    ],
    [
      'T14',
      400,
      '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }',
      { kind: 'dead', cause: 'chain_replaced' },
    ],
    [
      'T16',
      400,
      '{"error":"invalid_request","error_description":"The refresh token expired at 10\\/11\\/2022 9:18:20 PM and it is now 10\\/28\\/2022 4:15:50 PM."}',
      { kind: 'dead', cause: 'expired' },
    ],
    ['T17', 400, '{"error":"invalid_grant"}', { kind: 'dead', cause: 'withdrawn' }],
    ['T18 as 403', 403, '{"error":"invalid_grant"}', { kind: 'dead', cause: 'withdrawn' }],
    // Not the wording of a dead token: a wrong app setting must not end a grant that still works.
    [
      'unauthorized_client alone',
      401,
      '{"error":"unauthorized_client"}',
      { kind: 'fault', code: 'unauthorized_client' },
    ],
    ['T20', 429, '', { kind: 'busy', retryAfterSeconds: null }],
    ['T19 with a proper body', 503, '{}', { kind: 'busy', retryAfterSeconds: null }],
    [
      'T19',
      503,
      'Server maintenance: Due to server maintenance the Exact Online server is unavailable.',
      { kind: 'lost' },
    ],
    ['T19', 504, '', { kind: 'lost' }],
    ['an error of the server is no answer', 500, '{"error":"invalid_grant"}', { kind: 'lost' }],
    ['a redirect', 302, '', { kind: 'lost' }],
    ['a success without a token', 200, '{"access_token":"A1"}', { kind: 'lost' }],
    ['a page', 200, '<html>Welcome</html>', { kind: 'lost' }],
    ['the presented token given back (row 4)', 200, issued('T0!x'), { kind: 'lost' }],
  ])('%s: %i %s', (_, status, body, expected) => {
    expect(read(status, body)).toEqual(expected);
  });

  test('Retry-After in seconds is heard, anything else is not', () => {
    expect(read(429, '', { 'retry-after': '120' })).toEqual({ kind: 'busy', retryAfterSeconds: 120 });
    for (const value of ['soon', '-1', '0', 'Sat, 21 Nov 2026 10:00:00 GMT'])
      expect(read(429, '', { 'retry-after': value })).toEqual({ kind: 'busy', retryAfterSeconds: null });
  });
});

describe('a successor counts', () => {
  test('in a success (row 2)', () => {
    const answer = read(200, issued());
    expect(answer.kind === 'issued' && answer.tokens.refreshToken.reveal()).toBe('T1!y');
  });

  test('in a refusal, which it does not hide (row 3, T12)', () => {
    const answer = read(400, tooEarly(',"refresh_token":"T1!y"'));
    expect(answer).toMatchObject({ kind: 'issued_in_refusal', refusal: { kind: 'too_early' } });
    expect(answer.kind === 'issued_in_refusal' && answer.tokens.refreshToken.reveal()).toBe('T1!y');
  });

  test('in a cut answer, when its closing quote arrived (row 4); a refusal that was cut decides nothing', () => {
    const whole = issued();
    for (let length = 0; length <= whole.length; length += 1) {
      const answer = read(200, whole.slice(0, length), {}, false);
      const there = whole.slice(0, length).includes('"T1!y"');
      expect([length, answer.kind]).toEqual([length, there ? 'issued' : 'lost']);
    }
    expect(read(400, '{"error":"invalid_grant"}', {}, false)).toEqual({ kind: 'lost' });
  });
});

test('the request carries the token once, in the body, and nothing in the address', () => {
  const registration = { site: 'nl', clientId: 'c1', clientSecret: new Secret('s1') } as const;
  const request = refreshRequest('https://start.exactonline.nl', registration, presented);
  expect(request.url).toBe('https://start.exactonline.nl/api/oauth2/token');
  expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'T0!x',
    client_id: 'c1',
    client_secret: 's1',
  });
});
