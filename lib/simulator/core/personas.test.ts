import { describe, expect, test } from 'vitest';
import { JAN, paperProvider, SANNE } from '../testing/paper-provider.ts';
import { afterOneConsent, behaviourOf, divisionsGranted, PERSONAS, personConsenting } from './personas.ts';

describe('someone else', () => {
  test('is the next person by id, and after the last the first', () => {
    const { ledger } = paperProvider();
    ledger.users = new Map([SANNE, JAN].map((user) => [user.id, user]));
    expect(personConsenting(ledger, PERSONAS.someone_else, JAN)).toBe(SANNE);
    expect(personConsenting(ledger, PERSONAS.someone_else, SANNE)).toBe(JAN);
    expect(personConsenting(ledger, PERSONAS.agrees, JAN)).toBe(JAN);
  });

  test('is nobody else where there is only one', () => {
    const { ledger } = paperProvider();
    ledger.users = new Map([[JAN.id, JAN]]);
    expect(personConsenting(ledger, PERSONAS.someone_else, JAN)).toBe(JAN);
  });
});

describe('the open company is forgotten', () => {
  test('and the others are granted as ticked', () => {
    expect(divisionsGranted(PERSONAS.forgets_current, JAN, [101, 102])).toEqual([102]);
    expect(divisionsGranted(PERSONAS.forgets_current, JAN, [101])).toEqual([]);
    expect(divisionsGranted(PERSONAS.agrees, JAN, [101])).toEqual([101]);
  });

  test('which is the first where none is marked', () => {
    const unmarked = { ...JAN, divisions: JAN.divisions.map((division) => ({ ...division, current: false })) };
    expect(divisionsGranted(PERSONAS.forgets_current, unmarked, [101, 102])).toEqual([102]);
  });
});

test('a name that is no persona, also one that every object has, agrees', () => {
  const { ledger } = paperProvider();
  for (const picked of [null, '', 'sulks', 'constructor', '__proto__']) {
    expect(behaviourOf(ledger, 'app', picked)).toEqual({ id: 'agrees', setInAdvance: false });
  }
  expect(behaviourOf(ledger, 'app', 'denies')).toEqual({ id: 'denies', setInAdvance: false });
});

test('a persona set in advance counts down to nothing, or stays', () => {
  expect(afterOneConsent({ persona: 'denies', times: 2 })).toEqual({ persona: 'denies', times: 1 });
  expect(afterOneConsent({ persona: 'denies', times: 1 })).toBeNull();
  expect(afterOneConsent({ persona: 'denies', times: null })).toEqual({ persona: 'denies', times: null });
});
