import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { send } from './index.ts';

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const get = (url: string, trusted: string[] = []) => send({ method: 'GET', url, headers: {} }, trusted);

describe('where nobody is dialled (TH21, E-5)', () => {
  test.each([
    'http://example.com/',
    'ftp://example.com/',
    'gopher://example.com/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0.0.0.0/',
    'https://localhost/',
    'https://localhost./',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://192.0.0.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://255.255.255.255/',
  ])('%s', async (url) => {
    expect(await get(url)).toEqual({ kind: 'unsent' });
  });

  test('a name that leads to this machine is not dialled: not a single connection', async () => {
    let connections = 0;
    const server = createServer(() => {});
    server.on('connection', () => {
      connections += 1;
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]'])
      expect([host, await get(`https://${host}:${port}/`)]).toEqual([host, { kind: 'unsent' }]);
    expect(connections).toBe(0);
  });

  test('an origin is trusted whole: not another port, scheme, or one that begins like it', async () => {
    let hits = 0;
    const origin = await listening((_, response) => {
      hits += 1;
      response.end();
    });
    const other = new URL(origin);
    other.port = String(Number(other.port) === 65_535 ? 1 : Number(other.port) + 1);
    for (const trusted of [
      [],
      [other.origin],
      [origin.replace('http:', 'https:')],
      [`${origin}/`],
      [origin.slice(0, -1)],
    ])
      expect(await get(origin, trusted)).toEqual({ kind: 'unsent' });
    expect(hits).toBe(0);
    expect((await get(`${origin}/path`, [origin])).kind).toBe('answered');
  });
});

describe('what became of a request is the answer', () => {
  test('answered: status, headers and body as they came, whatever the status', async () => {
    const origin = await listening((_, response) => void response.writeHead(418, { 'x-odd': 'é' }).end('né'));
    expect(await get(origin, [origin])).toMatchObject({ kind: 'answered', response: { status: 418, body: 'né' } });
  });

  test('what is sent arrives byte for byte', async () => {
    let got = '';
    const origin = await listening((request, response) => {
      request.on('data', (chunk) => (got += chunk));
      request.on('end', () => response.end());
    });
    const body = 'code=a%21b&x=é';
    await send({ method: 'POST', url: `${origin}/x`, headers: { 'content-type': 'text/plain' }, body }, [origin]);
    expect(got).toBe(body);
  });

  test('a redirect is an answer like any other: nobody follows it', async () => {
    let followed = false;
    const elsewhere = await listening((_, response) => {
      followed = true;
      response.end();
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const origin = await listening((_, response) => void response.writeHead(status, { location: elsewhere }).end());
      expect(await get(origin, [origin, elsewhere])).toMatchObject({ kind: 'answered', response: { status } });
    }
    expect(followed).toBe(false);
  });

  test('unsent: nobody listens, so a second try is safe', async () => {
    const origin = await listening(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await get(origin, [origin])).toEqual({ kind: 'unsent' });
  });

  test('unknown: cut before an answer, or within one; it may have been processed', async () => {
    const before = await listening((request) => void request.socket.destroy());
    expect(await get(before, [before])).toMatchObject({ kind: 'unknown' });
    const within = await listening((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    expect((await get(within, [within])).kind).not.toBe('unsent');
  });

  test('text is decoded across the borders of chunks', async () => {
    const euro = Buffer.from('€');
    const origin = await listening((_, response) => {
      response.write(euro.subarray(0, 1));
      setImmediate(() => response.end(euro.subarray(1)));
    });
    expect(await get(origin, [origin])).toMatchObject({ response: { body: '€' } });
  });

  test('1 MB is read, one byte more is not', async () => {
    for (const [size, kind] of [
      [1_000_000, 'answered'],
      [1_000_001, 'unknown'],
    ] as const) {
      const origin = await listening((_, response) => void response.end('x'.repeat(size)));
      expect((await get(origin, [origin])).kind).toBe(kind);
    }
  });
});
