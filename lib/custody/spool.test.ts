import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { countSpooled, drainSpool, type Spooled, spool } from './spool.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, readFileSync: vi.fn(fs.readFileSync) };
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-spool-'));
  useConfig({ spoolDir: folder } as Config);
});
afterAll(() => rmSync(folder, { recursive: true }));

const entry = (id: string): Spooled => ({
  partnerId: 'ptn_1',
  id,
  authorizationRequestId: 'arq_1',
  renewalId: null,
  epoch: null,
  keptAt: '2026-11-21T09:00:00.000Z',
  status: 200,
  complete: true,
  body: 'AAAA',
});
const old = (file: string, seconds: number) => {
  const at = Date.now() / 1000 - seconds;
  utimesSync(file, at, at);
};
/** As a crash leaves it: forced down, or a piece of it, and never renamed. */
function aPart(id: string, { seconds, bytes }: { seconds: number; bytes?: number }): string {
  spool(entry(id));
  const part = path.join(folder, `${id}.part`);
  renameSync(path.join(folder, `${id}.json`), part);
  if (bytes !== undefined) writeFileSync(part, readFileSync(part).subarray(0, bytes));
  old(part, seconds);
  return part;
}
async function drain(): Promise<{ kept: string[]; errors: string[] }> {
  const [kept, errors] = [[] as string[], [] as string[]];
  await drainSpool(
    async ({ id }) => void kept.push(id),
    (error) => errors.push((error as Error).message),
  );
  return { kept, errors };
}

test('what a crash left whole comes in like any other, once nobody can be writing it any more', async () => {
  const part = aPart('ans_whole', { seconds: 30 });
  expect(await drain()).toEqual({ kept: [], errors: [] });
  expect(countSpooled()).toBe(1);
  old(part, 61);
  expect(await drain()).toEqual({ kept: ['ans_whole'], errors: [] });
  expect(countSpooled()).toBe(0);
});

test('a whole one that cannot be kept now stays', async () => {
  const part = aPart('ans_waits', { seconds: 61 });
  const errors: unknown[] = [];
  const away = () => Promise.reject(new Error('the database is away'));
  expect(await drainSpool(away, (error) => errors.push(error))).toBe(0);
  expect([errors.length, existsSync(part)]).toEqual([1, true]);
  expect((await drain()).kept).toEqual(['ans_waits']);
});

test('a torn one is told once, holds up nobody, and is removed after a day', async () => {
  const part = aPart('ans_a_torn', { seconds: 61, bytes: 100 });
  spool(entry('ans_behind'));
  const first = await drain();
  expect(first).toEqual({ kept: ['ans_behind'], errors: [expect.stringContaining('ans_a_torn.part')] });
  expect(await drain()).toEqual({ kept: [], errors: [] });
  expect(existsSync(part)).toBe(true);
  old(part, 86_401);
  expect(await drain()).toEqual({ kept: [], errors: [] });
  expect(existsSync(part)).toBe(false);
});

test('one that the disk does not give out is no torn one: it is reported and kept, however old', async () => {
  const part = aPart('ans_eio', { seconds: 86_401 });
  vi.mocked(readFileSync).mockImplementationOnce(() => {
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  });
  expect(await drain()).toEqual({ kept: [], errors: ['EIO: i/o error, read'] });
  expect(existsSync(part)).toBe(true);
  expect(await drain()).toEqual({ kept: ['ans_eio'], errors: [] });
});

test('what belongs to nothing this database ever had is put aside, told once, and waits no more', async () => {
  spool(entry('ans_orphan'));
  const errors: unknown[] = [];
  const never = () => Promise.reject(Object.assign(new Error('foreign key'), { code: 'P2003' }));
  for (const _ of ['first', 'again']) expect(await drainSpool(never, (error) => errors.push(error))).toBe(0);
  expect(errors).toMatchObject([{ code: 'spool_orphaned' }]);
  expect(countSpooled()).toBe(0);
  const aside = path.join(folder, 'aside', 'ans_orphan.json');
  expect(JSON.parse(readFileSync(aside, 'utf8'))).toEqual(entry('ans_orphan'));
});

test('an empty one, as a power cut may leave it, is torn too', async () => {
  const part = aPart('ans_empty', { seconds: 86_401, bytes: 0 });
  expect((await drain()).errors).toHaveLength(1);
  expect(existsSync(part)).toBe(false);
});

test('a folder that cannot be read is no empty one: it is reported, and nobody counts it as drained', async () => {
  const notAFolder = path.join(folder, 'file');
  writeFileSync(notAFolder, '');
  useConfig({ spoolDir: notAFolder } as Config);
  const errors: unknown[] = [];
  expect(
    await drainSpool(
      async () => {},
      (error) => errors.push(error),
    ),
  ).toBe(0);
  expect(errors).toMatchObject([{ code: 'ENOTDIR' }]);
  expect(() => countSpooled()).toThrow('ENOTDIR');
  useConfig({ spoolDir: path.join(folder, 'never used') } as Config);
  expect(
    await drainSpool(
      async () => {},
      (error) => errors.push(error),
    ),
  ).toBe(0);
  expect(countSpooled()).toBe(0);
  expect(errors).toHaveLength(1);
  useConfig({ spoolDir: folder } as Config);
});
