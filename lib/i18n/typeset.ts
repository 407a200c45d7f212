import type { Locale } from './locales.ts';
import type { Messages } from './messages/shape.ts';

/** A number stays with its unit. */
const joined = (text: string): string => text.replace(/(?<=\d) (?=\p{L})/gu, '\u00a0');

/** French punctuation stays with its word: a space before ; ! ? is narrow and fixed, before a colon fixed. */
const french = (text: string): string => text.replace(/ (?=[;!?])/g, '\u202f').replace(/ (?=:)/g, '\u00a0');

type Tree = { readonly [key: string]: string | Tree };

const mapped = (tree: Tree, change: (text: string) => string): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key,
      typeof value === 'string' ? change(value) : mapped(value, change),
    ]),
  );

/** Messages as they are shown. They are written with plain spaces, which an editor shows. */
export const typeset = (locale: Locale, messages: Messages): Messages =>
  mapped(messages, (text) => (locale === 'fr' ? french(joined(text)) : joined(text))) as Messages;
