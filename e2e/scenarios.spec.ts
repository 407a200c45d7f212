import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, devices, expect, type Page, test } from '@playwright/test';
import { messages } from '../lib/i18n/index.ts';
import { consentByRobot } from '../lib/simulator/testing/consent-robot.ts';
import {
  aPartnerOfItsOwn,
  appBecomes,
  type Invited,
  inviteFor,
  type OwnPartner,
  tellExact,
} from './support/partner.ts';
import { apiOf, connect, sayYes, signIn, simulatorUrl } from './support/product.ts';

/** The script of peers-connect-ux §10: each title carries its number there. Each customer has a browser of their own. */

const day = 86_400;
let partner: OwnPartner;
test.beforeAll(async ({ browser }) => {
  partner = await aPartnerOfItsOwn(browser, 'Ziggurat Cijfers', '#ffe600'); // a colour that works on neither ground
});

const { problem } = messages.en;
const words = (text: string) => text.replace(/<\/?[nb]>/g, '').replace('{partner}', partner.name);
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const expectHeading = (page: Page, text: string) => expect(heading(page)).toHaveText(words(text));
const first = (page: Page) => page.getByRole('main').getByRole('button').first();

async function aCustomer(browser: Browser, name: string, how: BrowserContextOptions = {}, locale = 'en') {
  const page = await (await browser.newContext(how)).newPage();
  const asked = await inviteFor(page.request, partner, { name, locale });
  return { page, asked };
}

async function standing(page: Page, { connection_id }: Invited) {
  const answer = await apiOf(page.request, partner).get(`/connections/${connection_id}`);
  return (await answer.json()) as { status: string; grant: { custody: string; id: string } | null };
}

/** As far as the provider's first page; where that is. */
async function leave(page: Page, asked: Invited): Promise<string> {
  await page.goto(asked.url);
  await first(page).click();
  await page.waitForURL(/\/go/);
  await first(page).click();
  await page.waitForURL(/\/api\/oauth2\/auth/);
  return page.url();
}

/** On the lasting page, with the second look. */
async function withdraw(page: Page, lasting: string): Promise<void> {
  await page.goto(lasting);
  await page.getByRole('button', { name: messages.en.access.withdrawButton }).click();
  await page.getByRole('button', { name: messages.en.withdraw.yes }).click();
  await expectHeading(page, messages.en.withdraw.doneHeading);
}

const lastingOf = async (page: Page) =>
  (await page.locator('main a[href*="/connect/wxa_"]').first().getAttribute('href')) ?? '';

/** Every failure: what happened, one thing to do, who else can help, a code to quote, and no word of the provider (§8). */
type Failure = { [K in keyof typeof problem]: (typeof problem)[K] extends string ? never : K }[keyof typeof problem];

async function expectFailure(page: Page, kind: Failure) {
  await expectHeading(page, problem[kind].heading);
  const main = page.getByRole('main');
  await expect(main.getByText(words(problem[kind].what))).toBeVisible();
  await expect(main.locator('.btn.main')).toHaveCount(1);
  await expect(main.getByText(/WX-[0-9A-Z]{6}/)).toBeVisible();
  expect(await main.innerText()).not.toMatch(/invalid_|unauthorized_|access_denied|oauth|token|simulat/i);
}

test('1 · the happy path in Dutch, in one tab', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Bakkerij Recht Vooruit', {}, 'nl');
  await connect(page, asked.url, /Kees Bakker/);
  await expect(heading(page)).toHaveText(messages.nl.done.heading);
  expect(page.context().pages()).toHaveLength(1);
  expect(await standing(page, asked)).toMatchObject({ status: 'sealed', grant: { custody: 'sealed' } });
  expect(page.url()).not.toMatch(/code=|state=/);
});

test('6 · in a web-view: a phone that opens no window', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'In een app', {
    ...devices['iPhone 14'],
    userAgent: `${devices['iPhone 14']?.userAgent} Instagram 300.0`,
  });
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await connect(page, asked.url, /Lotte Peeters/);
  expect(page.context().pages()).toHaveLength(1);
  expect((await standing(page, asked)).status).toBe('sealed');
});

test('7 · with script switched off', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'No Script', { javaScriptEnabled: false });
  await connect(page, asked.url, /Tom Claes/);
  await expectHeading(page, messages.en.done.heading);
  expect((await standing(page, asked)).status).toBe('sealed');
});

test('8 · declined, and the second try succeeds', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Second Thoughts');
  await connect(page, asked.url, /Amina El Amrani/, 'Deny');
  await expectFailure(page, 'denied');
  expect((await standing(page, asked)).grant).toBeNull();
  await first(page).click();
  await goOnFromRetry(page);
  await expectHeading(page, messages.en.done.heading);
});

