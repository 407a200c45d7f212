import { describe, expect, test } from 'vitest';
import { errorReported, readRegistrationError, registrationErrorOf, registrationErrors } from './registration-error.ts';

const codeOf = (text: string) => readRegistrationError(text).code;

describe('a text of the receiving form is known by its code or its words', () => {
  test.each([
    [
      'itgenscr590',
      'itgenscr590\nThere can be at most one data container in all databases in all organizations with the single authentication identifier ‘…#…’.',
    ],
    ['itgenscr590', 'Er kan maximaal een datacontainer zijn in alle databases in alle organisaties'],
    ['itgenoda494', 'ITGENODA494: An obsoleted refresh token can not be used on Exact Online.'],
    ['itgenoda494', 'itgeneor494'],
    ['itgenoda185', 'itgenoda185 connection to database could not be established.'],
    ['old_refresh_token', '{"error":"unauthorized_client","error_description":"Old refresh token used."}'],
    ['chain_id', 'Token is not allowed, because of invalid or empty chainId'],
    ['expired', 'The refresh token expired at 1/12/2026 08:00:00 and it is now 2/12/2026 08:00:00'],
    ['replayed', 'This message has already been processed. This could indicate a replay attack in progress.'],
    [
      'app_not_allowed',
      'The client is not authorized to request an authorization code using this method and/or authorization grant type.',
    ],
    ['app_not_allowed', '{"error":"invalid_client"}'],
    ['damaged', 'Signed data extraction has failed'],
    ['too_early', 'Rate limit exceeded: access_token not expired'],
    ['demo_mode', 'itgendbe004: will enter demo mode on 1 December'],
    ['demo_mode', 'itgendme006'],
  ])('%s', (code, text) => expect(codeOf(text)).toBe(code));

  test('however it was broken over lines', () =>
    expect(codeOf('Old\r\n   refresh\ttoken\nused')).toBe('old_refresh_token'));

  test('a wrapper gives way to what it carries', () => {
    expect(codeOf('itgenoda185 connection could not be established. Old refresh token used.')).toBe(
      'old_refresh_token',
    );
    expect(codeOf('itgenoda494 … because of invalid or empty chainId')).toBe('chain_id');
  });
});

test('unknown text is `other`, and nothing of it comes back', () => {
  const secret = 'stampEKGBdAAAAJ-a-refresh-token';
  for (const text of ['', '   ', secret, 'x'.repeat(200_000)]) {
    expect(codeOf(text)).toBe('other');
    expect(JSON.stringify(readRegistrationError(text))).not.toContain(secret);
  }
});

test('hostile text is read in no time', () => {
  const started = performance.now();
  for (const text of ['redirect uri '.repeat(20_000), ' '.repeat(200_000), 'refresh token '.repeat(20_000)])
    codeOf(text);
  expect(performance.now() - started).toBeLessThan(1000);
});

describe('what was reported', () => {
  test('is what the pasted text says, else what was picked, else `other`', () => {
    expect(errorReported('Old refresh token used.', 'itgenscr590').code).toBe('old_refresh_token');
    expect(errorReported('never heard of', 'itgenscr590').code).toBe('itgenscr590');
    expect(errorReported('', null).code).toBe('other');
    expect(errorReported('', 'wxk_not_a_code').code).toBe('other');
  });
});

test('every code is stored within bounds, told once, and found again; only a dead token is called dead', () => {
  const codes = registrationErrors.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) {
    expect(code).toMatch(/^[a-z0-9_]{1,40}$/);
    expect(registrationErrorOf(code)?.code).toBe(code);
  }
  expect(registrationErrors.filter(({ dead }) => dead).map(({ code }) => code)).toEqual([
    'old_refresh_token',
    'chain_id',
    'expired',
    'itgenoda494',
  ]);
});
