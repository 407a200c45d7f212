import { expect, test } from 'vitest';
import { type Ended, isOutrun, lateSuccessor } from './flow.ts';

test.each([
  { candidate: 1, presented: [1, 3], answered: [1], outrun: true },
  { candidate: 1, presented: [1, 3], answered: [1, 3], outrun: false },
  { candidate: 3, presented: [1, 3], answered: [3], outrun: false }, // what was lost before it ended nothing of it
  { candidate: 1, presented: [1, 3, 5], answered: [1, 5], outrun: true },
  { candidate: 3, presented: [1, 3, 5], answered: [3, 5], outrun: false },
])('a successor of epoch $candidate, presented under $presented, answered under $answered', (each) => {
  const of = { presentations: each.presented.length, presentedEpochs: each.presented };
  expect(isOutrun(each.candidate, of, each.answered)).toBe(each.outrun);
});

test('of presentations that are not on record any may be the one', () => {
  const of = { presentations: 2, presentedEpochs: [] };
  expect(isOutrun(3, of, [3])).toBe(true);
  expect(isOutrun(3, of, [1, 3])).toBe(false);
  expect(isOutrun(1, { presentations: 3, presentedEpochs: [5] }, [1, 5])).toBe(true); // begun by a server from before
});

const doubted: Ended = {
  outcome: 'promoted',
  successors: 1,
  outrun: true,
  custody: 'sealed',
  lastOutcome: 'promoted',
  withdrawn: false,
  newerConsent: false,
};
const lost: Ended = { ...doubted, outcome: 'lost', successors: 0, outrun: false, custody: 'dead', lastOutcome: 'lost' };

test.each<[string, Partial<Ended>, string]>([
  ['it is what the one in doubt was in doubt of', {}, 'adopt'],
  ['the one in doubt is presented just now', { custody: 'renewing', lastOutcome: null }, 'wait'],
  ['the one in doubt is claimed', { custody: 'claimed' }, 'wait'],
  ['the one in doubt was found dead', { custody: 'dead', lastOutcome: 'lost' }, 'adopt'],
  ['the chain of the one in doubt was ended', { custody: 'dead', lastOutcome: 'ended' }, 'shred'],
  ['the one in doubt has left', { custody: 'handed_over' }, 'shred'],
  ['the one in doubt lapsed', { custody: 'lapsed' }, 'shred'],
  ['there was no doubt', { outrun: false }, 'shred'],
  ['the one in doubt was renewed since', { successors: 2 }, 'shred'],
  ['a newer consent has its place', { newerConsent: true }, 'shred'],
  ['the customer took it back', { withdrawn: true }, 'shred'],
])('a late successor of a renewal that promoted another: %s', (_, more, then) => {
  expect(lateSuccessor({ ...doubted, ...more })).toBe(then);
});

test.each<[string, Partial<Ended>, string]>([
  ['the grant ended for want of it', {}, 'adopt'],
  ['the grant has ended otherwise', { custody: 'superseded' }, 'shred'],
  ['something else was sealed since', { custody: 'sealed', successors: 1, outrun: true }, 'shred'],
  ['nothing that turns up is of use', { outcome: 'ended' }, 'shred'],
  ['a newer consent has its place', { newerConsent: true }, 'shred'],
  ['the customer took it back', { withdrawn: true }, 'shred'],
])('a late successor of a renewal that was lost: %s', (_, more, then) => {
  expect(lateSuccessor({ ...lost, ...more })).toBe(then);
});