/** After *Start again*, whichever of our pages that leads to. */
async function goOnFromRetry(page: Page): Promise<void> {
  for (let pages = 0; pages < 2 && !/\/api\/oauth2\/auth/.test(page.url()); pages += 1) {
    const before = page.url();
    await first(page).click();
    await page.waitForURL((url) => url.href !== before);
  }
  const allow = page.getByRole('button', { name: 'Allow' });
  if ((await allow.count()) === 0) await page.getByRole('button', { name: 'Sign in' }).click();
  await allow.click();
  await page.waitForURL(/\/result\?/);
  await sayYes(page);
}

test('10 · a code older than three minutes: start again, nothing lost', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Four Minutes');
  await tellExact(partner, 'personas', { persona: 'takes_four_minutes' });
  await connect(page, asked.url, /Kees Bakker/);
  await expectFailure(page, 'code_too_old');
  await first(page).click();
  await goOnFromRetry(page);
  await expectHeading(page, messages.en.done.heading);
  expect((await standing(page, asked)).status).toBe('sealed');
});

test('11 · the result reloaded and the callback replayed say the same, and ask for nothing again', async ({
  browser,
}) => {
  const { page, asked } = await aCustomer(browser, 'Reload');
  const callback = page.waitForRequest((request) => request.url().includes('/callback?'));
  await connect(page, asked.url, /Sanne de Vries/);
  const address = (await callback).url();
  const exchanges = async () => {
    const { requests } = (await (
      await fetch(`${simulatorUrl}/__control/requests?client_id=${partner.clientId}`)
    ).json()) as { requests: { path: string }[] };
    return requests.filter(({ path }) => path.endsWith('/token')).length;
  };
  const [before, said] = [await exchanges(), await page.getByRole('main').innerText()];
  await page.reload();
  expect(await page.getByRole('main').innerText()).toBe(said);
  await page.goto(address);
  expect(await page.getByRole('main').innerText()).toBe(said);
  expect(page.url()).not.toContain('code=');
  expect(await exchanges()).toBe(before);
});

test('12 · back from Done, as far as it goes: no error, nothing is undone, and after a withdrawal it no longer says so', async ({
  browser,
}) => {
  const { page, asked } = await aCustomer(browser, 'Back Button');
  await connect(page, asked.url, /Daan Mulder/);
  const sealed = await standing(page, asked);
  const [done, lasting] = [page.url(), await lastingOf(page)];
  const seen: number[] = [];
  page.on('response', (answer) => answer.request().isNavigationRequest() && seen.push(answer.status()));
  for (let steps = 0; steps < 5; steps += 1) {
    const moved = await page.goBack({ timeout: 5000 }).catch(() => null);
    if (page.url() === 'about:blank') break;
    if (moved === null && !page.url().includes('/connect/')) continue;
  }
  expect(seen.filter((status) => status >= 500)).toEqual([]);
  await page.goto(asked.url);
  await expectHeading(page, messages.en.done.heading);
  expect(await standing(page, asked)).toEqual(sealed);
  await withdraw(page, lasting);
  for (const address of [done, asked.url]) {
    await page.goto(address);
    await expectHeading(page, messages.en.access.withdrawn);
    await expect(page.getByRole('link', { name: messages.en.now.ownPage })).toHaveAttribute('href', /\/connect\/wxa_/);
  }
});

test('13 · the way back in another browser is refused; the one that left may still come', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Other Browser');
  const callback = await consentByRobot({ authorizeUrl: await leave(page, asked), user: 'k.bakker' });
  const { page: other } = await aCustomer(browser, 'Stranger');
  expect((await other.goto(callback))?.status()).toBe(403);
  await expectHeading(other, problem.other_browser.heading);
  await expect(other.getByText(/WX-[0-9A-Z]{6}/)).toBeVisible();
  expect((await standing(page, asked)).grant).toBeNull();
  await page.goto(callback);
  await expectHeading(page, messages.en.confirm.heading);
});

test('14 · forged states lead nowhere, with nobody’s brand, and spend nothing', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Forged');
  const real = new URL(await leave(page, asked)).searchParams.get('state') ?? '';
  const callback = new URL(await consentByRobot({ authorizeUrl: page.url(), user: 's.devries' }));
  const code = callback.searchParams.get('code') ?? '';
  const forged = [
    '',
    'x',
    real.slice(0, -1),
    `${real.slice(0, -1)}${real.endsWith('a') ? 'b' : 'a'}`,
    real.toUpperCase(),
  ];
  for (const state of forged) {
    await page.goto(`${callback.origin}${callback.pathname}?${new URLSearchParams({ state, code })}`);
    await expectHeading(page, problem.link_unknown.heading);
    expect(await page.content()).not.toContain(partner.name);
  }
  await page.goto(`${callback.href}&state=again`);
  await expectHeading(page, problem.link_unknown.heading);
  expect((await standing(page, asked)).grant).toBeNull();
  await page.goto(callback.href);
  expect((await standing(page, asked)).status).toBe('sealed');
});

