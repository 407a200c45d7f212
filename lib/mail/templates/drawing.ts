import { Body } from '@react-email/body';
import { Button } from '@react-email/button';
import { Column } from '@react-email/column';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Hr } from '@react-email/hr';
import { Html } from '@react-email/html';
import { Img } from '@react-email/img';
import { Link } from '@react-email/link';
import { Preview } from '@react-email/preview';
import { render } from '@react-email/render';
import { Row } from '@react-email/row';
import { Section } from '@react-email/section';
import { Text } from '@react-email/text';
import { type CSSProperties, createElement as h, type ReactElement, type ReactNode } from 'react';
import { cornersOf, fontsOf, neutrals, type Palette, type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { translatorFor } from '#lib/i18n/index.ts';
import type { Letter } from './letter.ts';

const lines = { light: '#dfe2e8', dark: '#2b3039' } as const;

/**
 * What differs in the dark, by class. Readers that strip the style sheet show the light colours, which stand inline on every
 * element together with what they stand on; readers that turn colours around turn both.
 */
function darkRules({ page, surface, accentEdge, accentText }: Palette, before = ''): string {
  const { ink, muted } = neutrals.dark;
  const rules = {
    '.page': `background-color:${page}`,
    '.page>table>tbody>tr>td': `background-color:${page}`,
    '.card': `background-color:${surface};border-color:${lines.dark}`,
    '.ink': `color:${ink}`,
    '.muted': `color:${muted}`,
    '.link': `color:${accentText}`,
    '.edge': `border-color:${accentEdge}`,
    '.line': `border-color:${lines.dark}`,
  };
  return Object.entries(rules)
    .map(([place, rule]) => `${before}${place}{${rule.replaceAll(';', '!important;')}!important}`)
    .join('');
}

/** `[data-ogsc]` is how Outlook on the web marks its dark view. */
const styleSheet = ({ dark }: ResolvedTheme): string =>
  `:root{color-scheme:light dark;supported-color-schemes:light dark}@media (prefers-color-scheme:dark){${darkRules(dark)}}${darkRules(dark, '[data-ogsc] ')}`;

type Look = ReturnType<typeof lookOf>;

/** Every style, inline: tables and inline styles are what mail readers agree on. */
function lookOf(theme: ResolvedTheme) {
  const { accent, onAccent, accentEdge, accentText, page, surface } = theme.light;
  const { ink, muted } = neutrals.light;
  const corners = cornersOf(theme);
  const fonts = fontsOf(theme);
  const [fontFamily, headFamily] = [fonts.body, fonts.head].map((stack) => stack.replaceAll('"', "'"));
  const wrap = { wordBreak: 'break-word', overflowWrap: 'anywhere' } as const;
  return {
    page: { margin: 0, padding: '28px 12px', backgroundColor: page, fontFamily },
    frame: { maxWidth: '560px', textAlign: 'left', ...wrap },
    tile: {
      width: '36px',
      height: '36px',
      borderRadius: corners.tile,
      backgroundColor: accent,
      border: `1px solid ${accentEdge}`,
      color: onAccent,
      fontSize: '14px',
      fontWeight: 700,
      textAlign: 'center',
    },
    logo: { padding: '4px 6px', backgroundColor: '#ffffff', borderRadius: corners.tile, color: ink, fontWeight: 600 },
    picture: { height: '36px', maxWidth: '220px', fontSize: '16px' },
    brand: { paddingLeft: '12px', fontSize: '16px', fontWeight: 600, color: ink, ...wrap },
    top: { margin: '0 0 16px' },
    card: {
      backgroundColor: surface,
      border: `1px solid ${lines.light}`,
      borderRadius: corners.panel,
      borderCollapse: 'separate',
    },
    inside: { padding: '28px 22px 14px' },
    heading: {
      margin: '0 0 16px',
      fontFamily: headFamily,
      fontSize: '24px',
      lineHeight: '30px',
      fontWeight: 600,
      letterSpacing: '-0.01em',
      textWrap: 'balance',
      color: ink,
    },
    text: { margin: '0 0 16px', fontSize: '16px', lineHeight: '24px', textWrap: 'pretty', color: ink },
    small: { margin: '0 0 8px', fontSize: '13px', lineHeight: '20px', color: muted },
    button: {
      margin: '8px 0 24px',
      padding: '14px 24px',
      boxSizing: 'border-box',
      backgroundColor: accent,
      border: `1px solid ${accentEdge}`,
      borderRadius: corners.control,
      color: onAccent,
      fontSize: '16px',
      fontWeight: 600,
      textAlign: 'center',
    },
    link: { color: accentText, textDecorationLine: 'underline' },
    address: { color: accentText, textDecorationLine: 'underline', wordBreak: 'break-all' },
    line: { margin: '8px 0 16px', borderTop: `1px solid ${lines.light}` },
    item: { padding: '8px 0', fontSize: '15px', lineHeight: '22px', color: ink },
    foot: { padding: '16px 8px 0' },
  } as const satisfies Record<string, CSSProperties>;
}

const paragraph = (look: Look, text: string, key: number) => h(Text, { key, className: 'ink', style: look.text }, text);

function brand({ theme, logo }: Letter, look: Look): ReactElement {
  const partner = showable(theme.displayName);
  const cells = logo
    ? [h(Column, { key: 0, style: look.logo }, h(Img, { src: `cid:${logo.cid}`, alt: partner, style: look.picture }))]
    : [
        h(Column, { key: 0, className: 'edge', style: look.tile, 'aria-hidden': true }, theme.initials),
        h(Column, { key: 1, className: 'ink', style: look.brand }, partner),
      ];
  return h(Section, { style: look.top }, h(Row, null, cells));
}

function items({ list = [] }: Letter, look: Look): readonly ReactElement[] {
  return list.flatMap(({ name, note }, at) => [
    h(Hr, { key: `${at}-`, className: 'line', style: { ...look.line, margin: 0 } }),
    h(
      Text,
      { key: at, className: 'ink', style: { ...look.item, margin: at < list.length - 1 ? 0 : '0 0 8px' } },
      h('strong', null, name),
      h('br'),
      h('span', { className: 'muted', style: { ...look.small, margin: 0 } }, note),
    ),
  ]);
}

/** A box of its own: padding stands on the cell, where Outlook heeds it. */
const box = (className: string | undefined, style: CSSProperties, inside: CSSProperties, ...children: ReactNode[]) =>
  h(Section, { className, style }, h(Row, null, h(Column, { style: inside }, ...children)));

function card(letter: Letter, look: Look): ReactElement {
  const { button, before, after, heading, lang } = letter;
  const address = h(Link, { href: button.url, className: 'link', style: look.address }, button.url);
  return box(
    'card',
    look.card,
    look.inside,
    h(Heading, { as: 'h1', className: 'ink', style: look.heading }, showable(heading, 200)),
    before.map((text, at) => paragraph(look, text, at)),
    items(letter, look),
    h(Button, { href: button.url, className: 'edge', style: look.button }, button.label),
    after.map((text, at) => paragraph(look, text, at)),
    h(Hr, { className: 'line', style: look.line }),
    h(Text, { className: 'muted', style: look.small }, translatorFor(lang)('mail.linkFallback'), h('br'), address),
  );
}

function foot({ footer, stop }: Letter, look: Look): ReactElement {
  const link = stop && h(Link, { href: stop.url, className: 'link', style: look.link }, stop.label);
  return box(
    undefined,
    {},
    look.foot,
    link && h(Text, { className: 'muted', style: look.small }, link),
    footer.map((text, key) => h(Text, { key, className: 'muted', style: look.small }, text)),
  );
}

const metas = {
  viewport: 'width=device-width, initial-scale=1',
  'color-scheme': 'light dark',
  'supported-color-schemes': 'light dark',
  'format-detection': 'telephone=no,date=no,address=no,email=no,url=no',
} as const;

/** A letter as HTML. Values reach it as text: React escapes them, and nothing a partner typed gets into the style sheet. */
export function drawLetter(letter: Letter): Promise<string> {
  const { theme, lang } = letter;
  const look = lookOf(theme);
  return render(
    h(
      Html,
      { lang },
      h(
        Head,
        null,
        Object.entries(metas).map(([name, content]) => h('meta', { key: name, name, content })),
        h('title', null, letter.subject),
        h('style', null, styleSheet(theme)),
      ),
      h(
        Body,
        { className: 'page', style: look.page },
        h(Preview, null, letter.preview),
        h(Container, { style: look.frame }, brand(letter, look), card(letter, look), foot(letter, look)),
      ),
    ),
  );
}
