import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Locale, locales, messages } from '#lib/i18n/index.ts';
import { invitationMail, newLinkMail, receiptMail, reminderMail } from '#lib/mail/templates/index.ts';
import { browserPage, showUnfolded } from '#lib/testing/browser.ts';
import { renderCustomerPage } from './render.ts';
import { sampleDocument, samples, sampleTheme } from './samples.tsx';

/**
 * Every screen in every language, each word two fifths longer than it is, in a real browser: nothing may leave its place.
 * What a browser measures cannot be read from markup.
 */

type Tree = { readonly [key: string]: string | Tree };

const { longer, lengthened } = vi.hoisted(() => {
  /** A message whose words are 40 % longer. What stands in braces or angle brackets is syntax, but the branches of a plural are text. */
  function longer(message: string): string {
    let depth = 0;
    return message.replace(/[{}]|<[^>]*>|[\p{L}\p{M}’-]+/gu, (part) => {
      if (part === '{') depth += 1;
      else if (part === '}') depth -= 1;
      else if (depth !== 1 && !part.startsWith('<')) return part + part.slice(0, Math.ceil(part.length * 0.4));
      return part;
    });
  }
  const lengthened = (tree: Tree): Tree =>
    Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [key, typeof value === 'string' ? longer(value) : lengthened(value)]),
    );
  return { longer, lengthened };
});

vi.mock('../../lib/i18n/messages/en.ts', async (real) => ({ en: lengthened(((await real()) as { en: Tree }).en) }));
vi.mock('../../lib/i18n/messages/nl.ts', async (real) => ({ nl: lengthened(((await real()) as { nl: Tree }).nl) }));
vi.mock('../../lib/i18n/messages/de.ts', async (real) => ({ de: lengthened(((await real()) as { de: Tree }).de) }));
vi.mock('../../lib/i18n/messages/fr.ts', async (real) => ({ fr: lengthened(((await real()) as { fr: Tree }).fr) }));
vi.mock('../../lib/i18n/messages/es.ts', async (real) => ({ es: lengthened(((await real()) as { es: Tree }).es) }));

const widths = [320, 390, 1280];

let page: Page;
beforeAll(async () => {
  page = await browserPage();
}, 300_000);
afterAll(() => page.context().browser()?.close());

/** What does not fit: elements whose content is wider than they are, buttons whose text is higher, text outside the window. */
function misfits(): string[] {
  const named = (element: Element) =>
    `${element.localName}.${element.className} "${element.textContent?.slice(0, 60)}"`;
  const hidden = (element: Element) => getComputedStyle(element).clipPath !== 'none' || element.closest('.vh') !== null;
  const wide = document.documentElement.scrollWidth > window.innerWidth ? ['the page scrolls sideways'] : [];
  const faults = [...document.body.querySelectorAll('*')].flatMap((element) => {
    const { clientWidth, scrollWidth, clientHeight, scrollHeight } = element;
    if (clientWidth === 0 || element instanceof SVGElement || hidden(element)) return [];
    const box = element.getBoundingClientRect();
    const outside = box.right > window.innerWidth + 0.5 || box.left < -0.5;
    const tight = element.matches('.btn, summary, .langs a, .tile, .step') && scrollHeight > clientHeight + 1;
    return scrollWidth > clientWidth || outside || tight ? [named(element)] : [];
  });
  return [...wide, ...faults];
}

async function expectFitting(html: string, about: string): Promise<void> {
  await showUnfolded(page, html);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(misfits), `${about} at ${width} px`).toEqual([]);
  }
}

test.each(locales)(
  'every screen in %s holds words that are two fifths longer',
  { timeout: 60_000 },
  async (locale: Locale) => {
    for (const sample of samples)
      await expectFitting(
        await renderCustomerPage(sampleDocument(sample, { locale, theme: sampleTheme, demo: true })),
        sample.name,
      );
  },
);

test.each(locales)('the four mails in %s hold them, too', { timeout: 60_000 }, async (locale: Locale) => {
  const about = { locale, theme: sampleTheme, customerName: 'Bakkerij Jansen B.V.' };
  const url = 'https://connect.vermeer.example/connect/wxi_000000000000000000000000_00000000000000000000000000000000';
  const [sealedAt, lapsesAt] = [new Date('2026-02-12T09:41:00Z'), new Date('2026-03-14T09:41:00Z')];
  const asking = { ...about, url, expiresAt: lapsesAt, invitedBy: 'Anneke de Vries' };
  const mails = await Promise.all([
    invitationMail(asking),
    reminderMail({ ...asking, askedAt: sealedAt, stopUrl: `${url}/stop` }),
    newLinkMail(asking),
    receiptMail({ ...about, accessUrl: url, sealedAt, lapsesAt }),
  ]);
  for (const mail of mails) await expectFitting(mail.html, mail.subject);
});

test('messages are lengthened without their syntax', () => {
  expect(longer('<n>{partner}</n> asks')).toBe('<n>{partner}</n> asksas');
  expect(longer('{count, plural, one {# more} other {# more}}')).toBe(
    '{count, plural, one {# moremo} other {# moremo}}',
  );
  expect(messages.de.page.terms).toBe('NutzungsbedingungenNutzungs');
});

test('a page that does not fit is seen', async () => {
  await expect(expectFitting(`<main style="width:300px"><p>${'x'.repeat(400)}</p></main>`, 'x')).rejects.toThrow();
  await expect(
    expectFitting('<a class="btn" style="display:block;height:1rem;width:4rem">Two lines of text</a>', 'x'),
  ).rejects.toThrow();
});
