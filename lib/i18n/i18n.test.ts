import { describe, expect, test } from 'vitest';
import { formatDate, formatDateTime, formatDuration, locales, messages, pickLocale, translatorFor } from './index.ts';

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, path: readonly string[] = []): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[[...path, key].join('.'), value] as [string, string]] : leaves(value, [...path, key]),
  );
}

const english = leaves(messages.en);
const namesIn = (text: string) => [...new Set(text.match(/(?<=[{<])\w+(?=[,}>])/g) ?? [])].sort();

describe.each(locales)('messages in %s', (locale) => {
  const all = leaves(messages[locale]);

  test('say everything English says, and nothing else', () => {
    expect(all.map(([key]) => key).sort()).toEqual(english.map(([key]) => key).sort());
  });

  test('are never empty, and use no straight apostrophe (which is syntax) and no em dash', () => {
    for (const [key, text] of all) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/'|—/);
    }
  });

  test('name the same values as English does', () => {
    const inEnglish = new Map(english);
    for (const [key, text] of all) expect(namesIn(text), key).toEqual(namesIn(inEnglish.get(key) ?? ''));
  });

  test('use the words customers know, none of the protocol’s', () => {
    for (const [key, text] of all) {
      expect(text.replace('United States', ''), key).not.toMatch(
        /\b(tokens?|oauth|states?|grants?|renew\w*|refresh\w*|verleng\w*|vernieuw\w*|je|jouw|jij)\b/i,
      );
    }
  });

  test.each(all)('%s can be read and filled in', (key) => {
    const t = translatorFor(locale) as unknown as { rich(key: string, values: object): unknown };
    const tag = (chunks: unknown) => chunks;
    const values = Object.fromEntries(
      'partner customer address at until date who by contact code duration site host'
        .split(' ')
        .map((name) => [name, 'X']),
    );
    expect(t.rich(key, { ...values, count: 2, current: 1, total: 3, n: tag, b: tag })).toBeTruthy();
  });
});

test('a sentence that lacks a value fails loudly instead of showing its key', () => {
  const t = translatorFor('en') as unknown as (key: string) => string;
  expect(() => t('label.left')).toThrow();
  expect(() => t('label.nothing')).toThrow();
});

describe('dates', () => {
  const summer = new Date('2026-07-14T22:30:00Z');
  const winter = new Date('2026-03-14T12:05:00Z');

  test('are told in Dutch time wherever the server stands', () => {
    expect(formatDate(summer, 'en')).toBe('15 July 2026');
    expect(formatDate(summer, 'nl')).toBe('15 juli 2026');
    expect(formatDateTime(winter, 'en')).toBe('14 March 2026 at 13:05');
    expect(formatDateTime(winter, 'nl')).toBe('14 maart 2026 om 13:05');
  });

  test.each([
    [30 * 86_400, '30 days', '30 dagen'],
    [2 * 86_400, '2 days', '2 dagen'],
    [2 * 86_400 - 1, '47 hours', '47 uur'],
    [3600, '1 hour', '1 uur'],
    [900, '15 minutes', '15 minuten'],
    [5, '1 minute', '1 minuut'],
    [-5, '1 minute', '1 minuut'],
  ])('%i seconds are %s', (seconds, en, nl) => {
    expect(formatDuration(seconds, 'en')).toBe(en);
    expect(formatDuration(seconds, 'nl')).toBe(nl);
  });
});

describe('pickLocale', () => {
  test('the reader’s choice wins, then the invitation, then the browser', () => {
    expect(pickLocale({ explicit: 'en', invitation: 'nl', acceptLanguage: 'nl' })).toBe('en');
    expect(pickLocale({ explicit: null, invitation: 'nl', acceptLanguage: 'en' })).toBe('nl');
    expect(pickLocale({ acceptLanguage: 'nl' })).toBe('nl');
  });

  test.each([
    ['nl-BE,en;q=0.8', 'nl'],
    ['de-DE,de;q=0.9,nl;q=0.5,en;q=0.4', 'nl'],
    ['en;q=0.2, nl;q=0.7', 'nl'],
    ['nl;q=0, en', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [';;q=,,,', 'en'],
    [`${'x,'.repeat(10_000)}nl`, 'en'],
  ] as const)('a browser that asks for %j gets %s', (acceptLanguage, locale) => {
    expect(pickLocale({ acceptLanguage })).toBe(locale);
  });

  test.each(['xx', '../en', 'EN-gb', '<script>'])(
    'an odd choice %j never becomes a locale we do not have',
    (explicit) => {
      expect(locales).toContain(pickLocale({ explicit, invitation: explicit }));
    },
  );
});
