import { beforeEach, describe, expect, test } from 'vitest';
import { POLICIES } from '../core/policy.ts';
import { consentByRobot } from '../testing/consent-robot.ts';
import { APP, codeOf, httpClient } from '../testing/http-client.ts';
import { aProvider } from './provider.ts';
import { ruleBook } from './rule-book.ts';

/*
 * `exact-online.md` §1.1 and this file, side by side: every rule of the authorize endpoint. Texts and statuses that the
 * page leaves open are our choice, and each choice of a switch is tried.
 */

const { origin, nl, be, startAnew } = await aProvider();
const { rule, everyRuleHasAnEntry } = ruleBook('A');

const LOOPBACK = [
  ...['http://localhost:3000/cb', 'https://localhost/cb', 'http://acme.localhost:3000/cb'],
  ...['http://127.0.0.1:3000/cb', 'http://[::1]:3000/cb'],
];

describe.each(POLICIES)('authorize, under %s', (policy) => {
  beforeEach(() => startAnew(policy));

  rule('A1', 'a client belongs to one site', () => {
    test('a client of one site does not exist on another, which is said after login', async () => {
      expect(await open(be.authorizeUrl())).toMatchObject({ status: 200, asks: 'user' });
      const refusal = `(400): Client with identifier '${APP.client_id}' not found.`;
      await expect(consentByRobot({ authorizeUrl: be.authorizeUrl(), user: 'j.jansen' })).rejects.toThrow(refusal);
    });

    test('a session of one site is none on another, not even under its cookie’s name', async () => {
      const { cookie } = await signIn(new URL(be.authorizeUrl()).origin);
      expect(await open(nl.authorizeUrl(), cookie)).toMatchObject({ asks: 'user' });
      const renamed = cookie.replace('simulated_exact_be', 'simulated_exact_nl');
      expect(await open(nl.authorizeUrl(), renamed)).toMatchObject({ asks: 'user' });
    });
  });

  rule('A2', 'an unknown client ID', () => {
    test('a client ID that was never registered is named after login, without a redirect', async () => {
      const authorizeUrl = nl.authorizeUrl({ client_id: 'nobody' });
      expect(await open(authorizeUrl)).toMatchObject({ status: 200, asks: 'user' });
      await expect(consentByRobot({ authorizeUrl, user: 'j.jansen' })).rejects.toThrow(
        "(400): Client with identifier 'nobody' not found.",
      );
    });
  });

  rule('A3', 'the redirect URI equals the registered one', () => {
    test('the redirect URI has to equal the registered one; switch "page" says so and sends nobody anywhere', async () => {
      await nl.switches({ wrongRedirectUri: 'page' });
      for (const uri of [`${APP.redirect_uri}/`, `${APP.redirect_uri}?x=1`, 'https://elsewhere.example.test/cb', 'x']) {
        const refusal = { status: 400, location: null, text: `Callback URI '${uri}' is not valid` };
        expect(await open(nl.authorizeUrl({ redirect_uri: uri }))).toMatchObject(refusal);
      }
    });

    test('switch "redirect" sends the browser to the registered one', async () => {
      await nl.switches({ wrongRedirectUri: 'redirect' });
      const asked = await open(nl.authorizeUrl({ redirect_uri: 'https://elsewhere.example.test/cb' }));
      const location = `${APP.redirect_uri}?error=unauthorized_client&state=st-1`;
      expect(asked).toMatchObject({ status: 302, location });
    });
  });

  rule('A4', 'the redirect URI is https', () => {
    test('the redirect URI has to be https', async () => {
      for (const uri of ['http://app.example.test/cb', 'http://localhost.example.test/cb', 'myapp://callback']) {
        const refusal = { status: 401, location: null, text: 'The redirect URI must use https' };
        expect(await open(nl.authorizeUrl({ redirect_uri: uri }))).toMatchObject(refusal);
      }
    });

    test('this machine is exempt, until httpsOnLoopback is switched on', async () => {
      expect(await open(nl.authorizeUrl())).toMatchObject({ status: 200, asks: 'user' });
      await nl.switches({ httpsOnLoopback: true });
      expect(await open(nl.authorizeUrl())).toMatchObject({ status: 401, location: null });
    });
  });

  rule('A5', 'localhost at registration', () => {
    test('an app that returns to this machine can be registered while switched to "allowed"', async () => {
      await nl.switches({ localhostAtRegistration: 'allowed' });
      for (const uri of LOOPBACK) expect((await nl.register({ redirect_uri: uri })).status).toBe(200);
    });

    test('and cannot while switched to "refused", https or not', async () => {
      await nl.switches({ localhostAtRegistration: 'refused' });
      for (const uri of LOOPBACK) {
        const { status, body } = await nl.register({ redirect_uri: uri });
        expect([status, body.error]).toEqual([400, expect.stringMatching(/^redirect_uri must not lead to this/)]);
      }
      expect((await nl.register({ redirect_uri: 'https://app.example.test/cb' })).status).toBe(200);
    });

    test('elsewhere only https is taken', async () => {
      for (const uri of ['http://app.example.test/cb', 'myapp://callback']) {
        const { status, body } = await nl.register({ redirect_uri: uri });
        expect([status, body.error]).toEqual([400, expect.stringMatching(/^redirect_uri must begin with https/)]);
      }
    });
  });

  rule('A6', 'what a request needs', () => {
    test('a request without its parts, or for anything but a code, is none', async () => {
      const wrong = [
        ...[{ response_type: '' }, { response_type: 'id_token' }, { response_type: 'token' }],
        ...[{ client_id: '' }, { redirect_uri: '' }],
      ] as Query[];
      for (const query of wrong) {
        const refusal = { status: 400, location: null, text: 'Invalid authorization request' };
        expect(await open(nl.authorizeUrl(query))).toMatchObject(refusal);
      }
    });
  });

  rule('A7', 'force_login', () => {
    test('a session is reused, and force_login=1 asks again', async () => {
      const { cookie } = await signIn();
      expect(await open(nl.authorizeUrl(), cookie)).toMatchObject({ asks: 'decision' });
      expect(await open(nl.authorizeUrl({ force_login: '0' }), cookie)).toMatchObject({ asks: 'decision' });
      expect(await open(nl.authorizeUrl({ force_login: '1' }), cookie)).toMatchObject({ asks: 'user' });
    });

    test('signing in leads back to the request without asking a third time', async () => {
      const { location, cookie } = await signIn();
      expect(location).toMatch(/^\/api\/oauth2\/auth\?client_id=/);
      expect(location).not.toContain('force_login');
      expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
    });

    test('signing out ends the session, also for whoever kept its cookie', async () => {
      const { cookie } = await signIn();
      const answer = await post('/__signout', {}, cookie);
      expect(answer.status).toBe(303);
      expect(answer.headers.get('set-cookie')).toMatch(/^simulated_exact_nl=; .*Max-Age=0$/);
      expect(await open(nl.authorizeUrl(), cookie)).toMatchObject({ asks: 'user' });
    });
  });

  rule('A8', 'the state', () => {
    test('the state comes back unchanged, with a code and with an error; without one none is made up', async () => {
      for (const state of ['st-1', 'a b&c=d', 'é✓', '%41', "o'!*()", '"><script>', '']) {
        for (const decision of ['allow', 'deny'] as const) {
          const back = await consentByRobot({ authorizeUrl: nl.authorizeUrl({ state }), user: 'j.jansen', decision });
          expect(new URL(back).searchParams.getAll('state')).toEqual([state]);
        }
      }
      const stateless = new URL(nl.authorizeUrl());
      stateless.searchParams.delete('state');
      expect(await consentByRobot({ authorizeUrl: stateless, user: 'j.jansen' })).not.toContain('state=');
    });
  });

  rule('A9', 'scope and PKCE parameters', () => {
    test('scope and PKCE parameters change nothing, not even at the exchange', async () => {
      const query = { scope: 'everything', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
      const back = await consentByRobot({ authorizeUrl: nl.authorizeUrl(query), user: 'j.jansen' });
      expect((await nl.exchange(codeOf(back), { code_verifier: 'another' })).status).toBe(200);
    });
  });

  rule('A10', 'login, then consent', () => {
    test('after login the page names purpose, data, third parties and companies, the open one marked', async () => {
      const purpose = 'Pay suppliers on time';
      const more = { purpose, scopes: ['crm.accounts'], third_parties: ['Hosting <Ltd>'] };
      await nl.control('PUT', '/clients', { ...APP, ...more });
      const { cookie } = await signIn();
      const { text } = await open(nl.authorizeUrl(), cookie);
      expect(text).toMatch(/Purpose ?Pay suppliers on time/);
      expect(text).toMatch(/Data ?Customers and suppliers: names and addresses/);
      expect(text).toMatch(/Shared with ?Hosting <Ltd>/);
      expect(text).toMatch(/Fietsen De Vries B\.V\. 1240118 · NL Open now/);
      expect(text).toMatch(/Fietsverhuur Texel B\.V\. 1240119 · NL · Fietsen De Vries B\.V\. Allow/);
    });

    test('what is not ticked is not granted, ticking nothing grants nothing', async () => {
      expect(await granted('f.visser', [1500021])).toEqual([1500021]);
      expect(await granted('f.visser', [])).toEqual([]);
      expect(await granted('f.visser')).toEqual([1500010, 1500021, 1500032, 1500043]);
    });

    test('an app that is not published offers no choice and reaches everything', async () => {
      await nl.control('PUT', '/clients', { ...APP, cleared: false, owner_user: 's.devries' });
      const { cookie } = await signIn();
      expect((await open(nl.authorizeUrl(), cookie)).text).toContain('reaches all 2 of your companies');
      expect(await granted('s.devries', [])).toEqual([1240118, 1240119]);
    });
  });

  rule('A11', 'deny or cancel', () => {
    test('a denial goes back as access_denied while switched to "redirect"', async () => {
      await nl.switches({ denial: 'redirect' });
      const back = await consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'j.jansen', decision: 'deny' });
      expect(back).toBe(`${APP.redirect_uri}?error=access_denied&state=st-1`);
    });

    test('and stays here while switched to "nothing"', async () => {
      await nl.switches({ denial: 'nothing' });
      const denial = consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'j.jansen', decision: 'deny' });
      await expect(denial).rejects.toThrow('(200): Nothing went back to Korenaar Connect');
    });

    test('deciding nothing is no decision', async () => {
      const { cookie } = await signIn();
      const answer = await post('/__consent', { decision: 'perhaps' }, cookie);
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    });
  });

  rule('A12', 'an app that is not cleared', () => {
    test('an app that is not cleared stops everybody but its owner; switch "page" says so', async () => {
      await nl.switches({ notCleared: 'page' });
      await nl.control('PUT', '/clients', { ...APP, cleared: false, owner_user: 'k.bakker' });
      const outsider = consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'j.jansen' });
      await expect(outsider).rejects.toThrow(
        '(403): The app Korenaar Connect is not cleared for users outside its own company.',
      );
      expect((await nl.exchange(await nl.consentCode('k.bakker'))).status).toBe(200);
    });

    test('switch "redirect" sends the browser back', async () => {
      await nl.switches({ notCleared: 'redirect' });
      await nl.control('PUT', '/clients', { ...APP, cleared: false });
      const back = await consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'j.jansen' });
      expect(back).toBe(`${APP.redirect_uri}?error=unauthorized_client&state=st-1`);
    });

    test('an owner whom nobody knows is no owner', async () => {
      const { status, body } = await nl.control('PUT', '/clients', { ...APP, owner_user: 'n.obody' });
      expect([status, body.error]).toEqual([400, expect.stringMatching(/^No user n\.obody exists; /)]);
    });

    test('a cleared app is open to everybody', async () => {
      await nl.control('PUT', '/clients', { ...APP, cleared: true, owner_user: 'k.bakker' });
      expect((await nl.exchange(await nl.consentCode('j.jansen'))).status).toBe(200);
    });
  });

  rule('A13', 'success', () => {
    test('a code has one exclamation mark, sent as %21, behind whatever query the redirect URI has', async () => {
      const code = String.raw`code=\w{4}%21[\w-]{380,}&state=st-1$`;
      const back = await consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'j.jansen' });
      expect(back).toMatch(new RegExp(String.raw`^http://localhost:3999/oauth/callback\?${code}`));

      const withQuery = { ...APP, redirect_uri: `${APP.redirect_uri}?a=1&b=%2F` };
      const other = httpClient(origin, withQuery);
      await other.register();
      const further = await consentByRobot({ authorizeUrl: other.authorizeUrl(), user: 'j.jansen' });
      expect(further).toMatch(new RegExp(String.raw`\?a=1&b=%2F&${code}`));
    });
  });
});

