import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Incoming } from '../http.ts';
import { type RunningSimulator, startSimulator } from '../index.ts';
import { whyNot } from './door.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

/** By hand, because `fetch` does not let anyone choose the Host header. */
function ask(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${simulator.origins.nl}${path}`, { headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asked.once('error', reject).end();
  });
}

describe('the control API answers', () => {
  test.each(['localhost', 'localhost:4010', 'exact.localhost:4010', '127.0.0.1:4010', '127.8.8.8', '[::1]:4010'])(
    'to the Host %s',
    async (host) => {
      expect((await ask('/__control', { host })).status).toBe(200);
    },
  );

  test('to a page of this machine', async () => {
    expect((await ask('/__control', { origin: 'http://localhost:3000' })).status).toBe(200);
  });
});

describe('the control API answers 403 and a sentence', () => {
  test.each([
    ['a foreign Host', { host: 'evil.example' }, /Host header must be a loopback name/],
    ['a Host that only looks like ours', { host: 'localhost.evil.example' }, /Host header/],
    ['a Host that begins like ours', { host: '127.0.0.1.evil.example' }, /Host header/],
    ['a Host that is none', { host: '@' }, /Host header/],
    ['a proxy', { 'x-forwarded-for': '127.0.0.1' }, /leave out the header x-forwarded-for/],
    ['a proxy by another name', { 'x-forwarded-host': 'localhost' }, /leave out the header x-forwarded-host/],
    ['a proxy that keeps to the standard', { forwarded: 'for=127.0.0.1' }, /leave out the header forwarded/],
    ['a page from elsewhere', { origin: 'https://evil.example' }, /without the Origin header/],
    ['a page without an origin', { origin: 'null' }, /without the Origin header/],
  ])('to %s', async (_, headers, sentence) => {
    const { status, body } = await ask('/__control/requests', headers);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({ error: expect.stringMatching(sentence) });
  });

  test.each(['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1', '10.0.0.127.0.0.1', ''])('to the address %j', (peer) => {
    expect(whyNot(localCall(peer))).toMatch(/connect to it over a loopback address/);
  });

  test.each(['127.0.0.1', '::ffff:127.0.0.1', '::1'])('but not to the address %s', (peer) => {
    expect(whyNot(localCall(peer))).toBeNull();
  });
});

test('the provider itself answers whoever comes', async () => {
  const { status } = await ask('/api/v1/current/Me', { host: 'exact.example', 'x-forwarded-for': '192.0.2.7' });
  expect(status).toBe(401);
});

function localCall(peer: string): Incoming {
  return {
    site: 'nl',
    origin: 'http://127.0.0.1:4010',
    method: 'GET',
    path: '/__control',
    params: new URLSearchParams(),
    body: '',
    peer,
    headerNames: ['host'],
    header: (name) => (name === 'host' ? 'localhost' : undefined),
    cookie: () => undefined,
  };
}
