import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

const candidates = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const executablePath = candidates.find((path) => path && existsSync(path));
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: 'e2e',
  timeout: 60_000,
  workers: 1, // the tests share a demo whose clock they push
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: process.env['WAXSEAL_URL'] ?? 'http://localhost:3000',
    trace: 'off',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    },
  },
});
