import { describe, expect, test } from 'vitest';
import { days, hours, minutes, plus, seconds } from '../../kernel/clock.ts';
import { nextKnock, nextTry, readPushAnswer } from './push.ts';

const start = new Date('2026-03-01T10:00:00Z');
const slots = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 82_800];
/** Seconds after the delivery at which the next try comes, after one that ended so long after it. */
const next = (after: number, asked: number | null = null, id = 'hof_1') => {
  const time = nextTry(id, start, plus(start, after), asked);
  return time && (time.getTime() - start.getTime()) / 1000;
};

describe('when the next try comes', () => {
  test('at its slot, or up to a tenth of its wait later; the last of them before the day is over', () => {
    for (const id of ['hof_1', 'hof_2', 'hof_3'])
      for (const [index, slot] of slots.entries()) {
        const before = slots[index - 1] ?? 0;
        const at = next(seconds(before + (slot - before) / 5), null, id);
        expect(at).toBeGreaterThanOrEqual(slot);
        expect(at).toBeLessThanOrEqual(slot + (slot - before) / 10);
      }
    expect(next(hours(23.5))).toBeNull();
    expect(next(days(2))).toBeNull();
  });

  test('apart from that of another handoff, and for one handoff always at the same moment', () => {
    expect(next(minutes(1), null, 'hof_1')).toBe(next(minutes(2), null, 'hof_1'));
    expect(new Set(['hof_1', 'hof_2', 'hof_3'].map((id) => next(minutes(1), null, id))).size).toBe(3);
  });

  test('not before what the endpoint asks for, but at the last slot all the same', () => {
    expect(next(0, 60)).toBe(next(minutes(1)));
    expect(next(0, 301)).toBeGreaterThanOrEqual(301);
    expect(next(0, 86_400)).toBe(next(hours(22)));
    expect(next(hours(23.5), 1)).toBeNull();
  });

  test('before anything has left: after half the time that was waited, between 5 s and 15 min', () => {
    const wait = (after: number) => nextKnock(start, plus(start, after)).getTime() - plus(start, after).getTime();
    expect([0, seconds(4), minutes(1), minutes(10), hours(5)].map(wait)).toEqual([
      seconds(5),
      seconds(5),
      seconds(30),
      minutes(5),
      minutes(15),
    ]);
  });
});

describe('what an answer means', () => {
  const hash = 'ab'.repeat(32);
  const read = (status: number, body = '', headers: Record<string, string> = {}) =>
    readPushAnswer({ status, headers, body }, hash, start);
  const yes = JSON.stringify({ sha256: hash, more: 1 });

  test('a 2xx that names the hash confirms, and nothing else does', () => {
    for (const status of [200, 201, 202, 299]) expect(read(status, yes)).toEqual({ kind: 'confirmed' });
    expect(read(200, JSON.stringify({ sha256: hash.toUpperCase() }))).toEqual({ kind: 'confirmed' });
    for (const body of [
      '',
      'OK',
      hash,
      `"${hash}"`,
      'null',
      '[]',
      '{}',
      '{"sha256":null}',
      `{"sha256":["${hash}"]}`,
      `{"sha256":"${hash}0"}`,
      `{"sha256":"${hash.slice(2)}"}`,
      `{"SHA256":"${hash}"}`,
    ])
      expect([body, read(200, body)]).toMatchObject([body, { kind: 'failed', problem: 'not_confirmed' }]);
    for (const status of [100, 199, 300, 302, 307, 400, 401, 404, 409, 422, 500, 502])
      expect(read(status, yes)).toEqual({ kind: 'failed', problem: `status_${status}`, retryAfterSeconds: null });
    expect(readPushAnswer(null, hash, start)).toMatchObject({ kind: 'failed', problem: 'no_answer' });
  });

  test('410 is final, whatever it says', () => {
    expect(read(410, yes)).toEqual({ kind: 'gone', problem: 'status_410' });
  });

  test.each([
    ['120', 120],
    ['0', 0],
    ['Sun, 01 Mar 2026 10:02:00 GMT', 120],
    ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
    ['999999999', 86_400],
    ['soon', null],
    ['1e3x', null],
    ['', null],
  ])('429 and 503 ask for a time: %j', (text, asked) => {
    for (const status of [429, 503])
      expect(read(status, '', { 'retry-after': text })).toMatchObject({ kind: 'failed', retryAfterSeconds: asked });
    expect(read(500, '', { 'retry-after': '120' })).toMatchObject({ retryAfterSeconds: null });
  });
});
