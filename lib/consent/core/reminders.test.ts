import { describe, expect, test } from 'vitest';
import { days, hours, plus } from '../../kernel/clock.ts';
import { nextReminder } from './reminders.ts';

const createdAt = new Date('2026-03-01T08:00:00Z');
const after = (span: number) => plus(createdAt, span);

/** Every reminder of an invitation that is open for so long, each sent so much later than it fell due. */
function allOf(span: number, late = 0): number[] {
  const invitation = { createdAt, expiresAt: after(span) };
  const sent: number[] = [];
  for (let last = createdAt; ; ) {
    const next = nextReminder(invitation, last);
    if (!next) return sent;
    last = plus(next, late);
    sent.push((next.getTime() - createdAt.getTime()) / hours(1));
  }
}

describe('an invitation is reminded of', () => {
  test.each([
    [7, [48, 144]],
    [21, [48, 480]],
    [4, [48, 72]],
    [3.5, [48]], // the day before its end is less than a day after the first
    [3, [48]],
    [2.5, [36]],
    [2, [24]],
    [1.9, []],
    [1, []],
    [4 / 24, []],
  ])('open for %d days: after %j hours', (span, expected) => {
    expect(allOf(days(span))).toEqual(expected);
  });

  test('at most twice, a day apart, and never at or after its end, whatever its span and however late', () => {
    for (let span = 0.1; span <= 21; span += 0.1)
      for (const late of [0, hours(1), hours(30)]) {
        const sent = allOf(days(span), late);
        expect(sent.length).toBeLessThanOrEqual(2);
        for (const at of sent) expect(at * hours(1)).toBeLessThan(days(span));
        if (sent.length === 2) expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(24 + late / hours(1));
      }
  });
});
