import type { Page } from '@playwright/test';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resolveTheme } from '#lib/branding/index.ts';
import { axeFaults, bringAxe } from '#lib/testing/accessible.ts';
import { browserPage, showUnfolded } from '#lib/testing/browser.ts';
import { renderCustomerPage } from './render.ts';
import { type Sample, sampleDocument, samples, sampleTheme, sampleTokens } from './samples.tsx';

/** Every screen as it is met by people who see, hear, point or type otherwise (WCAG 2.2 AA), in a real browser. */

let page: Page;
beforeAll(async () => {
  page = await browserPage();
}, 300_000);
afterAll(() => page.context().browser()?.close());
beforeEach(async () => {
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'no-preference' });
  await page.setViewportSize({ width: 320, height: 800 });
});

/** A colour that does not work on either ground, which the theme has to mend. */
const shrill = resolveTheme({ ...sampleTokens, accent: '#ffe600' });
const markupOf = (sample: Sample, theme = sampleTheme, locale: 'en' | 'de' = 'en') =>
  renderCustomerPage(sampleDocument(sample, { locale, theme, demo: true }));
/** A checker runs 240 times in the longest of these: 28 s alone, more than a minute beside others on two cores. */
const timeout = 240_000;

/** What is found on each screen that has a fault, by the screen's name; nothing is found on the others. */
async function faultsIn(find: (sample: Sample) => Promise<unknown[]>): Promise<Record<string, unknown[]>> {
  const faulty: Record<string, unknown[]> = {};
  for (const sample of samples) {
    const found = await find(sample);
    if (found.length > 0) faulty[sample.name] = found;
  }
  return faulty;
}

const widths = [320, 640, 1280]; // 640: a window of 1280 at 200 %

describe.each([
  ['light', 'own', sampleTheme],
  ['dark', 'own', sampleTheme],
  ['light', 'shrill', shrill],
  ['dark', 'shrill', shrill],
] as const)('in %s, with a brand of its %s colour', (colorScheme, _, theme) => {
  test('a checker finds nothing on any screen, at any width', { timeout }, async () => {
    await page.emulateMedia({ colorScheme });
    const faulty = await faultsIn(async (sample) => {
      await showUnfolded(page, await markupOf(sample, theme));
      await bringAxe(page);
      const found: string[] = [];
      for (const width of theme === shrill ? [320] : widths) {
        await page.setViewportSize({ width, height: 800 });
        found.push(...(await axeFaults(page)).map((fault) => `${width} px: ${fault}`));
      }
      return found;
    });
    expect(faulty).toEqual({});
  });
});

test('what a checker should find, it finds', async () => {
  await page.setContent(
    '<html lang="en"><title>x</title><main><h1>x</h1><p style="color:#999">pale</p><a href="/"></a></main>',
  );
  await bringAxe(page);
  expect((await axeFaults(page)).map((fault) => fault.split(':')[0])).toEqual(['color-contrast', 'link-name']);
});

test('every screen has one heading of the first rank, its landmarks in order, and no rank left out', {
  timeout,
}, async () => {
  const faulty = await faultsIn(async (sample) => {
    await page.setContent(await markupOf(sample));
    const found = await page.evaluate(() => ({
      marks: [...document.querySelectorAll('body > *, .frame > *')].map(({ localName }) => localName),
      ranks: [...document.querySelectorAll('h1, h2, h3, h4')].map(({ localName }) => localName).sort(),
      inMain: document.querySelectorAll('main h1').length,
      lang: document.documentElement.lang,
      title: document.title,
    }));
    const landmarks = found.marks.filter((name) => ['header', 'main', 'footer', 'aside'].includes(name));
    const ranks = found.ranks.filter((rank) => rank !== 'h2');
    const sound =
      landmarks.join() === 'aside,header,main,footer' &&
      ranks.join() === 'h1' &&
      found.inMain === 1 &&
      found.lang === 'en';
    return sound && found.title ? [] : [found];
  });
  expect(faulty).toEqual({});
});

describe('the focus', () => {
  test('is on the heading of every screen as it opens, and shows no ring there', { timeout }, async () => {
    const faulty = await faultsIn(async (sample) => {
      await page.goto('about:blank');
      await page.setContent(await markupOf(sample));
      await page
        .waitForFunction(() => document.activeElement !== document.body, null, { timeout: 2000 })
        .catch(() => {});
      const active = await page.evaluate(() => {
        const { activeElement: at } = document;
        return at && `${at.localName} ${getComputedStyle(at).outlineStyle} ${scrollY}`;
      });
      // A page that is nothing but one field has the focus there.
      const expected = sample.name.startsWith('paste') ? /^(?:input|textarea) \w+ 0$/ : /^h1 none 0$/;
      return active && expected.test(active) ? [] : [active];
    });
    expect(faulty).toEqual({});
  });

  test('goes from there to the first thing to do, through everything, with a ring that is seen', {
    timeout,
  }, async () => {
    const faulty = await faultsIn(async (sample) => {
      await page.goto('about:blank');
      await showUnfolded(page, await markupOf(sample));
      await page.locator('h1').focus();
      const stops = await page
        .locator('main :is(a[href], button, summary, input:not([type=hidden]):checked)')
        .evaluateAll((all) => all.length);
      const found: unknown[] = [];
      for (let at = 0; at < stops; at += 1) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
          const active = document.activeElement as HTMLElement;
          const ring = getComputedStyle(active.closest('.pick') ?? active);
          const { outlineStyle, outlineWidth } = ring;
          return {
            inMain: active.closest('main') !== null,
            outlineStyle,
            wide: Number.parseFloat(outlineWidth) >= 2,
            text: active.textContent,
          };
        });
        if (!seen.inMain || seen.outlineStyle === 'none' || !seen.wide) found.push(seen);
      }
      return found;
    });
    expect(faulty).toEqual({});
  });
});

