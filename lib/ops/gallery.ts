import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from '@playwright/test';
import { rolldown } from 'rolldown';
import type { ResolvedTheme } from '../branding/index.ts';
import { StartError } from '../kernel/errors.ts';
import { browserPage, showUnfolded } from '../testing/browser.ts';

/**
 * `npm run gallery`: every screen of a customer's, in two brands, two languages, on a phone and a desktop, as pictures with a
 * contact sheet to look at. Needs no running product; with words after it, only the screens whose names hold one of them.
 */

const folder = 'test-results/gallery';

type Sample = { readonly name: string };
type Screens = {
  samples: readonly Sample[];
  sampleTokens: object;
  sampleDocument(sample: Sample, look: { locale: string; theme: ResolvedTheme; demo: boolean }): unknown;
  renderCustomerPage(document: unknown): Promise<string>;
  resolveTheme(tokens: object): ResolvedTheme;
};

const entry = `export { samples, sampleDocument, sampleTokens } from './components/customer/samples.tsx';
export { renderCustomerPage } from './components/customer/render.ts';
export { resolveTheme } from './lib/branding/index.ts';`;

/** The screens as plain Node can run them: it strips types, and does not read markup. */
async function openScreens(): Promise<Screens> {
  const source = path.resolve('gallery-entry.ts');
  const build = await rolldown({
    input: source,
    platform: 'node',
    external: [/^(?:node:|react|use-intl|zod)/],
    plugins: [
      { name: 'entry', resolveId: (id) => (id === source ? id : null), load: (id) => (id === source ? entry : null) },
    ],
    logLevel: 'silent',
  });
  const file = path.resolve(folder, 'screens.mjs');
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
  return (await import(pathToFileURL(file).href)) as Screens;
}

/** Two brands that have nothing in common: a quiet one by day, and one with a logo and a colour that works on neither ground by night. */
const brands = {
  quiet: { colorScheme: 'light', tokens: {} },
  shrill: {
    colorScheme: 'dark',
    tokens: {
      displayName: 'Ziggurat Cijfers & Zonen B.V.',
      logoUrl: '/logo.svg',
      ...{ accent: '#ffe600', radius: 'round', font: 'serif' },
    },
  },
} as const;
/** Stands for a partner's logo, which lies in the database: a wide one, dark, as most are. */
const logo = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="90"><path fill="#3b2f00" d="M0 90 45 0l45 90zM120 30h300v30H120z"/></svg>',
)}`;

const languages = ['nl', 'de'] as const;
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } } as const;

type Shot = { file: string; about: string };

async function takeAll(page: Page, only: readonly string[]): Promise<Shot[]> {
  const screens = await openScreens();
  const wanted = screens.samples.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)));
  if (wanted.length === 0) throw new StartError('No screen has such a name.');
  const shots: Shot[] = [];
  for (const [brand, { colorScheme, tokens }] of Object.entries(brands)) {
    const theme = screens.resolveTheme({ ...screens.sampleTokens, ...tokens });
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      for (const locale of languages)
        for (const sample of wanted) {
          const file = `${sample.name}.${brand}.${locale}.${size}.png`;
          const html = await screens.renderCustomerPage(screens.sampleDocument(sample, { locale, theme, demo: false }));
          await showUnfolded(page, html.replaceAll('/logo.svg', logo));
          await page.screenshot({ path: path.join(folder, file), fullPage: true });
          shots.push({ file, about: `${sample.name} · ${brand} · ${locale} · ${size}` });
        }
    }
  }
  return shots;
}

/** A page of all pictures side by side, and each brand and size of it as one picture. */
async function makeSheets(page: Page, shots: readonly Shot[]): Promise<void> {
  const figure = ({ file, about }: Shot) =>
    `<figure><a href="${file}"><img src="${file}" loading="eager" alt=""></a><figcaption>${about}</figcaption></figure>`;
  const sheet = (
    some: readonly Shot[],
    wide: number,
  ) => `<!doctype html><meta charset="utf-8"><title>Every screen</title>
<style>body{font:12px system-ui;margin:16px;background:#999}main{display:flex;flex-wrap:wrap;gap:12px;align-items:start}figure{margin:0;width:${wide}px}img{width:100%;display:block}</style>
<main>${some.map(figure).join('')}</main>`;
  writeFileSync(path.join(folder, 'index.html'), sheet(shots, 300));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1800, height: 1000 });
  for (const brand of Object.keys(brands))
    for (const [size, { width }] of Object.entries(sizes)) {
      const name = `sheet.${brand}.${size}`;
      const some = shots.filter(({ file }) => file.includes(`.${brand}.`) && file.endsWith(`.${size}.png`));
      writeFileSync(path.join(folder, `${name}.html`), sheet(some, width > 600 ? 420 : 210));
      await page.goto(pathToFileURL(path.resolve(folder, `${name}.html`)).href);
      await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    }
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const page = await browserPage();
try {
  const shots = await takeAll(page, process.argv.slice(2));
  await makeSheets(page, shots);
  process.stdout.write(`${shots.length} pictures taken; look at ${folder}/index.html\n`);
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await page.context().browser()?.close();
}
