export { formatDate, formatDateTime, formatDuration } from './format.ts';
export { isLocale, type Locale, localeNames, locales, pickLocale } from './locales.ts';
export type { Messages } from './messages/shape.ts';
export { messages, type Translator, translatorFor } from './translator.ts';
