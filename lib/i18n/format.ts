import type { Locale } from './locales.ts';

/** Customers, partners and Exact's own pages keep Dutch time, and a time of day says so; a server elsewhere must not change it. */
export const timeZone = 'Europe/Amsterdam';

const tags = {
  en: 'en-GB',
  nl: 'nl-NL',
  de: 'de-DE',
  fr: 'fr-FR',
  es: 'es-ES',
} as const satisfies Record<Locale, string>;

function perLocale<T>(make: (tag: string) => T): (locale: Locale) => T {
  const made = new Map<Locale, T>();
  return (locale) => {
    const known = made.get(locale) ?? make(tags[locale]);
    made.set(locale, known);
    return known;
  };
}

const day = { day: 'numeric', month: 'long', year: 'numeric', timeZone } as const;
const moment = { ...day, hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const;
const dates = perLocale((tag) => new Intl.DateTimeFormat(tag, day));
const dateTimes = perLocale((tag) => new Intl.DateTimeFormat(tag, moment));
const spans = {
  day: perLocale((tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: 'day', unitDisplay: 'long' })),
  hour: perLocale((tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: 'hour', unitDisplay: 'long' })),
  minute: perLocale((tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: 'minute', unitDisplay: 'long' })),
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In French the first of a month is an ordinal, which the locale data leave out. */
const dayFirst = (text: string, locale: Locale): string => (locale === 'fr' ? text.replace(/^1 /, '1er ') : text);

/** 14 March 2026 */
export function formatDate(date: Date, locale: Locale): string {
  return dayFirst(dates(locale).format(date), locale);
}

/** 14 March 2026 at 13:05 CET */
export function formatDateTime(date: Date, locale: Locale): string {
  const text = dateTimes(locale)
    .format(date)
    .replace(/ (?=\S+$)/, '\u00a0'); // the zone stays with its time
  return dayFirst(text, locale);
}

/** A span as a person would say it: whole days from two days up, then hours, then minutes. Rounded down, never below one minute. */
export function formatDuration(seconds: number, locale: Locale): string {
  if (seconds >= 2 * DAY) return spans.day(locale).format(Math.floor(seconds / DAY));
  if (seconds >= HOUR) return spans.hour(locale).format(Math.floor(seconds / HOUR));
  return spans.minute(locale).format(Math.max(1, Math.floor(seconds / MINUTE)));
}
