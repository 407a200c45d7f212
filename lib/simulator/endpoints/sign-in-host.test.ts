import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../index.ts';
import { codeOf, httpClient } from '../testing/http-client.ts';

let simulator: RunningSimulator;
let nl: ReturnType<typeof httpClient>;
let [asked, other] = ['', ''];
beforeAll(async () => {
  simulator = await startSimulator();
  nl = httpClient(simulator.origins.nl);
  asked = simulator.origins.nl;
  other = asked.replace('127.0.0.1', 'login.localhost');
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await nl.control('POST', '/reset', {});
  await nl.register();
  await nl.switches({ signInHost: 'other' });
});

type Answer = { status: number; location: string | null; body: string; cookies: readonly string[] };

/** One request to a host by its name, as a browser finds it: every name under `localhost` is this machine. */
const fetched = (url: string, cookie: string, form?: Record<string, string>) =>
  new Promise<Answer>((resolve, reject) => {
    const { host, port, pathname, search } = new URL(url);
    const headers = { host, cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) };
    const asking = { host: '127.0.0.1', port, path: pathname + search, headers, method: form ? 'POST' : 'GET' };
    request({ ...asking, agent: false }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += chunk;
      const { statusCode: status = 0, headers: said } = answer;
      resolve({ status, location: said.location ?? null, body, cookies: said['set-cookie'] ?? [] });
    })
      .once('error', reject)
      .end(form && new URLSearchParams(form).toString());
  });

/** A browser: cookies by host, and every redirect of the simulator's followed; `through` is where it went, `page` where it stayed. */
function aBrowser() {
  const jar = new Map<string, string>();
  const go = async (url: string, form?: Record<string, string>) => {
    const through: string[] = [];
    let [at, posting] = [url, form];
    for (;;) {
      const { host, origin } = new URL(at);
      through.push(origin);
      const answer = await fetched(at, jar.get(host) ?? '', posting);
      for (const cookie of answer.cookies) jar.set(host, cookie.split(';')[0] ?? '');
      const next = answer.location === null ? null : new URL(answer.location, at);
      if (next === null || ![asked, other].includes(next.origin)) return { ...answer, at, through };
      if (answer.status !== 307) posting = undefined;
      at = next.href;
    }
  };
  return { jar, go };
}

/** What a form would send untouched. */
const fieldsOf = (page: string) =>
  Object.fromEntries(
    [...page.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('&amp;', '&'),
    ]),
  );

/** Somebody new, at the consent page. */
async function signedIn() {
  const browser = aBrowser();
  const login = await browser.go(nl.authorizeUrl());
  const consent = await browser.go(`${other}/__login`, { ...fieldsOf(login.body), user: 'k.bakker' });
  return { ...browser, login, consent };
}

describe('signing in on another host (A7, switched)', () => {
  test('whoever is not signed in is sent there, and comes back to the host that was asked for the decision', async () => {
    const { go, login, consent } = await signedIn();
    expect([login.status, login.through]).toEqual([200, [asked, other]]);
    expect(login.body).toContain('name="user"');
    expect([consent.status, consent.through]).toEqual([200, [other, other, asked]]);
    expect(consent.body).toContain('Kees Bakker');
    const back = await go(`${asked}/__consent`, { ...fieldsOf(consent.body), decision: 'allow' });
    expect(new URL(back.location ?? '').searchParams.get('state')).toBe('st-1');
    expect((await nl.exchange(codeOf(back.location ?? ''))).status).toBe(200);
  });

  test('the session’s cookie is that host’s alone; who has it goes all the way without a page', async () => {
    const { jar, go } = await signedIn();
    expect([...jar.keys()]).toEqual([new URL(other).host]);
    const again = await go(nl.authorizeUrl());
    expect([again.status, again.through]).toEqual([200, [asked, other, asked]]);
    expect(again.body).toContain('name="decision"');
  });

  test('a cookie at the host that was asked says nothing', async () => {
    const { jar, go } = await signedIn();
    const [cookie = ''] = jar.values();
    jar.clear();
    jar.set(new URL(asked).host, cookie);
    expect((await go(nl.authorizeUrl())).body).toContain('name="user"');
  });

  test('a ticket is good for one decision, whatever it was', async () => {
    for (const decision of ['allow', 'deny']) {
      const { consent } = await signedIn();
      const stranger = aBrowser();
      await stranger.go(`${asked}/__consent`, { ...fieldsOf(consent.body), decision });
      const second = await stranger.go(`${asked}/__consent`, { ...fieldsOf(consent.body), decision: 'allow' });
      expect(second.body).toContain('name="user"');
    }
  });

  test('force_login asks there again, and so does another person’s turn', async () => {
    const { go } = await signedIn();
    const forced = await go(nl.authorizeUrl({ force_login: '1' }));
    expect([forced.through, forced.body.includes('name="user"')]).toEqual([[asked, other], true]);
  });

  test('signing out from the consent page ends the session over there', async () => {
    const { go, consent } = await signedIn();
    const out = await go(`${asked}/__signout`, fieldsOf(consent.body));
    expect([out.through, out.body.includes('name="user"')]).toEqual([[asked, other, other], true]);
    expect((await go(nl.authorizeUrl())).body).toContain('name="user"');
  });

  test('what somebody allowed is shown over there', async () => {
    const { go } = await signedIn();
    const home = await go(`${asked}/`);
    expect(home.at).toBe(`${other}/`);
    expect(home.body).toContain('Kees Bakker');
  });

  test('a request that is none is refused at once, and by nobody else', async () => {
    const answer = await aBrowser().go(nl.authorizeUrl({ response_type: 'token' }));
    expect([answer.status, answer.through]).toEqual([400, [asked]]);
  });

  test('without the switch nobody is sent anywhere', async () => {
    await nl.switches({ signInHost: 'same' });
    const { jar, go } = aBrowser();
    const login = await go(nl.authorizeUrl());
    expect(login.through).toEqual([asked]);
    const consent = await go(`${asked}/__login`, { ...fieldsOf(login.body), user: 'k.bakker' });
    expect([consent.through, [...jar.keys()]]).toEqual([[asked, asked], [new URL(asked).host]]);
  });
});
