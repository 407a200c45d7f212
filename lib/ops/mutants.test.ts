import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { StartError } from '../kernel/errors.ts';
import {
  allMutants,
  asArguments,
  choose,
  countResults,
  type Mutant,
  mutate,
  readList,
  roomOf,
  staleAmong,
} from './mutants.ts';

const guard = { snippet: 'if (now >= end) throw late;', replacement: '' };

describe('taking a guard away', () => {
  test('takes that and nothing else, and puts in what is to stand there instead', () => {
    expect(mutate('a();\nif (now >= end) throw late;\nb();', guard)).toBe('a();\n\nb();');
    expect(mutate('if (x && y) z();', { snippet: ' && y', replacement: '$& || true' })).toBe('if (x$& || true) z();');
  });

  test('is refused where it stands twice or no longer, or where nothing would change', () => {
    expect(mutate(`${guard.snippet} ${guard.snippet}`, guard)).toBeNull();
    expect(mutate('if (now > end) throw late;', guard)).toBeNull();
    expect(mutate('a', { snippet: '', replacement: 'b' })).toBeNull();
    expect(mutate('a', { snippet: 'a', replacement: 'a' })).toBeNull();
  });
});

describe('the list as it is written', () => {
  const entry = [
    'late lib/a.ts',
    'It ends in time.',
    '- if (late)',
    '-   throw x;',
    '+ if (x)',
    '? lib/a.test.ts',
    '? b',
  ];

  test('an entry is code in lines, with what is to stand there, or nothing', () => {
    expect(readList(`# A remark\n\n${entry.join('\n')}\n\n${entry.toSpliced(4, 1).join('\n')}\n`)).toEqual([
      {
        name: 'late',
        file: 'lib/a.ts',
        deletes: 'It ends in time.',
        snippet: 'if (late)\n  throw x;',
        replacement: 'if (x)',
        tests: ['lib/a.test.ts', 'b'],
      },
      expect.objectContaining({ replacement: '' }),
    ]);
  });

  test('one without its file, its code or its tests, or with a line of no kind, is refused by name', () => {
    for (const wrong of [
      ['late', ...entry.slice(1)],
      [...entry.slice(0, 2), ...entry.slice(4)],
      entry.slice(0, 5),
      [...entry, 'b'],
      ['late lib/a.ts b', ...entry.slice(1)],
    ])
      expect(() => readList(wrong.join('\n')), wrong.join('|')).toThrow(/late/);
  });
});

describe('the command line', () => {
  const all = [
    ['one', 'lib/vault/a.ts'],
    ['two', 'lib/vaulted/a.ts'],
    ['three', 'lib/keys/a.ts'],
  ].map(([name = '', file = '']): Mutant => ({ ...guard, name, file, deletes: '', tests: [] }));
  const chosen = (...args: string[]) => choose(args, all).map(({ name }) => name);

  test('chooses all, those that are named, or those of a folder', () => {
    expect(chosen()).toEqual(['one', 'two', 'three']);
    expect(chosen('--only', 'three', '--only', 'one')).toEqual(['one', 'three']);
    expect(chosen('--in', 'lib/vault/')).toEqual(['one']);
    expect(chosen('--in', 'lib/vault', '--only', 'two')).toEqual(['one', 'two']);
  });

  test('a mutant or folder that is not there, an unknown flag or a stray word is refused in words', () => {
    for (const args of [['--only', 'four'], ['--in', 'lib/none'], ['--all'], ['one'], ['--only']])
      expect(() => choose(args, all), args.join(' ')).toThrow(StartError);
  });
});

test('only a failed test kills: a run that broke or hung before any did has shown nothing', () => {
  expect(countResults('passed\npassed\nfailed\n')).toEqual({ passed: 2, failed: 1 });
  expect(countResults('')).toEqual({ passed: 0, failed: 0 });
  expect(countResults('it failed to start\nskipped\n')).toEqual({ passed: 0, failed: 0 });
});

test('a title narrows a slow file; among files without one it does not', () => {
  expect(asArguments(['lib/a.test.ts'])).toEqual(['lib/a.test.ts']);
  expect(asArguments(['lib/a.test.ts > goes on (row 6)'])).toEqual(['lib/a.test.ts', '-t', 'goes on .row 6.']);
  expect(asArguments(['lib/a.test.ts > goes on', 'lib/b.test.ts'])).toEqual(['lib/a.test.ts', 'lib/b.test.ts']);
});

test('the tests of a room are those of its folder; the schema is the database’s', () => {
  expect(roomOf('lib/custody/core/windows.ts')).toBe('lib/custody/');
  expect(roomOf('prisma/migrations/0001_foundation/migration.sql')).toBe('lib/db/');
});

/** A file, or a title in it, that is not there. */
function isMissing(test: string): boolean {
  const [file = '', title = ''] = test.split(' > ');
  return !existsSync(file) || !readFileSync(file, 'utf8').includes(title);
}

describe('the list', () => {
  const mutants = allMutants();

  test('names each mutant once, says what it takes away, and which tests are to notice', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(200);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    for (const { name, deletes, tests } of mutants) {
      expect(deletes, name).toMatch(/^[^\n]{10,150}$/);
      expect(tests.length, name).toBeGreaterThan(0);
      expect(tests.filter(isMissing), name).toEqual([]);
    }
  });

  test('is as new as the code: every guard is found exactly once', () => {
    expect(staleAmong([{ ...guard, name: 'gone', file: 'lib/ops/gone.ts', deletes: '', tests: [] }])).toEqual(['gone']);
    expect(staleAmong(mutants)).toEqual([]);
  });
});
