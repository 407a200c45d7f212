import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from './index.ts';
import { consentByRobot } from './testing/consent-robot.ts';
import { APP, httpClient } from './testing/http-client.ts';

let simulator: RunningSimulator;
let nl: ReturnType<typeof httpClient>;

beforeAll(async () => {
  simulator = await startSimulator({ policy: 'single' });
  nl = httpClient(simulator.origins.nl);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await nl.control('POST', '/reset', {});
  await nl.register();
});

describe('a whole connection', () => {
  test('A13, A8: the browser comes back with a code, its ! as %21, and the state', async () => {
    const location = await consentByRobot({ authorizeUrl: nl.authorizeUrl({ state: 'a b&c' }), user: 'j.jansen' });
    expect(location).toMatch(/^http:\/\/localhost:3999\/oauth\/callback\?code=\w{4}%21[\w-]{380,}&state=a%20b%26c$/);
  });

  test('A11: a denial comes back without a code', async () => {
    const location = await consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'j.jansen', decision: 'deny' });
    expect(location).toBe('http://localhost:3999/oauth/callback?error=access_denied&state=st-1');
  });
});

describe('the authorize endpoint says no on a page of its own', () => {
  const noted = async (response: Response) => [response.status, response.headers.get('location')];

  test('A3: another redirect URI', async () => {
    const response = await fetch(nl.authorizeUrl({ redirect_uri: `${APP.redirect_uri}/x` }), { redirect: 'manual' });
    expect(await noted(response)).toEqual([400, null]);
    expect(await response.text()).toContain(`Callback URI '${APP.redirect_uri}/x' is not valid`);
  });

  test('A4: plain http', async () => {
    const response = await fetch(nl.authorizeUrl({ redirect_uri: 'http://a.example.test/' }), { redirect: 'manual' });
    expect(await noted(response)).toEqual([401, null]);
  });

  test('A4: loopback too, once switched on', async () => {
    expect((await fetch(nl.authorizeUrl())).status).toBe(200);
    await nl.switches({ httpsOnLoopback: true });
    expect((await fetch(nl.authorizeUrl())).status).toBe(401);
  });

  test('A6: no response_type', async () => {
    const response = await fetch(nl.authorizeUrl({ response_type: '' }), { redirect: 'manual' });
    expect(await noted(response)).toEqual([400, null]);
    expect(await response.text()).toContain('Invalid authorization request');
  });

  test('A2: an unknown client, after login', async () => {
    const authorizeUrl = nl.authorizeUrl({ client_id: 'nobody' });
    await expect(consentByRobot({ authorizeUrl, user: 'j.jansen' })).rejects.toThrow(
      "(400): Client with identifier 'nobody' not found.",
    );
  });

  test('A1: a client of nl on be', async () => {
    const authorizeUrl = httpClient(simulator.origins.be).authorizeUrl();
    await expect(consentByRobot({ authorizeUrl, user: 'j.jansen' })).rejects.toThrow(
      `Client with identifier '${APP.client_id}' not found.`,
    );
  });
});

describe('signing in', () => {
  async function signIn(origin: string) {
    const response = await fetch(`${origin}/__login`, {
      method: 'POST',
      body: new URLSearchParams({
        user: 's.devries',
        client_id: APP.client_id,
        redirect_uri: APP.redirect_uri,
        response_type: 'code',
      }),
      redirect: 'manual',
    });
    return { response, cookie: response.headers.get('set-cookie') ?? '' };
  }

  test('sets a cookie that scripts cannot read, and goes back to the request', async () => {
    const { response, cookie } = await signIn(simulator.origins.nl);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(/^\/api\/oauth2\/auth\?client_id=/);
    expect(response.headers.get('location')).not.toContain('force_login');
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  test('A7: a session is reused, unless force_login=1', async () => {
    const { cookie } = await signIn(simulator.origins.nl);
    const page = async (query = {}) => (await fetch(nl.authorizeUrl(query), { headers: { cookie } })).text();
    expect(await page()).toContain('name="decision"');
    expect(await page({ force_login: '0' })).toContain('name="decision"');
    expect(await page({ force_login: '1' })).toContain('name="user"');
  });

  test('A1: a session of one site is none on another', async () => {
    const { cookie } = await signIn(simulator.origins.be);
    const response = await fetch(nl.authorizeUrl(), { headers: { cookie } });
    expect(await response.text()).toContain('name="user"');
  });

  test('A1: nor when its cookie is passed off under the other site’s name', async () => {
    const cookie = (await signIn(simulator.origins.be)).cookie.replace('simulated_exact_be', 'simulated_exact_nl');
    const response = await fetch(nl.authorizeUrl(), { headers: { cookie } });
    expect(await response.text()).toContain('name="user"');
  });

  test('nobody signs in as someone who does not exist', async () => {
    await expect(consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'nobody' })).rejects.toThrow(
      'Still at /__login',
    );
  });
});

describe('pages', () => {
  test('say that they are simulated, load nothing, and stay out of frames', async () => {
    const response = await fetch(nl.authorizeUrl());
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[^']+'; base-uri 'none'; frame-ancestors 'none'$/);
    const text = (await response.text()).replaceAll(/<[^>]+>/g, '');
    expect(text).toContain('Simulated Exact Online — no real bookkeeping behind it');
  });

  test('show a hostile name as text', async () => {
    await nl.register({ name: '<script>alert(1)</script>' });
    const page = await (await fetch(nl.authorizeUrl({ state: '"><script>' }))).text();
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;alert(1)');
  });
});
