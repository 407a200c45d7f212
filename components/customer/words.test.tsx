import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveTheme } from '#lib/branding/index.ts';
import { locales } from '#lib/i18n/index.ts';
import { browserPage, showUnfolded } from '#lib/testing/browser.ts';
import { renderCustomerPage } from './render.ts';
import { sampleDocument, samples, sampleTheme, sampleTokens } from './samples.tsx';

let page: Page;
beforeAll(async () => {
  page = await browserPage();
  await page.setViewportSize({ width: 320, height: 800 });
}, 300_000);
afterAll(() => page.context().browser()?.close());

/** Words of which a part stands on another line. */
function brokenWords(): string[] {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    for (const { 0: word, index } of text.data.matchAll(/[\p{L}\p{M}’]+/gu)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
    }
  }
  return found;
}

/** A page wraps anything rather than overflow; on the narrowest phone no word of ours may need that. */
test.each(locales)('no word in %s is broken at 320 px', { timeout: 60_000 }, async (locale) => {
  for (const sample of samples) {
    await showUnfolded(page, await renderCustomerPage(sampleDocument(sample, { locale, theme: sampleTheme })));
    expect(await page.evaluate(brokenWords), sample.name).toEqual([]);
  }
});

test('a word that is broken is seen', async () => {
  await showUnfolded(page, '<p style="width:6rem;overflow-wrap:anywhere">Donaudampfschifffahrt</p>');
  expect(await page.evaluate(brokenWords)).toEqual(['Donaudampfschifffahrt']);
});

/** Where the pieces of the bridge stand, from who asks to Exact Online. */
const middles = () =>
  page.evaluate(() =>
    [...document.querySelectorAll('.bridge>*')].map((piece) => {
      const { top, height } = piece.getBoundingClientRect();
      return Math.round(top + height / 2);
    }),
  );

test.each([
  [420, 90],
  [900, 60],
  [60, 90],
])('a logo of %i by %i leaves who asks, the seal and Exact Online on one line', async (width, height) => {
  const [welcome] = samples;
  if (!welcome) throw new Error('no samples');
  const theme = resolveTheme({ ...sampleTokens, logoUrl: '/logo.png' });
  const picture = `data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%22${width}%22 height=%22${height}%22/>`;
  const html = await renderCustomerPage(sampleDocument(welcome, { locale: 'nl', theme }));
  for (const screen of [320, 360, 390, 1280]) {
    await page.setViewportSize({ width: screen, height: 800 });
    await showUnfolded(page, html.replaceAll('/logo.png', picture));
    const where = await middles();
    expect(Math.max(...where) - Math.min(...where), `${screen} px`).toBeLessThanOrEqual(1);
  }
});
