import { describe, expect, test } from 'vitest';
import {
  formatDate,
  formatDateTime,
  formatDuration,
  type Locale,
  locales,
  messages,
  pickLocale,
  translatorFor,
} from './index.ts';

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, path: readonly string[] = []): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[[...path, key].join('.'), value] as [string, string]] : leaves(value, [...path, key]),
  );
}

const english = leaves(messages.en);

/** How a friend would be spoken to. */
const informal = {
  en: /\bgonna\b/i,
  nl: /(?<!\p{L})(?:je|jij|jou|jouw)(?!\p{L})/iu,
  de: /(?<!\p{L})(?:du|dich|dir|dein\p{L}*|euch|euer|eure\p{L}*)(?!\p{L})/iu,
  fr: /(?<!\p{L})(?:tu|toi|ton|ta|tes)(?!\p{L})/iu,
  es: /(?<!\p{L})(?:tú|tu|tus|ti|contigo|vuestr\p{L}*)(?!\p{L})/iu,
} as const satisfies Record<Locale, RegExp>;
const namesIn = (text: string) => [...new Set(text.match(/(?<=[{<])\w+(?=[,}>])/g) ?? [])].sort();

describe.each(locales)('messages in %s', (locale) => {
  const all = leaves(messages[locale]);

  test('say everything English says, and nothing else', () => {
    expect(all.map(([key]) => key).sort()).toEqual(english.map(([key]) => key).sort());
  });

  test('are never empty, and use no straight apostrophe (which is syntax), no em dash and no doubled space', () => {
    for (const [key, text] of all) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/'|—| {2}/);
    }
  });

  /** A company's name often ends in a full stop itself. */
  test('end no sentence with a name', () => {
    for (const [key, text] of all) expect(text, key).not.toMatch(/(?:<\/n>|\{(?:partner|customer|who|by|address)\})\./);
  });

  test('name the same values as English does', () => {
    const inEnglish = new Map(english);
    for (const [key, text] of all) expect(namesIn(text), key).toEqual(namesIn(inEnglish.get(key) ?? ''));
  });

  test('use the words customers know, none of the protocol’s, and the formal address', () => {
    for (const [key, text] of all) {
      expect(text.replace('United States', ''), key).not.toMatch(
        /\b(tokens?|oauth|states?|grants?|renew\w*|refresh\w*|verleng\w*|vernieuw\w*|erneuer\w*|renouvel\w*|renov\w*|jeton\w*)\b/i,
      );
      expect(text, key).not.toMatch(informal[locale]);
    }
  });

  test.each(all)('%s can be read and filled in', (key) => {
    const t = translatorFor(locale) as unknown as { rich(key: string, values: object): unknown };
    const tag = (chunks: unknown) => chunks;
    const values = Object.fromEntries(
      'partner customer address at until date who by contact code duration site host asked open missing'
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

/** https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html */
test.each([
  ['en', '1 more', '0 more'],
  ['nl', 'Nog 1', 'Nog 0'],
  ['de', '1 weitere', '0 weitere'],
  ['fr', '1 autre', '0 autre'],
  ['es', '1 más', '0 más'],
] as const)('%s counts as its plural rules say', (locale, one, none) => {
  const t = translatorFor(locale);
  expect([t('label.more', { count: 1 }), t('label.more', { count: 0 })]).toEqual([one, none]);
  expect(t('label.more', { count: 2000 })).toMatch(/^\D*2[.,\s\u202f]?000/);
});

test.each(locales)('a number stays with its unit in %s', (locale) => {
  for (const [key, text] of leaves(messages[locale])) expect(text, key).not.toMatch(/\d \p{L}/u);
  expect(messages[locale].before.lead).toMatch(/2\u00a0\p{L}/u);
});

test('French punctuation stays on the line of its word', () => {
  for (const [key, text] of leaves(messages.fr)) expect(text, key).not.toMatch(/[ \p{L}\d>}][;!?]| :|[\p{L}\d]:/u);
  expect(messages.fr.withdraw.heading).toBe('Retirer votre autorisation\u202f?');
  expect(messages.fr.page.demo).toContain('Démonstration\u00a0: ');
});

test('Spanish questions are opened', () => {
  for (const [key, text] of leaves(messages.es))
    expect(text.match(/¿/g)?.length ?? 0, key).toBe(text.match(/\?/g)?.length ?? 0);
});

describe('dates', () => {
  const summer = new Date('2026-07-14T22:30:00Z');
  const winter = new Date('2026-03-14T12:05:00Z');

  test('are told in Dutch time wherever the server stands', () => {
    expect(formatDate(summer, 'en')).toBe('15 July 2026');
    expect(formatDateTime(summer, 'en')).toBe('15 July 2026 at 00:30\u00a0CEST');
  });

  test.each([
    ['en', '14 March 2026', '14 March 2026 at 13:05 CET', '1 October 2026'],
    ['nl', '14 maart 2026', '14 maart 2026 om 13:05 CET', '1 oktober 2026'],
    ['de', '14. März 2026', '14. März 2026 um 13:05 MEZ', '1. Oktober 2026'],
    ['fr', '14 mars 2026', '14 mars 2026 à 13:05 UTC+1', '1er octobre 2026'],
    ['es', '14 de marzo de 2026', '14 de marzo de 2026 a las 13:05 CET', '1 de octubre de 2026'],
  ] as const)('read in %s as one writes them there', (locale, date, moment, first) => {
    expect(formatDate(winter, locale)).toBe(date);
    expect(formatDateTime(winter, locale).replaceAll('\u00a0', ' ')).toBe(moment);
    expect(formatDate(new Date('2026-10-01T10:00:00Z'), locale)).toBe(first);
  });

  test.each([
    [30 * 86_400, '30 days', '30 dagen', '30 Tage', '30 jours', '30 días'],
    [2 * 86_400, '2 days', '2 dagen', '2 Tage', '2 jours', '2 días'],
    [2 * 86_400 - 1, '47 hours', '47 uur', '47 Stunden', '47 heures', '47 horas'],
    [3600, '1 hour', '1 uur', '1 Stunde', '1 heure', '1 hora'],
    [900, '15 minutes', '15 minuten', '15 Minuten', '15 minutes', '15 minutos'],
    [5, '1 minute', '1 minuut', '1 Minute', '1 minute', '1 minuto'],
    [-5, '1 minute', '1 minuut', '1 Minute', '1 minute', '1 minuto'],
  ])('%i seconds are %s', (seconds, ...said) => {
    expect(locales.map((locale) => formatDuration(seconds, locale).replaceAll('\u00a0', ' '))).toEqual(said);
  });
});

describe('pickLocale', () => {
  test('the reader’s choice wins, then the invitation, then the browser, then the country', () => {
    expect(pickLocale({ explicit: 'en', invitation: 'nl', acceptLanguage: 'fr', site: 'de' })).toBe('en');
    expect(pickLocale({ explicit: null, invitation: 'nl', acceptLanguage: 'fr', site: 'de' })).toBe('nl');
    expect(pickLocale({ invitation: null, acceptLanguage: 'fr', site: 'de' })).toBe('fr');
    expect(pickLocale({ acceptLanguage: 'sv', site: 'de' })).toBe('de');
    expect(pickLocale({ site: 'xx' })).toBe('en');
  });

  test.each([
    ['nl-BE,en;q=0.8', 'nl'],
    ['de-DE,de;q=0.9,nl;q=0.5,en;q=0.4', 'de'],
    ['sv-SE,sv;q=0.9,nl;q=0.5,en;q=0.4', 'nl'],
    ['fr-CH, es;q=0.9', 'fr'],
    ['ES', 'es'],
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
