import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { Secret } from '../kernel/secret.ts';
import { headersEverywhere } from './everywhere.ts';
import { closedPolicy } from './index.ts';

const at = (publicUrl: string) => useConfig({ publicUrl, sessionSecret: new Secret('s'.repeat(32)) } as Config);

let server: Server;
beforeAll(async () => {
  at('https://connect.example');
  headersEverywhere();
  server = createServer((asked, answer) => {
    if (asked.url?.startsWith('/own')) answer.setHeader('content-security-policy', "default-src 'self'");
    if (asked.url === '/own/late') answer.writeHead(200, { 'cache-control': 'public' });
    if (asked.url === '/list') {
      answer.setHeader('content-type', ['text/html; charset=utf-8']).setHeader('x-list', ['1']);
      answer.setHeader('x-seen', JSON.stringify([answer.getHeader('content-type'), answer.getHeader('x-list')]));
    }
    if (asked.url?.startsWith('/page')) answer.setHeader('content-type', 'text/html; charset=utf-8');
    if (asked.url === '/page/own') answer.setHeader('content-security-policy', ["default-src 'self'"]);
    if (asked.url === '/page/two') answer.setHeader('content-security-policy', ['script-src x', 'img-src y']);
    if (asked.url === '/redirect') answer.writeHead(308, 'Moved', { location: '/' });
    answer.end('x');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => void server.close());

const headersOf = (path: string, method = 'GET') =>
  new Promise<Record<string, unknown>>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    request({ host: '127.0.0.1', port, path, method, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.headers);
    })
      .once('error', reject)
      .end();
  });

const everywhere = {
  'content-security-policy': closedPolicy,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
};

test('an answer that nobody gave headers has those of B-2, by whatever method it was asked for', async () => {
  for (const method of ['GET', 'HEAD', 'TRACE', 'OPTIONS', 'PUT', 'DELETE'])
    expect(await headersOf('/x', method)).toMatchObject(everywhere);
  expect(await headersOf('/redirect')).toMatchObject({ ...everywhere, location: '/' });
});

test('the opener stays where a partner’s page may listen', async () => {
  for (const path of ['/connect', '/connect/wxi_1', '/connect?x', '/oauth/exact-online/clr_1/callback'])
    expect(await headersOf(path)).toMatchObject({ 'cross-origin-opener-policy': 'unsafe-none' });
  for (const path of ['/connected', '/console/connect', '/'])
    expect(await headersOf(path)).toMatchObject({ 'cross-origin-opener-policy': 'same-origin' });
});

test('what a route said stands, said early or late', async () => {
  const own = { 'content-security-policy': "default-src 'self'" };
  expect(await headersOf('/own')).toMatchObject({ ...everywhere, ...own });
  expect(await headersOf('/own/late')).toMatchObject({ ...everywhere, ...own, 'cache-control': 'public' });
});

test('over plain http nobody is told to come back by https', async () => {
  at('http://localhost:3999');
  expect(await headersOf('/x')).not.toHaveProperty('strict-transport-security');
  at('https://connect.example');
});

const reporting = async (path: string) => {
  const headers = await headersOf(path);
  return [headers['content-security-policy'], headers['reporting-endpoints']];
};

test('a page’s policy names where to report, on the host the page came from; what is no page names nothing', async () => {
  const [more, endpoint] = ['; report-uri /browser-reports; report-to csp', 'csp="/browser-reports"'];
  expect(await reporting('/page')).toEqual([`${closedPolicy}${more}`, endpoint]);
  expect(await reporting('/page/own')).toEqual([`default-src 'self'${more}`, endpoint]);
  expect(await reporting('/page/two')).toEqual([`script-src x${more}, img-src y${more}`, endpoint]);
  for (const path of ['/x', '/redirect']) expect(await reporting(path)).toEqual([closedPolicy, undefined]);
  expect(await reporting('/own')).toEqual(["default-src 'self'", undefined]);
});

/** A browser that knows `report-to` passes over `report-uri` beside it, and takes endpoints over https only. */
test('over plain http the policy names the address alone', async () => {
  at('http://localhost:3999');
  expect(await reporting('/page/own')).toEqual(["default-src 'self'; report-uri /browser-reports", undefined]);
  at('https://connect.example');
});

/** The framework's compressor looks for a text. */
test('a page’s content type is one text, as who compresses it expects', async () => {
  expect(await headersOf('/list')).toMatchObject({ 'x-seen': '["text/html; charset=utf-8",["1"]]' });
});
