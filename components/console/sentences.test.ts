import { expect, test } from 'vitest';
import type { z } from 'zod';
import { entries, events, parkedReasons, vocabulary } from '#lib/audit/index.ts';
import { tellEntry } from './sentences.ts';
import { parkedReasons as parkedWords } from './words.ts';

const actor = { kind: 'system', id: 'test', name: null };
const told = (action: string, detail: Record<string, unknown> = {}) =>
  tellEntry({ id: 'evt', at: new Date(0), action, actor, detail }).text;

/** What is never about a connection is on nobody's timeline. */
const elsewhere = /^(bulk_claim|target|recipient_key)\.|^security\.private_key_given$/;

test('everything that a timeline can hold has a sentence, not just its name', () => {
  const names = [...Object.keys(events), ...Object.keys(entries)].filter((name) => !elsewhere.test(name));
  expect(names.filter((name) => told(name) === name.replaceAll(/[._]/g, ' '))).toEqual([]);
});

test.each([
  ['invitation.finished', 'outcome'],
  ['grant.dead', 'cause'],
  ['grant.shredded', 'reason'],
  ['handoff.cancelled', 'reason'],
] as const)('every %s tells its own %s', (name, field) => {
  const fields: Readonly<Record<string, z.ZodType>> = events[name].data.shape;
  const values = vocabulary.get(fields[field] as z.ZodType)?.values ?? {};
  const unknown = told(name, { [field]: 'nobody knows this one' });
  const words = Object.keys(values).map((value) => [value, told(name, { [field]: value })] as const);
  expect(words.length).toBeGreaterThan(4);
  const plain = name === 'handoff.cancelled' ? 'cancelled' : '';
  expect(words.filter(([value, text]) => text === unknown && value !== plain)).toEqual([]);
});

test('every reason for parking has its words', () => {
  expect(Object.keys(parkedWords).sort()).toEqual(Object.keys(parkedReasons).sort());
});
