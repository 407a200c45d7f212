import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contracts } from '#lib/api/contracts.ts';
import { readHandoff } from '#lib/handoff/index.ts';
import { type Asking, call, type OperationId } from '#lib/testing/api.ts';
import { aSealedConnection } from '#lib/testing/journey.ts';
import { refresh } from '#lib/testing/provider.ts';
import { anApiKey, aPartner, later, type World, world } from '#lib/testing/world.ts';
import { fields, header } from './fields.ts';
import { recipient } from './recipient.ts';

const run = promisify(execFile);

/** The API over HTTP: each path to its operation, as the routes do. */
const server = createServer(async (request, response) => {
  const [, kind = '', id, act] = (request.url ?? '').replace('/api/v1', '').split('/');
  const form = ['', kind, ...(id ? ['{id}'] : []), ...(act ? [act] : [])].join('/');
  const found = Object.values(contracts).find(
    (contract) => contract.path === form && contract.method === request.method,
  );
  if (!found) throw new Error(`no operation for ${request.method} ${request.url}`);
  const raw = await text(request);
  const key = request.headers.authorization?.replace('Bearer ', '') ?? null;
  const idempotencyKey = request.headers['idempotency-key'];
  const asking: Asking = {
    key,
    ...(id ? { id } : {}),
    ...(raw ? { body: JSON.parse(raw) } : {}),
    ...(typeof idempotencyKey === 'string' ? { idempotencyKey } : {}),
  };
  const answer = await call(found.id as OperationId, asking);
  if (form.endsWith('/redeem')) redeemed.push(answer.text);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
});
const redeemed: string[] = [];

let house: World;
let folder: string;
beforeAll(async () => {
  house = await world();
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-recipient-'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  server.close();
  rmSync(folder, { recursive: true });
  await house.close();
});

test('the recipient of the page, run as it stands, takes a real handoff; what it reads works, and is what the page lists', async () => {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const { key, ctx } = await anApiKey(await later(partner, 570));
  writeFileSync(path.join(folder, 'recipient.mjs'), recipient);
  const env = {
    BASE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    API_KEY: key,
    PATH: process.env['PATH'],
    NODE_ENV: 'production' as const,
  };
  const start = () => run(process.execPath, ['recipient.mjs', connection.connectionId], { cwd: folder, env });

  // It ends before it has kept anything, and is started again: the same handoff, the same bytes.
  const broken = recipient.replace('keep(bundle);\nconst outcome', "throw new Error('power cut');\nconst outcome");
  expect(broken).not.toBe(recipient);
  writeFileSync(path.join(folder, 'recipient.mjs'), broken);
  await expect(start()).rejects.toMatchObject({ stderr: expect.stringContaining('power cut') });
  writeFileSync(path.join(folder, 'recipient.mjs'), recipient);
  const { stdout } = await start();

  expect(stdout).toMatch(/^confirmed, spend the refresh token from 20\S+Z until 20\S+Z\n$/);
  expect(redeemed).toHaveLength(2);
  expect(redeemed[0]).toBe(redeemed[1]);
  const kept = readdirSync(folder).filter((name) => name.startsWith('credentials-'));
  expect(kept).toHaveLength(1);
  const file = path.join(folder, kept[0] ?? '');
  const bundle = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  expect(statSync(file).mode & 0o77).toBe(0);
  expect(Object.keys(bundle).sort()).toEqual(Object.keys(fields).sort());
  const { bundle: jwe } = JSON.parse(redeemed[0] ?? '') as { bundle: string };
  const head = JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString());
  expect(Object.keys(head).sort()).toEqual(Object.keys(header).sort());
  expect(await readHandoff(ctx, bundle['handoff_id'] ?? '')).toMatchObject({ status: 'confirmed', target: 'Our ERP' });
  const { client_id = '', client_secret = '', refresh_token = '' } = bundle;
  expect((await refresh({ client_id, client_secret, refresh_token, site: 'nl' })).status).toBe(200);
});
