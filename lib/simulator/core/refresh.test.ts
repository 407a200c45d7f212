import { describe, expect, test } from 'vitest';
import { JAN, paperProvider, SANNE, tokensOf } from '../testing/paper-provider.ts';
import { POLICIES } from './policy.ts';

const DAYS = 86_400;
const TOO_EARLY = '{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired" }';
const OLD_TOKEN = '{"error":"unauthorized_client","error_description":"Old refresh token used."}';
const INVALID_CHAIN =
  '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }';

describe.each(POLICIES)('T10, T11: the 570 seconds, under %s', (policy) => {
  test('T11: they count from the code exchange, up to but not including the 570th second', () => {
    const provider = paperProvider(policy);
    const { refresh } = provider.connect();
    provider.advance(569.999);
    expect(provider.refresh(refresh)).toEqual({ status: 400, rule: 'T11', body: TOO_EARLY });
    provider.advance(0.001);
    expect(provider.refresh(refresh).status).toBe(200);
  });

  test('T10: they count again from every refresh', () => {
    const provider = paperProvider(policy);
    const first = provider.connect();
    provider.advance(3600);
    const second = tokensOf(provider.refresh(first.refresh));
    provider.advance(569);
    expect(provider.refresh(second.refresh)).toEqual({ status: 400, rule: 'T10', body: TOO_EARLY });
    provider.advance(1);
    expect(provider.refresh(second.refresh).status).toBe(200);
  });

  test('T10: a refused try does not restart the clock', () => {
    const provider = paperProvider(policy);
    const { refresh } = provider.connect();
    provider.advance(500);
    provider.refresh(refresh);
    provider.advance(70);
    expect(provider.refresh(refresh).status).toBe(200);
  });
});

describe('T12: what a refusal for being too early does to the chain', () => {
  test('usually nothing', () => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    expect(JSON.parse(provider.refresh(refresh).body)).not.toHaveProperty('refresh_token');
    expect(provider.chain()).toMatchObject({ generation: 0, refreshes: 0, tokenCalls: 2 });
  });

  test('switched on, it carries the next token, and the old one is old', () => {
    const provider = paperProvider('single');
    provider.ledger.switches.tooEarlyRotates = true;
    const { refresh } = provider.connect();
    provider.advance(100);
    const refusal = provider.refresh(refresh);
    expect(refusal).toMatchObject({ status: 400, rule: 'T11' });
    const next = JSON.parse(refusal.body).refresh_token;
    provider.advance(470);
    expect(provider.refresh(refresh).rule).toBe('T13');
    expect(provider.refresh(next).status).toBe(200);
  });
});

describe('T13: a token superseded inside its own chain', () => {
  test.each([
    ['legacy', null],
    ['overlap', null],
    ['single', 'T13'],
  ] as const)('used again at 575 s, successor untouched, under %s: %s', (policy, rule) => {
    const provider = paperProvider(policy);
    const { refresh } = provider.connect();
    provider.advance(3600);
    provider.refresh(refresh);
    provider.advance(575);
    expect(provider.refresh(refresh).rule).toBe(rule);
  });

  test.each([
    ['legacy', 200],
    ['overlap', 401],
    ['single', 401],
  ] as const)('used again after its successor was refreshed, under %s: %i', (policy, status) => {
    const provider = paperProvider(policy);
    const first = provider.connect();
    provider.advance(3600);
    const second = tokensOf(provider.refresh(first.refresh));
    provider.advance(570);
    provider.refresh(second.refresh);
    provider.advance(570);
    const answer = provider.refresh(first.refresh);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer).toEqual({ status: 401, rule: 'T13', body: OLD_TOKEN });
  });

  test.each([
    ['legacy', 200],
    ['overlap', 401],
    ['single', 401],
  ] as const)('used again more than 600 s after its use, successor untouched, under %s: %i', (policy, status) => {
    const provider = paperProvider(policy);
    const { refresh } = provider.connect();
    provider.advance(3600);
    provider.refresh(refresh);
    provider.advance(600);
    expect(provider.refresh(refresh).status).toBe(status);
  });

  test.each([
    ['legacy', null],
    ['overlap', 'T13'],
    ['single', 'T13'],
  ] as const)('R10: used again after an API call with the newest access token, under %s: %s', (policy, rule) => {
    const provider = paperProvider(policy);
    const first = provider.connect();
    provider.advance(3600);
    const second = tokensOf(provider.refresh(first.refresh));
    provider.call(second.access);
    provider.advance(575);
    expect(provider.refresh(first.refresh).rule).toBe(rule);
    expect(provider.refresh(second.refresh).rule).toBe(rule === null ? 'T10' : null);
  });
});

