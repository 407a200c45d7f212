import { consentByRobot } from '../simulator/testing/consent-robot.ts';

/** Walks a customer's way over HTTP, as a browser without script would: pages, forms and cookies, nothing else. */
export type Walk = { link: string; user: string; decision?: 'allow' | 'deny'; divisions?: readonly number[] };

const form = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/;
const input = /<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g;
const unescaped = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x27;', "'");

type Jar = Map<string, string>;

async function visit(jar: Jar, url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    headers: { ...init.headers, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [name = '', ...value] = (cookie.split(';', 1)[0] ?? '').split('=');
    jar.set(name, value.join('='));
  }
  return response;
}

/** Presses the first form's button on a page of ours; returns where it leads. */
async function press(jar: Jar, page: string): Promise<string> {
  const html = await (await visit(jar, page)).text();
  const found = form.exec(html);
  if (!found) throw new Error(`no form on ${new URL(page).pathname.replace(/wx[ia]_\w+/, '…')}`);
  const [, action = '', inner = ''] = found;
  const body = new URLSearchParams(
    [...inner.matchAll(input)].map(([, name = '', value = '']) => [name, unescaped(value)]),
  );
  const { origin } = new URL(page);
  const answer = await visit(jar, new URL(unescaped(action), page).href, {
    method: 'POST',
    body,
    headers: { origin, 'sec-fetch-site': 'same-origin' },
  });
  const location = answer.headers.get('location');
  if (!location) throw new Error(`${answer.status} instead of a redirect`);
  return new URL(location, page).href;
}

/** From the invitation's link to the address at the provider. */
export async function leaveForProvider(jar: Jar, link: string): Promise<string> {
  return press(jar, await press(jar, link));
}

/** The whole way: invitation, consent at the simulator, callback. Returns the result page's address and text. */
export async function connectByRobot(
  walk: Walk,
  jar: Jar = new Map(),
): Promise<{ callback: string; result: string; html: string }> {
  const authorizeUrl = await leaveForProvider(jar, walk.link);
  const callback = await consentByRobot({ authorizeUrl, ...walk });
  const answer = await visit(jar, callback);
  const result = new URL(answer.headers.get('location') ?? '', callback).href;
  return { callback, result, html: await (await visit(jar, result)).text() };
}
