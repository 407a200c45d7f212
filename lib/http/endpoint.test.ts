import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { publicOnly } from './address.ts';
import { faultOfUrl, knock, post } from './index.ts';

/** What names lead to, in place of the network's own answer; every question is counted. */
const names = vi.hoisted(() => ({ answers: [] as string[][], asked: [] as string[] }));
vi.mock('node:dns', async (actual) => {
  const dns = await actual<typeof import('node:dns')>();
  const lookup = (name: string, _: unknown, done: (error: Error | null, found: LookupAddress[]) => void) => {
    names.asked.push(name);
    const found = names.answers[Math.min(names.asked.length, names.answers.length) - 1] ?? [];
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { ...dns, lookup };
});

let servers: Server[] = [];
let connections = 0;
beforeEach(() => {
  names.answers = [];
  names.asked = [];
  connections = 0;
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

async function listening(listener: RequestListener, server: Server = createServer(listener)): Promise<number> {
  servers.push(server);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const send = (url: string, trusted: string[] = [], limits?: Parameters<typeof post>[2]) =>
  post({ url, headers: { 'content-type': 'application/json' }, body: '{}' }, trusted, limits);

/** What is refused from the URL alone, as when a target is made (E-5). These lead to this machine, through a name, or nowhere. */
const refused: [string, string][] = [
  ['https://127.0.0.1/', 'not_public'],
  ['https://127.1/', 'not_public'],
  ['https://2130706433/', 'not_public'],
  ['https://0x7f000001/', 'not_public'],
  ['https://0177.0.0.1/', 'not_public'],
  ['https://0.0.0.0/', 'not_public'],
  ['https://127.0.0.1./', 'not_public'],
  ['https://localhost/', 'not_public'],
  ['https://localhost./', 'not_public'],
  ['https://LOCALHOST/', 'not_public'],
  ['https://api.localhost/', 'not_public'],
  ['https://intranet/', 'not_public'],
  ['https://[::1]/', 'not_public'],
  ['https://[::]/', 'not_public'],
  ['https://[::7f00:1]/', 'not_public'],
  ['https://[::ffff:7f00:1]/', 'not_public'],
  ['https://[::ffff:10.0.0.1]/', 'not_public'],
  ['https://[::ffff:0:127.0.0.1]/', 'not_public'],
  ['https://[64:ff9b::7f00:1]/', 'not_public'],
  ['https://[64:ff9b:1::7f00:1]/', 'not_public'],
  ['https://[2002:7f00:1::]/', 'not_public'],
  ['https://①②⑦.⓪.⓪.①/', 'not_public'],
  ['https://receiver.example:22/', 'other_port'],
  ['https://receiver.example:25/', 'other_port'],
  ['https://receiver.example:5432/', 'other_port'],
  ['https://receiver.example:8443/', 'other_port'],
  ['http://receiver.example/', 'not_https'],
  ['ftp://receiver.example/', 'not_https'],
  ['gopher://receiver.example/', 'not_https'],
  ['file:///etc/passwd', 'not_https'],
  ['data:text/plain,x', 'not_https'],
  ['https://user@receiver.example/', 'has_userinfo'],
  ['https://user:secret@receiver.example/', 'has_userinfo'],
  ['https://receiver.example@127.0.0.1/', 'has_userinfo'],
  ['https://receiver.example/#fragment', 'has_fragment'],
  ['receiver.example', 'not_a_url'],
  ['https://', 'not_a_url'],
  ['', 'not_a_url'],
];
/** These lead to others, and are not dialled here, so that no mistake reaches a stranger. */
const refusedElsewhere = [
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'https://[fc00::1]/',
  'https://[ff02::1]/',
  'https://[4000::1]/',
  'https://169.254.169.254/latest/meta-data',
  'https://100.64.0.1/',
  'https://192.0.0.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.0.1/',
];

const lookUp = (all: boolean) =>
  new Promise((resolve) => publicOnly('receiver.example', { all }, (...answer) => resolve(answer)));

describe('where no partner’s URL is dialled (TH21, E-5)', () => {
  test.each(refused)('%s: %s', async (url, fault) => {
    names.answers = [['127.0.0.1']];
    expect(faultOfUrl(url, [])).toBe(fault);
    expect(await knock(url, [])).toBe(fault);
    expect(await send(url)).toEqual({ kind: 'unsent' });
    expect(names.asked).toEqual([]);
  });

  test.each(refusedElsewhere)('%s', (url) => expect(faultOfUrl(url, [])).toBe('not_public'));

  test('what is public is not refused', () => {
    for (const url of [
      'https://receiver.example/waxseal?tenant=1',
      'https://RECEIVER.example:443/',
      'https://1.1.1.1/',
      'https://[2606:4700:4700::1111]/',
      'https://bücher.example/',
    ])
      expect([url, faultOfUrl(url, [])]).toEqual([url, null]);
  });

  test.each([
    ['a private address', ['10.0.0.1']],
    ['this machine, through whatever alias', ['127.0.0.1']],
    ['this machine, by IPv6', ['::1']],
    ['the metadata service', ['169.254.169.254']],
    ['public and private answers together', ['203.0.114.1', '192.168.0.1']],
    ['private and public answers together', ['::ffff:10.0.0.1', '2606:4700::1']],
    ['no answer', []],
  ])('a name that leads to %s is not connected to', async (_, found) => {
    names.answers = [found];
    expect(await lookUp(true)).toMatchObject([{ code: 'EREFUSEDADDRESS' }, '']);
    expect(await lookUp(false)).toMatchObject([{ code: 'EREFUSEDADDRESS' }, '']);
  });

  test('nor is this machine, by a name that leads to it', async () => {
    names.answers = [['127.0.0.1']];
    expect(await knock('https://receiver.example/', [])).toBe('not_public');
    expect(await send('https://receiver.example/')).toEqual({ kind: 'unsent' });
    expect(names.asked).toEqual(['receiver.example', 'receiver.example']);
  });

  /** DNS rebinding: the answer that was judged is the one that is dialled, because it is asked for once. */
  test('a name is looked up once for a connection, and what was judged is what is dialled', async () => {
    names.answers = [['203.0.114.1', '203.0.114.2'], ['127.0.0.1']];
    expect(await lookUp(true)).toEqual([
      null,
      [
        { address: '203.0.114.1', family: 4 },
        { address: '203.0.114.2', family: 4 },
      ],
    ]);
    expect(names.asked).toHaveLength(1);
    expect(await lookUp(false)).toMatchObject([{ code: 'EREFUSEDADDRESS' }, '']);
  });

  test('an operator’s origin is trusted whole, and never with credentials in the URL', async () => {
    const port = await listening((_, response) => void response.end('ok'));
    const origin = `http://127.0.0.1:${port}`;
    for (const trusted of [[], [`http://127.0.0.1:${port + 1}`], [`https://127.0.0.1:${port}`], ['http://127.0.0.1']]) {
      expect(await knock(`${origin}/`, trusted)).toBe('not_https');
      expect(await send(`${origin}/`, trusted)).toEqual({ kind: 'unsent' });
    }
    expect(await send(`http://user@127.0.0.1:${port}/`, [origin])).toEqual({ kind: 'unsent' });
    expect(connections).toBe(0);
    expect(await knock(`${origin}/x`, [origin])).toBeNull();
    expect(await send(`${origin}/x`, [origin])).toMatchObject({ kind: 'answered', response: { body: 'ok' } });
  });
});

/** A certificate for this machine that vouches for itself (RFC 5280 §4.1), with its key; made anew each time. */
function selfSigned(): { key: string; cert: string } {
  const der = (tag: number, ...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
  };
  const text = (tag: number, value: string) => der(tag, Buffer.from(value));
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
  const commonName = der(0x06, Buffer.from('550403', 'hex'));
  const name = der(0x30, der(0x31, der(0x30, commonName, text(0x0c, 'localhost'))));
  const whenever = der(0x30, text(0x17, '200101000000Z'), text(0x18, '21200101000000Z'));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(
    0x02,
    Buffer.from([1]),
    createHash('sha256').update(String(process.hrtime())).digest().subarray(0, 8),
  );
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const content = der(0x30, version, serial, ecdsaWithSha256, name, whenever, name, spki);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  const cert = der(0x30, content, ecdsaWithSha256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

describe('finding out whether an endpoint is there', () => {
  test('says nothing: a connection, and not a byte', async () => {
    let bytes = 0;
    const server = createServer();
    server.on('connection', (socket) => socket.on('data', ({ length }) => (bytes += length)));
    const port = await listening(() => {}, server);
    expect(await knock(`http://127.0.0.1:${port}/`, [`http://127.0.0.1:${port}`])).toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    expect([connections, bytes]).toEqual([1, 0]);
  });

  test('nobody listens', async () => {
    const port = await listening(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await knock(`http://127.0.0.1:${port}/`, [`http://127.0.0.1:${port}`])).toBe('unreachable');
  });

  test('a certificate that nobody vouches for is refused, before anything is sent and when it would be', async () => {
    const port = await listening(() => {}, createSecureServer(selfSigned()) as unknown as Server);
    const origin = `https://127.0.0.1:${port}`;
    expect(await knock(origin, [origin])).toBe('bad_certificate');
    expect(await send(origin, [origin])).toEqual({ kind: 'unsent' });
  });

  test('what speaks no TLS where TLS is spoken is not there', async () => {
    const port = await listening(() => {});
    const origin = `https://127.0.0.1:${port}`;
    expect(await knock(origin, [origin])).not.toBeNull();
  });
});

describe('what an endpoint can do to us', () => {
  test('a redirect is an answer like any other, a hundred of them one', async () => {
    const port = await listening((_, response) => void response.writeHead(307, { location: '/again' }).end());
    const origin = `http://127.0.0.1:${port}`;
    expect(await send(origin, [origin])).toMatchObject({ kind: 'answered', response: { status: 307 } });
    expect(connections).toBe(1);
  });

  test('64 kB are read, and not a byte more', async () => {
    for (const [size, kind] of [
      [64 * 1024, 'answered'],
      [64 * 1024 + 1, 'unknown'],
    ] as const) {
      const port = await listening((_, response) => void response.end('x'.repeat(size)));
      const origin = `http://127.0.0.1:${port}`;
      expect((await send(origin, [origin])).kind).toBe(kind);
    }
  });

  test('an answer without an end is cut off, whether it comes fast or drop by drop', async () => {
    const fast = await listening((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await send(`http://127.0.0.1:${fast}`, [`http://127.0.0.1:${fast}`])).toMatchObject({ kind: 'unknown' });
    let dripping: ReturnType<typeof setInterval> | undefined;
    const slow = await listening((_, response) => {
      dripping = setInterval(() => response.write('x'), 20);
    });
    const origin = `http://127.0.0.1:${slow}`;
    const answer = await send(origin, [origin], { answerBytes: 64 * 1024, totalMs: 300 });
    clearInterval(dripping);
    expect(answer).toMatchObject({ kind: 'unknown' });
  });

  test('one that never answers is given up in time', async () => {
    const port = await listening(() => {});
    const origin = `http://127.0.0.1:${port}`;
    expect(await send(origin, [origin], { answerBytes: 1, totalMs: 200 })).toEqual({ kind: 'unknown', partial: null });
  });
});
