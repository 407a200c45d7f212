import {
  fsyncSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { drainSpool, type Spooled, spool } from './spool.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, fsyncSync: vi.fn(fs.fsyncSync), renameSync: vi.fn(fs.renameSync) };
});

let folder: string;
const useSpool = (spoolDir: string | undefined) => useConfig({ spoolDir } as Config);
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'waxseal-spool-')), 'spool');
  useSpool(folder);
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

const entry = (id = 'ans_1'): Spooled => ({
  partnerId: 'ptn_1',
  id,
  authorizationRequestId: 'arq_1',
  renewalId: null,
  epoch: null,
  keptAt: '2026-11-21T12:00:00.000Z',
  status: 200,
  complete: true,
  body: 'AAAA',
});
const fail = (error: unknown) => {
  throw error;
};

test('what is spooled is forced down before it has its name, and the name after it (C-2 row 10)', () => {
  expect(spool(entry())).toBe(true);
  const [bytes = 0, name = 0] = vi.mocked(fsyncSync).mock.invocationCallOrder;
  const [renamed = 0] = vi.mocked(renameSync).mock.invocationCallOrder;
  expect(bytes).toBeGreaterThan(0);
  expect(renamed).toBeGreaterThan(bytes);
  expect(name).toBeGreaterThan(renamed);
});

test('is its owner’s alone, folder and file', () => {
  spool(entry());
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode & 0o777)).toEqual([0o600]);
});

test('comes back as it was, in order, and is gone once somebody has kept it', async () => {
  for (const id of ['ans_2', 'ans_1']) spool(entry(id));
  const kept: Spooled[] = [];
  expect(await drainSpool(async (each) => void kept.push(each), fail)).toBe(2);
  expect(kept).toEqual([entry('ans_1'), entry('ans_2')]);
  expect(readdirSync(folder)).toEqual([]);
});

test('what nobody could keep or read stays where it is, is reported, and does not hold up the others', async () => {
  for (const id of ['ans_1', 'ans_2']) spool(entry(id));
  writeFileSync(path.join(folder, 'ans_0.json'), '{"id":');
  writeFileSync(path.join(folder, 'ans_3.part'), readFileSync(path.join(folder, 'ans_1.json')));
  const errors: unknown[] = [];
  const refuse = async ({ id }: Spooled) => {
    if (id === 'ans_1') throw new Error('away');
  };
  expect(await drainSpool(refuse, (error) => errors.push(error))).toBe(1);
  expect(errors).toHaveLength(2);
  expect(readdirSync(folder).sort()).toEqual(['ans_0.json', 'ans_1.json', 'ans_3.part']);
});

test('an instance without a spool keeps nothing on disk, and says so', async () => {
  useSpool(undefined);
  expect(spool(entry())).toBe(false);
  expect(await drainSpool(fail, fail)).toBe(0);
});
