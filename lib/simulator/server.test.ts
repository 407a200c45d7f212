import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from './index.ts';
import { consentByRobot } from './testing/consent-robot.ts';
import { APP, codeOf, httpClient } from './testing/http-client.ts';

const DAYS = 86_400;

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

  test('T2: the token answer, with its headers and realistic shapes', async () => {
    const { status, headers, body } = await nl.exchange(await nl.consentCode());
    expect(status).toBe(200);
    expect(body).toMatch(
      /^\{"access_token":"gAAAA[\w-]{545}","token_type":"bearer","expires_in":"600","refresh_token":"\w{4}!IAAAA[\w-]{690}"\}$/,
    );
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('private');
    expect(headers.get('pragma')).toBe('no-cache');
  });

  test('R4: Me and the divisions that were ticked', async () => {
    const location = await consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'f.visser', divisions: [1500021] });
    const { access_token: access } = JSON.parse((await nl.exchange(codeOf(location))).body);
    const me = await (await nl.api('current/Me?$select=UserID,CurrentDivision', access)).json();
    expect(me.d.results).toMatchObject([{ UserID: '5c1f0000-0000-4000-8000-000000000007', CurrentDivision: 1500010 }]);
    const divisions = await (await nl.api('1500010/system/Divisions', access)).json();
    expect(divisions.d.results).toMatchObject([{ Code: 1500021, CustomerName: 'Tandartspraktijk Smit' }]);
  });

  test('HTTP Basic does as well as credentials in the body', async () => {
    const code = await nl.consentCode();
    const fields = { grant_type: 'authorization_code', code, redirect_uri: APP.redirect_uri };
    const authorization = `Basic ${btoa(`${APP.client_id}:${APP.client_secret}`)}`;
    expect((await nl.token(fields, { authorization })).status).toBe(200);
  });
});

describe('refusals of the token endpoint, byte for byte', () => {
  test('T1: JSON instead of a form, with the captured headers', async () => {
    const response = await fetch(`${simulator.origins.nl}/api/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('{"error":"invalid_request"}');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache,no-store',
      'content-length': '27',
      expires: '-1',
      pragma: 'no-cache',
    });
    expect(response.headers.has('reason')).toBe(false);
  });

  test('T4, T7: a code after a wrong secret', async () => {
    const code = await nl.consentCode();
    const first = await nl.exchange(code, { client_secret: 'wrong' });
    expect([first.status, first.body]).toEqual([400, '{"error":"invalid_client"}']); // T8
    const second = await nl.exchange(code);
    expect([second.status, second.body]).toEqual([
      400,
      '{"error":"invalid_request","error_description":"This message has already been processed.  This could indicate a replay attack in progress."}',
    ]);
  });

  test('T5: a code whose %21 was never decoded', async () => {
    const { status, body } = await nl.exchange((await nl.consentCode()).replace('!', '%21'));
    expect([status, body]).toEqual([400, '{"error":"invalid_request"}']);
  });

  test('T10: too early, with its Reason', async () => {
    const { refresh } = await nl.connect();
    const { status, headers, body } = await nl.refresh(refresh);
    expect(status).toBe(400);
    expect(body).toBe(
      '{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired" }',
    );
    expect(headers.get('reason')).toBe('TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired');
  });

  test('T12: switched on, the refusal carries a token that works later', async () => {
    await nl.switches({ tooEarlyRotates: true });
    const { refresh } = await nl.connect();
    const refusal = await nl.refresh(refresh);
    expect(refusal.body).toMatch(
      /^\{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired","refresh_token":"\w{4}!IAAAA[\w-]{690}" \}$/,
    );
    await nl.advance(570);
    expect((await nl.refresh(JSON.parse(refusal.body).refresh_token)).status).toBe(200);
  });

  test('T13: an old token', async () => {
    const { refresh } = await nl.connect();
    await nl.advance(570);
    expect((await nl.refresh(refresh)).status).toBe(200);
    const { status, headers, body } = await nl.refresh(refresh);
    expect([status, body]).toEqual([
      401,
      '{"error":"unauthorized_client","error_description":"Old refresh token used."}',
    ]);
    expect(headers.has('reason')).toBe(false);
  });

  test('T14, T15: a replaced chain and an overtaken code, with their Reason', async () => {
    const code = await nl.consentCode();
    const { refresh } = await nl.connect();
    const { refresh: newer } = await nl.connect();
    expect(newer).not.toBe(refresh);
    for (const { status, headers, body } of [await nl.exchange(code), await nl.refresh(refresh)]) {
      expect(status).toBe(400);
      expect(body).toBe(
        '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }',
      );
      expect(headers.get('reason')).toBe('Unknown: Token is not allowed, because of invalid or empty chainId');
    }
  });

  test('T16: after thirty days', async () => {
    const { refresh } = await nl.connect();
    await nl.advance(30 * DAYS);
    const { status, body } = await nl.refresh(refresh);
    expect(status).toBe(400);
    const date = String.raw`\d{1,2}\\/\d{1,2}\\/\d{4} \d{1,2}:\d\d:\d\d [AP]M`;
    expect(body).toMatch(
      new RegExp(
        `^\\{"error":"invalid_request","error_description":"The refresh token expired at ${date} and it is now ${date}\\."\\}$`,
      ),
    );
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

describe('the API', () => {
  test('R1: an expired access token', async () => {
    const { access } = await nl.connect();
    await nl.advance(600);
    const response = await nl.api('current/Me', access);
    expect(response.status).toBe(401);
    expect(response.headers.get('reason')).toBe('AuthenticationRequired: Authentication required');
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token",/);
    expect(await response.text()).toBe('');
  });

  test('R2: a damaged access token', async () => {
    const { access } = await nl.connect();
    const response = await nl.api('current/Me', access.slice(0, 255));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token",error_description="Signed%20data%20extraction%20has%20failed"',
    );
  });

  test('R10: under overlap the identity call of a second consent ends the first', async () => {
    await nl.policy('overlap');
    const older = await nl.connect();
    const newer = await nl.connect();
    await nl.advance(575);
    expect((await nl.refresh(older.refresh)).status).toBe(200);
    expect((await nl.api('current/Me', newer.access)).status).toBe(200);
    await nl.advance(575);
    expect((await nl.refresh(older.refresh)).body).toContain('chainId');
    expect((await nl.refresh(newer.refresh)).status).toBe(200);
  });
});
