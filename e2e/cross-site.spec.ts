import { globSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { messages } from '../lib/i18n/index.ts';
import { aPartnerOfItsOwn, type Invited, inviteFor, type OwnPartner } from './support/partner.ts';
import { apiOf, atExact, baseUrl, connect } from './support/product.ts';
import { posted } from './support/wire.ts';

/** B-2: every form of the customer's, sent by another site in every way a browser lets it, in the customer's own browser. */

type Fields = Record<string, string>;

const fieldsOf = (fields: Fields) =>
  Object.entries(fields)
    .map(
      ([name, value]) => `<input name="${name}" value="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`,
    )
    .join('');
const sent = (form: string) => `${form}<script>document.forms[0].submit()</script>`;

/** The styles in which another site can make a browser send a form: none of them may have an effect. */
const styles: Record<string, (action: string, fields: Fields) => string> = {
  'a sandboxed frame': (action, fields) =>
    `<iframe sandbox="allow-scripts allow-forms" onload="setTimeout(()=>{document.title='sent'},700)" srcdoc='${sent(`<form method="post" action="${action}">${fieldsOf(fields)}</form>`)}'></iframe>`,
  'a form that posts itself': (action, fields) =>
    sent(`<form method="post" action="${action}">${fieldsOf(fields)}</form>`),
  'a form as plain text': (action, fields) =>
    sent(`<form method="post" enctype="text/plain" action="${action}">${fieldsOf(fields)}</form>`),
  'a form in parts': (action, fields) =>
    sent(`<form method="post" enctype="multipart/form-data" action="${action}">${fieldsOf(fields)}</form>`),
  'a request with cookies': (action, fields) =>
    `<script>fetch(${JSON.stringify(action)},{method:'POST',mode:'no-cors',credentials:'include',headers:{'content-type':'application/x-www-form-urlencoded'},body:${JSON.stringify(new URLSearchParams(fields).toString())}}).finally(()=>{document.title='sent'})</script>`,
};

/** A form where it would count, by somebody who knows everything that stands in it. `leaves` is what it leaves on record. */
type Door = { asked: Invited; of?: OwnPartner; path: string; fields: Fields; leaves: string | null };

let partner: OwnPartner;
let evil: Server;
let shown = '';
const evilUrl = () => `http://127.0.0.1:${(evil.address() as AddressInfo).port}/`;
test.beforeAll(async ({ browser }) => {
  partner = await aPartnerOfItsOwn(browser, 'Cross Site', '#1f5fd0');
  evil = createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end(shown));
  await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening));
});
test.afterAll(() => void evil.close());

const first = (page: Page) => page.getByRole('main').getByRole('button').first();
const pathOf = ({ url }: Invited) => new URL(url).pathname;
const invite = (page: Page, customer: { name: string; [more: string]: unknown }, more: object = {}) =>
  inviteFor(page.request, partner, customer, more);

/** What the form on the page that is open carries, or any form of it: they share the token of their link. */
const carried = (page: Page, action = '/connect/'): Promise<Fields> =>
  page
    .locator(`form[action*="${action}"]:has([name=csrf])`)
    .first()
    .evaluate((form: HTMLFormElement) =>
      Object.fromEntries([...new FormData(form)].map(([name, said]) => [name, `${said}`])),
    );

async function anOpenLink(page: Page, rest: string, leaves: string | null): Promise<Door> {
  const asked = await invite(page, { name: `Cross-site ${rest}` });
  await page.goto(asked.url);
  return { asked, path: `${pathOf(asked)}${rest}`, fields: await carried(page), leaves };
}

/** Somebody back from Exact who is asked whether that was right; their browser is this one. */
async function aQuestion(page: Page, rest: string, leaves: string | null): Promise<Door> {
  const asked = await invite(page, { name: `Cross-site ${rest}` });
  await page.goto(asked.url);
  await first(page).click();
  await page.waitForURL(/\/go/);
  await first(page).click();
  await atExact(page, /Lotte Peeters/);
  return { asked, path: `${pathOf(asked)}${rest}`, fields: await carried(page, '/confirm'), leaves };
}

/** Somebody who connected, at their lasting page. */
async function aLastingPage(page: Page, rest: string, leaves: string | null): Promise<Door> {
  const asked = await invite(page, { name: `Cross-site ${rest}` });
  await connect(page, asked.url, /Kees Bakker/);
  const link = (await page.getByRole('main').locator('a[href*="/connect/wxa_"]').first().getAttribute('href')) ?? '';
  await page.goto(link);
  return { asked, path: `${link.split('?')[0]}${rest}`, fields: await carried(page), leaves };
}

