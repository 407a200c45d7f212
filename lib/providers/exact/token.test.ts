import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../kernel/secret.ts';
import { codeRequest, readTokenResponse } from './token.ts';

const answer = (status: number, body: string) => readTokenResponse({ status, headers: {}, body });
/** An outcome in one line: what it is, why, and the token it holds. */
const read = (status: number, body: string): string => {
  const outcome = answer(status, body);
  if (outcome.kind === 'issued') return `issued ${outcome.tokens.refreshToken.reveal()}`;
  return outcome.kind === 'refused' ? `refused ${outcome.code}` : outcome.kind;
};
const issued = (more: object = {}) =>
  JSON.stringify({ access_token: 'A1', token_type: 'bearer', expires_in: '600', refresh_token: 'T0!x', ...more });

describe('bodies as captured (exact-online.md §1.2)', () => {
  test.each([
    ['T2', 200, '{"access_token":"A1","token_type":"bearer","expires_in":"600","refresh_token":"T0!x"}', 'issued T0!x'],
    ['T1', 400, '{"error":"invalid_request"}', 'refused request_rejected'],
    [
      'T3',
      400,
      '{"error":"invalid_request","error_description":"The message expired at 10\\/11\\/2022 9:18:20 PM and it is now 10\\/28\\/2022 4:15:50 PM."}',
      'refused code_expired',
    ],
    [
      'T4',
      400,
      '{"error":"invalid_request","error_description":"This message has already been processed.  This could indicate a replay attack in progress."}',
      'refused code_spent',
    ],
    ['T8', 400, '{"error":"invalid_client"}', 'refused client_rejected'],
    ['T8 as 401', 401, '{"error":"invalid_client"}', 'refused client_rejected'],
    [
      'T14, T15',
      400,
      '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }',
      'refused chain_replaced',
    ],
    ['T17', 400, '{"error":"invalid_grant"}', 'refused chain_replaced'],
    ['T19', 503, 'Server maintenance: Due to server maintenance the Exact Online server is unavailable.', 'unknown'],
    ['T19', 504, '', 'unknown'],
    ['T20', 429, '', 'unavailable'],
    ['C-2 row 7', 503, '{}', 'unavailable'],
    ['C-2 row 6', 502, '<html>Bad Gateway</html>', 'unknown'],
    ['C-2 row 6', 500, '{"error":"server_error"}', 'unknown'],
    ['C-2 row 6', 302, '', 'unknown'],
    ['plain text', 400, 'Bad Request', 'unknown'],
  ])('%s: %i %s', (_, status, body, expected) => {
    expect(read(status, body)).toBe(expected);
  });

  /** C-2 row 7: it proves an issue less than 570 s ago, not that anything is wrong with the app or the code. */
  test('T10: too early is not processed, neither refused nor the fault of anyone', () => {
    const body = '{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired" }';
    expect(read(400, body)).toBe('unavailable');
  });
});

describe('a refresh token in the body counts, whatever is around it (C-2 rows 3 and 4)', () => {
  test('whatever the status, and with an error beside it', () => {
    for (const status of [200, 201, 400, 401, 429, 500, 503])
      for (const body of [issued(), issued({ error: 'access_denied' }), issued({ error_description: 'x' })])
        expect(read(status, body)).toBe('issued T0!x');
  });

  test('with the rest missing or odd', () => {
    for (const more of [
      { access_token: undefined },
      { access_token: null },
      { access_token: 7 },
      { access_token: '' },
      { expires_in: undefined },
      { expires_in: null },
      { expires_in: -1 },
      { expires_in: 1e12 },
      { expires_in: 'soon' },
      { token_type: 'Odd' },
      { token_type: null },
      { refresh_token_expires_in: 'x', scope: [] },
    ])
      expect(read(200, issued(more))).toBe('issued T0!x');
  });

  test('behind a byte order mark, white space, or a page that was put before it', () => {
    expect(read(200, `\uFEFF${issued()}`)).toBe('issued T0!x');
    expect(read(200, `\r\n\t ${issued()}\r\n`)).toBe('issued T0!x');
    expect(read(200, `<!-- proxy --><html></html>${issued()}`)).toBe('issued T0!x');
    expect(read(200, `${issued()}<!-- trailer -->`)).toBe('issued T0!x');
  });

  test('cut off after its closing quote, and never from a cut in its middle', () => {
    const body = issued();
    const whole = body.indexOf('"T0!x"') + '"T0!x"'.length;
    const wrong: string[] = [];
    for (let length = 0; length <= body.length; length++) {
      const got = read(200, body.slice(0, length));
      if (got !== (length >= whole ? 'issued T0!x' : 'unknown')) wrong.push(`${body.slice(0, length)} → ${got}`);
    }
    expect(wrong).toEqual([]);
  });

  test('its bytes unchanged: long, escaped, with every kind of character', () => {
    for (const token of ['x'.repeat(65_536), 'a"b\\c/d', 'é🔑', 'a b', 'stamp!IAAAA+/=%21&=?#', '\u007f'])
      expect(read(200, issued({ refresh_token: token }))).toBe(`issued ${token}`);
    expect(read(200, '{"refresh_token":"a\\u0021b\\/c"}')).toBe('issued a!b/c');
  });
});

