import { describe, expect, test } from 'vitest';
import { APP, JAN, paperProvider, SANNE } from '../testing/paper-provider.ts';
import { endAccess, endingOf, welcomeBack } from './endings.ts';
import { clientNow, pairOf, record, type User } from './ledger.ts';

const KINDS = ['withdrawn', 'user_gone'] as const;

function aConnectedUser() {
  const provider = paperProvider();
  provider.connect();
  const pair = (user: User = JAN) =>
    pairOf(provider.ledger, { site: APP.site, clientId: APP.clientId, userId: user.id });
  const now = () => clientNow(provider.ledger, APP.clientId, provider.realNow());
  return {
    ...provider,
    end: (kind: (typeof KINDS)[number], inSeconds = 0) => {
      const of = { site: APP.site, clientId: APP.clientId, userId: JAN.id };
      record(provider.ledger, endAccess(provider.ledger, of, { kind, at: now() + inSeconds * 1000 }));
    },
    welcome: () => record(provider.ledger, welcomeBack(provider.ledger, JAN.id)),
    ending: (consent: number, user: User = JAN) => endingOf(pair(user), consent, now()),
  };
}

describe.each(KINDS)('%s', (kind) => {
  test('ends what was consented to, and nobody else’s', () => {
    const provider = aConnectedUser();
    provider.connect(SANNE);
    expect(provider.ending(1)).toBe(null);
    provider.end(kind);
    expect(provider.ending(1)).toBe(kind);
    expect(provider.ending(1, SANNE)).toBe(null);
  });

  test('a moment ahead is that moment, to the second', () => {
    const provider = aConnectedUser();
    provider.end(kind, 60);
    provider.advance(59.999);
    expect(provider.ending(1)).toBe(null);
    provider.advance(0.001);
    expect(provider.ending(1)).toBe(kind);
  });

  test('one ahead of time does not undo one that has come', () => {
    const provider = aConnectedUser();
    provider.end(kind);
    provider.end(kind, 60);
    expect(provider.ending(1)).toBe(kind);
  });

  test('saying it again keeps one record of it', () => {
    const provider = aConnectedUser();
    provider.end(kind, 60);
    provider.end(kind);
    expect([...provider.ledger.pairs.values()].map(({ endings }) => endings.length)).toEqual([1]);
  });
});

test('after a withdrawal a later consent counts', () => {
  const provider = aConnectedUser();
  provider.end('withdrawn');
  provider.connect();
  expect([provider.ending(1), provider.ending(2)]).toEqual(['withdrawn', null]);
});

test('someone who is gone consents in vain until they are welcomed back', () => {
  const provider = aConnectedUser();
  provider.end('user_gone');
  expect([provider.ending(1), provider.ending(2)]).toEqual(['user_gone', 'user_gone']);
  provider.welcome();
  expect([provider.ending(1), provider.ending(2)]).toEqual(['user_gone', null]);
});

test('of someone who withdrew and then left, the leaving is told', () => {
  const provider = aConnectedUser();
  provider.end('withdrawn');
  provider.end('user_gone');
  expect(provider.ending(1)).toBe('user_gone');
});
