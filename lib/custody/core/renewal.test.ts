import { describe, expect, test } from 'vitest';
import { days, hours, minutes, plus, seconds } from '../../kernel/clock.ts';
import { type DeadCause, decide, proofDue, type Reading, type RenewalFacts, renewFrom, renewUntil } from './renewal.ts';

const now = new Date('2026-11-21T10:00:00.000Z');
const facts = (more: Partial<RenewalFacts> = {}): RenewalFacts => ({
  lastIssuedAt: plus(now, -days(20)),
  sentAt: now,
  unknownSince: null,
  candidates: 0,
  outrun: false,
  doubted: false,
  fruitless: 0,
  ...more,
});
const waiting = (more: Partial<RenewalFacts> = {}) => facts({ unknownSince: plus(now, -seconds(30)), ...more });
const dead = (cause: DeadCause = 'superseded'): Reading => ({ kind: 'dead', cause });
const busy: Reading = { kind: 'busy', retryAfterSeconds: null };
const slot = (n: number) => plus(now, seconds(n - 30)); // of `waiting`

describe('decision table C-2', () => {
  test.each([
    [0, seconds(1)],
    [1, seconds(5)],
    [2, seconds(25)],
    [3, minutes(1)],
    [4, minutes(2)],
    [50, minutes(60)],
  ])(
    'row 1: not a byte left, for the %ith time in a row: sealed again, tried again %i ms later',
    (fruitless, delay) => {
      expect(decide(facts({ fruitless }), { kind: 'unsent' }, now)).toEqual({
        do: 'put_back',
        retryAt: plus(now, delay),
        row: 1,
      });
    },
  );

  test('row 2: a successor takes the place', () => {
    expect(decide(facts(), { kind: 'issued' }, now)).toEqual({ do: 'renew', row: 2 });
    expect(decide(waiting(), { kind: 'issued' }, now)).toEqual({ do: 'renew', row: 2 });
  });

  test('row 3: a successor in a refusal is settled by asking once more, and used when the old token is dead', () => {
    const inRefusal = (refusal: Extract<Reading, { kind: 'issued_in_refusal' }>['refusal']): Reading => ({
      kind: 'issued_in_refusal',
      refusal,
    });
    for (const refusal of [{ kind: 'too_early' }, { kind: 'fault', code: 'x' }] as const)
      expect(decide(facts({ candidates: 1 }), inRefusal(refusal), now)).toEqual({
        do: 'ask_again',
        at: plus(now, seconds(575)),
        overdue: false,
        row: 3,
      });
    expect(decide(facts({ candidates: 1 }), inRefusal({ kind: 'dead', cause: 'superseded' }), now)).toEqual({
      do: 'promote',
      row: 3,
      outrun: false,
    });
  });

  test.each([true, false])(
    'row 5: a fault of ours keeps the token and is not tried again by itself',
    (withCandidate) => {
      expect(
        decide(facts({ candidates: Number(withCandidate) }), { kind: 'fault', code: 'invalid_client' }, now),
      ).toEqual({
        do: 'put_back',
        retryAt: null,
        row: 5,
      });
    },
  );

  test('rows 4 and 6: an unknown outcome is asked again at 575, 590, 605, 620 and 660 s after it was sent, then hourly', () => {
    const sentAt = now;
    const moments: number[] = [];
    let at = plus(sentAt, seconds(30)); // the answer was waited for
    let decision = decide(facts({ unknownSince: sentAt }), { kind: 'lost' }, at);
    for (let tries = 0; tries < 7; tries += 1) {
      if (decision.do !== 'ask_again') throw new Error(`ended with ${decision.do}`);
      moments.push((decision.at.getTime() - sentAt.getTime()) / 1000);
      expect(decision.overdue).toBe(tries >= 5);
      at = decision.at;
      decision = decide(facts({ unknownSince: sentAt }), { kind: 'lost' }, at);
    }
    expect(moments).toEqual([575, 590, 605, 620, 660, 660 + 3600, 660 + 7200]);
  });

  test('row 6: the first unknown outcome counts from its own sending', () => {
    const waited = facts({ sentAt: plus(now, -seconds(30)) }); // a timeout
    expect(decide(waited, { kind: 'lost' }, now)).toMatchObject({ at: slot(575) });
    expect(decide(facts(), { kind: 'lost' }, now)).toMatchObject({ at: plus(now, seconds(575)), row: 6 });
  });

  test('row 7: busy waits as long as it is asked to, and at least a minute', () => {
    const retryAt = (seconds: number | null, fruitless = 0) => {
      const decision = decide(facts({ fruitless }), { kind: 'busy', retryAfterSeconds: seconds }, now);
      return decision.do === 'put_back' && decision.retryAt ? decision.retryAt.getTime() - now.getTime() : null;
    };
    expect(retryAt(null)).toBe(minutes(1));
    expect(retryAt(5)).toBe(minutes(1));
    expect(retryAt(300)).toBe(minutes(5));
    expect(retryAt(null, 3)).toBe(minutes(8));
    expect(retryAt(null, 40)).toBe(minutes(60));
    expect(retryAt(1e9)).toBe(days(1)); // a provider's header cannot postpone it for ever
  });

  test('row 7: too early within our own 570 seconds is waited for; without an issue of ours somebody else used the chain', () => {
    const own = facts({ lastIssuedAt: plus(now, -seconds(569)) });
    expect(decide(own, { kind: 'too_early' }, now)).toEqual({ do: 'put_back', retryAt: plus(now, seconds(6)), row: 7 });
    expect(decide(facts({ lastIssuedAt: plus(now, -seconds(570)) }), { kind: 'too_early' }, now)).toEqual({
      do: 'end',
      cause: 'used_elsewhere',
      row: 9,
    });
  });

  test.each<Reading>([{ kind: 'unsent' }, busy, { kind: 'too_early' }, { kind: 'fault', code: 'x' }, { kind: 'lost' }])(
    'rows 6 and 7: while an outcome is unknown, %j decides nothing: the next slot does',
    (reading) => {
      expect(decide(waiting(), reading, now)).toMatchObject({ do: 'ask_again', at: slot(575), overdue: false });
    },
  );

  test('row 8: dead after an unknown outcome: the candidate if there is one, else consent is needed', () => {
    for (const outrun of [false, true]) {
      const promoted = { do: 'promote', row: 8, outrun };
      expect(decide(waiting({ candidates: 1, outrun }), dead(), now)).toEqual(promoted);
      // The window of the spent token is not that of its successor.
      expect(decide(waiting({ candidates: 1, outrun }), dead('expired'), now)).toEqual(promoted);
    }
    for (const cause of ['superseded', 'chain_replaced'] as const)
      expect(decide(waiting(), dead(cause), now)).toEqual({ do: 'end', cause: 'answer_lost', row: 8 });
  });

  test('row 8: dead after it was promoted with a doubt: the answer that never came was lost', () => {
    for (const cause of ['superseded', 'chain_replaced'] as const)
      expect(decide(facts({ doubted: true }), dead(cause), now)).toEqual({ do: 'end', cause: 'answer_lost', row: 8 });
    expect(decide(facts({ doubted: true }), dead('withdrawn'), now)).toMatchObject({ cause: 'withdrawn', row: 9 });
  });

  test('row 7: too early for a token in doubt blames nobody: the answer that never came may be why', () => {
    expect(decide(facts({ doubted: true }), { kind: 'too_early' }, now)).toEqual({
      do: 'put_back',
      retryAt: plus(now, hours(1)),
      row: 7,
    });
  });

  test.each<[DeadCause, string]>([
    ['superseded', 'used_elsewhere'],
    ['chain_replaced', 'chain_replaced'],
    ['expired', 'expired'],
    ['withdrawn', 'withdrawn'],
  ])('rows 9 and 21: dead as %s with no unknown outcome of ours ends as %s', (cause, told) => {
    expect(decide(facts(), dead(cause), now)).toEqual({ do: 'end', cause: told, row: 9 });
  });

  test('row 21: a candidate of a grant that was withdrawn is not let in', () => {
    expect(decide(waiting({ candidates: 1 }), dead('withdrawn'), now)).toEqual({
      do: 'end',
      cause: 'withdrawn',
      row: 9,
    });
  });

  test('row 21: withdrawn is withdrawn, whatever was unknown before', () => {
    expect(decide(waiting(), dead('withdrawn'), now)).toEqual({ do: 'end', cause: 'withdrawn', row: 9 });
  });

  test('row 13: a replay that is answered while a candidate exists brings the newest token', () => {
    expect(decide(waiting({ candidates: 1 }), { kind: 'issued' }, now)).toEqual({ do: 'renew', row: 13 });
  });
});

describe('when', () => {
  test('from day 20, spread over one day, the same for the same grant; until day 28', () => {
    const lapsesAt = plus(now, days(30));
    const starts = Array.from(
      { length: 200 },
      (_, n) => renewFrom(now, lapsesAt, `grt_${n}`).getTime() - now.getTime(),
    );
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(days(20));
    expect(Math.max(...starts)).toBeLessThan(days(21));
    expect(new Set(starts.map((start) => Math.floor((start - days(20)) / hours(1)))).size).toBeGreaterThan(20);
    expect(renewFrom(now, lapsesAt, 'grt_7')).toEqual(renewFrom(now, lapsesAt, 'grt_7'));
    expect(renewUntil(lapsesAt)).toEqual(plus(now, days(28)));
  });
});

test('a successor in doubt is presented when nothing of ours can make it too early, at once if that is past', () => {
  expect(proofDue(now, plus(now, seconds(10)))).toEqual(plus(now, seconds(575)));
  expect(proofDue(now, plus(now, hours(2)))).toEqual(plus(now, hours(2)));
});
