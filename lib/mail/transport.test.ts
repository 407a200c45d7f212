import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { Secret } from '../kernel/secret.ts';
import { sendMail } from './transport.ts';

/** A mail server that takes everything and keeps what it was told last. */
const taken: string[] = [];
let server: Server;
beforeAll(async () => {
  server = createServer((socket) => {
    let [data, inData] = ['', false];
    socket.write('220 here\r\n');
    socket.on('data', (chunk) => {
      const text = chunk.toString('utf8');
      if (inData) data += text;
      else if (text.startsWith('DATA')) socket.write('354 go on\r\n');
      else if (text.startsWith('QUIT')) socket.end('221 bye\r\n');
      else socket.write('250 yes\r\n');
      if (text.startsWith('DATA')) inData = true;
      if (inData && data.endsWith('\r\n.\r\n')) {
        taken.push(data);
        [data, inData] = ['', false];
        socket.write('250 taken\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const url = new Secret(`smtp://127.0.0.1:${port}`);
  useConfig({ mail: { kind: 'smtp', url, from: 'Waxseal <no-reply@example.test>' } } as unknown as Config);
});
afterAll(() => server.close());

const plain = { subject: 'Hello', text: 'Hello', html: '<p>Hello</p>', inline: [], to: 'reader@example.test' };

/** The message as a mail server took it: its header lines, unfolded, by name. */
async function sent(letter: Parameters<typeof sendMail>[0]) {
  await sendMail(letter);
  const raw = taken.at(-1) ?? '';
  const [head = ''] = raw.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line.replace(/^[^:]*: ?/, '')]),
  );
  return { raw, headers, names: [...headers.keys()] };
}
const decoded = (text: string) =>
  text.replace(/=\?UTF-8\?(?:Q\?([^?]*)|B\?([^?]*))\?=\s?/gi, (_, q?: string, b?: string) =>
    b === undefined
      ? decodeURIComponent((q ?? '').replaceAll('_', ' ').replaceAll('=', '%'))
      : Buffer.from(b, 'base64').toString('utf8'),
  );

describe('what a partner or a customer is called cannot write headers (E-8)', () => {
  test.each([
    'Jansen\r\nBcc: everyone@example.com',
    'Jansen\u2028Bcc: everyone@example.com',
    'Jansen" <boss@bank.example>',
    'Bank\u202emoc.knab',
    'x'.repeat(5000),
    '<script>alert(1)</script>',
    'Ünal & Zonen, "De Hoek"; <a@b.c>',
  ])('%j as sender and subject', async (name) => {
    const { headers, names } = await sent({ ...plain, fromName: name, subject: name });
    expect(names).not.toContain('bcc');
    expect(headers.get('to')).toBe('reader@example.test');
    const from = decoded(headers.get('from') ?? '');
    expect(from).toMatch(/^[^<>]*<no-reply@example\.test>$/);
    expect(from.length).toBeLessThan(200);
    for (const text of [from, decoded(headers.get('subject') ?? '')]) expect(text).not.toMatch(/[\r\n\u2028\u202e]/);
  });
});

test('a mail that can be stopped says so where mail readers look (RFC 8058), and others do not', async () => {
  const unsubscribeUrl = `https://connect.vermeer.example/connect/wxi_${'0'.repeat(24)}_${'1'.repeat(32)}/stop`;
  const { headers } = await sent({ ...plain, unsubscribeUrl });
  expect(headers.get('list-unsubscribe')?.replaceAll(' ', '')).toBe(`<${unsubscribeUrl}>`);
  expect(headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
  expect((await sent(plain)).names).not.toContain('list-unsubscribe');
});

test('both bodies leave, and a logo goes along inside the mail', async () => {
  const inline = [{ cid: 'logo', contentType: 'image/png', bytes: new Uint8Array([137, 80, 78, 71]) }];
  const { raw } = await sent({ ...plain, html: '<img src="cid:logo" alt="x">', inline });
  expect(raw).toContain('multipart/alternative');
  expect(raw).toContain('multipart/related');
  expect(raw).toMatch(/Content-Id: <logo>/i);
  expect(raw).toMatch(/Content-Disposition: inline/i);
  expect(raw).toContain(Buffer.from([137, 80, 78, 71]).toString('base64'));
  expect((await sent(plain)).raw).not.toContain('multipart/related');
});
