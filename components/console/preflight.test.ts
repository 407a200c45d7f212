import { expect, test } from 'vitest';
import type { PreflightLine, Sharing } from '#lib/connections/index.ts';
import { checkOf } from './preflight.ts';

const told = (line: PreflightLine) => {
  const { title, text } = checkOf(line);
  return `${title}. ${text}`;
};
const from = new Date('2026-11-21T13:05:30Z');

test('the wait is told as a time to the second, in Dutch time, and as seconds to count down', () => {
  const check = checkOf({ id: 'age', tone: 'bad', waitMs: 90_500, from });
  expect(check).toMatchObject({ title: 'Can be registered from 14:05:30', waitSeconds: 91 });
});

test('what stops a claim is told with what to do', () => {
  const custody = (name: string, parkedReason: string | null = null) =>
    told({ id: 'custody', tone: 'bad', custody: name, parkedReason });
  expect(custody('parked', 'wrong_user')).toMatch(/^Parked\. .*another user.*once a member has accepted/);
  for (const name of ['superseded', 'lapsed', 'dead', 'shredded']) expect(custody(name)).toMatch(/connect again/);
  for (const name of ['claimed', 'renewing', 'a state of tomorrow']) expect(custody(name).length).toBeGreaterThan(20);
});

test('what cannot be promised is said', () => {
  expect(told({ id: 'identity', tone: 'warn', user: null, company: null, more: 0 })).toMatch(/cannot promise/);
  expect(told({ id: 'newer', tone: 'warn', newer: 'maybe' })).toMatch(/will refuse/);
  expect(told({ id: 'newer', tone: 'warn', newer: 'outrun' })).toMatch(/never reached us.*will refuse/);
  expect(told({ id: 'newer', tone: 'warn', newer: 'cannot_see' })).toMatch(/cannot see/);
  expect(told({ id: 'shared', tone: 'warn', known: false, others: [], total: 0 })).toMatch(/itgenscr590/);
});

test('where else the same Exact user is used is a link, and a registered one is called so', () => {
  const others: Sharing[] = [
    { connectionId: 'con_1', customer: 'De Molen', registered: true, own: false },
    { connectionId: 'con_2', customer: 'Bakkerij', registered: false, own: false },
  ];
  const check = checkOf({ id: 'shared', tone: 'warn', known: true, others, total: 5 });
  expect(check.links).toEqual([
    { href: '/console/connections/con_1', label: 'De Molen: registered' },
    { href: '/console/connections/con_2', label: 'Bakkerij' },
  ]);
  expect(check.text).toMatch(/itgenscr590.*Remove or repair.*2 of 5/);
});
