import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { obstacles, outcomes } from '#lib/consent/index.ts';
import { codes, endings } from './samples.ts';

test('every outcome and every code that a page may be told is documented, and no other', () => {
  const script = readFileSync('lib/embed/embed.ts', 'utf8');
  const itsOwn = [...script.matchAll(/code: '(\w+)'/g)].map(([, code]) => code);
  expect(Object.keys(endings)).toEqual([...outcomes]);
  expect(Object.keys(codes)).toEqual([...Object.keys(obstacles), ...itsOwn, 'link_ended']);
});
