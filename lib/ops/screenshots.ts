import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { StartError } from '../kernel/errors.ts';
import { ensureBrowser } from './browser.ts';

/** `npm run screenshots`: the README's pictures, taken from the running demo. */

const folder = 'public/screenshots';
const args = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];

type Demo = { baseUrl: string; apiKey: string; memberEmail: string; clientRegistrationId: string };

function readDemo(): Demo {
  const file = path.resolve(process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal', 'demo.json');
  if (!existsSync(file))
    throw new StartError('No running demo was found here; run "npm start" first, in another terminal.');
  return JSON.parse(readFileSync(file, 'utf8')) as Demo;
}

async function invitationLink(demo: Demo): Promise<string> {
  const answer = await fetch(`${demo.baseUrl}/api/v1/invitations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demo.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      customer: { name: 'Bakkerij De Korenaar', external_id: 'K-1001', locale: 'en' },
      client_registration_id: demo.clientRegistrationId,
      expires_in: 60,
    }),
  });
  return ((await answer.json()) as { url: string }).url;
}

async function signIn(page: Page, demo: Demo): Promise<void> {
  await page.goto(`${demo.baseUrl}/sign-in`);
  await page.getByLabel('Work e-mail address').fill(demo.memberEmail);
  await page.getByRole('button', { name: 'Mail me a sign-in link' }).click();
  await page.waitForURL(/\/sent$/);
  await page.goto(`${demo.baseUrl}/demo/mailbox`);
  const link = await page.locator('a[href*="/sign-in/confirm"]').first().getAttribute('href');
  await page.goto(link ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/console$/);
}

async function take(): Promise<void> {
  const demo = readDemo();
  await fetch(demo.baseUrl).catch(() => {
    throw new StartError(`The demo at ${demo.baseUrl} does not answer; run "npm start" first, in another terminal.`);
  });
  ensureBrowser((line) => process.stdout.write(`${line}\n`));
  mkdirSync(folder, { recursive: true });
  const executablePath = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (file) => file && existsSync(file),
  );
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  try {
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
    await phone.goto(await invitationLink(demo));
    await phone.screenshot({ path: `${folder}/connect.png`, fullPage: true });
    const desk = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await signIn(desk, demo);
    await desk.screenshot({ path: `${folder}/console.png` });
  } finally {
    await browser.close();
  }
  process.stdout.write(`Taken: ${folder}/connect.png, ${folder}/console.png\n`);
}

try {
  await take();
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
