import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StartError } from '../kernel/errors.ts';
import { keepSecret, lockDataDir, openDataDir } from './data-dir.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-dir-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as Error).message;
  }
  throw new Error('it was not refused');
};

test('the folder is made, with its parents, and marked with its layout; opened again it is the same', () => {
  const at = path.join(folder, 'a', 'b');
  openDataDir(at);
  expect(readFileSync(path.join(at, 'version'), 'utf8')).toBe('1\n');
  expect(openDataDir(at).file('x')).toBe(path.join(at, 'x'));
});

test('a layout of another build is refused by name, and left as it is', () => {
  for (const version of ['0', '2', '', 'x']) {
    writeFileSync(path.join(folder, 'version'), version);
    expect(refusal(() => openDataDir(folder))).toContain('WAXSEAL_DATA_DIR');
    expect(readFileSync(path.join(folder, 'version'), 'utf8')).toBe(version);
  }
});

test('a folder that cannot be made is refused with what to do', () => {
  writeFileSync(path.join(folder, 'file'), '');
  expect(refusal(() => openDataDir(path.join(folder, 'file', 'inside')))).toContain('WAXSEAL_DATA_DIR');
});

test('of two processes one has the folder; one that is gone has let go', () => {
  const dir = openDataDir(folder);
  lockDataDir(dir);
  lockDataDir(dir); // our own
  expect(readFileSync(dir.file('start.pid'), 'utf8')).toBe(String(process.pid));
  writeFileSync(dir.file('start.pid'), String(process.ppid));
  expect(refusal(() => lockDataDir(dir))).toContain(String(process.ppid));
  for (const stale of ['4194305', '', 'x', '0']) {
    writeFileSync(dir.file('start.pid'), stale); // above the highest process id, or none at all
    lockDataDir(dir);
    expect(readFileSync(dir.file('start.pid'), 'utf8')).toBe(String(process.pid));
  }
});

test('a secret is made once, long enough, for its owner’s eyes', () => {
  const at = path.join(folder, 'root.key');
  expect(keepSecret(at, 32)).toBe(at);
  const made = readFileSync(at, 'utf8');
  expect(Buffer.from(made, 'base64')).toHaveLength(32);
  expect(statSync(at).mode & 0o777).toBe(0o600);
  keepSecret(at, 32);
  expect(readFileSync(at, 'utf8')).toBe(made);
  expect(existsSync(`${at}.new`)).toBe(false);
});

test('a secret whose making was cut short is made anew, whole', () => {
  const at = path.join(folder, 'root.key');
  writeFileSync(`${at}.new`, '', { mode: 0o644 });
  keepSecret(at, 32);
  expect(Buffer.from(readFileSync(at, 'utf8'), 'base64')).toHaveLength(32);
  expect(statSync(at).mode & 0o777).toBe(0o600);
});
