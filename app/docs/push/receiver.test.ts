import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { config, useConfig } from '#lib/config/index.ts';
import { claimHandoff, readHandoff } from '#lib/handoff/index.ts';
import { sweep } from '#lib/sweep/index.ts';
import { addRecipientKey, createTarget, TargetInput } from '#lib/targets/index.ts';
import { aSealedConnection } from '#lib/testing/journey.ts';
import { refresh } from '#lib/testing/provider.ts';
import { anApiKey, aPartner, later, type World, world } from '#lib/testing/world.ts';
import { fields } from '../bundles/fields.ts';
import { receiver } from './receiver.ts';

const run = promisify(execFile);
const fail = (error: unknown) => {
  throw error;
};

let house: World;
let folder: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  house = await world();
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-receiver-'));
});
afterAll(async () => {
  await Promise.all(children.map(stopped));
  rmSync(folder, { recursive: true });
  await house.close();
});

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function start(text: string, env: Record<string, string>): Promise<ChildProcess> {
  writeFileSync(path.join(folder, 'receiver.mjs'), text);
  const child = spawn(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env: { ...env, PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await new Promise<void>((listening, ended) => {
    child.stdout?.once('data', () => listening());
    child.once('exit', () => ended(new Error('the receiver ended')));
  });
  return child;
}
/** A child that is waited for: one that is left would keep this process from ending. */
async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = ended(child);
  child.kill('SIGKILL');
  await gone;
}
const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
const kept = () => readdirSync(folder).filter((name) => name.startsWith('credentials-'));

test('the receiver of the page, run as it stands, takes a real push; what it keeps works, and a forged one leaves nothing', async () => {
  writeFileSync(path.join(folder, 'receiver.mjs'), receiver);
  const { stdout: publicKey } = await run(process.execPath, ['receiver.mjs', 'new-key'], { cwd: folder });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  useConfig({ ...config(), pushOrigins: [origin] });
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const { ctx } = await anApiKey(await later(partner, 570));
  const input = { name: 'Our ERP', kind: 'push', push: { url: `${origin}/waxseal` } };
  const target = await createTarget(ctx, TargetInput.parse(input));
  await addRecipientKey(ctx, target.id, { label: 'receiver.mjs', public_key: publicKey });
  const env = { PORT: String(port), WEBHOOK_SECRET: target.secret?.reveal() ?? '' };

  // It ends when it has kept the credentials and not said so; started again, it gets them again and keeps what it has.
  const broken = receiver.replace('keep(id, bundle);\n  return', 'keep(id, bundle);\n  process.exit(1);\n  return');
  expect(broken).not.toBe(receiver);
  const first = await start(broken, env);
  const down = ended(first);
  const { id } = await claimHandoff(ctx, { connectionId: connection.connectionId, target: 'Our ERP' });
  await sweep(fail, 'endpoint');
  await down;
  expect(await readHandoff(ctx, id)).toMatchObject({ status: 'delivered', pushProblem: 'no_answer' });
  const [name = ''] = kept();
  const before = statSync(path.join(folder, name));

  await start(receiver, env);
  for (const headers of [
    {},
    { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(Date.now() / 1000)), 'webhook-signature': 'v1,AAAA' },
  ]) {
    const answer = await fetch(`${origin}/waxseal`, { method: 'POST', headers, body: '{}' });
    expect([answer.status, kept()]).toEqual([401, [name]]);
  }
  await later(ctx, 10);
  expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed', pushTries: 2 });
  expect(kept()).toEqual([`credentials-${id}.json`]);
  const after = statSync(path.join(folder, name));
  expect([after.mtimeMs, after.ino, after.mode & 0o77]).toEqual([before.mtimeMs, before.ino, 0]);

  const bundle = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, string>;
  expect(Object.keys(bundle).sort()).toEqual(Object.keys(fields).sort());
  const { client_id = '', client_secret = '', refresh_token = '' } = bundle;
  expect((await refresh({ client_id, client_secret, refresh_token, site: 'nl' })).status).toBe(200);
});
