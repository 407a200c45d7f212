import type { Locale } from './locales.ts';

/** Customers, partners and Exact's own pages keep Dutch time; a server elsewhere must not change what a date says. */
export const timeZone = 'Europe/Amsterdam';

const tags = { en: 'en-GB', nl: 'nl-NL' } as const satisfies Record<Locale, string>;

function perLocale<T>(make: (tag: string) => T): (locale: Locale) => T {
  const made = new Map<Locale, T>();
  return (locale) => {
    const known = made.get(locale) ?? make(tags[locale]);
    made.set(locale, known);
    return known;
  };
}

const dates = perLocale((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone }));
const dateTimes = perLocale((tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeStyle: 'short', timeZone }));
const spans = {
  day: perLocale((tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: 'day', unitDisplay: 'long' })),
  hour: perLocale((tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: 'hour', unitDisplay: 'long' })),
  minute: perLocale((tag) => new Intl.NumberFormat(tag, { style: 'unit', unit: 'minute', unitDisplay: 'long' })),
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 14 March 2026 */
export function formatDate(date: Date, locale: Locale): string {
  return dates(locale).format(date);
}

/** 14 March 2026 at 13:05 */
export function formatDateTime(date: Date, locale: Locale): string {
  return dateTimes(locale).format(date);
}

/** A span as a person would say it: whole days from two days up, then hours, then minutes. Rounded down, never below one minute. */
export function formatDuration(seconds: number, locale: Locale): string {
  if (seconds >= 2 * DAY) return spans.day(locale).format(Math.floor(seconds / DAY));
  if (seconds >= HOUR) return spans.hour(locale).format(Math.floor(seconds / HOUR));
  return spans.minute(locale).format(Math.max(1, Math.floor(seconds / MINUTE)));
}
