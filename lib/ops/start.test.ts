import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from './postgres.ts';

/** A start that cannot work ends at once with exit code 1 and one sentence; nothing is left running. */
function start(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const clean = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', WAXSEAL_DATA_DIR: folder() };
    const child = spawn(process.execPath, ['lib/ops/start.ts'], {
      env: { ...clean, ...env } as unknown as NodeJS.ProcessEnv,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    child.once('exit', (code) => resolve({ code, said: said.trim() }));
  });
}
const folder = () => mkdtempSync(path.join(tmpdir(), 'waxseal-start-'));
const key = (bytes: number) => {
  const file = path.join(folder(), 'root.key');
  writeFileSync(file, Buffer.alloc(bytes, 7).toString('base64'), { mode: 0o600 });
  return file;
};
const outside = {
  DATABASE_URL: 'postgresql://app:x@127.0.0.1:1/waxseal',
  DATABASE_OWNER_URL: 'postgresql://owner:x@127.0.0.1:1/waxseal',
};

const cases: [string, () => Promise<Record<string, string>> | Record<string, string>, RegExp][] = [
  [
    'an outside database without its owner',
    () => ({ DATABASE_URL: outside.DATABASE_URL }),
    /DATABASE_OWNER_URL must be too/,
  ],
  ['an outside database without a root key', () => outside, /needs WAXSEAL_ROOT_KEY_FILE/],
  [
    'production without a session secret',
    () => ({ ...outside, WAXSEAL_ROOT_KEY_FILE: key(32), NODE_ENV: 'production' }),
    /needs WAXSEAL_SESSION_SECRET_FILE/,
  ],
  [
    'an unreachable database',
    () => ({ ...outside, WAXSEAL_ROOT_KEY_FILE: key(32) }),
    /127\.0\.0\.1:1 cannot be reached.*check DATABASE_URL/,
  ],
  [
    'a database address that is none',
    () => ({ ...outside, DATABASE_URL: 'mysql://x', WAXSEAL_ROOT_KEY_FILE: key(32) }),
    /DATABASE_URL must be an address/,
  ],
  ['a port that is no port', () => ({ PORT: '99999' }), /PORT must be a port number/],
  [
    'a data directory of another version',
    () => {
      const data = folder();
      writeFileSync(path.join(data, 'version'), '7\n');
      return { WAXSEAL_DATA_DIR: data };
    },
    /layout version 7 and this build reads 1; set WAXSEAL_DATA_DIR/,
  ],
  [
    'data of another Postgres',
    () => {
      const data = folder();
      mkdirSync(path.join(data, 'postgres'));
      writeFileSync(path.join(data, 'postgres', 'PG_VERSION'), '15\n');
      writeFileSync(path.join(data, 'root.key'), Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 });
      return { WAXSEAL_DATA_DIR: data };
    },
    /written by Postgres 15 and this build brings 18/,
  ],
  [
    'data whose root key is gone',
    () => {
      const data = folder();
      mkdirSync(path.join(data, 'postgres'));
      return { WAXSEAL_DATA_DIR: data };
    },
    /root\.key is missing, and nothing sealed/,
  ],
  [
    'a data directory another start holds',
    () => {
      const data = folder();
      writeFileSync(path.join(data, 'start.pid'), String(process.pid));
      return { WAXSEAL_DATA_DIR: data };
    },
    /Another Waxseal \(process \d+\) uses the data directory/,
  ],
];

for (const [title, env, sentence] of cases) {
  test(`a start with ${title} says what to do and exits 1`, async () => {
    const { code, said } = await start({ PORT: String(await freePort()), ...(await env()) });
    expect(said).toMatch(sentence);
    expect(said.split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
}

test('a start on a taken port says which, and which setting moves it', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  const { code, said } = await start({ PORT: String(port) });
  server.close();
  expect(said).toBe(`Port ${port} is taken; stop what listens there, or set PORT to another port.`);
  expect(code).toBe(1);
});

test('a start with a short root key names the file and the length', async () => {
  const file = key(16);
  const { code, said } = await start({ PORT: String(await freePort()), WAXSEAL_ROOT_KEY_FILE: file });
  expect(said).toContain(`The root key in ${file} is 16 bytes long instead of 32`);
  expect(code).toBe(1);
});

test('a demo whose mailbox anyone could read does not start', async () => {
  for (const env of [{ PUBLIC_URL: 'https://connect.example' }, { WAXSEAL_HOST: '0.0.0.0' }]) {
    const { code, said } = await start({ PORT: String(await freePort()), ...env });
    expect(said).toMatch(/shows everyone who reaches it the sign-in mails; set WAXSEAL_MAIL_URL/);
    expect(code).toBe(1);
  }
});

test('a start under plain http on a public name is refused', async () => {
  const { code, said } = await start({ PORT: String(await freePort()), PUBLIC_URL: 'http://connect.example' });
  expect(said).toMatch(/PUBLIC_URL .*must be https/);
  expect(code).toBe(1);
});
