import { AA_SHAPE, AA_TEXT, contrast, corrected, type Hex, mix, readableOn } from './contrast.ts';
import { initialsOf } from './text.ts';
import type { ThemeTokens } from './tokens.ts';

/** The colours of one scheme, each known to be readable on what it stands on. */
export type Palette = Readonly<
  Record<'page' | 'surface' | 'soft' | 'accent' | 'accentHover' | 'onAccent' | 'accentEdge' | 'accentText', Hex>
>;

export type ResolvedTheme = Readonly<
  Omit<ThemeTokens, 'accent'> & {
    accent: Hex;
    initials: string;
    light: Palette;
    dark: Palette;
    /** What we changed of the partner's colour and why, in sentences for the partner. Empty when nothing was. */
    corrections: readonly string[];
  }
>;

/** The neutrals every partner's page is built on; the accent only tints them. */
export const neutrals = {
  light: { page: '#f5f6f8', surface: '#ffffff', ink: '#12151c', muted: '#545b69', softShare: 0.07, pageShare: 0.025 },
  dark: { page: '#0d0f13', surface: '#16191f', ink: '#eff1f5', muted: '#a6aebb', softShare: 0.1, pageShare: 0.02 },
} as const;

function paletteFor(accent: string, scheme: 'light' | 'dark'): Palette {
  const base = neutrals[scheme];
  const page = mix(base.page, accent, base.pageShare);
  const soft = mix(base.surface, accent, base.softShare);
  const onAccent = readableOn(accent);
  return {
    page,
    surface: base.surface,
    soft,
    accent: mix(accent, accent, 1),
    accentHover: mix(accent, onAccent === '#ffffff' ? '#000000' : '#ffffff', 0.14),
    onAccent,
    accentEdge: corrected(accent, [base.surface], AA_SHAPE),
    accentText: corrected(accent, [base.surface, page, soft], AA_TEXT),
  };
}

function notesOn(accent: string, light: Palette, dark: Palette): string[] {
  const notes: string[] = [];
  const note = (scheme: string, palette: Palette) => {
    if (palette.accentText === accent) return;
    const reached = contrast(accent, palette.surface).toFixed(1);
    notes.push(
      `On ${scheme} screens ${accent} reaches ${reached}:1 against the background; text and icons use ${palette.accentText} to reach 4.5:1.`,
    );
  };
  note('light', light);
  note('dark', dark);
  if (light.onAccent === '#000000') notes.push(`White text cannot be read on ${accent}; buttons carry black text.`);
  return notes;
}

/** What we change of a colour (`#rrggbb`, lower case) so that it can be read, in sentences for the partner. */
export const correctionsOf = (accent: string): readonly string[] =>
  notesOn(accent, paletteFor(accent, 'light'), paletteFor(accent, 'dark'));

/** Tokens as checked by `ThemeTokens` in, everything a page or mail needs out. The accent keeps its fill; text in it is mended. */
export function resolveTheme(tokens: ThemeTokens): ResolvedTheme {
  const light = paletteFor(tokens.accent, 'light');
  const dark = paletteFor(tokens.accent, 'dark');
  return {
    ...tokens,
    accent: light.accent,
    initials: initialsOf(tokens.displayName),
    light,
    dark,
    corrections: notesOn(light.accent, light, dark),
  };
}

/** Where no partner is known (a link nobody gave out): our own look, which tells a guesser nothing. */
export const houseTheme: ResolvedTheme = resolveTheme({
  displayName: 'Waxseal',
  accent: '#8f2434',
  radius: 'soft',
  font: 'system',
  logoUrl: null,
  purpose: { en: 'Keeps permissions sealed.', nl: 'Bewaart toestemmingen verzegeld.' },
  supportEmail: null,
  supportUrl: null,
  privacyUrl: null,
  termsUrl: null,
});

const system = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';

export const fontStacks = {
  system: { body: system, head: system },
  humanist: {
    body: 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",sans-serif',
    head: 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",sans-serif',
  },
  serif: { body: system, head: '"Iowan Old Style","Palatino Linotype",Palatino,Georgia,serif' },
  rounded: {
    body: 'ui-rounded,"SF Pro Rounded",Nunito,"Arial Rounded MT",Calibri,system-ui,sans-serif',
    head: 'ui-rounded,"SF Pro Rounded",Nunito,"Arial Rounded MT Bold",Calibri,system-ui,sans-serif',
  },
} as const satisfies Record<ThemeTokens['font'], { body: string; head: string }>;

const corners = {
  square: { card: '2px', panel: '2px', control: '2px', tile: '2px' },
  soft: { card: '16px', panel: '12px', control: '10px', tile: '10px' },
  round: { card: '26px', panel: '18px', control: '999px', tile: '999px' },
} as const satisfies Record<ThemeTokens['radius'], Record<'card' | 'panel' | 'control' | 'tile', string>>;

/** The shapes and the letters of a theme, for what is no page of ours (mails). */
export const cornersOf = ({ radius }: Pick<ResolvedTheme, 'radius'>) => corners[radius];
export const fontsOf = ({ font }: Pick<ResolvedTheme, 'font'>) => fontStacks[font];

const variablesOf = (palette: Palette) =>
  [
    `--page:${palette.page}`,
    `--surface:${palette.surface}`,
    `--soft:${palette.soft}`,
    `--accent:${palette.accent}`,
    `--accent-hover:${palette.accentHover}`,
    `--on-accent:${palette.onAccent}`,
    `--accent-edge:${palette.accentEdge}`,
    `--accent-text:${palette.accentText}`,
  ].join(';');

/** Custom properties only. Every value is a colour we computed or an entry of a list above, so nothing a partner typed gets here. */
export function themeCss(theme: ResolvedTheme): string {
  const corner = corners[theme.radius];
  const stack = fontStacks[theme.font];
  const shape = `--r-card:${corner.card};--r-panel:${corner.panel};--r-control:${corner.control};--r-tile:${corner.tile};--font:${stack.body};--font-head:${stack.head}`;
  return `:root{${variablesOf(theme.light)};${shape}}@media (prefers-color-scheme:dark){:root{${variablesOf(theme.dark)}}}`;
}
