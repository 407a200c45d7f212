import { type IdKind, prefixes } from './ids.ts';

/** What a page says that cannot tell whose it is, in the place of an id. */
export const nobodys = { link: 'NOLINK', posted: 'POSTED', page: 'NOPAGE', browser: 'OTHERS' } as const;

/**
 * What people read to each other of an id: the first six characters of its random part. The first ones, because the
 * primary key then finds them; an index on the last ones would be of no use under row-level security (`right` may leak).
 */
export const codeOf = (id: string): string => `WX-${id.slice(id.indexOf('_') + 1, id.indexOf('_') + 7).toUpperCase()}`;

/**
 * A code as somebody types what they were told: case, spaces and dashes do not count, nor does *WX* in front, and what our
 * alphabet leaves out is what it was taken for. Null where no id begins so.
 */
export function readCode(text: string): string | null {
  const bare = text.toLowerCase().replaceAll(/[\s\p{Dash}.]/gu, '');
  const [, typed = ''] = /^(?:wx)?([0-9a-z]{6})$/.exec(bare) ?? [];
  const code = typed.replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return code === '' || code.includes('u') ? null : code;
}

/** The ids of a kind with this code, as a range that its primary key holds together. */
export const idsOfCode = (kind: IdKind, code: string) => ({
  gte: `${prefixes[kind]}_${code}`,
  lte: `${prefixes[kind]}_${code}${'z'.repeat(24)}`,
});
