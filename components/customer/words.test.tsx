import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locales } from '#lib/i18n/index.ts';
import { browserPage, showUnfolded } from '#lib/testing/browser.ts';
import { renderCustomerPage } from './render.ts';
import { sampleDocument, samples, sampleTheme } from './samples.tsx';

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