describe('overlap: two tokens answer', () => {
  test('a second refresh with the predecessor issues another successor and makes the first one old', () => {
    const provider = paperProvider('overlap');
    const { refresh } = provider.connect();
    provider.advance(3600);
    const successor = tokensOf(provider.refresh(refresh));
    provider.advance(575);
    const other = tokensOf(provider.refresh(refresh));
    expect(other.refresh).not.toBe(successor.refresh);
    expect(provider.refresh(successor.refresh).rule).toBe('T13');
    provider.advance(570);
    expect(provider.refresh(other.refresh).status).toBe(200);
  });

  test('an API call with an access token that is no longer the newest kills nobody', () => {
    const provider = paperProvider('overlap');
    const first = provider.connect();
    provider.advance(570);
    provider.refresh(first.refresh);
    provider.call(first.access);
    provider.advance(570);
    expect(provider.refresh(first.refresh).status).toBe(200);
  });

  test('the ten minutes count from the first use, however often it is repeated', () => {
    const provider = paperProvider('overlap');
    const { refresh } = provider.connect();
    provider.advance(3600);
    provider.refresh(refresh);
    provider.advance(575);
    expect(provider.refresh(refresh).status).toBe(200);
    provider.advance(575);
    expect(provider.refresh(refresh).rule).toBe('T13');
  });

  test('a token that was never used does not grow old before its 30 days', () => {
    const provider = paperProvider('overlap');
    const { refresh } = provider.connect();
    provider.advance(29 * DAYS);
    expect(provider.refresh(refresh).status).toBe(200);
  });

  test('a try refused by T10 is not a first use', () => {
    const provider = paperProvider('overlap');
    const first = provider.connect();
    provider.advance(3600);
    const second = tokensOf(provider.refresh(first.refresh));
    expect(provider.refresh(second.refresh).rule).toBe('T10');
    provider.advance(575);
    expect(provider.refresh(first.refresh).status).toBe(200);
  });
});

describe('T14: a chain replaced by a newer consent of the same user on the same client ID', () => {
  test.each([
    ['legacy', null],
    ['overlap', null],
    ['single', 'T14'],
  ] as const)('at the code exchange, under %s: %s', (policy, rule) => {
    const provider = paperProvider(policy);
    const older = provider.connect();
    provider.connect();
    provider.advance(570);
    const answer = provider.refresh(older.refresh);
    expect(answer.rule).toBe(rule);
    if (rule !== null) expect(answer).toMatchObject({ status: 400, body: INVALID_CHAIN });
  });

  test.each([
    ['legacy', null],
    ['overlap', 'T14'],
    ['single', 'T14'],
  ] as const)('at the first API call of the newer, under %s: %s', (policy, rule) => {
    const provider = paperProvider(policy);
    const older = provider.connect();
    const newer = provider.connect();
    provider.call(newer.access);
    provider.advance(570);
    expect(provider.refresh(older.refresh).rule).toBe(rule);
  });

  test.each([
    ['legacy', null],
    ['overlap', 'T14'],
    ['single', 'T14'],
  ] as const)('at the first refresh of the newer, under %s: %s', (policy, rule) => {
    const provider = paperProvider(policy);
    const older = provider.connect();
    const newer = provider.connect();
    provider.advance(570);
    provider.refresh(newer.refresh);
    expect(provider.refresh(older.refresh).rule).toBe(rule);
  });

  test('using the older one does not end the newer one', () => {
    const provider = paperProvider('overlap');
    const older = provider.connect();
    const newer = provider.connect();
    provider.call(older.access);
    provider.advance(570);
    provider.refresh(older.refresh);
    expect(provider.refresh(newer.refresh).status).toBe(200);
  });

  test('another user on the same client ID keeps a chain of their own', () => {
    const provider = paperProvider('single');
    const jan = provider.connect(JAN);
    provider.connect(SANNE);
    provider.advance(570);
    expect(provider.refresh(jan.refresh).status).toBe(200);
  });

  test('a consent whose code was never exchanged ends nothing', () => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    provider.consent();
    provider.advance(570);
    expect(provider.refresh(refresh).status).toBe(200);
  });
});

