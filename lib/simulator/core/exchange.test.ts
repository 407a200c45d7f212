import { describe, expect, test } from 'vitest';
import { JAN, paperProvider, SANNE, tokensOf } from '../testing/paper-provider.ts';
import { POLICIES } from './policy.ts';

const REPLAYED =
  '{"error":"invalid_request","error_description":"This message has already been processed.  This could indicate a replay attack in progress."}';
const INVALID_CHAIN =
  '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }';
const INVALID_REQUEST = '{"error":"invalid_request"}';
const INVALID_CLIENT = '{"error":"invalid_client"}';

test('T2: success has four fields, and expires_in is a string', () => {
  const provider = paperProvider();
  expect(provider.exchange(provider.consent())).toEqual({
    status: 200,
    rule: null,
    body: '{"access_token":"access-2","token_type":"bearer","expires_in":"600","refresh_token":"refresh-3"}',
  });
});

describe('T3: a code lives three minutes', () => {
  test('it works until just before', () => {
    const provider = paperProvider();
    const code = provider.consent();
    provider.advance(179.999);
    expect(provider.exchange(code).status).toBe(200);
  });

  test('then it has expired, and the answer says when', () => {
    const provider = paperProvider();
    const code = provider.consent();
    provider.advance(180);
    expect(provider.exchange(code)).toEqual({
      status: 400,
      rule: 'T3',
      body: '{"error":"invalid_request","error_description":"The message expired at 10\\/1\\/2026 12:03:00 PM and it is now 10\\/1\\/2026 12:03:00 PM."}',
    });
  });

  test('time is that of the client the code was made for', () => {
    const provider = paperProvider();
    const code = provider.consent();
    provider.ledger.offsets.set('other-app', 500);
    expect(provider.exchange(code).status).toBe(200);
    const late = provider.consent();
    provider.ledger.offsets.set('app', 500);
    expect(provider.exchange(late).rule).toBe('T3');
  });
});

test('T4: a code works once', () => {
  const provider = paperProvider();
  const code = provider.consent();
  provider.exchange(code);
  expect(provider.exchange(code)).toEqual({ status: 400, rule: 'T4', body: REPLAYED });
});

describe('T5: a damaged code', () => {
  test.each([
    ['encoded twice', (code: string) => code.replace('-', '%2D')],
    ['truncated', (code: string) => code.slice(0, -1)],
    ['altered', (code: string) => `${code}x`],
  ])('%s is refused and the real one stays good', (_, damage) => {
    const provider = paperProvider();
    const code = provider.consent();
    expect(provider.exchange(damage(code))).toEqual({ status: 400, rule: 'T5', body: INVALID_REQUEST });
    expect(provider.exchange(code).status).toBe(200);
  });

  test('A1: a code of another site cannot be read here', () => {
    const provider = paperProvider();
    expect(provider.exchange(provider.consent(), { site: 'be' }).rule).toBe('T5');
  });
});

describe('T7: a failed exchange has still spent the code', () => {
  test.each([
    ['T6: another redirect URI', { redirectUri: 'https://app.example.test/other' }, 'T6', INVALID_REQUEST],
    ['T8: a wrong secret', { secret: ' secret' }, 'T8', INVALID_CLIENT],
    ['T8: an unknown client', { clientId: 'nobody' }, 'T8', INVALID_CLIENT],
    ['T9: another client with its own secret', { clientId: 'other-app', secret: 'other secret' }, 'T9', INVALID_CLIENT],
  ])('%s', (_, asking, rule, body) => {
    const provider = paperProvider();
    const code = provider.consent();
    expect(provider.exchange(code, asking)).toEqual({ status: 400, rule, body });
    expect(provider.exchange(code)).toEqual({ status: 400, rule: 'T4', body: REPLAYED });
  });
});

describe('T15: of two parallel authorisations, the older code used last', () => {
  test.each([
    ['legacy', null],
    ['overlap', 'T15'],
    ['single', 'T15'],
  ] as const)('under %s: %s', (policy, rule) => {
    const provider = paperProvider(policy);
    const older = provider.consent();
    const newer = provider.consent();
    provider.exchange(newer);
    const answer = provider.exchange(older);
    expect(answer.rule).toBe(rule);
    if (rule !== null) expect(answer).toMatchObject({ status: 400, body: INVALID_CHAIN });
  });

  test.each(POLICIES)('used in order, both are exchanged under %s', (policy) => {
    const provider = paperProvider(policy);
    const older = provider.consent();
    const newer = provider.consent();
    expect(provider.exchange(older).status).toBe(200);
    expect(provider.exchange(newer).status).toBe(200);
  });

  test('another user does not get in the way', () => {
    const provider = paperProvider('single');
    const jan = provider.consent(JAN);
    provider.connect(SANNE);
    expect(provider.exchange(jan).status).toBe(200);
  });
});

describe('order of checks', () => {
  test('age before replay: T3, not T4', () => {
    const provider = paperProvider();
    const code = provider.consent();
    provider.exchange(code);
    provider.advance(200);
    expect(provider.exchange(code).rule).toBe('T3');
  });

  test('age before spending: an expired code is not spent by asking', () => {
    const provider = paperProvider();
    const code = provider.consent();
    provider.advance(200);
    provider.exchange(code);
    expect(provider.exchange(code).rule).toBe('T3');
  });

  test('replay before credentials: T4, not T8', () => {
    const provider = paperProvider();
    const code = provider.consent();
    provider.exchange(code);
    expect(provider.exchange(code, { secret: 'wrong' }).rule).toBe('T4');
  });

  test('credentials before redirect URI: T8 and T9, not T6', () => {
    const provider = paperProvider();
    expect(provider.exchange(provider.consent(), { secret: 'wrong', redirectUri: 'https://x.test' }).rule).toBe('T8');
    const other = { clientId: 'other-app', secret: 'other secret', redirectUri: 'https://x.test' };
    expect(provider.exchange(provider.consent(), other).rule).toBe('T9');
  });

  test('redirect URI before chain: T6, not T15', () => {
    const provider = paperProvider();
    const older = provider.consent();
    provider.connect();
    expect(provider.exchange(older, { redirectUri: 'https://x.test' }).rule).toBe('T6');
  });
});

test('the chain starts with one token call, no refresh and the divisions that were ticked', () => {
  const provider = paperProvider();
  tokensOf(provider.exchange(provider.consent(JAN, [102, 999])));
  expect(provider.chain()).toMatchObject({ generation: 0, tokenCalls: 1, refreshes: 0, divisions: [102] });
});
