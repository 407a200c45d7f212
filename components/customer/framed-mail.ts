import { framedSheet, type View } from './framed.ts';

/** A mail as it looks in a reader, in a shadow root. */

const entities: Readonly<Record<string, string>> = { amp: '&', quot: '"', '#39': "'", '#x27': "'", lt: '<', gt: '>' };
const unescaped = (text: string) =>
  text.replace(/&(amp|quot|#39|#x27|lt|gt);/g, (_, name: string) => entities[name] ?? '');

/**
 * A mail's markup for a page that allows no inline styles: what its style attributes say goes into a sheet, by number. The
 * markup is ours (lib/mail/templates), so its shape is known; nothing a partner wrote is ever within a tag's style.
 */
export function framedMail(html: string, view: View): { html: string; css: string } {
  const rules: string[] = [];
  const sheets = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/gi)].map(([, css]) => css ?? '').join('');
  const [, attributes = '', inside = ''] = /<body([^>]*)>([\s\S]*)<\/body>/i.exec(html) ?? [];
  const markup = `<div class="body"${attributes.replace(/ class="[^"]*"/, '')}>${inside}</div>`.replace(
    /(<[a-z][^<>]*?) style="([^"]*)"/gi,
    (_, tag: string, style: string) => `${tag} data-s="${rules.push(unescaped(style)) - 1}"`,
  );
  const numbered = rules.map((rule, at) => `[data-s="${at}"]{${rule}}`).join('');
  // Style attributes win over a sheet's rules unless those are marked important: so the numbered ones come last, and may be overruled.
  return { html: markup, css: framedSheet(sheets, view) + numbered };
}
