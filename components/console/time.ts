import { timeZone } from '#lib/i18n/format.ts';

const shape = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
const days = shape({ day: 'numeric', month: 'short', year: 'numeric' });
const moments = shape({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
const seconds = shape({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clocks = shape({
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** 30 Nov 2026 */
export const dayOf = (date: Date): string => days.format(date);
/** 30 Nov 2026, 08:29 */
export const momentOf = (date: Date): string => moments.format(date);
/** 08:29:30 */
export const secondOf = (date: Date): string => seconds.format(date);
/** Mon 30 Nov 2026, 08:29 */
export const clockOf = (date: Date): string => clocks.format(date).replace(/^(\w+),/, '$1');

const minute = 60_000;
const hour = 60 * minute;
export const dayMs = 24 * hour;
const counted = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`;

/** A span as a person says it, rounded down: whole days from two days up, then hours, then minutes. */
export function spanOf(ms: number): string {
  if (ms >= 2 * dayMs) return counted(Math.floor(ms / dayMs), 'day');
  if (ms >= hour) return counted(Math.floor(ms / hour), 'hour');
  return counted(Math.max(1, Math.floor(ms / minute)), 'minute');
}
