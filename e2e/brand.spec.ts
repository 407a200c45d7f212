import AxeBuilder from '@axe-core/playwright';
import { type Browser, expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import { apiOf, baseUrl, demo, signIn } from './support/product.ts';

/** The brand of the demo's sandbox, changed in the console and met by a customer; the live brand puts it back at the end. */

const desktop = { width: 1600, height: 1000 };
const phone = { width: 390, height: 844 };

let page: Page;
let faults: string[];
test.beforeAll(async ({ browser }) => {
  const context = await browser.newContext({ baseURL: baseUrl, viewport: desktop });
  page = await context.newPage();
  faults = [];
  page.on('console', (message) => {
    if (/Content Security Policy|hydrat/i.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  await signIn(page, demo().memberEmail);
});
test.afterAll(async () => {
  await page.goto('/console/brand');
  await page.getByRole('button', { name: 'Take the live brand' }).click();
  await expect(page.getByRole('status').first()).toContainText(/Taken over|That is how it was/);
  await page.context().close();
});
test.afterEach(() => expect(faults).toEqual([]));
test.describe.configure({ mode: 'serial' });

const bar = (colour: string, ground = 'none') =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="120"><rect width="100%" height="100%" fill="${ground}"/><circle cx="60" cy="60" r="44" fill="${colour}"/><rect x="130" y="40" width="320" height="40" rx="8" fill="${colour}"/></svg>`,
    ),
  );
const choose = (bytes: Buffer, name: string, mimeType: string) =>
  page.getByLabel('Upload a picture').setInputFiles({ name, mimeType, buffer: bytes });
const save = async (answer = /Saved/) => {
  await page.getByRole('button', { name: 'Save brand' }).click();
  await expect(page.getByRole('status').filter({ hasText: answer })).toBeVisible();
};
const preview = () => page.getByRole('region', { name: 'What customers will see' });
const drawn = (text: string) => preview().locator('div[inert]').getByText(text);

async function invite(locale: string): Promise<string> {
  const asked = { customer: { name: 'Merk & Zonen', locale }, client_registration_id: demo().clientRegistrationId };
  return ((await (await apiOf(page.request, demo()).post('/invitations', asked)).json()) as { url: string }).url;
}

/** A customer, on a phone, in a browser without script. */
async function asCustomer(browser: Browser, scheme: 'light' | 'dark', work: (page: Page) => Promise<void>) {
  const context = await browser.newContext({
    baseURL: baseUrl,
    viewport: phone,
    colorScheme: scheme,
    javaScriptEnabled: false,
  });
  await work(await context.newPage());
  await context.close();
}

test('a colour that cannot be read is corrected, said beside it and shown before it is saved', async () => {
  await page.goto('/console/brand');
  await page.getByRole('textbox', { name: 'Colour', exact: true }).fill('#ffe600');
  await expect(page.getByText(/On light screens #ffe600 reaches 1\.3:1/)).toBeVisible();
  await expect(page.getByText('White text cannot be read on #ffe600')).toBeVisible();
  const button = drawn('Continue').first();
  await expect(button).toHaveCSS('background-color', 'rgb(255, 230, 0)');
  await expect(button).toHaveCSS('color', 'rgb(0, 0, 0)');
  await page.screenshot({ path: 'test-results/brand-colour.png', fullPage: true });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await save();
});

test('the preview shows both schemes, every page and every language, without saving', async () => {
  await page.goto('/console/brand');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Zonder Opslaan');
  await expect(preview().getByText('Welcome, light screen')).toBeVisible();
  await expect(drawn('Zonder Opslaan').first()).toBeVisible();
  const [light, dark] = [preview().locator('.body').first(), preview().locator('.body').last()];
  await expect(light).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await expect(dark).toHaveCSS('background-color', 'rgb(22, 25, 31)');
  for (const [name, sentence] of [
    ['Before you go', 'Nu inloggen bij'],
    ['Done', 'Klaar, meer hoeft u niet te doen'],
    ['A problem', 'U hebt geen toestemming gegeven'],
    ['Mail', 'Zonder Opslaan'],
  ] as const) {
    await preview().locator('label', { hasText: 'Nederlands' }).click();
    await preview().locator('label', { hasText: name }).click();
    await expect(preview().getByText(`${name}, dark screen`)).toBeVisible();
    await page.screenshot({ path: `test-results/brand-preview-${name.replaceAll(' ', '-')}.png` });
    await expect(drawn(sentence).filter({ visible: true }).first()).toBeVisible(); // a mail has a line that only lists show
  }
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Brightledger');
});

test('a logo is uploaded, looked at, saved, and stands on the connect page, in its dark form on a dark screen', async ({
  browser,
}) => {
  await page.goto('/console/brand');
  await page.getByRole('textbox', { name: 'Sender name' }).fill('Not saved yet');
  await choose(await bar('#123a6b').png().toBuffer(), '../../../etc/logo.png.exe', 'application/x-msdownload');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Uploaded' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Sender name' })).toHaveValue('Not saved yet');
  await page.getByRole('textbox', { name: 'Sender name' }).fill('');
  await save();
  await choose(await bar('#f4f6fa').webp().toBuffer(), 'dark.webp', 'image/webp');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(page.getByText('This logo is nearly white')).toBeVisible();
  const logos = page.getByRole('group', { name: 'Logo', exact: true });
  const [light] = await logos
    .getByRole('radio')
    .evaluateAll((all) => all.map((radio) => (radio as HTMLInputElement).value).slice(2));
  await logos.locator(`[value="${light}"]`).check();
  const onDark = page.getByRole('group', { name: 'On dark screens' });
  const white = await onDark.getByRole('radio').nth(1).getAttribute('value');
  await onDark.getByRole('radio').nth(1).check();
  await save();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  const link = await invite('en');
  for (const [scheme, path] of [
    ['light', light],
    ['dark', white],
  ] as const)
    await asCustomer(browser, scheme, async (customer) => {
      await customer.goto(link);
      const logo = customer.getByRole('img', { name: 'Brightledger' });
      await expect(logo).toBeVisible();
      expect(
        await logo.evaluate((image: HTMLImageElement) => [new URL(image.currentSrc).pathname, image.naturalWidth]),
      ).toEqual([path, 480]);
      await customer.screenshot({ path: `test-results/brand-logo-${scheme}.png`, fullPage: true });
    });
  const served = await page.request.get(light ?? '');
  expect([served.status(), served.headers()]).toEqual([
    200,
    expect.objectContaining({
      'content-type': 'image/png',
      'content-disposition': 'inline',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    }),
  ]);
  expect((await page.request.get((light ?? '').replace('.png', '.webp'))).status()).toBe(404);
});

test('what cannot be used is refused beside its field, and everything typed stays', async () => {
  await page.goto('/console/brand');
  await page.getByRole('textbox', { name: 'Colour', exact: true }).fill('yellow');
  await page.getByRole('textbox', { name: 'Support page' }).fill('https://good.example@evil.example');
  await page.getByRole('textbox', { name: 'Reply-to address' }).fill('a@b.example, c@d.example');
  await page.locator('#before_nl').evaluate((field: HTMLTextAreaElement) => {
    field.value = `Veel tekst. ${'é€語'.repeat(70)}`;
  });
  await page.getByRole('textbox', { name: 'Name', exact: true }).press('Enter'); // saves, as the button does
  await expect(page.getByRole('alert').first()).toContainText('Nothing was changed');
  for (const [name, sentence, value] of [
    ['accent', 'Give a colour as #rrggbb.', 'yellow'],
    ['support_url', 'Give a full https:// address', 'https://good.example@evil.example'],
    ['reply_to', 'That is not an e-mail address.', 'a@b.example, c@d.example'],
  ] as const) {
    const field = page.locator(`#${name}`);
    await expect(field).toHaveValue(value);
    await expect(field).toHaveAccessibleDescription(new RegExp(sentence));
  }
  await expect(page.locator('#before_nl')).toHaveValue(/^Veel tekst\. (é€語){70}$/);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.screenshot({ path: 'test-results/brand-refused.png', fullPage: true });

  for (const [bytes, sentence] of [
    [
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
      'This is not a PNG, JPEG or WebP picture',
    ],
    [Buffer.alloc(1024 * 1024, 1), 'A logo is at most 512 kB'],
    [Buffer.alloc(0), 'This file is empty'],
  ] as const) {
    await choose(bytes, 'logo.png', 'image/png');
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await expect(page.getByLabel('Upload a picture')).toHaveAccessibleDescription(new RegExp(sentence));
    await expect(page.getByRole('textbox', { name: 'Colour', exact: true })).toHaveValue('yellow');
  }
});

test('10 MB are refused, and the server goes on', async () => {
  await page.goto('/console/brand');
  const csrf = await page.locator('form#brand input[name=csrf]').getAttribute('value');
  const file = { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.alloc(10 * 1024 * 1024, 1) };
  const answer = await page.request.post('/console/brand/upload', {
    multipart: { csrf: csrf ?? '', logo_file: file },
    maxRedirects: 0,
  });
  expect([answer.status(), decodeURIComponent(answer.headers()['location'] ?? '')]).toEqual([
    303,
    expect.stringContaining('/console/brand?error=The+body+is+larger+than+3072+kB.'),
  ]);
  expect((await page.request.get('/healthz')).status()).toBe(200);
});

test('own words are met in the language they are in, marked as the partner’s, and ours stand elsewhere', async ({
  browser,
}) => {
  await page.goto('/console/brand');
  const fill = (field: string, text: string) => page.locator(`#${field}`).fill(text);
  for (const summary of ['English', 'Nederlands'])
    await page
      .locator('form#brand summary', { hasText: summary })
      .evaluate((element) => ((element.parentElement as HTMLDetailsElement).open = true));
  await fill('purpose_nl', 'Wij maken van uw cijfers een <b>overzicht</b>.');
  await fill('before_nl', 'Houd uw telefoon bij de hand.\nExact vraagt om een code.');
  await fill('before_en', 'Keep your phone at hand; {{7*7}} Exact asks for a code.');
  await save();
  for (const [locale, sentences, next] of [
    [
      'nl',
      ['Wij maken van uw cijfers een <b>overzicht</b>.', 'Houd uw telefoon bij de hand. Exact vraagt om een code.'],
      'voegt toe:',
    ],
    ['en', ['Brightledger turns your bookkeeping', 'Keep your phone at hand; {{7*7}} Exact asks for a code.'], 'adds:'],
  ] as const) {
    const link = await invite(locale);
    await asCustomer(browser, 'light', async (customer) => {
      await customer.goto(link);
      await expect(customer.getByText(sentences[0])).toBeVisible();
      await customer.getByRole('main').getByRole('button').first().click();
      await expect(customer.getByText(sentences[1])).toBeVisible();
      await expect(customer.getByText(next)).toBeVisible();
      await customer.screenshot({ path: `test-results/brand-words-${locale}.png`, fullPage: true });
    });
  }
});

test('whatever is typed is text: in the preview beside the form, and in the tab', async () => {
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto('/console/brand');
  for (const payload of [
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    '</style><script>alert(1)</script>',
    '</template><script>alert(1)</script>',
    '{{constructor.constructor("alert(1)")()}}',
    "url(javascript:alert(1))';}",
  ]) {
    await page.evaluate((text) => {
      for (const field of document.querySelectorAll<HTMLInputElement>('form#brand :is(input:not([type]), textarea)')) {
        if (field.name !== 'accent') field.value = text;
      }
    }, payload);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(payload);
    for (const part of ['Welcome', 'Before you go', 'Done', 'Mail']) {
      await preview().locator('label', { hasText: part }).click();
      await expect(drawn(payload).first()).toBeVisible();
    }
  }
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('button', { name: 'Preview in a new tab' }).click(),
  ]);
  await tab.waitForLoadState();
  await expect(tab.getByText("url(javascript:alert(1))';}").first()).toBeVisible();
  expect((await new AxeBuilder({ page: tab }).analyze()).violations).toEqual([]);
  await tab.close();
  expect(dialogs).toEqual([]);
});