describe('what is no refresh token is never taken for one (E-10)', () => {
  test('missing, empty, null, a number, an array, an object', () => {
    for (const refresh_token of [undefined, '', null, 0, 12345, true, [], ['T'], {}, { value: 'T' }])
      expect([refresh_token, read(200, issued({ refresh_token }))]).toEqual([refresh_token, 'unknown']);
  });

  test('a body that is no object, no JSON, no UTF-8', () => {
    const utf16 = Buffer.from(issued(), 'utf16le').toString('utf8');
    for (const body of [
      '',
      'null',
      'true',
      '5',
      '"refresh_token"',
      '[]',
      '[{"refresh_token":5}]',
      '{',
      '<html>',
      utf16,
      '\u0000',
      '{"error":5}',
    ])
      expect([body, read(200, body)]).toEqual([body, 'unknown']);
  });

  test('200 with an error and no token says nothing about the code', () => {
    expect(read(200, '{"error":"invalid_request"}')).toBe('unknown');
  });

  test('the names of objects’ own workings are no way in', () => {
    expect(read(200, '{"__proto__":{"refresh_token":"T"}}')).toBe('unknown');
    expect(read(200, '{"tokens":{"refresh_token":5}}')).toBe('unknown');
  });
});

test('the life of the access token: a string at Exact, a number elsewhere, ten minutes when nobody can say', () => {
  const seconds = (expires_in: unknown) => {
    const outcome = answer(200, issued({ expires_in }));
    return outcome.kind === 'issued' ? outcome.tokens.accessLifetimeSeconds : null;
  };
  expect([seconds('600'), seconds(600), seconds('3600')]).toEqual([600, 600, 3600]);
  for (const odd of [undefined, null, 'x', '', -5, 0, 0.5, 1e9, [], {}])
    expect([odd, seconds(odd)]).toEqual([odd, 600]);
});

test('what was read does not print', () => {
  const printed = inspect(answer(200, issued()), { depth: null }) + JSON.stringify(answer(200, issued()));
  expect(printed).not.toMatch(/T0!x|A1/);
});

describe('the code exchange', () => {
  const registration = {
    site: 'nl' as const,
    clientId: '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11',
    clientSecret: new Secret('s&cr=t+ %é'),
    redirectUri: 'https://connect.example/oauth/exact-online/clr_x/callback',
  };
  const formOf = (request: { body?: string }) => new URLSearchParams(request.body);

  test('is a form with exactly these fields, credentials in the body (T1, T21)', () => {
    const request = codeRequest('https://start.exactonline.nl', registration, {
      code: 'stamp!NAAA',
      codeVerifier: null,
    });
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://start.exactonline.nl/api/oauth2/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(request.headers).not.toHaveProperty('authorization');
    expect(Object.fromEntries(formOf(request))).toEqual({
      grant_type: 'authorization_code',
      code: 'stamp!NAAA',
      redirect_uri: registration.redirectUri,
      client_id: registration.clientId,
      client_secret: 's&cr=t+ %é',
    });
    const withProof = codeRequest('https://start.exactonline.nl', registration, {
      code: 'x',
      codeVerifier: 'v'.repeat(43),
    });
    expect(formOf(withProof).get('code_verifier')).toBe('v'.repeat(43));
  });

  test('sends a code encoded once: every reserved character arrives as it was issued (T5)', () => {
    const request = codeRequest('https://x', registration, { code: 'stamp!NAAA', codeVerifier: null });
    expect(request.body).toContain('code=stamp%21NAAA&');
    expect(request.body).not.toContain('%2521');
    for (const reserved of '!*\'();:@&=+$,/?#[]%21 "<>\\^`{|}~é') {
      const code = `a${reserved}b`;
      const { body } = codeRequest('https://x', registration, { code, codeVerifier: null });
      expect(new URLSearchParams(body).get('code')).toBe(code);
    }
  });

  test('repeats a thousand odd but legal redirect URLs byte for byte (T6)', () => {
    // A fixed sequence (a linear congruential one), so that a failure can be looked at again.
    let state = 4711;
    const next = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const pieces = [
      'a',
      'Z',
      '9',
      '-',
      '.',
      '_',
      '~',
      '!',
      '$',
      '&',
      "'",
      '(',
      ')',
      '*',
      '+',
      ',',
      ';',
      '=',
      ':',
      '@',
      '%20',
      '%2F',
      '%2f',
      '%21',
      '%E2%82%AC',
      '%00',
      '//',
      '/',
      '..',
      '%',
    ];
    const run = (count: number) => Array.from({ length: count }, () => pieces[next(pieces.length)]).join('');
    for (let n = 0; n < 1000; n++) {
      const redirectUri = `https://c${next(99)}.example${next(3) === 0 ? ':8443' : ''}/${run(next(30))}${next(2) ? `?${run(next(20))}` : ''}`;
      const { body } = codeRequest('https://x', { ...registration, redirectUri }, { code: 'x', codeVerifier: null });
      expect(new URLSearchParams(body).get('redirect_uri')).toBe(redirectUri);
    }
  });
});
