import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveTheme, ThemeTokens } from '#lib/branding/index.ts';
import { browserPage } from '#lib/testing/browser.ts';
import { answered, framedSheet, inScheme, type Scheme } from './framed.ts';
import { framedMail } from './framed-mail.ts';
import { previewBody, previewCss, previewScreens } from './preview.tsx';
import { renderCustomerPage, renderCustomerPart } from './render.ts';
import { sampleDocument, samples, sampleTokens } from './samples.tsx';

const phone = (scheme: Scheme) => ({ scheme, width: 390 });

describe('a sheet for one view', () => {
  test('holds what is asked of that screen, and nothing of the other', () => {
    const css =
      'a{b:c}@media (prefers-color-scheme:dark){a{b:d}}@media (min-width:600px){a{b:e}}@media (max-width:480px){a{b:f}}z{y:x}';
    expect(answered(css, phone('light'))).toBe('a{b:c}a{b:f}z{y:x}');
    expect(answered(css, phone('dark'))).toBe('a{b:c}a{b:d}a{b:f}z{y:x}');
    expect(answered(css, { scheme: 'light', width: 1280 })).toBe('a{b:c}a{b:e}z{y:x}');
  });

  test('leaves alone what the view does not decide, with what is inside', () => {
    const css =
      '@media (prefers-reduced-motion:no-preference){a{b:c}@media (prefers-color-scheme:dark){d{e:f}}@keyframes k{to{g:h}}}';
    expect(answered(css, phone('light'))).toBe(
      '@media (prefers-reduced-motion:no-preference){a{b:c}@keyframes k{to{g:h}}}',
    );
  });

  test('speaks of the box instead of the page', () => {
    const css = ':root{color-scheme:light dark;--a:b}body{c:d}body>a{e:f}.body-like{g:h}';
    expect(framedSheet(css, phone('dark'))).toBe(
      ':host{all:initial;display:block}:host{color-scheme:dark;--a:b}.body{c:d}.body>a{e:f}.body-like{g:h}',
    );
  });

  test('one that does not end is a mistake of ours', () => {
    expect(() => answered('@media (min-width:1px){a{b:c}', phone('light'))).toThrow(SyntaxError);
  });
});

test('a mail’s styles leave its tags, as they were, and lose to what is marked important', () => {
  const html = `<html><head><style>@media (prefers-color-scheme:dark){.x{color:red!important}}</style></head><body style="margin:0" class="y"><p style="font-family:&#x27;A&#x27;,&quot;B&quot;">a style="x" b</p></body></html>`;
  expect(framedMail(html, phone('light'))).toEqual({
    html: '<div class="body" data-s="0"><p data-s="1">a style="x" b</p></div>',
    css: `:host{all:initial;display:block}[data-s="0"]{margin:0}[data-s="1"]{font-family:'A',"B"}`,
  });
  expect(framedMail(html, phone('dark')).css).toContain('.x{color:red!important}');
});

test('where there are two logos, each scheme shows its own; where there is one, both do', () => {
  const [logoUrl, logoDarkUrl] = ['/light.png', '/dark.png'];
  const two = resolveTheme({ ...sampleTokens, logoUrl, logoDarkUrl });
  expect(inScheme(two, 'dark').logoUrl).toBe(logoDarkUrl);
  expect(inScheme(two, 'light').logoDarkUrl).toBe(logoUrl);
  const one = resolveTheme({ ...sampleTokens, logoUrl });
  expect(inScheme(one, 'dark')).toBe(one);
});

/** The preview promises what customers see: so the real page and the box are measured side by side. */
describe('in a browser, the box shows what the page shows', () => {
  let page: Page;
  beforeAll(async () => {
    page = await browserPage();
  }, 300_000);
  afterAll(() => page.context().browser()?.close());

  const theme = resolveTheme(
    ThemeTokens.parse({ ...sampleTokens, accent: '#ffe600', radius: 'round', doneWords: { nl: 'Tot morgen.' } }),
  );
  const looks = (root: ParentNode) =>
    [...root.querySelectorAll('main *')].map((element) => {
      const { color, backgroundColor, fontSize, borderRadius } = getComputedStyle(element);
      const { width, height } = element.getBoundingClientRect();
      return [
        element.localName,
        color,
        backgroundColor,
        fontSize,
        borderRadius,
        Math.round(width),
        Math.round(height),
      ].join(' ');
    });

  test.each(
    previewScreens.flatMap(({ name }) => (['light', 'dark'] as const).map((scheme) => [name, scheme] as const)),
  )('%s, %s', async (name, scheme) => {
    const sample = samples.find((candidate) => candidate.name === name);
    if (!sample) throw new Error('no such page');
    await page.setViewportSize({ width: 390, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.setContent(await renderCustomerPage(sampleDocument(sample, { locale: 'nl', theme })));
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur()); // a heading has the focus, a box has not
    const real = await page.evaluate(`(${looks})(document)`);

    const other = scheme === 'light' ? 'dark' : 'light';
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: other });
    const html = await renderCustomerPart(previewBody(name, theme, 'nl', scheme));
    await page.setContent(
      `<!doctype html><body style="margin:0;font:900 40px serif;color:red"><div style="width:390px"><template shadowrootmode="open"><style>${previewCss(theme, scheme)}</style>${html}</template></div>`,
    );
    const framed = await page.evaluate(`(${looks})(document.querySelector('div').shadowRoot)`);
    expect(framed).toEqual(real);
    expect((framed as string[]).length).toBeGreaterThan(10);
  });
});
