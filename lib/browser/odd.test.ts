import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { Secret } from '../kernel/secret.ts';
import { headersEverywhere } from './everywhere.ts';
import { closedPolicy } from './index.ts';
import { refuseOddRequests } from './odd.ts';

const seen: string[] = [];
let server: Server;
beforeAll(async () => {
  useConfig({ publicUrl: 'https://connect.example', sessionSecret: new Secret('s'.repeat(32)) } as Config);
  headersEverywhere();
  refuseOddRequests();
  server = createServer((asked, answer) => {
    seen.push(`${asked.method} ${asked.url}`);
    if (asked.url === '/slow') answer.write('a part');
    else answer.end('framework');
  });
  server.on('upgrade', (asked) => seen.push(`upgrade ${asked.url}`)); // and no word to whoever waits, as the framework does
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  await said('GET /readyz'); // as a start does
});
afterAll(() => void server.close());
beforeEach(() => void seen.splice(0));

const canary = 'wxi_9fK2canaryQ7';

/** All that comes back on a line of its own until the server ends it; `then` is sent once something has. */
const raw = (text: string, then = '') =>
  new Promise<string>((resolve, reject) => {
    const line = connect((server.address() as AddressInfo).port, '127.0.0.1', () => line.write(text, 'latin1'));
    let back = '';
    line.on('data', (bytes) => (back += bytes.toString('latin1')));
    if (then) line.once('data', () => line.write(then));
    line.on('close', () => resolve(back));
    line.on('error', reject);
    line.setTimeout(3000, () => line.destroy(new Error(`no end: ${text.slice(0, 60)}`)));
  });
const said = (asked: string, ...headers: string[]) =>
  raw([`${asked} HTTP/1.1`, 'Host: connect.example', 'Connection: close', ...headers, '', ''].join('\r\n'));

/** 4xx, the headers of B-2, an empty body, and nothing of what was asked. */
function expectRefused(answer: string, status: number, about: string): void {
  const [head = '', body] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.split(': ').slice(1).join(': ')]),
  );
  expect(first.split(' ').slice(0, 2), about).toEqual(['HTTP/1.1', String(status)]);
  expect(Object.fromEntries(headers), about).toMatchObject({
    'content-security-policy': closedPolicy,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    connection: 'close',
    'content-length': '0',
    ...(status === 405 ? { allow: 'GET, HEAD, POST, OPTIONS' } : {}),
  });
  expect(headers.get('location')).toBeUndefined();
  expect(body, about).toBe('');
  expect(answer.toLowerCase()).not.toContain('canary');
}

describe('the framework does not see', () => {
  test('a method that nothing of ours serves, at any address', async () => {
    const ours = ['TRACE', 'PROPFIND', 'QUERY', 'PURGE', 'M-SEARCH', 'LINK', 'SOURCE', 'PUT', 'PATCH', 'DELETE'];
    for (const method of ours)
      for (const path of ['/', '/connect/wxi_1', '/oauth/a/b/callback', '/console', '/healthz', '/embed/v1.js'])
        expectRefused(await said(`${method} ${path}`, `X-Secret: ${canary}`), 405, `${method} ${path}`);
    for (const method of ['TRACE', 'PROPFIND'])
      expectRefused(await said(`${method} /api/v1/grants`), 405, `${method} /api`);
    expect(seen).toEqual([]);
  });

  test('nor is one that HTTP does not know, or a tunnel, left without the headers', async () => {
    expectRefused(await said(`FOO /${canary}`), 400, 'FOO');
    expectRefused(await said(`get /${canary}`), 400, 'get');
    expectRefused(await said(`CONNECT ${canary}:443`), 405, 'CONNECT');
    expectRefused(await said('GET /', `X: ${'x'.repeat(20_000)}`), 431, 'headers without end');
    expectRefused(await said('POST /', 'Content-Length: 3', 'Transfer-Encoding: chunked'), 400, 'two lengths');
    expect(seen).toEqual([]);
  });

  test('a path that cannot be decoded', async () => {
    for (const path of ['/%zz', '/%', '/%2', '/connect/%zz', '/connect/%ff', '/%c0%af', '/connect/%ED%A0%80', '/a#%zz'])
      for (const method of ['GET', 'POST', 'TRACE'])
        expectRefused(await said(`${method} ${path}?${canary}`), 400, `${method} ${path}`);
    expectRefused(await said('DELETE /api/v1/%zz'), 400, 'the API');
    expect(seen).toEqual([]);
  });

  test('an address that is not a path of ours', async () => {
    for (const target of [`http://${canary}.example/connect`, `https://${canary}.example`, `http://[${canary}/x`])
      expectRefused(await said(`GET ${target}`), 400, target);
    expectRefused(await said('OPTIONS *'), 400, 'OPTIONS *');
    expectRefused(await said('GET *'), 400, 'GET *');
    expect(seen).toEqual([]);
  });

  test('a wish to speak something else', async () => {
    for (const [path, status] of [
      ['/connect/x', 400],
      ['/%zz', 400],
    ] as const)
      expectRefused(await said(`GET ${path}`, 'Connection: Upgrade', 'Upgrade: websocket'), status, path);
    expect(seen).toEqual([]);
  });
});

test('everything else passes as it is, what is broken in a query among it', async () => {
  const passes = [
    'GET /',
    'HEAD /connect/wxi_1',
    'POST /console?x=%zz',
    'OPTIONS /connect/x',
    'GET /connect/x?%zz=%&y=%ff',
    'GET /%41/%25zz/%00/%C3%A9',
    'GET //x',
    'PUT /api/v1/grants',
    'PATCH /api/v1/grants',
    'DELETE /api/v1/grants',
  ];
  for (const asked of passes) expect(await said(asked), asked).toContain('200 OK');
  expect(seen).toEqual(passes);
});

test('into an answer that is on its way nothing is said', async () => {
  const both = await raw('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', 'FOO / HTTP/1.1\r\n\r\n');
  expect(both).toContain('a part');
  expect(both.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('on a line that goes on, the next request is judged as the first', async () => {
  const both = await raw('GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(both.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 405']);
  expect(seen).toEqual(['GET /']);
});
