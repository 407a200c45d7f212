import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../index.ts';
import { APP, httpClient } from '../testing/http-client.ts';

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

const fault = async (input: object) => (await nl.control('POST', '/faults', input)).body;
const newest = async () => (await nl.control('GET', '/requests?limit=1')).body.requests[0];
/** As soon as it is known whether the answer left whole, which can be a moment after the client has read it. */
const lastRequest = async () => {
  for (;;) {
    const last = await newest();
    if (last.delivered !== null) return last;
  }
};
const chain = async () => (await nl.control('GET', '/chains')).body[0];

/** What a careful HTTP client hears: a whole answer, or how it broke off. */
function hear(
  refreshToken: string,
): Promise<{ status?: number; headers?: object; body: string; broke: string | null }> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: APP.client_id,
    client_secret: APP.client_secret,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length };
  return new Promise((resolve) => {
    const asked = request(`${simulator.origins.nl}/api/oauth2/token`, { method: 'POST', headers, agent: false });
    asked.once('error', (error: NodeJS.ErrnoException) => resolve({ body: '', broke: error.code ?? error.message }));
    asked.once('response', (response) => {
      let heard = '';
      const told = { status: response.statusCode ?? 0, headers: response.headers };
      response.setEncoding('utf8').on('data', (part) => {
        heard += part;
      });
      response.once('error', (error: NodeJS.ErrnoException) =>
        resolve({ ...told, body: heard, broke: error.code ?? '' }),
      );
      response.once('end', () => resolve({ ...told, body: heard, broke: null }));
    });
    asked.end(body);
  });
}

/** A chain that may be refreshed now. */
async function ready() {
  const tokens = await nl.connect();
  await nl.advance(600);
  return tokens;
}

describe('before: the rules never see the request, and the token is as good as it was', () => {
  test.each([
    [
      { kind: 'refuse', status: 418, body: '{"error":"teapot"}' },
      { status: 418, body: '{"error":"teapot"}' },
    ],
    [
      { kind: 'status', status: 429 },
      { status: 429, body: '' },
    ],
    [
      { kind: 'status', status: 502 },
      { status: 502, body: expect.stringContaining('Bad Gateway') },
    ],
    [
      { kind: 'maintenance' },
      { status: 503, body: 'Server maintenance: Due to server maintenance the Exact Online server is unavailable.' },
    ],
    [
      { kind: 'maintenance', status: 504, format: 'html' },
      { status: 504, body: expect.stringMatching(/^<!doctype/) },
    ],
    [
      { kind: 'redirect', location: 'https://elsewhere.example.test/login' },
      { status: 302, headers: expect.objectContaining({ location: 'https://elsewhere.example.test/login' }) },
    ],
    [{ kind: 'reset' }, { broke: 'ECONNRESET' }],
    [{ kind: 'close' }, { broke: 'ECONNRESET' }],
    [{ kind: 'hang', ms: 5 }, { broke: 'ECONNRESET' }],
  ])('%j', async (kind, heard) => {
    const { refresh } = await ready();
    const { id } = await fault({ endpoint: 'refresh', when: 'before', ...kind });
    expect(await hear(refresh)).toMatchObject(heard);
    expect(await lastRequest()).toMatchObject({
      verdict: 'failed',
      status: 'status' in heard ? heard.status : null,
      fault: { id, kind: kind.kind, when: 'before' },
      processed: false,
      delivered: 'status' in heard,
      grant_type: 'refresh_token',
      chain: (await chain()).chain,
    });
    expect(await chain()).toMatchObject({ generation: 0, token_calls: 1 });
    expect((await hear(refresh)).status).toBe(200);
  });
});

