import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StartError } from '../kernel/errors.ts';
import { parseConfig, rootKeyIdOf } from './index.ts';

let folder: string;
let env: Record<string, string | undefined>;
const rootKey = randomBytes(32);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-config-'));
  env = {
    DATABASE_URL: 'postgres://app:pw@db.example:5432/waxseal',
    PUBLIC_URL: 'https://connect.example',
    WAXSEAL_ROOT_KEY_FILE: file('root', `${rootKey.toString('base64')}\n`),
    WAXSEAL_SESSION_SECRET_FILE: file('session', 's'.repeat(32)),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, content, { mode: 0o600 });
  return at;
}

/** The sentence a start ends with; fails when it would have started. */
function refusal(more: Record<string, string | undefined>): string {
  try {
    parseConfig({ ...env, ...more });
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as Error).message;
  }
  throw new Error(`started with ${JSON.stringify(more)}`);
}

/** One sentence that names the setting, and no stack or list of issues in it. */
function expectSentence(sentence: string, setting: string): void {
  expect(sentence).toContain(setting);
  expect(sentence).toMatch(/^[A-Z].*\.$/);
  expect(sentence).not.toContain('\n');
  expect(sentence.length).toBeLessThan(400);
}

test('a whole environment is read, and what is secret in it stays shut', () => {
  const config = parseConfig({
    ...env,
    EXACT_ONLINE_ORIGINS: '{"nl":"http://127.0.0.1:4010/","be":"https://exact.example"}',
    WAXSEAL_PUSH_ORIGINS: 'http://127.0.0.1:8787/, https://receiver.internal:8443,',
    WAXSEAL_MAIL_URL: 'smtps://user:hunter2@mail.example',
  });
  expect(config).toMatchObject({
    publicUrl: 'https://connect.example',
    demo: false,
    spoolDir: null,
    exactOnlineOrigins: { nl: 'http://127.0.0.1:4010', be: 'https://exact.example' },
    simulatorOrigins: {},
    pushOrigins: ['http://127.0.0.1:8787', 'https://receiver.internal:8443'],
    mail: { kind: 'smtp' },
  });
  expect(Buffer.from(config.rootKey.reveal())).toEqual(rootKey);
  const printed = inspect(config, { depth: null }) + JSON.stringify(config);
  for (const secret of ['hunter2', 'metrics-token', 'ssssss', rootKey.toString('base64')])
    expect(printed).not.toContain(secret);
});

test('old root keys are read in their order; a key is known by a name that says nothing of it', () => {
  const old = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'));
  const files = old.map((key, n) => file(`old-${n}`, key));
  const { oldRootKeys, rootKey: newest } = parseConfig({
    ...env,
    WAXSEAL_OLD_ROOT_KEY_FILES: ` ${files.join(' , ')},`,
  });
  expect(oldRootKeys.map((key) => Buffer.from(key.reveal()).toString('base64'))).toEqual(old);
  const names = [newest, ...oldRootKeys].map(rootKeyIdOf);
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^rk_[\w-]{16}$/);
  expect(parseConfig(env).oldRootKeys).toEqual([]);
});

