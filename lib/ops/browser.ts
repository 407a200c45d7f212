import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { StartError } from '../kernel/errors.ts';

const installed = (): boolean =>
  [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', chromium.executablePath()].some(
    (path) => path && existsSync(path),
  );

/** Finds a Chromium, or gets one: Playwright's own, else Debian's package when root. Throws StartError with what to do. */
export function ensureBrowser(say: (line: string) => void): void {
  if (installed()) return;
  say('No Chromium here; getting one (once) …');
  const quiet = { stdio: 'ignore', timeout: 300_000 } as const;
  spawnSync(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', 'chromium'], quiet);
  if (installed()) return;
  if (process.getuid?.() === 0) {
    spawnSync('apt-get', ['update'], quiet);
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
      ...quiet,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (installed()) return;
  }
  throw new StartError(
    'The browser tests need Chromium and none could be installed; install it and point CHROMIUM_PATH at it.',
  );
}