/** Things to press that are smaller than 24 px, where they do not stand in a sentence (WCAG 2.5.8). */
function smallTargets(): string[] {
  const isInSentence = (element: Element) =>
    [...(element.parentElement?.childNodes ?? [])].some((node) => node !== element && node.textContent?.trim());
  return [...document.querySelectorAll('a, button, summary, label.pick')].flatMap((element) => {
    const { width, height } = element.getBoundingClientRect();
    const small = width < 24 || height < 24;
    return small && !(element.localName === 'a' && isInSentence(element))
      ? [`${element.outerHTML.slice(0, 120)} ${width}×${height}`]
      : [];
  });
}

test('everything to press is at least 24 px wide and high', { timeout }, async () => {
  const faulty = await faultsIn(async (sample) => {
    await showUnfolded(page, await markupOf(sample));
    return page.evaluate(smallTargets);
  });
  expect(faulty).toEqual({});
});

/** What leaves the window, or is cut off, when letters are twice as large on the narrowest phone (WCAG 1.4.4, 1.4.10). */
function misplaced(): string[] {
  return [...document.body.querySelectorAll('main *, header *, footer *')].flatMap((element) => {
    if (element.closest('.vh, svg')) return [];
    const { left, right, width } = element.getBoundingClientRect();
    return width > 0 && (right > window.innerWidth + 0.5 || left < -0.5) ? [element.outerHTML.slice(0, 120)] : [];
  });
}

test('letters of twice the size fit on 320 px', { timeout }, async () => {
  const faulty = await faultsIn(async (sample) => {
    await showUnfolded(page, await markupOf(sample, sampleTheme, 'de'));
    await page.addStyleTag({ content: 'html{font-size:200%}' });
    return page.evaluate(misplaced);
  });
  expect(faulty).toEqual({});
});

test('where less motion is asked for, nothing moves', { timeout }, async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = () =>
    [...document.querySelectorAll('*')].flatMap((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName === 'none' && transitionDuration === '0s' ? [] : [element.outerHTML.slice(0, 80)];
    });
  expect(
    await faultsIn(async (sample) => {
      await showUnfolded(page, await markupOf(sample));
      return page.evaluate(moving);
    }),
  ).toEqual({});
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await page.evaluate(moving)).not.toEqual([]);
});

/** What cannot be told from its ground once the reader's own colours are in force. */
function lost(): string[] {
  const ground = getComputedStyle(document.body).backgroundColor;
  const isSeen = (color: string) => color !== ground && !/^rgba\(.*, 0\)$|^none$|^transparent$/.test(color);
  const faults: string[] = [];
  const check = (element: Element, seen: boolean) => {
    if (!seen) faults.push(element.outerHTML.slice(0, 120));
  };
  for (const button of document.querySelectorAll('.btn, .mono, .panel, .note, .pick')) {
    const { borderTopStyle, borderTopColor, borderBottomStyle, borderBottomColor } = getComputedStyle(button);
    const edges =
      (borderTopStyle !== 'none' && isSeen(borderTopColor)) ||
      (borderBottomStyle !== 'none' && isSeen(borderBottomColor));
    check(button, edges);
  }
  for (const text of document.querySelectorAll('a, button, summary, h1, h2, p, dt, dd, label'))
    check(text, isSeen(getComputedStyle(text).color));
  for (const shape of document.querySelectorAll('.wax, .glyph > path:first-child, .on, .off'))
    check(shape, isSeen(getComputedStyle(shape).fill));
  for (const line of document.querySelectorAll('.icon')) check(line, isSeen(getComputedStyle(line).stroke));
  // What is pressed into the wax has the colour of the ground, and stands out from the wax.
  for (const seal of document.querySelectorAll('.seal')) {
    const wax = seal.querySelector('.wax');
    for (const mark of seal.querySelectorAll('.press *'))
      if (wax && !mark.matches('g') && getComputedStyle(mark).stroke === getComputedStyle(wax).fill)
        faults.push(mark.outerHTML);
  }
  const on = document.querySelector('.on');
  const off = document.querySelector('.off');
  if (on && off && getComputedStyle(on).fill === getComputedStyle(off).fill)
    faults.push('done and to do look the same');
  const current = document.querySelector('.langs b');
  if (current) check(current, getComputedStyle(current).borderBottomStyle === 'solid');
  return faults;
}

test.each(['light', 'dark'] as const)(
  'in the reader’s own %s colours everything is still there',
  { timeout },
  async (colorScheme) => {
    await page.emulateMedia({ forcedColors: 'active', colorScheme });
    expect(
      await faultsIn(async (sample) => {
        await showUnfolded(page, await markupOf(sample));
        return page.evaluate(lost);
      }),
    ).toEqual({});
  },
);

test('in the reader’s own colours the focus and the choice are seen', async () => {
  await page.emulateMedia({ forcedColors: 'active' });
  const sample = samples.find(({ name }) => name === 'before-in-use');
  if (!sample) throw new Error('no sample to choose in');
  await page.goto('about:blank');
  await page.setContent(await markupOf(sample));
  await page.locator('h1').focus();
  await page.keyboard.press('Tab');
  const seen = await page.evaluate(() => {
    const picked = document.querySelector('.pick:has(:checked)');
    const input = picked?.querySelector('input');
    return {
      focused: document.activeElement === input,
      ring: picked && getComputedStyle(picked).outlineStyle,
      native: input && getComputedStyle(input).appearance,
    };
  });
  expect(seen).toEqual({ focused: true, ring: 'solid', native: 'auto' });
});
