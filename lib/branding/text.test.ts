import { expect, test } from 'vitest';
import { initialsOf, isShowable, showable } from './text.ts';

test.each([
  ['Bakker\u202egnp.exe\u202c', 'Bakker gnp.exe'],
  ['Jansen\r\nBcc: x@example.com', 'Jansen Bcc: x@example.com'],
  ['  two   spaces\t', 'two spaces'],
  ['\ud800broken', 'broken'],
  ['👩‍👩‍👧 & Zonen', '👩‍👩‍👧 & Zonen'],
])('%j is shown as %j', (given, shown) => {
  expect(showable(given)).toBe(shown);
  expect(isShowable(showable(given))).toBe(true);
});

test('a long name is cut at a whole character', () => {
  expect(showable('👍'.repeat(50), 10)).toBe(`${'👍'.repeat(9)}…`);
  expect([...showable('x'.repeat(5000))]).toHaveLength(120);
});

test.each([
  ['Vermeer Dashboards', 'VD'],
  ['acme', 'A'],
  ['& Zonen "De Hoek"', 'ZD'],
  ['Ünal é', 'ÜÉ'],
  ['👍', '·'],
  ['', '·'],
])('the initials of %j are %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});