test('the tab of a preview has a policy as narrow as the pages it shows, and is drawn under it', async () => {
  const answer = await page.goto('/console/brand/preview');
  expect(answer?.headers()['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'nonce-[^']+'; img-src 'self'/,
  );
  expect(await page.locator('body').evaluate((body) => getComputedStyle(body).marginTop)).not.toBe('8px');
});

test('without script the same form works: a preview in a tab of its own, then saved', async ({ browser }) => {
  const context = await browser.newContext({
    baseURL: baseUrl,
    viewport: phone,
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  });
  const plain = await context.newPage();
  await plain.goto('/console/brand');
  await plain.getByRole('textbox', { name: 'Colour', exact: true }).fill('#7a3ea1');
  await plain.getByRole('textbox', { name: 'Name', exact: true }).fill('Zonder Script <i>BV</i>');
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    plain.getByRole('button', { name: 'Preview in a new tab' }).click(),
  ]);
  await tab.waitForLoadState();
  await expect(tab.getByRole('heading', { level: 1 }).first()).toHaveText('Preview of what is typed');
  await expect(tab.locator('figure')).toHaveCount(10);
  await expect(tab.getByText('Zonder Script <i>BV</i>').first()).toBeVisible();
  await tab.getByRole('button', { name: 'Nederlands' }).click();
  await expect(tab.getByText('vraagt u').first()).toBeVisible();
  await tab.setViewportSize(desktop);
  await tab.screenshot({ path: 'test-results/brand-sheet.png', fullPage: true });
  await tab.close();
  await expect(plain.getByRole('textbox', { name: 'Colour', exact: true })).toHaveValue('#7a3ea1');
  await plain.screenshot({ path: 'test-results/brand-phone.png', fullPage: true });
  await plain.getByRole('textbox', { name: 'Name', exact: true }).fill('Brightledger');
  await plain.getByRole('button', { name: 'Save brand' }).click();
  await expect(plain.getByText('Saved. Customers see it from now on.')).toBeVisible();
  await context.close();
});

