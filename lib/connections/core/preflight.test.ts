import { describe, expect, test } from 'vitest';
import { days, hours, minutes, plus, seconds } from '../../kernel/clock.ts';
import { type HeldFacts, type PreflightLine, preflight, type Sharing } from './preflight.ts';

const sealedAt = new Date('2026-11-01T08:00:00Z');
const held: HeldFacts = {
  custody: 'sealed',
  sealedAt,
  lapsesAt: plus(sealedAt, days(30)),
  claimableFrom: plus(sealedAt, seconds(570)),
  claimableUntil: plus(sealedAt, days(30) - hours(1)),
  exactUser: { userName: 'j.jansen', fullName: 'Jan Jansen' },
  divisions: [{ code: 100, name: 'Korenaar B.V.', current: true }],
  parkedReason: null,
  maybeSuperseded: false,
  outrun: false,
};
const alone = { others: [], total: 0 };
const other: Sharing = { connectionId: 'con_2', customer: 'De Molen', registered: true, own: false };
const at = (ms: number) => plus(sealedAt, ms);

function line<Id extends PreflightLine['id']>(
  id: Id,
  {
    facts = {},
    sharing = alone,
    now = at(days(1)),
  }: { facts?: Partial<HeldFacts>; sharing?: typeof alone; now?: Date },
) {
  const found = preflight({ ...held, ...facts }, sharing, now).find((each) => each.id === id);
  return found as Extract<PreflightLine, { id: Id }>;
}

test('a consent in order has six good lines, in one order', () => {
  const lines = preflight(held, alone, at(days(1)));
  expect(lines.map(({ id, tone }) => [id, tone])).toEqual(
    ['custody', 'window', 'age', 'identity', 'newer', 'shared'].map((id) => [id, 'good']),
  );
});

describe('where it stands', () => {
  test.each(['parked', 'superseded', 'claimed', 'renewing', 'lapsed', 'dead', 'handed_over', 'shredded'])(
    '%s stops a claim',
    (custody) => expect(line('custody', { facts: { custody } })).toMatchObject({ tone: 'bad', custody }),
  );
  test('parked says why', () =>
    expect(line('custody', { facts: { custody: 'parked', parkedReason: 'wrong_user' } }).parkedReason).toBe(
      'wrong_user',
    ));
});

describe('the window', () => {
  test('is short within a day of its end, and over an hour before the lapse', () => {
    const end = held.claimableUntil;
    const tones = [-hours(24), -hours(24) + 1, -1, 0].map((ms) => line('window', { now: plus(end, ms) }).tone);
    expect(tones).toEqual(['good', 'warn', 'warn', 'bad']);
  });
});

describe('the age', () => {
  test('stops a claim for 9 minutes and 30 seconds, and says how long still', () => {
    expect(line('age', { now: at(minutes(4)) })).toMatchObject({ tone: 'bad', waitMs: seconds(330) });
    expect(line('age', { now: at(seconds(570) - 1) })).toMatchObject({ tone: 'bad', waitMs: 1 });
    expect(line('age', { now: at(seconds(570)) })).toMatchObject({ tone: 'good', waitMs: 0 });
  });
});

describe('who it is', () => {
  test('names the user, their current company, and how many more', () => {
    const divisions = [
      { code: 1, name: 'First', current: false },
      { code: 2, name: 'Second', current: true },
    ];
    expect(line('identity', { facts: { divisions } })).toMatchObject({ tone: 'good', company: 'Second (2)', more: 1 });
  });
  test('cannot be promised without a user, or without a company', () => {
    expect(line('identity', { facts: { exactUser: null, divisions: [] } }).tone).toBe('warn');
    expect(line('identity', { facts: { divisions: [] } })).toMatchObject({ tone: 'warn', company: null, more: 0 });
  });
});

describe('a newer consent', () => {
  test('may have come, or could not be seen', () => {
    expect(line('newer', { facts: { maybeSuperseded: true } })).toMatchObject({ tone: 'warn', newer: 'maybe' });
    expect(line('newer', { facts: { outrun: true } })).toMatchObject({ tone: 'warn', newer: 'outrun' });
    expect(line('newer', { facts: { exactUser: null } })).toMatchObject({ tone: 'warn', newer: 'cannot_see' });
  });
});

describe('the same Exact user elsewhere (itgenscr590)', () => {
  test('is a warning with the connections it concerns', () => {
    const shared = line('shared', { sharing: { others: [other], total: 5 } as never });
    expect(shared).toMatchObject({ tone: 'warn', known: true, others: [other], total: 5 });
  });
  test('cannot be told when the identity is unknown', () =>
    expect(line('shared', { facts: { exactUser: null } })).toMatchObject({ tone: 'warn', known: false }));
});
