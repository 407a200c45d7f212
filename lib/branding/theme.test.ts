import { describe, expect, test } from 'vitest';
import { contrast } from './contrast.ts';
import { houseTheme, neutrals, type Palette, resolveTheme, themeCss } from './theme.ts';
import { fonts, radii, ThemeTokens } from './tokens.ts';

const tokens: ThemeTokens = {
  displayName: 'Vermeer Dashboards',
  accent: '#1f5fd0',
  radius: 'soft',
  font: 'system',
  logoUrl: '/logos/vermeer.png',
  purpose: { en: 'A weekly overview.', nl: 'Een wekelijks overzicht.' },
  supportEmail: 'support@vermeer.example',
  supportUrl: null,
  privacyUrl: 'https://vermeer.example/privacy',
  termsUrl: null,
};

/** A fixed sequence: a failure can be repeated. */
function* randomColours(count: number): Generator<string> {
  let seed = 20261121;
  for (let index = 0; index < count; index += 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield `#${(seed >>> 8).toString(16).padStart(6, '0')}`;
  }
}

const extremes = ['#000000', '#ffffff', '#808080', '#777777', '#ffff00', '#0000ff', '#00ff00', '#ff0000', '#ff00ff'];

describe('resolveTheme', () => {
  test.each([...extremes, ...randomColours(200)])(
    '%s becomes readable on every background of both schemes',
    (accent) => {
      const theme = resolveTheme({ ...tokens, accent });
      const check = (palette: Palette, { ink, muted }: { ink: string; muted: string }) => {
        for (const background of [palette.page, palette.surface, palette.soft]) {
          for (const text of [palette.accentText, ink, muted]) {
            expect(contrast(text, background)).toBeGreaterThanOrEqual(4.5);
          }
        }
        expect(contrast(palette.onAccent, palette.accent)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(palette.onAccent, palette.accentHover)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(palette.accentEdge, palette.surface)).toBeGreaterThanOrEqual(3);
        expect(palette.accent).toBe(accent);
      };
      check(theme.light, neutrals.light);
      check(theme.dark, neutrals.dark);
    },
  );

  test('says what it changed, and nothing when it changed nothing', () => {
    expect(resolveTheme({ ...tokens, accent: '#ffe14d' }).corrections).toEqual([
      expect.stringContaining('On light screens #ffe14d reaches 1.3:1'),
      expect.stringContaining('black text'),
    ]);
    const light = resolveTheme({ ...tokens, accent: '#1f5fd0' }).corrections;
    expect(light).toEqual([expect.stringContaining('On dark screens #1f5fd0')]);
  });

  test('our own look for unknown links names nobody', () => {
    expect(houseTheme).toMatchObject({ displayName: 'Waxseal', logoUrl: null, supportEmail: null, supportUrl: null });
  });
});

describe('themeCss', () => {
  const harmless = /^[\w\s:;{}()#%.,"@-]+$/;

  test.each(radii.flatMap((radius) => fonts.map((font) => [radius, font] as const)))(
    '%s corners, %s letters',
    (radius, font) => {
      const css = themeCss(resolveTheme({ ...tokens, radius, font }));
      expect(css).toMatch(harmless);
      expect(css).toContain('--accent:#1f5fd0');
      expect(css).toContain('@media (prefers-color-scheme:dark)');
    },
  );

  /** Names, purposes and addresses are text on the page; none of it may reach a style sheet. */
  test('carries nothing a partner wrote but the colour', () => {
    const loud = { displayName: '</style>{}', purpose: { en: 'url(x)', nl: 'url(y)' }, logoUrl: '/loud.png' };
    expect(themeCss(resolveTheme({ ...tokens, ...loud }))).toBe(themeCss(resolveTheme(tokens)));
  });

  test('a colour that slipped past the schema stops here', () => {
    expect(() => resolveTheme({ ...tokens, accent: 'red;}body{display:none' })).toThrow(TypeError);
  });
});

describe('ThemeTokens', () => {
  test('accepts what a partner would sensibly fill in', () => {
    expect(ThemeTokens.parse({ ...tokens, accent: '#1F5FD0' })).toEqual(tokens);
  });

  test.each([
    'Acme\u202egnp',
    'Acme\u2066x',
    'Acme\u200f',
    'Acme\r\nBcc: x@example.com',
    'Acme\u0000',
    'Acme\u200b',
    'Acme\u2028x',
    'x'.repeat(81),
    'x'.repeat(5000),
    '',
    '   ',
  ])('refuses the name %j', (displayName) => {
    expect(ThemeTokens.safeParse({ ...tokens, displayName }).success).toBe(false);
  });

  /** Escaping is the page's work: a name may hold any visible character. */
  test.each(['O’Neil & Zn.', '<b>Bold</b>', 'חשבונות', '会計', '👩‍💻 Cloud', '{{7*7}}'])(
    'accepts the name %j',
    (displayName) => {
      expect(ThemeTokens.safeParse({ ...tokens, displayName }).success).toBe(true);
    },
  );

  test.each(['#fff', 'red', 'rgb(0,0,0)', '#12345', 'url(javascript:alert(1))', 'expression(alert(1))', '#123456}'])(
    'refuses the colour %j',
    (accent) => {
      expect(ThemeTokens.safeParse({ ...tokens, accent }).success).toBe(false);
    },
  );

  test.each([
    'http://cdn.example/logo.png',
    '//cdn.example/logo.png',
    '/\\cdn.example/logo.png',
    'logo.png',
    'javascript:alert(1)',
    'data:image/svg+xml,<svg onload=alert(1)>',
    'https://user:pass@cdn.example/logo.png',
    'https://cdn.example/"onload="x',
    'https:cdn.example/logo.png',
    'https://',
    '/logo.png" onerror="x',
  ])('refuses the logo %j', (logoUrl) => {
    expect(ThemeTokens.safeParse({ ...tokens, logoUrl }).success).toBe(false);
  });

  test.each(['/logo.png', '/api/logos/ptn_1.png?v=2', 'https://cdn.example/logo.png', null])(
    'accepts the logo %j',
    (logoUrl) => {
      expect(ThemeTokens.safeParse({ ...tokens, logoUrl }).success).toBe(true);
    },
  );

  test.each(['supportUrl', 'privacyUrl', 'termsUrl'])('%s is https or absent', (field) => {
    for (const bad of [
      'http://a.example',
      'javascript:alert(1)',
      '/privacy',
      'https://a.example/\u202e',
      'ftp://a.example',
    ]) {
      expect(ThemeTokens.safeParse({ ...tokens, [field]: bad }).success).toBe(false);
    }
    expect(ThemeTokens.safeParse({ ...tokens, [field]: 'https://a.example/x' }).success).toBe(true);
  });

  test('a purpose is one plain sentence of at most 200 characters in each language', () => {
    expect(ThemeTokens.safeParse({ ...tokens, purpose: { en: 'x'.repeat(201), nl: 'x' } }).success).toBe(false);
    expect(ThemeTokens.safeParse({ ...tokens, purpose: { en: 'x' } }).success).toBe(false);
    expect(ThemeTokens.safeParse({ ...tokens, purpose: { en: 'one\ntwo', nl: 'x' } }).success).toBe(false);
  });
});
