import { describe, expect, test } from 'vitest';
import { days, hours, plus, seconds } from '../../kernel/clock.ts';
import { custodies, holdsToken, moves, statesBefore } from './custody.ts';
import { beginning } from './flow.ts';
import { connectionStatus, type StatusFacts, statuses } from './status.ts';
import {
  claimableAt,
  confirmBefore,
  earliestClaim,
  exchangeFrom,
  expiringFrom,
  freshUntil,
  lapse,
  lastClaim,
  nextDue,
  noticeDue,
  redeemBefore,
} from './windows.ts';

const now = new Date('2026-11-02T10:00:00.000Z');

describe('the spans of design §5', () => {
  test('earliest and last claim, lapse, redeem and confirm windows', () => {
    expect(earliestClaim(now)).toEqual(plus(now, seconds(570)));
    expect(lapse(now, 30)).toEqual(plus(now, days(30)));
    expect(lapse(now, 1)).toEqual(plus(now, days(1)));
    expect(lastClaim(now)).toEqual(plus(now, -hours(1)));
    expect(confirmBefore(now)).toEqual(plus(now, hours(24)));
    expect(expiringFrom(now)).toEqual(plus(now, -days(7)));
  });

  test('a pair is fresh for 8 of the 10 minutes of its access token, or less when that lives shorter', () => {
    const until = (accessSeconds: number) =>
      freshUntil({ issuedAt: now, accessExpiresAt: plus(now, seconds(accessSeconds)) });
    expect(until(600)).toEqual(plus(now, seconds(480)));
    expect(until(3600)).toEqual(plus(now, seconds(480)));
    expect(until(300)).toEqual(plus(now, seconds(180)));
  });

  test('a chain is exchanged again after 570 s, three fruitless tries an hour, twenty tries a day (B-7)', () => {
    const tries = (count: number, from = plus(now, -hours(20))) =>
      Array.from({ length: count }, (_, n) => plus(from, hours(n / 2)));
    const issuedAt = plus(now, -days(1));
    expect(exchangeFrom(now, { fruitlessAt: null, inADay: [] })).toEqual(plus(now, seconds(570)));
    expect(exchangeFrom(issuedAt, { fruitlessAt: now, inADay: tries(1) })).toEqual(plus(now, seconds(1200)));
    expect(exchangeFrom(issuedAt, { fruitlessAt: null, inADay: tries(19) })).toEqual(plus(issuedAt, seconds(570)));
    expect(exchangeFrom(issuedAt, { fruitlessAt: null, inADay: tries(20) })).toEqual(plus(now, hours(4)));
    expect(exchangeFrom(issuedAt, { fruitlessAt: null, inADay: tries(21) })).toEqual(plus(now, hours(4.5)));
  });

  test('for a fresh pair a grant is exchanged whatever was planned, up to the last claim and no further', () => {
    const grant = { custody: 'sealed', identity: 'known', renewAt: null, issuedAt: plus(now, -days(20)) };
    const asked = (more: object) => beginning({ ...grant, lapsesAt: plus(now, days(10)), ...more }, null, now, 'asked');
    expect(asked({})).toBe('open');
    expect(asked({ lapsesAt: plus(now, hours(1) + 1) })).toBe('open');
    expect(asked({ lapsesAt: plus(now, hours(1)) })).toBe('nothing');
    expect(asked({ custody: 'claimed' })).toBe('nothing');
    expect(asked({ identity: 'pending' })).toBe('nothing');
    expect(asked({ issuedAt: plus(now, -seconds(569)) })).toBe('nothing');
  });

  test('what can be claimed now, seen from now, is what the two windows say', () => {
    const { issuedBy, lapsingAfter } = claimableAt(now);
    expect(earliestClaim(issuedBy)).toEqual(now);
    expect(lastClaim(lapsingAfter)).toEqual(now);
  });

  test('a claim has a day, never past the last claim', () => {
    expect(redeemBefore(now, plus(now, days(5)))).toEqual(plus(now, hours(24)));
    expect(redeemBefore(now, plus(now, hours(25)))).toEqual(plus(now, hours(24)));
    expect(redeemBefore(now, plus(now, hours(24)))).toEqual(plus(now, hours(23)));
    expect(redeemBefore(now, plus(now, hours(2)))).toEqual(plus(now, hours(1)));
  });

  test('a month of summer time change is thirty times 24 hours all the same', () => {
    const before = new Date('2026-10-20T12:00:00.000Z');
    expect(lapse(before, 30).toISOString()).toBe('2026-11-19T12:00:00.000Z');
  });
});