test('of two tabs the second is told what the first saved meanwhile, keeps what was typed, and can save', async () => {
  const first = page;
  const second = await page.context().newPage();
  for (const tab of [first, second]) await tab.goto('/console/brand');
  await first.getByRole('textbox', { name: 'Name', exact: true }).fill('First Tab');
  await save();
  await second.getByRole('textbox', { name: 'Name', exact: true }).fill('Second Tab');
  await second.getByRole('button', { name: 'Save brand' }).click();
  await expect(second.getByText('Somebody else saved the brand while you typed.')).toBeVisible();
  await expect(second.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Second Tab');
  await second.screenshot({ path: 'test-results/brand-outdated.png' });
  await second.getByRole('button', { name: 'Save brand' }).click();
  await expect(second.getByText('Saved. Customers see it from now on.')).toBeVisible();
  await second.close();
});

test('on a phone, dark, with the keyboard alone; no finding of axe, nothing off the screen', async ({ browser }) => {
  const context = await browser.newContext({
    baseURL: baseUrl,
    viewport: phone,
    colorScheme: 'dark',
    storageState: await page.context().storageState(),
  });
  const small = await context.newPage();
  await small.goto('/console/brand');
  await expect(small.getByText('Welcome, dark screen')).toBeVisible();
  expect((await new AxeBuilder({ page: small }).analyze()).violations).toEqual([]);
  expect(await small.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await small.screenshot({ path: 'test-results/brand-phone-dark.png', fullPage: true });
  await small.getByRole('textbox', { name: 'Name', exact: true }).focus();
  const stops: string[] = [];
  for (let presses = 0; presses < 60 && !stops.includes('Save brand'); presses += 1) {
    await small.keyboard.press('Tab');
    stops.push(
      await small.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id || ''),
    );
  }
  expect(stops).toEqual(
    expect.arrayContaining(['accent', 'logo_file', 'Upload', 'support_url', 'reply_to', 'Save brand']),
  );
  await small.keyboard.press('Enter');
  await expect(small.getByText(/That is how it was/)).toBeVisible();
  await context.close();
});
