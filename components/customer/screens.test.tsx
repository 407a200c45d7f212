import { describe, expect, test } from 'vitest';
import { houseTheme, resolveTheme } from '#lib/branding/index.ts';
import { type Locale, localeNames, locales, translatorFor } from '#lib/i18n/index.ts';
import { Divisions } from './parts.tsx';
import { Problem } from './problem.tsx';
import { renderCustomerPage, renderCustomerPart } from './render.ts';
import { hostileNames, sampleDocument, samples, sampleTheme, sampleTokens } from './samples.tsx';

const cases = samples.flatMap((sample) => locales.map((locale) => [sample.name, locale, sample] as const));

/** Tags as a browser would see them: what stands between `<` and `>`, style sheet left out. */
const tagsOf = (html: string) => html.replace(/<style[^>]*>.*?<\/style>/s, '').match(/<[a-z][^>]*>/g) ?? [];

function expectSound(html: string): void {
  const tags = tagsOf(html);
  expect(html).not.toMatch(/<script/i);
  for (const tag of tags) {
    expect(tag).not.toMatch(/ style=/i);
    expect(tag).not.toMatch(/ on\w+=/i);
    expect(tag).not.toMatch(/=["']?\s*(?:javascript|data|vbscript):/i);
  }
  expect(tags.filter((tag) => tag.startsWith('<h1'))).toHaveLength(1);
  expect(tags.filter((tag) => tag.startsWith('<main'))).toHaveLength(1);
  expect(Buffer.byteLength(html)).toBeLessThanOrEqual(32 * 1024);
}

function expectFormsSound(html: string): void {
  for (const form of html.match(/<form.*?<\/form>/gs) ?? []) {
    expect(form).toMatch(/^<form (?:rel="noopener" )?action="\/[^/"][^"]*" method="post"(?: target="_blank")?>/);
    expect(form.includes('target=')).toBe(form.includes(' rel="noopener"'));
    expect(form.match(/<input type="hidden" name="csrf" value="csrf-value"\/>/g)).toHaveLength(1);
    expect(form.match(/<button type="submit"/g)).toHaveLength(1);
  }
}

describe.each(cases)('%s in %s', (name, locale, sample) => {
  test('is a whole page: one heading, no script, no inline style, forms that post, small', async () => {
    const html = await renderCustomerPage(sampleDocument(sample, { locale, theme: sampleTheme }));

    expect(html).toMatch(new RegExp(`^<!doctype html><html lang="${locale}"><head>`));
    expect(html.match(/<style/g)).toHaveLength(1);
    expect(html).toContain('<style nonce="bm9uY2U=">');
    expect(html).not.toContain('javascript:');
    expect(html).not.toContain(' style=');
    expect(html).not.toMatch(/undefined|\[object|Invalid Date/);
    expectSound(html);
    expectFormsSound(html);
  });

  test.each(hostileNames)('stays whole with the name %#', async (hostile) => {
    const purpose = Object.fromEntries(locales.map((each) => [each, hostile])) as Record<Locale, string>;
    const theme = resolveTheme({ ...sampleTokens, displayName: hostile, purpose });
    const html = await renderCustomerPage(sampleDocument(sample, { locale, theme, name: hostile }));

    expectSound(html);
    expectFormsSound(html);
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    if (html.includes('{{7')) expect(html).toContain('{{7*7}}');
    if (hostile.startsWith('<script>') && !name.startsWith('waiting')) expect(html).toContain('&lt;script&gt;');
  });
});

describe('the document', () => {
  const [welcome] = samples;
  if (!welcome) throw new Error('no samples');

  test('offers the other languages by their own names and marks the current one', async () => {
    const html = await renderCustomerPage(sampleDocument(welcome, { locale: 'nl', theme: sampleTheme }));
    const text = (locale: Locale) =>
      `<i aria-hidden="true">${locale.toUpperCase()}</i><span class="vh">${localeNames[locale]}</span>`;
    for (const other of locales.filter((locale) => locale !== 'nl'))
      expect(html).toContain(
        `<a lang="${other}" hrefLang="${other}" href="?lang=${other}" title="${localeNames[other]}">${text(other)}</a>`,
      );
    expect(html).toContain(`<b lang="nl" aria-current="true">${text('nl')}</b>`);
  });

  test('a purpose the partner did not put in this language is said in our words', async () => {
    const theme = resolveTheme({ ...sampleTokens, purpose: { en: 'Their own words.', nl: 'Hun eigen woorden.' } });
    const said = async (locale: Locale) => renderCustomerPage(sampleDocument(welcome, { locale, theme }));
    expect(await said('nl')).toContain('Hun eigen woorden.');
    const french = await said('fr');
    expect(french).not.toContain('Their own words.');
    expect(french).toContain('</bdi> souhaite travailler avec les données');
  });

  test('says so when Exact Online is simulated, and only then', async () => {
    const simulated = await renderCustomerPage(
      sampleDocument(welcome, { locale: 'en', theme: sampleTheme, demo: true }),
    );
    const real = await renderCustomerPage(sampleDocument(welcome, { locale: 'en', theme: sampleTheme }));
    expect(simulated).toContain('Exact Online is simulated');
    expect(real).not.toContain('simulated');
  });

  test('shows the partner’s own words in the language they are in, marked as theirs, and nothing in their place elsewhere', async () => {
    const own = { beforeWords: { nl: 'Neem <b>uw</b> telefoon mee.' }, doneWords: { nl: 'Morgen ziet u uw cijfers.' } };
    const theme = resolveTheme({ ...sampleTokens, ...own });
    const said = async (name: string, locale: Locale) => {
      const sample = samples.find((candidate) => candidate.name === name) ?? welcome;
      return renderCustomerPage(sampleDocument(sample, { locale, theme }));
    };
    const adds = '<bdi>Vermeer Dashboards</bdi> voegt toe:</p>';
    expect(await said('before', 'nl')).toContain(`${adds}<p><bdi>Neem &lt;b&gt;uw&lt;/b&gt; telefoon mee.</bdi></p>`);
    expect(await said('done', 'nl')).toContain(`${adds}<p><bdi>Morgen ziet u uw cijfers.</bdi></p>`);
    for (const screen of ['before', 'done']) expect(await said(screen, 'de')).not.toContain('class="said"');
  });

  test('a logo for dark screens takes the place of the other there; without one a light tile stays behind it', async () => {
    const [light, dark] = ['/brand/p/light.png', '/brand/p/dark.png'];
    const drawn = (more: object) =>
      renderCustomerPage(
        sampleDocument(welcome, { locale: 'en', theme: resolveTheme({ ...sampleTokens, logoUrl: light, ...more }) }),
      );
    expect(await drawn({ logoDarkUrl: dark })).toContain(
      `<picture><source srcSet="${dark}" media="(prefers-color-scheme:dark)"/><img src="${light}" alt="Vermeer Dashboards" class="both"`,
    );
    expect(await drawn({})).not.toContain('<picture>');
    expect(await drawn({})).toContain('.brand img:not(.both),.tile:has(img:not(.both)){background:#fff');
  });

  test('shows a logo by its name, and fetches nothing else', async () => {
    const theme = resolveTheme({ ...sampleTokens, logoUrl: '/logo.png' });
    const html = await renderCustomerPage(sampleDocument(welcome, { locale: 'en', theme }));
    expect(html).toContain('<img src="/logo.png" alt="Vermeer Dashboards"');
    const fetched = tagsOf(html).filter((tag) =>
      /^<(?:img|link|iframe|object|embed|video|audio|source|base)\b/.test(tag),
    );
    expect(fetched.every((tag) => tag.includes('"/logo.png"'))).toBe(true);
    expect(html).not.toMatch(/url\(|@import/);
  });

  test('an address with an unexpected scheme is shown, not linked', async () => {
    const theme = { ...sampleTheme, privacyUrl: 'javascript:alert(1)' };
    const html = await renderCustomerPage(sampleDocument(welcome, { locale: 'en', theme }));
    expect(html).not.toContain('javascript:');
    expect(html).toContain('<span>Privacy</span>');
  });
});

describe('single screens', () => {
  const page = (name: string, theme = sampleTheme) => {
    const sample = samples.find((candidate) => candidate.name === name);
    if (!sample) throw new Error(`no sample ${name}`);
    return renderCustomerPage(sampleDocument(sample, { locale: 'en', theme }));
  };

  /** A guesser must not learn whether a link ever existed, nor whose it was. */
  test('an unknown link names no partner', async () => {
    const html = await page('problem-link_unknown', houseTheme);
    expect(html).not.toContain('Vermeer');
    expect(html).toContain('This link does not work');
  });

  test('nor does a page whose reader is not known to belong to one, and it says which link to open', async () => {
    const html = await page('problem-other_browser-unnamed');
    expect(html).toContain('Open the link from your message on this device');
    expect(html).not.toMatch(/mailto:|class="btn main"/);
    expect(html.match(/Vermeer/g)).toEqual((await page('problem-link_unknown')).match(/Vermeer/g)); // brand and title alone
  });

  test('a used link shows a stranger no way into the lasting page, and the browser that connected nothing else', async () => {
    expect(await page('where-withdrawn')).toContain('class="btn main">Contact Vermeer Dashboards');
    expect(await page('where-withdrawn')).not.toContain('Go to your own page');
    expect(await page('where-own')).toContain('class="btn main">Go to your own page');
    expect((await page('where-own')).match(/class="btn/g)).toHaveLength(1);
  });

  test('without a way to retry, the partner’s mailbox is the way on, with the code in the subject', async () => {
    const html = await page('problem-link_lapsed');
    expect(html).toContain(
      'href="mailto:support@vermeer-dashboards.example?subject=Connecting%20Exact%20Online%2C%20code%20WX-7F3K2Q"',
    );
  });

  test('no page reloads after a time', async () => {
    for (const { name } of samples) expect(await page(name), name).not.toContain('http-equiv');
  });

  test('hundreds of administrations: a few in sight, some on request, the rest counted', async () => {
    const html = await page('done-many');
    expect(html).toContain('235 more');
    expect(html).toContain('and 175 more, not listed here');
  });

  test('of several administrations the open one comes first and says so; of one it needs no saying', async () => {
    const several = await page('confirm');
    expect(several).toMatch(/Bakkerij Jansen B\.V\.<\/bdi><small>open now<\/small>.*1234001.*Jansen Holding/s);
    expect(several.match(/open now/g)).toHaveLength(1);
    expect(await page('fix-wrong_user')).not.toContain('open now');
    for (const lasting of ['done', 'access-sealed', 'access-registered'])
      expect(await page(lasting)).not.toContain('open now');
    const later = [
      { code: 1, name: 'Closed' },
      { code: 2, name: 'Open', current: true },
    ];
    const list = await renderCustomerPart(<Divisions t={translatorFor('en')} divisions={later} />);
    expect(list).toMatch(/Open<\/bdi><small>open now<\/small>.*Closed/);
  });

  test('what was asked for stands beside what came, where something was asked for', async () => {
    expect(await page('confirm-required')).toMatch(
      /<dt>Asked for<\/dt>.*petra@.*administration 1234001.*Signed in as/s,
    );
    expect(await page('confirm')).not.toContain('Asked for');
  });

  test('what to tick has a picture of the list, and nobody hears it twice', async () => {
    const [picture = ''] =
      /<ul class="ticking" aria-hidden="true">.*?<\/ul>/s.exec(await page('fix-current_missing')) ?? [];
    expect(picture).toMatch(/1234001 Bakkerij Jansen B\.V\..*class="here".*1234003 Jansen Vastgoed B\.V\./s);
  });

  test('an open site is chosen in the form that leaves; a settled one is not asked', async () => {
    expect((await page('before-in-use')).match(/<input type="radio"[^>]* name="site"/g)).toHaveLength(7);
    expect(await page('before')).not.toContain('type="radio"');
  });

  test('a running clock shows what is left, an ended one does not', async () => {
    expect(await page('access-sealed')).toContain('23 days left');
    expect(await page('access-handed_over')).not.toContain('days left');
    expect(await page('access-handed_over')).toContain('Invantive Cloud');
  });

  /** Withdrawing here what is already elsewhere would promise something we cannot do. */
  test('what was handed over is stopped at Exact Online, not here', async () => {
    const html = await page('access-registered');
    expect(html).not.toContain('class="btn grave"');
    expect(html).toContain('<details class="fold" open="">');
    expect(await page('access-sealed')).toContain('class="btn grave"');
  });

  test('connecting again is the main action only when it is needed', async () => {
    expect(await page('access-lapsed')).toContain('class="btn main">Connect again');
    expect(await page('access-sealed')).toContain('class="btn plain">Connect again');
  });

  test('what was asked for and what came in its place stand one above the other', async () => {
    const labels = async (name: string) =>
      [...(await page(name)).matchAll(/<dt>(.*?)<\/dt>/g)].map(([, label]) => label);
    expect(await labels('fix-wrong_user')).toEqual(['Asked for', 'Found', 'Company', 'Ticked administrations']);
    expect(await labels('fix-wrong_company')).toEqual(['Asked for', 'Found', 'Signed in as', 'Ticked administrations']);
    expect((await labels('fix-current_missing')).slice(0, 2)).toEqual(['Signed in as', 'Open in Exact Online']);
    expect(await page('fix-not_verified')).not.toContain('<dl');
  });

  test('once nothing can be checked any more, no steps lead to a check: connecting again is offered instead', async () => {
    for (const fault of ['wrong_company', 'current_missing', 'not_verified']) {
      const html = await page(`fix-${fault}-tooLate`);
      expect(html).toContain('can no longer be checked from here');
      expect(html).toContain('>Connect again</button>');
      expect(html).not.toMatch(/>Check again<|class="count|>Open Exact Online/);
    }
    expect(await page('fix-current_missing')).toMatch(/class="count.*target="_blank".*>Check again<\/button>/s);
  });

  test('every problem has one action at most and a code to mention', async () => {
    const html = await renderCustomerPage(
      <Problem locale="en" theme={sampleTheme} kind="denied" code="K7P-4QX" retry={{ action: '/c', csrf: 'x' }} />,
    );
    expect(html.match(/class="btn/g)).toHaveLength(1);
    expect(html).toContain('<b>K7P-4QX</b>');
  });
});
