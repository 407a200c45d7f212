import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entries, events } from './index.ts';

/** Where something is recorded, by name: everything else that is true of these lists is held by types and by `lib/testing/world.ts`. */
const source = globSync('lib/**/*.ts', { exclude: (name) => name === 'generated' || name === 'simulator' })
  .filter((file) => !/\.test\.ts$|^lib\/(audit|testing)\//.test(file))
  .map((file) => readFileSync(file, 'utf8'))
  .filter((text) => /\b(record|recordAll|audit)\(/.test(text))
  .join('\n');

test('nothing is listed that is never recorded', () => {
  const named = (name: string) => source.includes(`'${name}'`);
  expect(Object.keys({ ...events, ...entries }).filter((name) => !named(name))).toEqual([]);
});

test('a name is an event or an entry of the record, not both', () => {
  expect(Object.keys(events).filter((name) => name in entries)).toEqual([]);
});
