import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { apiOf, demo, signIn } from './support/product.ts';
import { wired } from './support/wire.ts';

/** What becomes of what a browser refuses (B-2), and of requests that no browser sends (B-9). */

const logFile = process.env['WAXSEAL_LOG_FILE'] ?? '';

/** The lines of the log on what browsers refused. */
const lines = () =>
  readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('a browser refused'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The reports that leave the page, and how each was answered. */
function reportsOf(page: Page): { answers: number[] } {
  const heard = { answers: [] as number[] };
  page.context().on('response', (answer) => {
    if (new URL(answer.url()).pathname === '/browser-reports') heard.answers.push(answer.status());
  });
  return heard;
}

async function invited(page: Page): Promise<string> {
  const asked = { customer: { name: 'Reports', locale: 'en' }, client_registration_id: demo().clientRegistrationId };
  return ((await (await apiOf(page.request, demo()).post('/invitations', asked)).json()) as { url: string }).url;
}

const addScript = (page: Page) =>
  page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "ran"';
    document.body.append(script);
  });
const addPicture = (page: Page, src: string) =>
  page.evaluate((address) => {
    const picture = document.createElement('img');
    picture.src = address;
    document.body.append(picture);
  }, src);

/** A violation, and the one line that it adds. */
async function lineAfter(page: Page, violate: () => Promise<unknown>): Promise<Record<string, unknown> | undefined> {
  const [before, heard] = [lines().length, reportsOf(page)];
  await violate();
  await expect.poll(() => lines().length, { timeout: 15_000 }).toBe(before + 1);
  await page.waitForTimeout(500); // a second one would have come by now
  expect(lines()).toHaveLength(before + 1);
  expect(heard.answers.every((status) => status === 204)).toBe(true);
  return lines().at(-1);
}

test.describe('what a page’s policy refuses', () => {
  test.skip(logFile === '', 'the log of this product is not known here; npm test names it');

  test('on a customer’s page is one line of closed words, without the link or the address', async ({ page }) => {
    const url = await invited(page);
    await page.goto(`${url}?lang=en`);
    const token = new URL(url).pathname.split('/')[2] ?? '';
    const said = { msg: 'a browser refused what a policy of ours does not allow', page: 'connect' };

    const script = await lineAfter(page, () => addScript(page));
    expect(script).toMatchObject({ ...said, directive: 'script-src-elem', refused: 'inline' });
    expect(await page.title()).not.toBe('ran');
    const picture = await lineAfter(page, () => addPicture(page, 'https://elsewhere.example/wxr_canary?code=canary'));
    expect(picture).toMatchObject({ ...said, directive: 'img-src', refused: 'other-origin' });
    const data = await lineAfter(page, () => addPicture(page, 'data:image/gif;base64,R0lGODlhAQABAAAAACw='));
    expect(data).toMatchObject({ ...said, directive: 'img-src', refused: 'data' });

    expect(Object.keys(picture ?? {}).sort()).toEqual(['directive', 'level', 'msg', 'page', 'refused', 'time']);
    expect(token).toMatch(/^wxi_/);
    for (const secret of [token, 'canary', 'elsewhere']) expect(readFileSync(logFile, 'utf8')).not.toContain(secret);
  });

  test('on a page of the console is one, too', async ({ page }) => {
    await signIn(page, demo().memberEmail);
    const line = await lineAfter(page, () => addPicture(page, 'https://elsewhere.example/x.png'));
    expect(line).toMatchObject({ directive: 'img-src', refused: 'other-origin', page: 'console' });
  });
});

test('every kind of page names where to report', async () => {
  const pages = [
    '/',
    '/connect/wxi_nope',
    '/oauth/ended?kind=link_unknown',
    '/sign-in',
    '/console', // a redirect, with a page for who cannot follow it
    '/docs',
    '/nowhere',
    '/no.where',
  ];
  for (const path of pages) {
    const { headers, body } = await wired(path);
    expect(headers['content-type'], path).toContain('text/html');
    expect(body, path).toContain('<html');
    expect(headers['content-security-policy'], path).toMatch(/; report-uri \/browser-reports(?:;|$)/);
  }
  for (const path of ['/healthz', '/api/v1/openapi.json', '/embed/v1.js'])
    expect((await wired(path)).headers['content-security-policy'], path).not.toContain('report-uri');
});

test('an odd request is refused before anything of ours or the framework’s sees it', async () => {
  const places = [
    '/',
    '/connect/wxi_nope',
    '/oauth/a/b/callback',
    '/console',
    '/docs',
    '/api/v1/connections',
    '/healthz',
  ];
  const odd: [string, string, number][] = [
    ...places.flatMap((path): [string, string, number][] => [
      ['TRACE', path, 405],
      ['PROPFIND', path, 405],
      ['GET', `${path.replace(/\/$/, '')}/%zz`, 400],
      ['POST', `${path.replace(/\/$/, '')}/%ff?code=canary`, 400],
    ]),
    ['GET', '/_next/static/%zz', 400],
    ['GET', '/brand/%zz/x', 400],
    ['PUT', '/', 405],
    ['DELETE', '/console', 405],
  ];
  for (const [method, path, status] of odd) {
    const answer = await wired(path, { method });
    expect([answer.status, answer.body], `${method} ${path}`).toEqual([status, '']);
    expect(answer.headers, `${method} ${path}`).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(answer.headers.allow).toBe(status === 405 ? 'GET, HEAD, POST, OPTIONS' : undefined);
  }
});