describe('what time has to tell', () => {
  const lapsesAt = plus(now, days(30));
  const left = (n: number, more = 0) => plus(lapsesAt, more - days(n));
  const told = (dueAt: Date, at: Date, renewed: boolean) => noticeDue(dueAt, at, lapsesAt, renewed);

  test('each moment is the next one after the one before', () => {
    const moments = [now, left(14), left(7), left(5), left(3), left(1)].map((at) => nextDue(at, lapsesAt));
    expect(moments).toEqual([left(14), left(7), left(5), left(3), left(1), lapsesAt]);
  });

  test('on the dot: 14, 7, 3 and 1; with a renewal that does not come: 7, the alarm at 5, 3 and 1', () => {
    const all = [14, 7, 5, 3, 1];
    expect(all.map((n) => told(left(n), left(n), false))).toEqual([14, 7, null, 3, 1]);
    expect(all.map((n) => told(left(n), left(n), true))).toEqual([null, 7, 5, 3, 1]);
  });

  test('late: the newest counts, nothing is told twice, and nothing once the window is over', () => {
    expect(told(left(14), left(4), false)).toBe(7);
    expect(told(left(14), left(4), true)).toBe(5);
    expect(told(left(5), left(4), false)).toBeNull(); // 7 was told when it fell due
    expect(told(left(5), left(3), false)).toBe(3);
    expect(told(left(14), left(0, -1), true)).toBe(1);
    expect(told(left(14), lapsesAt, true)).toBeNull();
  });
});

describe('custody', () => {
  test('the states before a state are those that may move to it', () => {
    for (const to of custodies)
      expect(statesBefore(to)).toEqual(custodies.filter((from) => (moves[from] as readonly string[]).includes(to)));
    expect(statesBefore('claimed')).toEqual(['sealed']); // only sealed can be claimed or renewed
    expect(statesBefore('renewing')).toEqual(['sealed']);
    expect(statesBefore('handed_over')).toEqual(['claimed']);
  });

  test('a state that holds no token leads to none that does, save by a successor that came late', () => {
    const ways = custodies
      .filter((state) => !holdsToken(state))
      .flatMap((from) => (moves[from] as readonly (typeof custodies)[number][]).map((to) => ({ from, to })));
    expect(ways.filter(({ to }) => holdsToken(to))).toEqual([{ from: 'dead', to: 'sealed' }]);
  });
});

describe('one name for where a connection stands', () => {
  const facts = (more: Partial<StatusFacts> = {}): StatusFacts => ({
    attention: null,
    withdrawn: false,
    grant: null,
    handoff: null,
    invitationOpenUntil: null,
    requestOpenUntil: null,
    ...more,
  });
  const grant = (custody: (typeof custodies)[number], lapsesAt = plus(now, days(20))) => ({ custody, lapsesAt });
  const soon = plus(now, 1);

  test.each<[string, Partial<StatusFacts>]>([
    ['needs_consent', {}],
    ['invited', { invitationOpenUntil: soon }],
    ['needs_consent', { invitationOpenUntil: now }],
    ['in_progress', { invitationOpenUntil: soon, requestOpenUntil: soon }],
    ['invited', { invitationOpenUntil: soon, requestOpenUntil: now }],
    ['sealed', { grant: grant('sealed') }],
    ['sealed', { grant: grant('renewing') }],
    ['sealed', { grant: grant('sealed', plus(now, days(7) + 1)) }],
    ['expiring', { grant: grant('sealed', plus(now, days(7))) }],
    ['expiring', { grant: grant('sealed', soon) }],
    ['needs_consent', { grant: grant('sealed', now) }],
    ['parked', { grant: grant('parked') }],
    ['needs_consent', { grant: grant('parked', now) }],
    ['claimed', { grant: grant('claimed') }],
    ['handed_over', { grant: grant('handed_over') }],
    ['registered', { grant: grant('shredded'), handoff: { status: 'confirmed' } }],
    ['unconfirmed', { grant: grant('shredded'), handoff: { status: 'unconfirmed' } }],
    ['needs_consent', { grant: grant('shredded'), handoff: { status: 'rejected' } }],
    ['needs_consent', { grant: grant('shredded') }],
    ['needs_consent', { grant: grant('lapsed') }],
    ['needs_consent', { grant: grant('superseded') }],
    ['needs_consent', { grant: grant('dead') }],
    ['invited', { grant: grant('lapsed'), invitationOpenUntil: soon }],
    ['sealed', { grant: grant('sealed'), invitationOpenUntil: soon, requestOpenUntil: soon }],
    ['needs_consent', { grant: grant('sealed'), withdrawn: true }],
    ['blocked', { attention: 'blocked', grant: grant('sealed') }],
    ['needs_consent', { attention: 'needs_consent', grant: grant('sealed') }],
  ])('%s: %j', (expected, more) => {
    expect(connectionStatus(facts(more), now)).toBe(expected);
  });

  test('every name can come up', () => {
    const all = custodies.flatMap((custody) =>
      (['confirmed', 'unconfirmed', 'rejected'] as const).flatMap((status) =>
        [soon, plus(now, days(20))].map((at) => facts({ grant: grant(custody, at), handoff: { status } })),
      ),
    );
    const more = [
      facts({ attention: 'blocked' }),
      facts({ invitationOpenUntil: soon }),
      facts({ invitationOpenUntil: soon, requestOpenUntil: soon }),
    ];
    expect(new Set([...all, ...more].map((each) => connectionStatus(each, now)))).toEqual(new Set(statuses));
  });
});
