/**
 * What may not stand in a name we show: control characters (a mail header break, a terminal escape), line separators,
 * invisible fillers, and the marks that turn text around so that one name reads as another. Zero-width joiners stay:
 * emoji and several scripts need them.
 */
const unshowable =
  /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
const everyUnshowable = new RegExp(unshowable.source, 'gu');

/** True when every character is one that a reader would see as it is. For what a partner types: refuse, do not mend. */
export function isShowable(text: string): boolean {
  return !unshowable.test(text);
}

/** For text we did not get to refuse (a customer's name, a name Exact told us): made harmless and kept to a length. */
export function showable(text: string, most = 120): string {
  const clean = text.replace(everyUnshowable, ' ').replace(/\s+/g, ' ').trim();
  const characters = [...clean];
  return characters.length <= most
    ? clean
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** One or two letters to stand where a logo would. */
export function initialsOf(name: string): string {
  const firsts = showable(name)
    .split(' ')
    .flatMap((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? [])
    .slice(0, 2);
  return firsts.join('').toLocaleUpperCase('en') || '·';
}