describe('after: the rules have spent the token, and nobody hears of it', () => {
  test.each([
    [
      { kind: 'refuse', status: 400, headers: { 'content-type': 'text/plain' } },
      { status: 400, body: '' },
    ],
    [
      { kind: 'status', status: 500 },
      { status: 500, body: expect.stringContaining('Internal Server Error') },
    ],
    [{ kind: 'status', status: 504 }, { status: 504 }],
    [{ kind: 'maintenance' }, { status: 503 }],
    [{ kind: 'redirect', location: '/login', status: 307 }, { status: 307 }],
    [{ kind: 'reset' }, { broke: 'ECONNRESET' }],
    [{ kind: 'close' }, { broke: 'ECONNRESET' }],
    [{ kind: 'hang', ms: 5 }, { broke: 'ECONNRESET' }],
  ])('%j', async (kind, heard) => {
    const { refresh } = await ready();
    const { id } = await fault({ endpoint: 'refresh', when: 'after', ...kind });
    expect(await hear(refresh)).toMatchObject(heard);
    expect(await lastRequest()).toMatchObject({
      verdict: 'issued',
      status: 200,
      generation: 0,
      issued_fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      fault: { id, kind: kind.kind, when: 'after' },
      processed: true,
      delivered: false,
    });
    expect(await chain()).toMatchObject({ generation: 1, token_calls: 2, refreshes: 1, live_tokens: 1 });
    expect((await hear(refresh)).body).toContain('Old refresh token used.'); // T13
  });

  test('a code whose answer is lost on the way back is spent all the same', async () => {
    const code = await nl.consentCode();
    await fault({ endpoint: 'code', kind: 'reset', when: 'after' });
    await expect(nl.exchange(code)).rejects.toThrow();
    expect((await nl.exchange(code)).body).toContain('already been processed'); // T4
    expect(await chain()).toMatchObject({ generation: 0, live_tokens: 1 });
  });
});

describe('the answer of the rules, damaged', () => {
  test('cut breaks off at its byte while the announced length stays', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'cut', at: 20 });
    const { status, headers, body, broke } = await hear(refresh);
    expect([status, body, broke]).toEqual([200, '{"access_token":"gAA', 'ECONNRESET']);
    expect(headers).toMatchObject({ 'content-length': '1329' });
    expect(await lastRequest()).toMatchObject({ verdict: 'issued', processed: true, delivered: false });
  });

  test('cut at the first byte sends the headers', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'cut', at: 0 });
    expect(await hear(refresh)).toMatchObject({ status: 200, body: '', broke: 'ECONNRESET' });
  });

  test('cut behind the end harms nothing', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'cut', at: 5000 });
    expect(await hear(refresh)).toMatchObject({ status: 200, broke: null });
    expect(await lastRequest()).toMatchObject({ delivered: true });
  });

  test('drip arrives whole, in the end', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'drip', bytes: 200, ms: 1 });
    const { body, broke } = await hear(refresh);
    expect([body.length, broke]).toEqual([1329, null]);
    expect(await lastRequest()).toMatchObject({ delivered: true });
  });

  test('duplicate is processed twice, and the second answer goes out', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'duplicate' });
    expect((await hear(refresh)).body).toContain('Old refresh token used.');
    const { requests } = (await nl.control('GET', '/requests?limit=2')).body;
    expect(requests).toMatchObject([
      { verdict: 'issued', delivered: false, repeated: false, fault: { kind: 'duplicate' } },
      { verdict: 'refused', rule: 'T13', delivered: true, repeated: true, fault: { kind: 'duplicate' } },
    ]);
  });

  test('wrong_length larger: the client waits for more, in vain', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'wrong_length', by: 10 });
    const { body, broke } = await hear(refresh);
    expect([body.length, broke]).toEqual([1329, 'ECONNRESET']);
    expect(await lastRequest()).toMatchObject({ delivered: false });
  });

  test('wrong_length smaller: the client stops reading too early', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'wrong_length', by: -10 });
    expect((await hear(refresh)).broke).toBe('HPE_CLOSED_CONNECTION'); // Node's word for bytes behind the end
    expect(await lastRequest()).toMatchObject({ verdict: 'issued', delivered: false });
  });

  test('wrong_type says HTML over the real body', async () => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'wrong_type' });
    const { headers, body } = await hear(refresh);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    expect(JSON.parse(body)).toMatchObject({ expires_in: '600' });
    expect(await lastRequest()).toMatchObject({ delivered: true });
  });

  test.each([7200, -7200])('date_skew by %i seconds', async (seconds) => {
    await fault({ endpoint: 'api', kind: 'date_skew', seconds });
    const date = Date.parse((await nl.api('current/Me')).headers.get('date') ?? '');
    expect(Math.abs(date - Date.now() - seconds * 1000)).toBeLessThan(5000);
  });

  test.each(['before', 'after'])('delay %s processing', async (when) => {
    const { refresh } = await ready();
    await fault({ endpoint: 'token', kind: 'delay', when, ms: 40 });
    const started = performance.now();
    expect((await hear(refresh)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(39);
    expect(await lastRequest()).toMatchObject({ delivered: true, fault: { kind: 'delay', when } });
  });
});

