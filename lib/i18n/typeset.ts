import type { Messages } from './messages/shape.ts';

/** Keeps French punctuation on the line of its word: a space before ; ! ? is narrow and fixed, before a colon fixed. */
const french = (text: string): string => text.replace(/ (?=[;!?])/g, '\u202f').replace(/ (?=:)/g, '\u00a0');

type Tree = { readonly [key: string]: string | Tree };

const mapped = (tree: Tree, change: (text: string) => string): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key,
      typeof value === 'string' ? change(value) : mapped(value, change),
    ]),
  );

/** French messages as they are shown. They are written with plain spaces, which an editor shows. */
export const typesetFrench = (messages: Messages): Messages => mapped(messages, french) as Messages;
