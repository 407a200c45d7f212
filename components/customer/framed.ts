import { type ResolvedTheme, themeCss } from '#lib/branding/index.ts';
import { styles } from './styles.ts';

/**
 * Sheets for a page that stands inside another one, in a shadow root: as it looks on a screen of a given width in a given colour
 * scheme, whatever screen it is shown on.
 */

export const schemes = ['light', 'dark'] as const;
export type Scheme = (typeof schemes)[number];
export type View = { readonly scheme: Scheme; readonly width: number };

/** Where a block that opens at `from` ends. */
function endOfBlock(css: string, from: number): number {
  let depth = 0;
  for (let at = from; at < css.length; at += 1) {
    if (css[at] === '{') depth += 1;
    if (css[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw new SyntaxError('a block of the sheet does not end');
}

/** Whether a media query holds in this view; null when the view does not decide it. */
function holds(query: string, { scheme, width }: View): boolean | null {
  const asked = /prefers-color-scheme:\s*(light|dark)/.exec(query)?.[1];
  const [, bound, pixels] = /(min|max)-width:\s*(\d+(?:\.\d+)?)px/.exec(query) ?? [];
  const answers = [
    ...(asked ? [asked === scheme] : []),
    ...(bound ? [bound === 'min' ? width >= Number(pixels) : width <= Number(pixels)] : []),
  ];
  return answers.length === 0 ? null : answers.every(Boolean);
}

/** The sheet with every question that the view answers answered: the block stands there, or it is gone. */
export function answered(css: string, view: View): string {
  const at = css.search(/@media\b/);
  if (at < 0) return css;
  const open = css.indexOf('{', at);
  const end = endOfBlock(css, open);
  const inside = css.slice(open + 1, end);
  const verdict = holds(css.slice(at, open), view);
  const kept =
    verdict === null ? `${css.slice(at, open)}{${answered(inside, view)}}` : verdict ? answered(inside, view) : '';
  return css.slice(0, at) + kept + answered(css.slice(end + 1), view);
}

/** A page's root and body are the host and the box in it. */
const housed = (css: string) =>
  css.replace(
    /(^|[{},;])(:root|html|body)(?=[\s{,>])/g,
    (_, before: string, root: string) => `${before}${root === 'body' ? '.body' : ':host'}`,
  );

/** Any page's sheet for one view. What the page around it says of text does not reach inside. */
export const framedSheet = (css: string, view: View): string =>
  `:host{all:initial;display:block}${housed(answered(css, view)).replaceAll('color-scheme:light dark', `color-scheme:${view.scheme}`)}`;

/** The sheet of a customer's page for one view. */
export const framedStyles = (theme: ResolvedTheme, view: View): string =>
  `${framedSheet(themeCss(theme) + styles, view)}.frame{min-height:0}`;

/** The logos a page shows in a scheme, since what picks one of two asks the real screen. */
export function inScheme(theme: ResolvedTheme, scheme: Scheme): ResolvedTheme {
  const { logoUrl, logoDarkUrl } = theme;
  if (!logoUrl || !logoDarkUrl) return theme;
  const shown = scheme === 'dark' ? logoDarkUrl : logoUrl;
  return { ...theme, logoUrl: shown, logoDarkUrl: shown };
}