describe.each(POLICIES)('T16: thirty days unused, under %s', (policy) => {
  test('works until just before', () => {
    const provider = paperProvider(policy);
    const { refresh } = provider.connect();
    provider.advance(30 * DAYS - 0.001);
    expect(provider.refresh(refresh).status).toBe(200);
  });

  test('then it has expired, in US dates with escaped slashes', () => {
    const provider = paperProvider(policy);
    const { refresh } = provider.connect();
    provider.advance(30 * DAYS + 3 * 3600 + 5);
    expect(provider.refresh(refresh)).toEqual({
      status: 400,
      rule: 'T16',
      body: '{"error":"invalid_request","error_description":"The refresh token expired at 10\\/31\\/2026 12:00:00 PM and it is now 10\\/31\\/2026 3:00:05 PM."}',
    });
  });

  test('every refresh starts thirty days anew', () => {
    const provider = paperProvider(policy);
    let { refresh } = provider.connect();
    for (let month = 0; month < 3; month++) {
      provider.advance(29 * DAYS);
      refresh = tokensOf(provider.refresh(refresh)).refresh;
    }
    expect(provider.chain()).toMatchObject({ generation: 3, refreshes: 3 });
  });
});

describe('T21: a damaged refresh token', () => {
  test.each([
    ['unknown', (token: string) => `${token}x`],
    ['truncated', (token: string) => token.slice(0, -1)],
    ['an access token', () => 'access-2'],
  ])('%s', (_, damage) => {
    const provider = paperProvider();
    const { refresh } = provider.connect();
    const refused = { status: 400, rule: 'T21', body: '{"error":"invalid_request"}' };
    expect(provider.refresh(damage(refresh))).toEqual(refused);
  });

  test('A1: a token of another site cannot be read here', () => {
    const provider = paperProvider();
    const { refresh } = provider.connect();
    provider.advance(570);
    expect(provider.refresh(refresh, { site: 'be' }).rule).toBe('T21');
    expect(provider.refresh(refresh).status).toBe(200);
  });
});

describe('T8, T9: credentials, which do not use a refresh token up', () => {
  test.each([
    ['a wrong secret', { secret: 'wrong' }, 'T8'],
    ['an unknown client', { clientId: 'nobody' }, 'T8'],
    ['another client with its own secret', { clientId: 'other-app', secret: 'other secret' }, 'T9'],
  ])('%s', (_, asking, rule) => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    provider.advance(570);
    expect(provider.refresh(refresh, asking)).toEqual({ status: 400, rule, body: '{"error":"invalid_client"}' });
    expect(provider.refresh(refresh).status).toBe(200);
  });
});

describe('order of checks', () => {
  test('age before credentials: T16, not T8', () => {
    const provider = paperProvider();
    const { refresh } = provider.connect();
    provider.advance(31 * DAYS);
    expect(provider.refresh(refresh, { secret: 'wrong' }).rule).toBe('T16');
  });

  test('credentials before chain: T8 and T9, not T14', () => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    provider.connect();
    expect(provider.refresh(refresh, { secret: 'wrong' }).rule).toBe('T8');
    expect(provider.refresh(refresh, { clientId: 'other-app', secret: 'other secret' }).rule).toBe('T9');
  });

  test('chain before supersession: T14, not T13', () => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    provider.advance(570);
    provider.refresh(refresh);
    provider.connect();
    expect(provider.refresh(refresh).rule).toBe('T14');
  });

  test('supersession before the 570 seconds: T13, not T10', () => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    provider.advance(570);
    provider.refresh(refresh);
    expect(provider.refresh(refresh).rule).toBe('T13');
  });

  test('chain before the 570 seconds: T14, not T11', () => {
    const provider = paperProvider('single');
    const { refresh } = provider.connect();
    provider.connect();
    expect(provider.refresh(refresh).rule).toBe('T14');
  });
});

test('a policy of one client ID leaves the others with the usual one', () => {
  const provider = paperProvider('single');
  provider.ledger.policies.set('app', 'legacy');
  const { refresh } = provider.connect();
  provider.connect();
  provider.advance(570);
  expect(provider.refresh(refresh).status).toBe(200);
});

test('a changed policy judges the same history anew', () => {
  const provider = paperProvider('overlap');
  const { refresh } = provider.connect();
  provider.connect();
  provider.advance(570);
  provider.ledger.policy = 'single';
  expect(provider.refresh(refresh).rule).toBe('T14');
  provider.ledger.policy = 'legacy';
  expect(provider.refresh(refresh).status).toBe(200);
});
