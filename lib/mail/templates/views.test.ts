import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveTheme, ThemeTokens } from '#lib/branding/index.ts';
import { type Locale, locales } from '#lib/i18n/index.ts';
import { browserPage } from '#lib/testing/browser.ts';
import {
  expiringMail,
  invitationMail,
  type Mail,
  newLinkMail,
  receiptMail,
  reminderMail,
  signInMail,
} from './index.ts';

/** How mails look where people read them: narrow and wide, light and dark, without pictures and without a style sheet. */

let browser: Browser | null;
let page: Page;
beforeAll(async () => {
  browser = (await browserPage()).context().browser();
  page = (await (await browser?.newContext())?.newPage()) as Page;
}, 300_000);
afterAll(() => browser?.close());

const url =
  'https://connect.vermeer.example/connect/wxi_000000000000000000000000_00000000000000000000000000000000?lang=nl';
const at = new Date('2026-02-12T09:41:00Z');
const until = new Date('2026-03-14T09:41:00Z');
/** One colour that needs no correction, one that is unreadable as text on white, one on black. */
const themes = (
  [
    ['#1f5fd0', 'soft', 'system'],
    ['#ffe14d', 'round', 'serif'],
    ['#101820', 'square', 'rounded'],
  ] as const
).map(([accent, radius, font]) =>
  resolveTheme(
    ThemeTokens.parse({
      ...{ displayName: 'Vermeer Dashboards & Zonen', accent, radius, font, logoUrl: null },
      purpose: { en: 'A weekly overview of cash and margin.', nl: 'Elke week een overzicht van kas en marge.' },
      ...{ supportEmail: 'support@vermeer-dashboards.example', supportUrl: null, privacyUrl: null, termsUrl: null },
    }),
  ),
);

function mailsOf(locale: Locale, theme = themes[0]): Promise<Mail>[] {
  if (!theme) throw new Error('no theme');
  const about = { locale, theme, customerName: 'Administratiekantoor Bakkerij De Korenaar en Zonen B.V.' };
  const asking = { ...about, url, expiresAt: until, invitedBy: 'Anneke de Vries-van den Berg' };
  return [
    invitationMail(asking),
    reminderMail({ ...asking, askedAt: at, stopUrl: url }),
    newLinkMail(asking),
    receiptMail({ ...about, accessUrl: url, sealedAt: at, lapsesAt: until }),
  ];
}

const row = { customer: 'Administratiekantoor Bakkerij De Korenaar en Zonen B.V.', parked: true, lapsesAt: until };
const membersMails = (): Promise<Mail>[] => [
  signInMail({ url, minutes: 10 }),
  expiringMail({ partner: 'Vermeer', sandbox: true, at, rows: [row, row], total: 23, url }),
];

const widths = [280, 320, 600];

async function show(html: string, width: number, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 800 });
  await page.setContent(html);
}

/** What of a mail is not all in view when it is scrolled down. */
const cutOff = () =>
  page.evaluate(() => {
    const wide = [...document.body.querySelectorAll('*')].filter((element) => {
      const { right, left, width } = element.getBoundingClientRect();
      return width > 0 && (right > innerWidth + 0.5 || left < -0.5);
    });
    const scrolls = document.documentElement.scrollWidth > innerWidth ? ['the mail scrolls sideways'] : [];
    return [...scrolls, ...wide.map((element) => `${element.localName} "${element.textContent?.slice(0, 40)}"`)];
  });

const unreadable = async (): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .withRules(['color-contrast', 'link-in-text-block'])
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
};

const schemes = ['light', 'dark'] as const;

async function expectReadable(
  html: string,
  about: string,
  views: readonly ('light' | 'dark')[] = schemes,
): Promise<void> {
  for (const scheme of views)
    for (const width of widths) {
      await show(html, width, scheme);
      expect(await cutOff(), `${about}, ${scheme}, ${width} px`).toEqual([]);
      if (width === 320) expect(await unreadable(), `${about}, ${scheme}`).toEqual([]);
    }
}

/** The colours in which a page of the mail is shown. */
const background = () =>
  page.evaluate(() => {
    const cell = document.querySelector('.page td');
    return cell && getComputedStyle(cell).backgroundColor;
  });

const withoutStyles = (html: string) => html.replace(/<style.*?<\/style>/s, '');

test.each(locales)('every mail in %s is whole and readable, light and dark', { timeout: 120_000 }, async (locale) => {
  for (const mail of await Promise.all(mailsOf(locale))) {
    expect(Buffer.byteLength(mail.html)).toBeLessThan(60_000);
    await expectReadable(mail.html, mail.subject);
    await expectReadable(withoutStyles(mail.html), `${mail.subject}, no style sheet`, ['dark']);
  }
});

describe.each(themes)('in the colour $accent', (theme) => {
  test('every mail is whole and readable, light and dark', { timeout: 120_000 }, async () => {
    for (const mail of await Promise.all(mailsOf('de', theme))) await expectReadable(mail.html, mail.subject);
  });
});

test('what members get is, too', { timeout: 60_000 }, async () => {
  for (const mail of await Promise.all(membersMails())) await expectReadable(mail.html, mail.subject);
});

test('the dark view is dark, and without its rules everything stays in the colours that stand on the elements', async () => {
  const [first] = await Promise.all(mailsOf('en'));
  await show(first?.html ?? '', 320, 'dark');
  const dark = await background();
  await show(first?.html ?? '', 320, 'light');
  const light = await background();
  expect(dark).not.toBe(light);
  await show(withoutStyles(first?.html ?? ''), 320, 'dark');
  expect(await background()).toBe(light);
});

test('without pictures a logo is the partner’s name', async () => {
  const [theme] = themes;
  if (!theme) throw new Error('no theme');
  const logo = { cid: 'logo', contentType: 'image/png', bytes: new Uint8Array() };
  const mail = await receiptMail({
    ...{ locale: 'en', theme, logo, customerName: 'x', accessUrl: url, sealedAt: at, lapsesAt: until },
  });
  await show(mail.html, 320, 'dark');
  expect(await page.getByRole('img', { name: theme.displayName }).count()).toBe(1);
  expect(await cutOff()).toEqual([]);
});

test('a mail that is too wide or too pale is seen', async () => {
  await expect(expectReadable(`<p style="width:700px">${'x'.repeat(300)}</p>`, 'x')).rejects.toThrow();
  await expect(expectReadable('<p style="color:#999;background:#fff">Pale</p>', 'x')).rejects.toThrow();
});
