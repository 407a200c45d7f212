import { expect, test } from 'vitest';
import { confirmationOptions } from '#components/console/words.ts';
import { eventList } from '#lib/api/index.ts';
import { InvitationInput } from '#lib/consent/index.ts';
import { confirmations, misfitPages, onInvitation, problemPages } from './words.ts';

const outcomes = eventList
  .find(({ name }) => name === 'invitation.finished')
  ?.fields.find(({ name }) => name === 'outcome')?.values;

test('every page is shown by its heading, without the marks of our message files', () => {
  for (const { heading } of [...problemPages, ...misfitPages]) expect(heading).toMatch(/^[^<{]{5,}$/);
});

test('what a partner is told has the names of the feed', () => {
  const names = eventList.map(({ name }) => name);
  for (const { told } of [...problemPages, ...misfitPages]) {
    for (const name of told.match(/\b[a-z]+\.[a-z_]+\b/g) ?? [])
      expect([...names, 'invitation.created']).toContain(name);
    const outcome = /outcome (\w+)/.exec(told)?.[1];
    if (outcome) expect(Object.keys(outcomes ?? {})).toContain(outcome);
  }
});

test('every switch that is described is there', () => {
  const fields = (shape: object, prefix = '') => Object.keys(shape).map((name) => `${prefix}${name}`);
  const { customer, expect: expected } = InvitationInput.shape;
  const all = [
    ...fields(InvitationInput.shape),
    ...fields(customer.shape, 'customer.'),
    ...fields(expected.unwrap().shape, 'expect.'),
  ];
  expect(all).toEqual(expect.arrayContaining(Object.keys(onInvitation)));
  expect(Object.keys(confirmations)).toEqual(confirmationOptions.map(({ value }) => value));
});
