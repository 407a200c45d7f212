/*
 * Walks a browser's way through the simulator's pages over HTTP: open the authorize URL, sign in, decide. It knows the
 * forms only from the markup it gets (see README.md, Forms), and nothing of the process that serves them.
 */

type ConsentRun = {
  readonly authorizeUrl: string | URL;
  /** Login name or user id. */
  readonly user: string;
  readonly decision?: 'allow' | 'deny';
  /** Division codes to leave ticked; left out, the form stays as it came. */
  readonly divisions?: readonly number[];
  /** How this person behaves, by the name it has on the sign-in page; left out, nothing is picked. */
  readonly persona?: string;
};

type Form = { readonly action: URL; readonly fields: [string, string][]; readonly asks: ReadonlySet<string> };

/** Login, redirect, consent, redirect: four steps, and room for one surprise. */
const MAX_STEPS = 6;

/** The `Location` that leads out of the provider, exactly as it was sent. Throws when a page leads nowhere. */
export async function consentByRobot(run: ConsentRun): Promise<string> {
  const start = new URL(run.authorizeUrl);
  const redirectUri = start.searchParams.get('redirect_uri') ?? '';
  const cookies = new Map<string, string>();
  let url = start;
  let body: URLSearchParams | null = null;

  for (let step = 0; step < MAX_STEPS; step++) {
    const response: Response = await fetch(url, {
      redirect: 'manual',
      method: body === null ? 'GET' : 'POST',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body === null ? {} : { body }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';', 1)[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    const page = await response.text();
    if (location !== null) {
      const next = new URL(location, url);
      if (next.origin !== start.origin || (redirectUri !== '' && location.startsWith(redirectUri))) return location;
      url = next;
      body = null;
      continue;
    }
    const form = readForm(page, url);
    if (form === null) throw new Error(`No way on from ${url.pathname} (${response.status}): ${readText(page)}`);
    url = form.action;
    body = fillIn(form, run);
  }
  throw new Error(`Still at ${url.pathname} after ${MAX_STEPS} steps`);
}

function fillIn(form: Form, { user, decision = 'allow', divisions, persona }: ConsentRun): URLSearchParams {
  const answers = new URLSearchParams();
  for (const [name, value] of form.fields) {
    if (name === 'division' && divisions && !divisions.includes(Number(value))) continue;
    answers.append(name, value);
  }
  if (form.asks.has('user')) answers.set('user', user);
  if (persona !== undefined && form.asks.has('persona')) answers.set('persona', persona);
  if (form.asks.has('decision')) answers.set('decision', decision);
  return answers;
}

/** The first form of a page that sends something: what a browser would send untouched, and the names it asks something under. */
function readForm(page: string, base: URL): Form | null {
  const [, opening = '', inside] = /<form\b([^>]*method="post"[^>]*)>([\s\S]*?)<\/form>/i.exec(page) ?? [];
  if (inside === undefined) return null;
  const fields: [string, string][] = [];
  const asks = new Set<string>();
  for (const [, kind = '', source = ''] of inside.matchAll(/<(input|button|select)\b([^>]*)>/gi)) {
    const attributes = readAttributes(source);
    const name = attributes.get('name');
    if (name === undefined) continue;
    const type = attributes.get('type') ?? 'text';
    if (kind.toLowerCase() !== 'input' || type === 'radio') asks.add(name);
    else if (type !== 'checkbox' || attributes.has('checked')) fields.push([name, attributes.get('value') ?? '']);
  }
  return { action: new URL(readAttributes(opening).get('action') ?? '', base), fields, asks };
}

function readAttributes(source: string): Map<string, string> {
  const pairs = source.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi);
  return new Map([...pairs].map(([, name = '', value = '']) => [name.toLowerCase(), unescapeHtml(value)]));
}

function readText(page: string): string {
  const alert = /role="alert">([^<]*)</.exec(page)?.[1];
  return unescapeHtml((alert ?? page).replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')).trim();
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