/** A row for each route that takes a form: one without is refused below. */
const doors: Record<string, (page: Page, browser: Browser) => Promise<Door>> = {
  'app/connect/[token]/route.tsx': (page) => anOpenLink(page, '', 'invitation.opened'),
  'app/connect/[token]/go/route.tsx': (page) => anOpenLink(page, '/go', 'authorization_request.created'),
  'app/connect/[token]/decline/route.ts': (page) => anOpenLink(page, '/decline', 'invitation.finished'),
  'app/connect/[token]/confirm/route.ts': (page) => aQuestion(page, '/confirm', 'grant.confirmed'),
  'app/connect/[token]/doubt/route.ts': (page) => aQuestion(page, '/doubt', 'grant.parked'),
  'app/connect/[token]/check/route.ts': (page) => aQuestion(page, '/check', null),
  'app/connect/[token]/keep/route.ts': async (page) => {
    const customer = { name: 'Cross-site /keep', external_id: 'keeps' };
    await connect(page, (await invite(page, customer)).url, /Tom Claes/);
    const asked = await invite(page, customer);
    await page.goto(`${asked.url}/go`);
    return {
      asked,
      path: `${pathOf(asked)}/keep`,
      fields: await carried(page, '/keep'),
      leaves: 'invitation.finished',
    };
  },
  'app/connect/[token]/link/route.tsx': async (page) => {
    const customer = { name: 'Cross-site /link', email: 'link@cross-site.example' };
    const asked = await invite(page, customer, { channel: 'mail', expires_in: 60 });
    await apiOf(page.request, partner).post('/sandbox/advance', { seconds: 120 });
    await page.goto(asked.url);
    return { asked, path: `${pathOf(asked)}/link`, fields: await carried(page, '/link'), leaves: 'invitation.created' };
  },
  'app/connect/[token]/stop/route.tsx': async (page) => {
    const asked = await invite(
      page,
      { name: 'Cross-site /stop', email: 'stop@cross-site.example' },
      { channel: 'mail' },
    );
    await page.goto(`${asked.url}/stop`);
    const fields = await carried(page, '/stop');
    return { asked, path: `${pathOf(asked)}/stop`, fields, leaves: 'invitation.reminders_stopped' };
  },
  'app/connect/[token]/paste/route.tsx': async (page, browser) => {
    const redirectUri = 'https://vendor.localhost:3979/exact/return.aspx'; // nobody listens there
    const of = await aPartnerOfItsOwn(browser, 'Cross Site Elsewhere', '#1f5fd0', redirectUri);
    const asked = await inviteFor(page.request, of, { name: 'Cross-site /paste' });
    await page.goto(asked.url);
    await first(page).click();
    await page.waitForURL(/\/go/);
    const opened = page.context().waitForEvent('page');
    await first(page).click();
    const tab = await opened;
    await tab.getByRole('radio', { name: /Lotte Peeters/ }).check();
    await tab.getByRole('button', { name: 'Sign in' }).click();
    const landed = tab.waitForEvent('requestfailed', (request) => request.url().startsWith(redirectUri));
    await tab.getByRole('button', { name: 'Allow' }).click();
    const address = (await landed).url();
    await page.goto(`${asked.url}/paste`);
    const fields = { ...(await carried(page, '/paste')), address };
    return { asked, of, path: `${pathOf(asked)}/paste`, fields, leaves: 'grant.sealed' };
  },
  'app/connect/[token]/again/route.ts': (page) => aLastingPage(page, '/again', 'invitation.created'),
  'app/connect/[token]/withdraw/confirm/route.tsx': (page) => aLastingPage(page, '/withdraw/confirm', null),
  'app/connect/[token]/withdraw/route.tsx': (page) => aLastingPage(page, '/withdraw', 'security.consent_withdrawn'),
};

/** These take what anybody sends, and nothing comes of it: reports are one line of the log, a callback by form is refused. */
const open = ['app/browser-reports/route.ts', 'app/oauth/[provider]/[registration]/callback/route.ts'];

test('no route of the customer’s that takes a form is left out', () => {
  const routes = globSync('app/{connect,oauth,embed,browser-reports}/**/route.{ts,tsx}');
  const taking = routes.filter((file) => /\b(?:POST|PUT|PATCH|DELETE)\b/.test(readFileSync(file, 'utf8')));
  expect(taking.length).toBeGreaterThan(10);
  expect([...Object.keys(doors), ...open].sort()).toEqual(taking.sort());
});

const actionsOf = async (page: Page, { asked, of = partner }: Door): Promise<string[]> => {
  const answer = await apiOf(page.request, of).get(`/connections/${asked.connection_id}/timeline`);
  return ((await answer.json()) as { items: { action: string }[] }).items.map(({ action }) => action);
};

const cookiesOf = async (page: Page) =>
  (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');

for (const [route, aDoor] of Object.entries(doors)) {
  test(`another site cannot send ${route.replace(/^app|\/route\.tsx?$/g, '')}`, async ({ page, browser }) => {
    const door = await aDoor(page, browser);
    expect(door.fields['csrf']).toMatch(/./);
    const before = await actionsOf(page, door);
    for (const [style, html] of Object.entries(styles)) {
      await test.step(style, async () => {
        shown = html(`${baseUrl}${door.path}`, door.fields);
        await page.goto(evilUrl(), { waitUntil: 'commit' });
        // A form takes the browser along to our page that refuses it; the others stay and say when they have been answered.
        await expect
          .poll(async () => page.url().startsWith(baseUrl) || (await page.title().catch(() => '')) === 'sent')
          .toBe(true);
        if (page.url().startsWith(baseUrl))
          await expect(page.getByRole('heading', { level: 1 })).toHaveText(messages.en.problem.page_stale.heading);
      });
    }
    expect(await actionsOf(page, door)).toEqual(before);

    // It was the site that was wrong: from our own page the very same form counts.
    const answer = await posted(door.path, door.fields, { cookie: await cookiesOf(page) });
    expect([200, 303]).toContain(answer.status);
    const since = (await actionsOf(page, door)).slice(before.length);
    if (door.leaves) expect(since).toContain(door.leaves);
  });
}
