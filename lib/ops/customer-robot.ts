import { consentByRobot } from '../simulator/testing/consent-robot.ts';

/** Walks a customer's way over HTTP, as a browser without script would: pages, forms and cookies, nothing else. */
export type Walk = { link: string; user: string; decision?: 'allow' | 'deny'; divisions?: readonly number[] };

/** A browser's memory, and its eyes: `see` is shown every page of ours that it gets. */
export type Visitor = { cookies: Map<string, string>; see?: (page: string, response: Response) => void };

const form = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/;
const input = /<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g;
const unescaped = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x27;', "'");

/** Asks for a page of ours as this visitor; answers with what came and its text. */
export async function visit(
  visitor: Visitor,
  url: string,
  init: RequestInit = {},
): Promise<{ response: Response; html: string }> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
    headers: { ...init.headers, cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [name = '', ...value] = (cookie.split(';', 1)[0] ?? '').split('=');
    visitor.cookies.set(name, value.join('='));
  }
  const html = await response.text();
  visitor.see?.(html, response);
  return { response, html };
}

/** Presses the button of the first form on a page of ours, without following where it leads. */
export async function submit(
  visitor: Visitor,
  page: string,
  html: string,
): Promise<{ response: Response; html: string }> {
  const found = form.exec(html);
  if (!found) throw new Error(`no form on ${new URL(page).pathname.replace(/wx[ia]_\w+/, '…')}`);
  const [, action = '', inner = ''] = found;
  const body = new URLSearchParams(
    [...inner.matchAll(input)].map(([, name = '', value = '']) => [name, unescaped(value)]),
  );
  const { origin } = new URL(page);
  return visit(visitor, new URL(unescaped(action), page).href, {
    method: 'POST',
    body,
    headers: { origin, 'sec-fetch-site': 'same-origin' },
  });
}

/** Opens a page and presses its first button; returns where it leads. */
async function press(visitor: Visitor, page: string): Promise<string> {
  const { html } = await visit(visitor, page);
  const { response } = await submit(visitor, page, html);
  const location = response.headers.get('location');
  if (!location) throw new Error(`${response.status} instead of a redirect`);
  return new URL(location, page).href;
}

/** From the invitation's link to the address at the provider. */
export async function leaveForProvider(visitor: Visitor, link: string): Promise<string> {
  return press(visitor, await press(visitor, link));
}

/** The whole way: invitation, consent at the simulator, callback. Returns the result page's address and text. */
export async function connectByRobot(
  walk: Walk,
  visitor: Visitor = { cookies: new Map() },
): Promise<{ callback: string; result: string; html: string }> {
  const authorizeUrl = await leaveForProvider(visitor, walk.link);
  const callback = await consentByRobot({ authorizeUrl, ...walk });
  return { callback, ...(await comeBack(visitor, callback)) };
}

/** From the provider's redirect to the page that says what came of it; the same again when it is reloaded. */
export async function comeBack(visitor: Visitor, callback: string): Promise<{ result: string; html: string }> {
  const { response } = await visit(visitor, callback);
  const result = new URL(response.headers.get('location') ?? '', callback).href;
  return { result, html: (await visit(visitor, result)).html };
}
