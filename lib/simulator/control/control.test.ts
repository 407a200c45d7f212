import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../index.ts';
import { APP, httpClient } from '../testing/http-client.ts';

let simulator: RunningSimulator;
let nl: ReturnType<typeof httpClient>;

const OTHER = { ...APP, client_id: 'other-app', client_secret: 'other-secret-99' };
const ENDING = { client_id: APP.client_id, user: 'j.jansen', kind: 'withdrawn' };
const fingerprint = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 12);

beforeAll(async () => {
  simulator = await startSimulator({ policy: 'overlap' });
  nl = httpClient(simulator.origins.nl);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await nl.control('POST', '/reset', {});
  await nl.register();
});

test('the overview names everything and shows no secret', async () => {
  await nl.connect();
  const { body } = await nl.control('GET', '');
  expect(body).toMatchObject({
    policy: 'overlap',
    switches: { httpsOnLoopback: false, tooEarlyRotates: false },
    clients: [{ client_id: APP.client_id, name: APP.name, site: 'nl', offset_seconds: 0, policy: 'overlap' }],
  });
  expect(body.users.length).toBeGreaterThanOrEqual(6);
  expect(body.commands).toContain('POST /__control/clock');
  expect(JSON.stringify(body)).not.toContain(APP.client_secret);
});

test('every port answers it', async () => {
  expect((await httpClient(simulator.origins.us).control('GET', '')).body.clients).toHaveLength(1);
});

describe('what it does not understand', () => {
  test.each([
    [
      'an unknown command',
      'POST',
      '/explode',
      {},
      /^There is no command POST \/__control\/explode; there is GET \/__control, .* and POST \/__control\/reset\.$/,
    ],
    ['an unknown field', 'POST', '/policy', { policy: 'single', loud: true }, /loud/],
    ['an unknown policy', 'POST', '/policy', { policy: 'strict' }, /^policy: /],
    ['an unknown switch', 'POST', '/switches', { gravity: true }, /gravity|key/],
    ['an unknown client', 'POST', '/clock', { client_id: 'x', advance_seconds: 1 }, /No client x is registered/],
    ['a missing field', 'PUT', '/clients', { client_id: 'x' }, /^client_secret: /],
    ['an unknown site', 'PUT', '/clients', { ...APP, site: 'ch' }, /^site: /],
    ['a redirect URI that is none', 'PUT', '/clients', { ...APP, redirect_uri: 'there' }, /^redirect_uri: /],
    [
      'an ending of a kind it does not know',
      'POST',
      '/endings',
      { ...ENDING, kind: 'bored' },
      'kind: must be withdrawn or user_gone.',
    ],
    [
      'an ending of a user it does not know',
      'POST',
      '/endings',
      { ...ENDING, user: 'x' },
      'No user x exists; GET /__control lists the users.',
    ],
    ['an ending in the past', 'POST', '/endings', { ...ENDING, in_seconds: -1 }, 'in_seconds: must not be negative.'],
    [
      'time running backwards',
      'POST',
      '/clock',
      { advance_seconds: -1 },
      /^The clock moves forward only, and it is 20\d\d-.*Z now\.$/,
    ],
    [
      'a moment in the past',
      'POST',
      '/clock',
      { to: '2020-01-01T00:00:00Z' },
      /^The clock moves forward only, and it is 20\d\d-.*Z now\.$/,
    ],
    [
      'a moment that is none',
      'POST',
      '/clock',
      { to: 'tomorrow' },
      'to: must be an instant such as 2026-11-21T09:00:00Z.',
    ],
    [
      'two ways to move at once',
      'POST',
      '/clock',
      { to: '2120-01-01T00:00:00Z', advance_seconds: 1 },
      /either advance_seconds or to/,
    ],
    ['no way to move', 'POST', '/clock', {}, /either advance_seconds or to/],
    [
      'the end of time',
      'POST',
      '/clock',
      { to: '9999-12-31T00:00:00Z' },
      'The clock ends at 9999-12-01T00:00:00.000Z.',
    ],
    [
      'an unknown filter',
      'GET',
      '/requests?cleint_id=x',
      undefined,
      /^The query: takes after, limit, client_id, .* nothing else\.$/,
    ],
    [
      'an unknown verdict',
      'GET',
      '/requests?verdict=lost',
      undefined,
      'verdict: must be issued, served, refused, denied or failed.',
    ],
    ['a rule that is none', 'GET', '/requests?rule=ten', undefined, 'rule: must be a rule id such as T10.'],
    ['a limit that is none', 'GET', '/requests?limit=some', undefined, 'limit: must be a whole number.'],
  ])('%s is a 400 with a sentence', async (_, method, path, sent, sentence) => {
    const { status, body } = await nl.control(method, path, sent);
    expect(status).toBe(400);
    expect(Object.keys(body)).toEqual(['error']);
    expect(body.error).toMatch(sentence);
  });

  test('a form from some web page is not a command', async () => {
    const response = await fetch(`${simulator.origins.nl}/__control/clock`, {
      method: 'POST',
      body: '{"advance_seconds":1}',
    });
    expect(response.status).toBe(400);
  });
});