everyRuleHasAnEntry();

type Query = Record<string, string>;

/** What a browser sees without following anything. */
async function open(url: string, cookie = '') {
  const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
  const page = await response.text();
  return {
    status: response.status,
    location: response.headers.get('location'),
    asks: /name="(user|decision)"/.exec(page)?.[1] ?? null,
    text: sentenceOf(page),
  };
}

/** The sentence of an error page; else everything a person can read. */
function sentenceOf(page: string): string {
  const shown = /role="alert">([^<]*)</.exec(page)?.[1] ?? page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
  return shown
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .trim();
}

function post(path: string, fields: Query, cookie = '', at = origin): Promise<Response> {
  const request = { client_id: APP.client_id, redirect_uri: APP.redirect_uri, response_type: 'code' };
  const body = new URLSearchParams({ ...request, ...fields });
  return fetch(`${at}${path}`, { method: 'POST', body, redirect: 'manual', headers: { cookie } });
}

async function signIn(at = origin) {
  const answer = await post('/__login', { user: 's.devries' }, '', at);
  return { location: answer.headers.get('location'), cookie: answer.headers.get('set-cookie') ?? '' };
}

async function granted(user: string, divisions?: readonly number[]): Promise<number[]> {
  const back = await consentByRobot({ authorizeUrl: nl.authorizeUrl(), user, ...(divisions && { divisions }) });
  const { access_token: access } = JSON.parse((await nl.exchange(codeOf(back))).body);
  const { d } = await (await nl.api('1/system/Divisions', access)).json();
  return d.results.map((row: { Code: number }) => row.Code);
}
