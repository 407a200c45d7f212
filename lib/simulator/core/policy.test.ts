import { describe, expect, test } from 'vitest';
import { paperProvider, tokensOf } from '../testing/paper-provider.ts';
import { mayStillAnswer, POLICIES, stillAnswers } from './policy.ts';

describe.each(POLICIES)('under %s', (policy) => {
  test('no token answers that whoever counts would not look at', () => {
    const provider = paperProvider(policy);
    const { ledger } = provider;
    const first = provider.connect();
    const ask = (token: string) => {
      provider.advance(575);
      return provider.refresh(token);
    };
    const second = tokensOf(ask(first.refresh));
    ask(first.refresh); // overlap, legacy: a fork
    ask(second.refresh);
    const [chain] = ledger.chains.values();
    if (chain === undefined) throw new Error('no chain');

    const looked = mayStillAnswer(ledger, chain);
    const now = chain.lastIssuedAt;
    const answering = [...ledger.refreshTokens.values()].filter((token) => stillAnswers(ledger, chain, token, now));
    const seen = looked === 'any' ? answering : looked.filter((token) => stillAnswers(ledger, chain, token, now));
    expect(seen.map((token) => token.id).sort()).toEqual(answering.map((token) => token.id).sort());
    expect(answering).toHaveLength({ single: 1, overlap: 2, legacy: 4 }[policy]);
  });
});