describe('the clock', () => {
  test('moves for one client ID and leaves the others', async () => {
    await nl.register(OTHER);
    const { body } = await nl.advance(3600);
    expect(body.offset_seconds).toBe(3600);
    expect(Date.parse(body.now) - Date.now()).toBeGreaterThan(3_590_000);
    const { clients } = (await nl.control('GET', '')).body;
    expect(clients.map((each: { offset_seconds: number }) => each.offset_seconds)).toEqual([3600, 0]);
  });

  test('without a client ID it moves for everyone, also those to come', async () => {
    await nl.advance(100);
    await nl.control('POST', '/clock', { advance_seconds: 50 });
    await nl.register(OTHER);
    const { clients } = (await nl.control('GET', '')).body;
    expect(clients.map((each: { offset_seconds: number }) => each.offset_seconds)).toEqual([150, 50]);
  });

  test('moves to an instant', async () => {
    const to = new Date(Date.now() + 86_400_000).toISOString();
    const { body } = await nl.control('POST', '/clock', { client_id: APP.client_id, to });
    expect(Date.parse(body.now) - Date.parse(to)).toBeLessThan(1000);
    expect(body.now >= to).toBe(true);
  });

  test('a client registered again keeps its clock', async () => {
    await nl.advance(100);
    expect((await nl.register({ name: 'Renamed' })).body).toMatchObject({ name: 'Renamed', offset_seconds: 100 });
  });
});

describe('the journal', () => {
  test('says what was asked, by whom, and what became of it', async () => {
    const { access, refresh } = await nl.connect();
    await nl.api('current/Me', access);
    await nl.refresh(refresh);
    const { requests } = (await nl.control('GET', '/requests')).body;
    expect(requests.map((each: { verdict: string }) => each.verdict)).toEqual([
      ...['served', 'served', 'served', 'issued'], // login page, login, consent page, code
      ...['issued', 'served', 'refused'], // exchange, Me, refresh
    ]);
    const [code, exchange, me, refused] = requests.slice(3);
    expect(exchange).toMatchObject({
      site: 'nl',
      method: 'POST',
      path: '/api/oauth2/token',
      client_id: APP.client_id,
      user_id: '5c1f0000-0000-4000-8000-000000000001',
      grant_type: 'authorization_code',
      generation: 0,
      token_fingerprint: code.issued_fingerprint,
      issued_fingerprint: fingerprint(refresh),
      status: 200,
      rule: null,
    });
    expect(me).toMatchObject({
      path: '/api/v1/current/Me',
      chain: exchange.chain,
      token_fingerprint: fingerprint(access),
    });
    expect(refused).toMatchObject({
      rule: 'T11',
      status: 400,
      chain: exchange.chain,
      token_fingerprint: fingerprint(refresh),
    });
  });

  test('can be read from where one left off, and for one client', async () => {
    await nl.connect();
    const { requests } = (await nl.control('GET', '/requests')).body;
    const last = requests.at(-1).seq;
    await nl.refresh('unknown', { client_id: 'somebody' });
    expect((await nl.control('GET', `/requests?after=${last}`)).body.requests).toMatchObject([
      { rule: 'T21', client_id: 'somebody', verdict: 'refused' },
    ]);
    expect((await nl.control('GET', '/requests?client_id=somebody')).body.requests).toHaveLength(1);
  });

  test('holds no token and no secret', async () => {
    const { access, refresh } = await nl.connect();
    await nl.refresh(refresh);
    const all = JSON.stringify([
      (await nl.control('GET', '/requests')).body,
      (await nl.control('GET', '/chains')).body,
    ]);
    for (const secret of [access, refresh, APP.client_secret]) expect(all).not.toContain(secret);
  });
});

