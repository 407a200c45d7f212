import { describe, expect, test } from 'vitest';
import { contrast } from './contrast.ts';
import { houseTheme, neutrals, type Palette, resolveTheme, themeCss } from './theme.ts';
import { fonts, mostWords, radii, storedTokens, ThemeTokens } from './tokens.ts';

const tokens: ThemeTokens = {
  displayName: 'Vermeer Dashboards',
  accent: '#1f5fd0',
  radius: 'soft',
  font: 'system',
  logoUrl: '/brand/ptn_000000000000000000000000/0123456789abcdef.png',
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
    'https://cdn.example/logo.png',
    '/logo.png',
    '/brand/ptn_000000000000000000000000/0123456789abcdef.svg',
    '/brand/ptn_000000000000000000000000/0123456789abcdef.png?x',
    '/brand/ptn_000000000000000000000000/0123456789abcdef.png/../../x.png',
    '/brand/ptn_000000000000000000000000/../x/0123456789abcdef.png',
    '//brand/ptn_000000000000000000000000/0123456789abcdef.png',
    'https://evil.example/brand/ptn_000000000000000000000000/0123456789abcdef.png',
    '/brand/ptn_000000000000000000000000/0123456789abcdef.png\n',
  ])('refuses the logo %j', (logoUrl) => {
    expect(ThemeTokens.safeParse({ ...tokens, logoUrl }).success).toBe(false);
  });

  test.each([
    '/brand/ptn_000000000000000000000000/0123456789abcdef.png',
    '/brand/ptn_9k2m4n6p8r0t2v4x6z8b1d3f/fedcba9876543210.webp',
    null,
  ])('accepts the logo %j', (logoUrl) => {
    expect(ThemeTokens.safeParse({ ...tokens, logoUrl }).success).toBe(true);
  });

  /** E-1, for every address a partner may type: customers are led there. */
  const notLinks = [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'https://good.example@evil.example',
    'https://good.example:pw@evil.example/',
    '%2f%2fevil.example',
    'https:%2f%2fevil.example',
    'ht\ttps://evil.example',
    'https://good.example/\r\nLocation: https://evil.example',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'https://ex\u0430mple.com',
    'https://good.example./',
    'https://good.example:8443/',
    'https://good.example\\@evil.example',
    'https://good.example/\u0000',
    'https://good.example/\u202e',
    `https://good.example/${'a'.repeat(8000)}`,
    'http://good.example',
    'ftp://good.example',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://localhost/',
    'https://',
    '/privacy',
    'https://good.example/"onmouseover="x',
    "https://good.example/'",
    'https://good.example/<script>',
    'mailto:a@b.example',
    '',
  ];

  test.each(
    ['supportUrl', 'privacyUrl', 'termsUrl'].flatMap((field) => notLinks.map((link) => [field, link] as const)),
  )('%s refuses %j', (field, link) => {
    expect(ThemeTokens.safeParse({ ...tokens, [field]: link }).success).toBe(false);
  });

  /** What a browser reads as one plain https address is kept as the browser writes it, so page and check agree. */
  test.each([
    ['https://good.example', 'https://good.example/'],
    [' https://good.example/x ', 'https://good.example/x'],
    ['HTTPS://GOOD.EXAMPLE/Path', 'https://good.example/Path'],
    ['https://good.example:443/x', 'https://good.example/x'],
    ['https://good.example/a/..;/b#top', 'https://good.example/a/..;/b#top'],
    ['https://good.example/?q=a&q=b', 'https://good.example/?q=a&q=b'],
    ['https://xn--exmple-cua.example/', 'https://xn--exmple-cua.example/'],
    ['https:///good.example', 'https://good.example/'],
  ])('%j is kept as %j', (typed, kept) => {
    for (const field of ['supportUrl', 'privacyUrl', 'termsUrl'] as const)
      expect(ThemeTokens.parse({ ...tokens, [field]: typed })[field]).toBe(kept);
  });

  test.each(['purpose', 'beforeWords', 'doneWords'] as const)(
    '%s: one plain line per language, of a limited length, in any of the five or none',
    (place) => {
      const passes = (words: object) => ThemeTokens.safeParse({ ...tokens, [place]: words }).success;
      expect(passes({})).toBe(true);
      expect(passes({ fr: 'x'.repeat(mostWords[place]) })).toBe(true);
      expect(passes({ fr: 'x'.repeat(mostWords[place] + 1) })).toBe(false);
      expect(passes({ en: 'one\ntwo' })).toBe(false);
      expect(passes({ en: 'a\u202eb' })).toBe(false);
      expect(passes({ en: '  ' })).toBe(false);
      expect(passes({ en: 5 })).toBe(false);
      expect(Object.keys(ThemeTokens.parse({ ...tokens, [place]: { xx: 'no language' } })[place] ?? {})).toEqual([]);
    },
  );

  test.each([
    'Acme\r\nBcc: x@example.com',
    'Acme\nX: y',
    'PayPal <x@evil.example>',
    'a@b.example',
    '"Acme',
    'A\\B',
    'x'.repeat(61),
  ])('refuses the sender name %j', (senderName) => {
    expect(ThemeTokens.safeParse({ ...tokens, senderName }).success).toBe(false);
  });

  test.each([
    'a@b.example\r\nBcc: c@d.example',
    'a@b.example, c@d.example',
    'Acme <a@b.example>',
    'a@b.example\u0000',
    'a@',
    '@b.example',
    `${'a'.repeat(250)}@b.example`,
  ])('refuses the reply-to address %j', (replyTo) => {
    expect(ThemeTokens.safeParse({ ...tokens, replyTo }).success).toBe(false);
    expect(ThemeTokens.safeParse({ ...tokens, supportEmail: replyTo }).success).toBe(false);
  });
});

describe('a stored theme', () => {
  const stored = { ...tokens };

  test('by the rules of today is read as it is', () => {
    expect(storedTokens(stored)).toEqual(tokens);
  });

  /** Outside logos were once allowed: they tell another host who opens the page, and can be exchanged behind our back. */
  test.each(['https://cdn.example/logo.png', '/logos/vermeer.svg'])('with the logo %j shows none', (logoUrl) => {
    expect(storedTokens({ ...stored, logoUrl })).toEqual({ ...tokens, logoUrl: null });
  });

  test('keeps the rest when a link, an address or words no longer pass', () => {
    const old = { ...stored, privacyUrl: 'https://a.example:8443/', supportEmail: 'x', doneWords: { en: 'a\nb' } };
    expect(storedTokens(old)).toEqual({ ...tokens, privacyUrl: null, supportEmail: null, doneWords: {} });
  });

  test.each([null, 'x', 5, [], {}, { ...stored, displayName: 'a\u202eb' }, { ...stored, accent: 'red' }])(
    'that lacks what no page can do without is none: %j',
    (odd) => {
      expect(storedTokens(odd)).toBeNull();
    },
  );
});
