import { describe, expect, test } from 'vitest';
import { JAN, paperProvider, tokensOf } from '../testing/paper-provider.ts';
import { POLICIES } from './policy.ts';

describe.each(POLICIES)('R1: an access token lives 600 s, used or not, under %s', (policy) => {
  test('used', () => {
    const provider = paperProvider(policy);
    const { access } = provider.connect();
    provider.advance(599.999);
    expect(provider.call(access)).toMatchObject({ kind: 'admitted', subject: { user: JAN } });
    provider.advance(0.001);
    expect(provider.call(access)).toMatchObject({ kind: 'refused', rule: 'R1' });
  });

  test('also when its refresh token has long been replaced', () => {
    const provider = paperProvider(policy);
    const older = provider.connect();
    const newer = provider.connect();
    provider.call(newer.access);
    expect(provider.call(older.access).kind).toBe('admitted');
  });
});

test('R1: no token at all', () => {
  expect(paperProvider().call(null)).toMatchObject({ rule: 'R1', challenge: 'Bearer error="invalid_token"' });
});

describe('R2: a damaged access token', () => {
  const challenge = 'Bearer error="invalid_token",error_description="Signed%20data%20extraction%20has%20failed"';

  test.each([
    ['cut', (token: string) => token.slice(0, -1)],
    ['altered', (token: string) => `${token}x`],
    ['a refresh token', () => 'refresh-3'],
  ])('%s', (_, damage) => {
    const provider = paperProvider();
    const { access } = provider.connect();
    expect(provider.call(damage(access))).toMatchObject({ kind: 'refused', rule: 'R2', challenge });
  });

  test('A1: a token of another site', () => {
    const provider = paperProvider();
    expect(provider.call(provider.connect().access, 'be')).toMatchObject({ rule: 'R2', challenge });
  });
});

describe('R10: an API call', () => {
  test.each(POLICIES)('never uses up its own refresh token, under %s', (policy) => {
    const provider = paperProvider(policy);
    const { access, refresh } = provider.connect();
    provider.call(access);
    provider.advance(29 * 86_400);
    expect(provider.refresh(refresh).status).toBe(200);
  });

  test('with an expired access token is no first use', () => {
    const provider = paperProvider('overlap');
    const older = provider.connect();
    const newer = provider.connect();
    provider.advance(600);
    expect(provider.call(newer.access).kind).toBe('refused');
    expect(provider.refresh(older.refresh).status).toBe(200);
  });

  test('under overlap kills the predecessor in its chain', () => {
    const provider = paperProvider('overlap');
    const first = provider.connect();
    provider.advance(570);
    const second = tokensOf(provider.refresh(first.refresh));
    provider.call(second.access);
    provider.advance(570);
    expect(provider.refresh(first.refresh).rule).toBe('T13');
  });
});