// 15 comes with parallel tabs.

test('16 · a link that has expired', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  const asked = await inviteFor(page.request, partner, { name: 'Too Late' }, { expires_in: 60 });
  await apiOf(page.request, partner).post('/sandbox/advance', { seconds: 61 });
  expect((await page.goto(asked.url))?.status()).toBe(410);
  await expectHeading(page, problem.link_lapsed.heading);
  await expect(page.getByText(/WX-[0-9A-Z]{6}/)).toBeVisible();
});

test('17 · a link that was used shows what came of it, and later what became of that, without whose it is', async ({
  browser,
}) => {
  const { page, asked } = await aCustomer(browser, 'Used');
  await connect(page, asked.url, /Kees Bakker/);
  const { page: other } = await aCustomer(browser, 'Passer-by');
  expect((await other.goto(asked.url))?.status()).toBe(200);
  await expectHeading(other, messages.en.done.heading);
  expect(await other.getByRole('main').innerText()).not.toMatch(/Kees|Bakker/);
  await withdraw(page, await lastingOf(page));
  expect((await other.goto(asked.url))?.status()).toBe(200);
  await expectHeading(other, messages.en.access.withdrawn);
  const said = await other.getByRole('main').innerText();
  expect(said).not.toMatch(/Kees|Bakker|can finish the set-up/);
  expect(await other.content()).not.toContain('/connect/wxa_');
});

test('18 · a link that was withdrawn', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Withdrawn');
  const member = await (await browser.newContext()).newPage();
  await signIn(member, partner.memberEmail);
  await member.goto(`/console/connections/${asked.connection_id}`);
  await member.getByText('Withdraw this invitation').click();
  await member.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await expect(member.getByText('Withdrawn', { exact: true }).first()).toBeVisible();
  expect((await page.goto(asked.url))?.status()).toBe(410);
  await expectHeading(page, problem.link_withdrawn.heading);
  expect((await standing(page, asked)).grant).toBeNull();
});

test('28 · the client secret is wrong: the customer is kindly told, and the partner why', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Wrong Secret');
  await appBecomes(partner, { client_secret: 'another-secret' });
  try {
    await connect(page, asked.url, /Kees Bakker/);
    await expectFailure(page, 'app_not_ready');
    expect((await standing(page, asked)).status).toBe('blocked');
  } finally {
    await appBecomes(partner);
  }
  await connect(page, asked.url, /Kees Bakker/);
  expect((await standing(page, asked)).status).toBe('sealed');
});

test('29 · the redirect URL differs by a slash: Exact Online keeps them, and our page still works afterwards', async ({
  browser,
}) => {
  const { page, asked } = await aCustomer(browser, 'A Slash');
  await appBecomes(partner, { redirect_uri: `${partner.redirectUri}/` });
  try {
    const sent = new URL(await leave(page, asked)).searchParams.get('redirect_uri');
    expect(sent).toBe(partner.redirectUri); // to the letter as it was registered with us
    const who = page.getByRole('radio', { name: /Kees Bakker/ });
    if ((await who.count()) > 0) {
      await who.check();
      await page.getByRole('button', { name: 'Sign in' }).click();
    }
    await expect(page.getByRole('button', { name: 'Allow' })).toHaveCount(0);
    expect(page.url()).toContain(simulatorUrl);
    expect((await standing(page, asked)).grant).toBeNull();
  } finally {
    await appBecomes(partner);
  }
  await connect(page, asked.url, /Kees Bakker/);
  expect((await standing(page, asked)).status).toBe('sealed');
});

test('31 · Exact Online answers 503 at the exchange: the link keeps working', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Maintenance');
  const busy = { endpoint: 'code', when: 'before' };
  // A 503 of Exact's own has processed nothing; one that a machine in between may have written says nothing of the code.
  const ways = [
    ['provider_down', { ...busy, kind: 'refuse', status: 503, body: '{}' }],
    ['exchange_unknown', { ...busy, kind: 'maintenance' }],
  ] as const;
  for (const [kind, fault] of ways) {
    await tellExact(partner, 'faults', fault);
    await connect(page, asked.url, /Lotte Peeters/);
    await expectFailure(page, kind);
    expect((await standing(page, asked)).grant).toBeNull();
  }
  await connect(page, asked.url, /Lotte Peeters/);
  expect((await standing(page, asked)).status).toBe('sealed');
});

