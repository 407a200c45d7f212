import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Page, test } from '@playwright/test';
import { simulatorUrl } from './product.ts';

/*
 * Stands in for the form at Invantive Cloud: the same questions in the same order, no prefilling, and Continue spends the
 * refresh token at the provider, once for each press. What the provider says is shown behind a code of the form's own.
 */
const page = (body: string) =>
  `<!doctype html><html lang="en"><title>New database</title><h1>New Exact Online database</h1>${body}`;
const text = (name: string, label: string) =>
  `<p><label>${label}<br><input name="${name}" autocomplete="off" size="60"></label></p>`;
const choice = (name: string, value: string, label: string) =>
  `<label><input type="radio" name="${name}" value="${value}"> ${label}</label><br>`;
const countries = ['', 'Belgium', 'Germany', 'France', 'Netherlands', 'Spain', 'United Kingdom', 'United States'];

const form = page(`<form method="post" autocomplete="off">
<p><label>Country<br><select name="country">${countries.map((name) => `<option>${name}</option>`).join('')}</select></label></p>
<fieldset><legend>Method</legend>${choice('method', 'own', 'Using own OAuth')}${choice('method', 'preauthenticated', 'Preauthenticated Credentials')}</fieldset>
${text('client_id', 'Client ID')}${text('client_secret', 'Client secret')}${text('redirect_url', 'Redirect URL')}
<fieldset><legend>Kind of credential</legend>${choice('kind', 'code', 'Authorisation code')}${choice('kind', 'tokens', 'Access token / refresh token')}</fieldset>
${text('access_token', 'Access token')}${text('refresh_token', 'Refresh token')}
<p><button>Continue</button></p></form>`);

const escaped = (said: string) => said.replace(/[&<]/g, (each) => (each === '&' ? '&amp;' : '&lt;'));

/** What the form says to what was entered. */
async function register(entered: URLSearchParams): Promise<string> {
  const value = (name: string) => entered.get(name) ?? '';
  if (value('country') !== 'Netherlands' || value('method') !== 'preauthenticated' || value('kind') !== 'tokens')
    return page('<p role="alert">Choose a country, a method and a kind of credential.</p>');
  if (!URL.canParse(value('redirect_url'))) return page('<p role="alert">The redirect URL is missing.</p>');
  const answer = await fetch(`${simulatorUrl}/api/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: value('refresh_token'),
      client_id: value('client_id'),
      client_secret: value('client_secret'),
    }),
  });
  const said = (await answer.json()) as { error_description?: string; error?: string };
  return answer.ok
    ? page('<p role="status">The database exists and can be used.</p>')
    : page(
        `<p role="alert">itgenoda185: the connection could not be established. ${escaped(said.error_description ?? said.error ?? '')}</p>`,
      );
}

export type ReceivingForm = { url: string; close(): Promise<void> };

/** Serves the form on a port of its own. */
export async function openReceivingForm(): Promise<ReceivingForm> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = request.method === 'POST' ? await register(new URLSearchParams(body)) : form;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What the assistant shows, and where it goes. */
const fields = ['Client ID', 'Client secret', 'Redirect URL', 'Access token', 'Refresh token'] as const;

/** A member with two tabs: each value is copied in the console and pasted in the form, and Continue is pressed. What the form said. */
export async function fillIn(console: Page, tab: Page, url: string): Promise<string> {
  return test.step('fill in the receiving form', async () => {
    await tab.goto(url);
    await tab.getByLabel('Country').selectOption('Netherlands');
    await tab.getByLabel('Preauthenticated Credentials').check();
    await tab.getByLabel('Access token / refresh token').check();
    for (const field of fields) {
      await console.bringToFront();
      await console.getByRole('button', { name: `Copy ${field}`, exact: true }).click();
      await console.getByText(`${field} copied`, { exact: true }).waitFor({ state: 'attached' }); // or the value before it is pasted
      await tab.bringToFront();
      await tab.getByLabel(field, { exact: true }).focus();
      await tab.keyboard.press('ControlOrMeta+v');
    }
    await tab.getByRole('button', { name: 'Continue' }).click();
    return said(tab, console);
  });
}

/** The same with the one button that copies field after field, which keeps the focus. */
export async function fillInOneByOne(console: Page, tab: Page, url: string): Promise<string> {
  return test.step('fill in the receiving form, one field after the other', async () => {
    await tab.goto(url);
    await tab.getByLabel('Country').selectOption('Netherlands');
    await tab.getByLabel('Preauthenticated Credentials').check();
    await tab.getByLabel('Access token / refresh token').check();
    await console.bringToFront();
    await console.getByRole('button', { name: 'Copy next: Client ID' }).focus();
    for (const [at, field] of fields.entries()) {
      await console.bringToFront();
      await console.keyboard.press('Enter');
      await console.getByText(`${field} is on the clipboard, ${at + 1} of ${fields.length}`).waitFor();
      await tab.bringToFront();
      await tab.getByLabel(field, { exact: true }).focus();
      await tab.keyboard.press('ControlOrMeta+v');
    }
    await tab.getByRole('button', { name: 'Continue' }).click();
    return said(tab, console);
  });
}

async function said(tab: Page, console: Page): Promise<string> {
  const answer = await tab.getByRole('alert').or(tab.getByRole('status')).innerText();
  await console.bringToFront();
  return answer;
}

/** Presses Tab until what is focused bears this name, as somebody without a mouse does. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const is = typeof name === 'string' ? (text: string) => text === name : (text: string) => name.test(text);
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const at = document.activeElement as HTMLInputElement | null;
      const legend = at?.type === 'radio' ? at.closest('fieldset')?.querySelector('legend')?.textContent : null;
      return (legend ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? '').replace(/\s+/g, ' ').trim();
    });
    if (is(focused)) return;
  }
  throw new Error(`the keyboard never reaches ${name}`);
}

/** The same with the keyboard alone, in the order in which the fields stand. */
export async function fillInByKeyboard(console: Page, tab: Page, url: string): Promise<string> {
  return test.step('fill in the receiving form by keyboard', async () => {
    const paste = async (field: (typeof fields)[number]) => {
      await console.bringToFront();
      await tabTo(console, new RegExp(`^Cop(y|ied) ${field}$`));
      await console.keyboard.press('Enter');
      await console.getByText(`${field} copied`, { exact: true }).waitFor({ state: 'attached' });
      await tab.bringToFront();
      await tabTo(tab, field);
      await tab.keyboard.press('ControlOrMeta+v');
    };
    await tab.goto(url);
    await tabTo(tab, /^Country/);
    await tab.keyboard.type('Neth');
    await tabTo(tab, 'Method');
    await tab.keyboard.press('ArrowDown'); // from the first of two, which is only focused, to the second
    for (const field of fields.slice(0, 3)) await paste(field);
    await tab.bringToFront();
    await tabTo(tab, 'Kind of credential');
    await tab.keyboard.press('ArrowDown');
    for (const field of fields.slice(3)) await paste(field);
    await tab.bringToFront();
    await tabTo(tab, 'Continue');
    await tab.keyboard.press('Enter');
    return said(tab, console);
  });
}