describe('a hanging request', () => {
  test('is set free when its fault is deleted', async () => {
    const { refresh } = await ready();
    const { id } = await fault({ endpoint: 'refresh', kind: 'hang', when: 'after' });
    const waiting = hear(refresh);
    await expect.poll(async () => (await lastRequest()).fault?.id).toBe(id);
    expect(await nl.control('DELETE', `/faults?id=${id}`)).toMatchObject({ status: 200, body: { deleted: [id] } });
    expect((await waiting).broke).toBe('ECONNRESET');
  });

  test('does not keep the simulator from closing', async () => {
    const other = await startSimulator();
    const client = httpClient(other.origins.nl);
    await client.control('POST', '/faults', { endpoint: 'any', kind: 'hang', when: 'before' });
    const waiting = expect(client.api('current/Me')).rejects.toThrow();
    await expect.poll(async () => (await client.control('GET', '/requests')).body.requests.length).toBe(1);
    await other.close();
    await waiting;
  });
});

test('a client that hangs up before its answer has lost it, and spent its token', async () => {
  const { refresh } = await ready();
  await fault({ endpoint: 'refresh', kind: 'delay', when: 'after', ms: 3_600_000 });
  const hangUp = new AbortController();
  const credentials = { client_id: APP.client_id, client_secret: APP.client_secret };
  const waiting = fetch(`${simulator.origins.nl}/api/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh, ...credentials }),
    signal: hangUp.signal,
  });
  await expect.poll(newest).toMatchObject({ verdict: 'issued', delivered: null });
  hangUp.abort();
  await expect(waiting).rejects.toThrow();
  await expect.poll(newest).toMatchObject({ verdict: 'issued', delivered: false });
  expect(await chain()).toMatchObject({ generation: 1 });
});

describe('which requests a fault hits', () => {
  const hits = async (endpoint: string, act: () => Promise<unknown>) => {
    await nl.control('DELETE', '/faults');
    await fault({ endpoint, kind: 'status', when: 'before', status: 500 });
    await act().catch(() => {});
    const { faults } = (await nl.control('GET', '/faults')).body;
    return faults[0].times_left === 0;
  };
  const acts: Record<string, () => Promise<unknown>> = {
    authorize: () => fetch(nl.authorizeUrl()),
    login: () => fetch(`${simulator.origins.nl}/__login`, { method: 'POST', body: '' }),
    consent: () => fetch(`${simulator.origins.nl}/__consent`, { method: 'POST', body: '' }),
    code: () => nl.exchange('x'),
    refresh: () => nl.refresh('x'),
    me: () => nl.api('current/Me'),
    divisions: () => nl.api('1/system/Divisions'),
    accounts: () => nl.api('1/crm/Accounts'),
    nowhere: () => fetch(`${simulator.origins.nl}/favicon.ico`),
  };

  test.each([
    ['authorize', ['authorize']],
    ['login', ['login']],
    ['consent', ['consent']],
    ['token', ['code', 'refresh']],
    ['code', ['code']],
    ['refresh', ['refresh']],
    ['me', ['me']],
    ['divisions', ['divisions']],
    ['api', ['me', 'divisions', 'accounts']],
    ['any', ['authorize', 'login', 'consent', 'code', 'refresh', 'me', 'divisions', 'accounts']],
  ])('%s: %j', async (endpoint, expected) => {
    const hit: string[] = [];
    for (const [name, act] of Object.entries(acts)) if (await hits(endpoint, act)) hit.push(name);
    expect(hit).toEqual(expected);
  });

  test('only those of its client, on every endpoint', async () => {
    const other = { ...APP, client_id: 'other-app', client_secret: 'other-secret' };
    await nl.register(other);
    const { access, refresh } = await ready();
    const aimed = (endpoint: string, client_id: string) =>
      fault({ endpoint, client_id, kind: 'status', when: 'before', status: 500 });
    await aimed('any', other.client_id);
    expect((await nl.api('current/Me', access)).status).toBe(401); // R1: not hit, and judged
    expect((await hear(refresh)).status).toBe(200);
    expect((await fetch(nl.authorizeUrl({ client_id: other.client_id }))).status).toBe(500);
    await aimed('me', APP.client_id);
    expect((await nl.api('current/Me', access)).status).toBe(500);
  });

  test('the oldest first, each as often as it was told', async () => {
    await fault({ endpoint: 'any', kind: 'status', when: 'before', status: 502, times: 2 });
    await fault({ endpoint: 'me', kind: 'status', when: 'before', status: 503 });
    const statuses: number[] = [];
    for (let at = 0; at < 4; at++) statuses.push((await nl.api('current/Me')).status);
    expect(statuses).toEqual([502, 502, 503, 401]);
  });

  test('none once they are deleted or all is reset', async () => {
    await fault({ endpoint: 'any', kind: 'status', when: 'before', status: 502, times: 9 });
    await nl.control('DELETE', '/faults');
    expect((await nl.api('current/Me')).status).toBe(401);
    await fault({ endpoint: 'any', kind: 'status', when: 'before', status: 502, times: 9 });
    await nl.control('POST', '/reset', {});
    expect((await nl.control('GET', '/faults')).body).toEqual({ faults: [] });
    expect((await nl.api('current/Me')).status).toBe(401);
  });
});

describe('what a fault may not be', () => {
  const reset = { endpoint: 'token', kind: 'reset', when: 'after' };
  test.each([
    [
      { ...reset, endpoint: 'tokens' },
      'endpoint: must be authorize, login, consent, token, code, refresh, me, divisions, api or any.',
    ],
    [{ ...reset, kind: 'explode' }, /^kind: must be refuse, status, maintenance, .*date_skew or delay\.$/],
    [{ ...reset, when: 'during' }, 'when: must be before or after.'],
    [{ endpoint: 'token', kind: 'reset' }, 'when: must be before or after.'],
    [{ ...reset, times: 0 }, 'times: must be a whole number from 1 to 1000000.'],
    [{ ...reset, client_id: 'x' }, /No client x is registered/],
    [
      { ...reset, at: 3 },
      'The body: a fault of kind reset takes endpoint, kind, times, client_id and when, nothing else.',
    ],
    [{ ...reset, kind: 'status', status: 404 }, 'status: must be 429, 500, 502, 503 or 504.'],
    [{ ...reset, kind: 'refuse', status: 99 }, 'status: must be a whole number from 200 to 599.'],
    [
      { ...reset, kind: 'refuse', status: 400, headers: { 'Content-Length': '3' } },
      /^headers: must leave Content-Length/,
    ],
    [{ ...reset, kind: 'refuse', status: 400, headers: { 'X-A': 'a\r\nb' } }, /^headers\.X-A: /],
    [{ ...reset, kind: 'redirect', location: 'a\r\nb: c' }, 'location: must be an address in plain ASCII.'],
    [{ ...reset, kind: 'hang', ms: 0 }, 'ms: must be a whole number from 1 to 3600000.'],
    [{ endpoint: 'token', kind: 'cut', at: -1 }, 'at: must be a whole number from 0 to 1000000.'],
    [{ endpoint: 'token', kind: 'drip', ms: 5 }, 'bytes: must be a whole number from 1 to 100000.'],
    [{ endpoint: 'token', kind: 'wrong_length', by: 0 }, 'by: must not be 0.'],
    [{ endpoint: 'token', kind: 'date_skew' }, /^seconds: must be a whole number/],
  ])('%j', async (input, sentence) => {
    const { status, body } = await nl.control('POST', '/faults', input);
    expect([status, Object.keys(body)]).toEqual([400, ['error']]);
    if (typeof sentence === 'string') expect(body.error).toBe(sentence);
    else expect(body.error).toMatch(sentence);
  });

  test('more than can be looked through', async () => {
    for (let at = 0; at < 500; at++) await fault(reset);
    expect((await nl.control('POST', '/faults', reset)).body.error).toMatch(/500 faults already; DELETE/);
  });

  test('one that is not there cannot be deleted', async () => {
    expect(await nl.control('DELETE', '/faults?id=fault_x')).toEqual({
      status: 400,
      body: { error: 'There is no fault fault_x; GET /__control/faults lists them.' },
    });
  });
});