describe('a setting that is missing or unusable stops the start with one sentence that names it', () => {
  for (const setting of ['DATABASE_URL', 'PUBLIC_URL', 'WAXSEAL_ROOT_KEY_FILE', 'WAXSEAL_SESSION_SECRET_FILE'])
    test(`${setting} missing or empty`, () => {
      expectSentence(refusal({ [setting]: undefined }), setting);
      expect(refusal({ [setting]: undefined })).toContain('is missing');
      expectSentence(refusal({ [setting]: '' }), setting);
    });

  test('a root key that is short, long, not there, or is a folder', () => {
    for (const bytes of [0, 16, 31, 33, 64]) {
      const at = file(`root-${bytes}`, randomBytes(bytes).toString('base64'));
      expectSentence(refusal({ WAXSEAL_ROOT_KEY_FILE: at }), at);
      expect(refusal({ WAXSEAL_ROOT_KEY_FILE: at })).toContain(`${bytes} bytes`);
    }
    expectSentence(refusal({ WAXSEAL_ROOT_KEY_FILE: path.join(folder, 'none') }), 'WAXSEAL_ROOT_KEY_FILE');
    expectSentence(refusal({ WAXSEAL_ROOT_KEY_FILE: folder }), 'WAXSEAL_ROOT_KEY_FILE');
  });

  test('a root key, old or new, that others of the machine can read or write', () => {
    for (const setting of ['WAXSEAL_ROOT_KEY_FILE', 'WAXSEAL_OLD_ROOT_KEY_FILES'])
      for (const mode of [0o640, 0o604, 0o620, 0o644]) {
        const at = file(`open-${mode}`, randomBytes(32).toString('base64'));
        chmodSync(at, mode);
        expectSentence(refusal({ [setting]: at }), `chmod 600 ${at}`);
      }
  });

  test('an old root key that is not there, or none', () => {
    const missing = path.join(folder, 'old');
    expectSentence(refusal({ WAXSEAL_OLD_ROOT_KEY_FILES: missing }), 'WAXSEAL_OLD_ROOT_KEY_FILES');
    expectSentence(refusal({ WAXSEAL_OLD_ROOT_KEY_FILES: file('old-short', 'AAAA') }), 'old-short');
  });

  /** `Buffer.from(text, 'base64')` skips what it does not know. */
  test('a root key that is not base64: a pass phrase happens to decode to 32 bytes', () => {
    const phrase = 'correct horse battery staple and then some more yes';
    expect(Buffer.from(phrase, 'base64')).toHaveLength(32);
    const at = file('root-words', phrase);
    expectSentence(refusal({ WAXSEAL_ROOT_KEY_FILE: at }), at);
  });

  test('a session secret that is too short', () => {
    const at = file('short', 's'.repeat(31));
    expectSentence(refusal({ WAXSEAL_SESSION_SECRET_FILE: at }), at);
  });

  test('a public URL that is no origin, or plain http away from this machine', () => {
    for (const url of [
      'http://connect.example',
      'http://10.0.0.1',
      'http://localhost.example',
      'http://127.0.0.1.example',
      'ftp://localhost',
      'connect.example',
      'https://connect.example/path',
      'javascript:alert(1)',
    ])
      expectSentence(refusal({ PUBLIC_URL: url }), 'PUBLIC_URL');
    for (const url of [
      'http://localhost:3000',
      'http://127.0.0.1:3000',
      'http://[::1]:3000',
      'https://connect.example/',
    ])
      expect(parseConfig({ ...env, PUBLIC_URL: url }).publicUrl).toBe(new URL(url).origin);
  });

  test('provider origins that are not origins, not JSON, not https, or of no site of ours', () => {
    for (const setting of ['EXACT_ONLINE_ORIGINS', 'WAXSEAL_SIMULATOR_ORIGINS'])
      for (const value of [
        'nl=http://127.0.0.1',
        'null',
        '[]',
        '"http://127.0.0.1:4010"',
        '{"nl":"http://exact.example"}',
        '{"nl":"https://exact.example/path"}',
        '{"nl":"https://user@exact.example"}',
        '{"nl":"https://exact.example?x"}',
        '{"nl":"javascript:alert(1)"}',
        '{"nl":"http://10.0.0.1"}',
        '{"nl":"http://127.0.0.1.evil.example"}',
        '{"nl":"exact.example"}',
        '{"nl":""}',
        '{"nl":5}',
        '{"xx":"https://exact.example"}',
      ])
        expectSentence(refusal({ [setting]: value }), setting);
  });

  test('a database that is none, a mail server that is none, a switch that is neither on nor off', () => {
    expectSentence(refusal({ DATABASE_URL: 'mysql://x' }), 'DATABASE_URL');
    expectSentence(refusal({ WAXSEAL_MAIL_URL: 'http://mail.example' }), 'WAXSEAL_MAIL_URL');
    expectSentence(refusal({ WAXSEAL_DEMO: 'yes' }), 'WAXSEAL_DEMO');
    expectSentence(refusal({ LOG_LEVEL: 'chatty' }), 'LOG_LEVEL');
  });

  test('and the sentence never repeats a value that may be secret', () => {
    expect(refusal({ DATABASE_URL: 'mysql://app:hunter2@db' })).not.toContain('hunter2');
    expect(refusal({ WAXSEAL_MAIL_URL: 'http://user:hunter2@mail' })).not.toContain('hunter2');
    expect(refusal({ WAXSEAL_MAIL_URL: 'hunter2' })).not.toContain('hunter2');
    const at = file('root-secret', 'hunter2');
    expect(refusal({ WAXSEAL_ROOT_KEY_FILE: at })).not.toContain('hunter2');
  });
});