test('33 · the look at who signed in fails: sealed all the same, and said so', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Nameless');
  await tellExact(partner, 'faults', { endpoint: 'me', kind: 'status', times: 5, when: 'before', status: 500 });
  await connect(page, asked.url, /Tom Claes/);
  await expect(page.getByText(words(messages.en.done.identityUnknown))).toBeVisible();
  const { grant } = (await standing(page, asked)) as { grant: { custody: string; identity?: string } | null };
  expect(grant?.custody).toBe('sealed');
});

test('34 · another language half-way stays, also at the result', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Meertalig', {}, 'nl');
  await page.goto(asked.url);
  await first(page).click();
  await page.getByRole('banner').getByRole('link', { name: 'Français' }).click();
  await first(page).click();
  await page.getByRole('radio', { name: /Daan Mulder/ }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/result\?/);
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
});

// 35 is keyboard.spec.ts.

/** What a screen reader lists: the parts of the page, and one heading to start from. */
async function expectLandmarks(page: Page): Promise<void> {
  for (const role of ['banner', 'main', 'contentinfo'] as const) await expect(page.getByRole(role)).toHaveCount(1);
  await expect(heading(page)).toHaveCount(1);
  expect(await page.title()).not.toBe('');
  await expect(page.getByRole('navigation', { name: messages.en.page.language })).toBeVisible();
}

/** Looks at each page of the way, up to the lasting one. */
async function along(page: Page, asked: Invited, look: () => Promise<void>): Promise<void> {
  await page.goto(asked.url);
  await look();
  await first(page).click();
  await page.waitForURL(/\/go/);
  await look();
  await first(page).click();
  await page.getByRole('radio', { name: /Sanne de Vries/ }).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/result\?/);
  await look();
  await sayYes(page);
  await expectHeading(page, messages.en.done.heading);
  await look();
  await page.locator('main a[href*="/connect/wxa_"]').first().click();
  await page.waitForURL(/\/connect\/wxa_/);
  await look();
  await page.getByRole('button', { name: messages.en.access.withdrawButton }).click();
  await expectHeading(page, messages.en.withdraw.heading);
  await look();
}

test('36 · landmarks on every page of the way', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Screen Reader');
  await along(page, asked, () => expectLandmarks(page));
});

test('37 · 320 px with letters of twice the size: nothing leaves the screen', async ({ browser }) => {
  const { page, asked } = await aCustomer(browser, 'Large Letters', { viewport: { width: 320, height: 640 } });
  await along(page, asked, async () => {
    await page.locator('html').evaluate((root) => {
      root.style.fontSize = '200%'; // by script the policy allows it, as a browser's own setting is allowed
    });
    const outside = () =>
      [...document.body.querySelectorAll('*')]
        .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map((each) => each.outerHTML.slice(0, 100));
    expect(await page.evaluate(outside)).toEqual([]);
  });
});

test('38 · a partner’s colour that can be read on neither ground is mended on every page', async ({ browser }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, asked } = await aCustomer(browser, `Yellow ${colorScheme}`, { colorScheme });
    await along(page, asked, async () => {
      expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    });
  }
});

test('39, 40 · after 25 days the customer’s page asks for haste; after 31 it has expired, and connecting again works', async ({
  browser,
}) => {
  const { page, asked } = await aCustomer(browser, 'Waiting Long');
  await connect(page, asked.url, /Kees Bakker/);
  const lasting = await lastingOf(page);
  const api = apiOf(page.request, partner);
  await api.post('/sandbox/advance', { seconds: 25 * day });
  expect(await (await api.get(`/connections/${asked.connection_id}/timeline`)).text()).toContain('grant.expiring');
  await page.goto(lasting);
  await expectHeading(page, messages.en.access.expiring);
  await api.post('/sandbox/advance', { seconds: 6 * day });
  await page.reload();
  await expectHeading(page, messages.en.access.lapsed);
  await page.goto(asked.url);
  await expectHeading(page, messages.en.access.lapsed);
  await page.getByRole('link', { name: messages.en.now.ownPage }).click();
  await page.waitForURL(/\/connect\/wxa_/);
  await expect(page.getByText(messages.en.access.past.lapsed)).toBeVisible();
  expect((await standing(page, asked)).status).toBe('needs_consent');
  await page.getByRole('button', { name: messages.en.access.again }).click();
  await goOnFromRetry(page);
  expect((await standing(page, asked)).status).toBe('sealed');
  await page.goto(lasting);
  await expectHeading(page, messages.en.access.sealed);
});
