import { existsSync } from 'node:fs';
import { chromium, type Page } from '@playwright/test';
import { ensureBrowser } from '../ops/browser.ts';

/** A page of a real browser, for what cannot be read from markup. Closing its browser is the caller's: `page.context().browser()`. */
export async function browserPage(): Promise<Page> {
  ensureBrowser(() => undefined);
  const executablePath = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (path) => path && existsSync(path),
  );
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ['--disable-gpu', '--disable-quic', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  return browser.newPage();
}

/** Shows a page of ours as it is without the reload that would come while it is being measured, and with what is folded open. */
export async function showUnfolded(page: Page, html: string): Promise<void> {
  await page.setContent(html.replace(/<meta http-equiv="refresh"[^>]*>/, ''));
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });
}