test('chains are counted', async () => {
  const first = await nl.connect();
  await nl.advance(600);
  await nl.refresh(first.refresh);
  await nl.connect();
  const { body } = await nl.control('GET', '/chains');
  expect(body).toMatchObject([
    { state: 'live', consents: 2, generation: 1, live_tokens: 2, token_calls: 2, refreshes: 1, site: 'nl' },
    { state: 'live', consents: 2, generation: 0, live_tokens: 1, token_calls: 1, refreshes: 0 },
  ]);
  await nl.policy('single');
  const judged = (await nl.control('GET', '/chains')).body;
  expect(judged).toMatchObject([
    { state: 'replaced', live_tokens: 0 },
    { state: 'live', live_tokens: 1 },
  ]);
});

test('an ending is announced with its moment on the client’s clock, and takes a user’s id as well', async () => {
  await nl.connect();
  await nl.advance(1000);
  const user = '5C1F0000-0000-4000-8000-000000000001';
  const { body } = await nl.control('POST', '/endings', { ...ENDING, user, in_seconds: 60 });
  expect(body).toEqual({ client_id: APP.client_id, user_id: user.toLowerCase(), kind: 'withdrawn', at: body.at });
  const ahead = Date.parse(body.at) - Date.now();
  expect(ahead).toBeGreaterThan(1_050_000);
  expect(ahead).toBeLessThanOrEqual(1_060_000);
  await nl.advance(60);
  expect((await nl.control('GET', '/chains')).body).toMatchObject([{ state: 'withdrawn', live_tokens: 0 }]);
});

test('a user can be added and sign in', async () => {
  const user = {
    id: '7D000000-0000-4000-8000-00000000000A',
    user_name: 'n.nieuw',
    full_name: 'Nina Nieuw',
    email: 'nina@example.test',
    divisions: [
      { code: 77, description: 'Nieuw', customer_name: 'Nieuw', country: 'NL', vat_number: '', current: true },
    ],
  };
  expect((await nl.control('POST', '/users', user)).status).toBe(200);
  const { access } = await nl.connect('n.nieuw');
  const { d } = await (await nl.api('current/Me', access)).json();
  expect(d.results).toMatchObject([{ UserID: user.id.toLowerCase(), CurrentDivision: 77 }]);
  const namesake = await nl.control('POST', '/users', { ...user, id: '7d000000-0000-4000-8000-00000000000b' });
  expect(namesake.status).toBe(400);
});

test('a reset forgets everything but the seed users', async () => {
  const { refresh } = await nl.connect();
  await nl.control('POST', '/clock', { advance_seconds: 900 });
  await nl.control('POST', '/policy', { policy: 'legacy' });
  await nl.switches({ tooEarlyRotates: true });
  await nl.control('POST', '/reset', {});
  const { body } = await nl.control('GET', '');
  expect(body).toMatchObject({ policy: 'overlap', clients: [], switches: { tooEarlyRotates: false } });
  expect(body.users.length).toBeGreaterThanOrEqual(6);
  expect((await nl.control('GET', '/chains')).body).toEqual([]);
  await nl.register();
  expect((await nl.refresh(refresh)).status).toBe(400);
});

test('a client ID belongs to one sandbox on every site: its clock, policy and journal go by the ID alone', async () => {
  await nl.register({ client_id: 'owned-app', realm: 'one' } as never);
  for (const site of ['nl', 'be'])
    expect((await nl.register({ client_id: 'owned-app', site, realm: 'two' } as never)).status).toBe(409);
  expect((await nl.register({ client_id: 'owned-app', site: 'be', realm: 'one' } as never)).status).toBe(200);
});

test('an app that belongs to no sandbox is nobody’s to take either, on any site; who put it there may change it', async () => {
  await nl.register({ client_id: 'seeded-app' });
  for (const site of ['nl', 'be'])
    expect((await nl.register({ client_id: 'seeded-app', site, realm: 'one' } as never)).status).toBe(409);
  expect((await nl.register({ client_id: 'seeded-app', name: 'Seeded still' })).body).toMatchObject({
    name: 'Seeded still',
  });
});
