import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PortUnavailable, type RunningSimulator, SnapshotUnreadable, startSimulator } from './index.ts';
import { APP, httpClient } from './testing/http-client.ts';

const CLI = join(import.meta.dirname, '../ops/simulator.ts');

let folder: string;
let stateFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  stateFile = join(folder, 'deeper', 'state.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const onNl = (simulator: RunningSimulator) => httpClient(simulator.origins.nl);

describe('a restart', () => {
  test('keeps clients, chains, tokens, clocks, policies and switches', async () => {
    const before = await startSimulator({ stateFile, policy: 'overlap' });
    await onNl(before).register();
    await onNl(before).policy('single');
    await onNl(before).switches({ tooEarlyRotates: true });
    const { access, refresh } = await onNl(before).connect();
    const code = await onNl(before).consentCode('s.devries');
    await onNl(before).advance(100);
    const overview = (await onNl(before).control('GET', '')).body;
    const chains = (await onNl(before).control('GET', '/chains')).body;
    await before.close();

    const after = await startSimulator({ stateFile });
    const { now: _, clients, ...rest } = (await onNl(after).control('GET', '')).body;
    expect(rest).toEqual({ ...overview, now: undefined, clients: undefined });
    expect(clients).toMatchObject([{ client_id: APP.client_id, offset_seconds: 100, policy: 'single' }]);
    expect((await onNl(after).control('GET', '/chains')).body).toEqual(chains);
    expect((await onNl(after).api('current/Me', access)).status).toBe(200);
    expect((await onNl(after).exchange(code)).status).toBe(200);
    await onNl(after).advance(470);
    expect((await onNl(after).refresh(refresh)).status).toBe(200);
    await after.close();
  });

  test('with a policy of its own takes that one', async () => {
    await (await startSimulator({ stateFile, policy: 'legacy' })).close();
    const kept = await startSimulator({ stateFile });
    expect(kept.policy).toBe('legacy');
    await kept.close();
    const told = await startSimulator({ stateFile, policy: 'single' });
    expect(told.policy).toBe('single');
    await told.close();
  });

  test('the state file is for its owner only and holds neither token nor secret', async () => {
    const simulator = await startSimulator({ stateFile });
    await onNl(simulator).register();
    const { access, refresh } = await onNl(simulator).connect();
    await simulator.close();
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);
    const kept = readFileSync(stateFile, 'utf8');
    for (const secret of [access, refresh, APP.client_secret]) expect(kept).not.toContain(secret);
  });

  test('on a file that is not ours stops before it overwrites it', async () => {
    const foreign = join(folder, 'notes.json');
    writeFileSync(foreign, '{"shopping":["bread"]}');
    await expect(startSimulator({ stateFile: foreign })).rejects.toThrow(SnapshotUnreadable);
    expect(readFileSync(foreign, 'utf8')).toBe('{"shopping":["bread"]}');
  });
});

describe('ports', () => {
  test('a taken port is named, and none of the others stays open', async () => {
    const port = await sevenFreePorts();
    const holder = await listening(port + 3);
    const attempt = startSimulator({ port });
    await expect(attempt).rejects.toThrow(PortUnavailable);
    await expect(attempt).rejects.toThrow(`Port ${port + 3} (fr) on 127.0.0.1 is taken`);
    holder.close();
    (await listening(port)).close();
  });
});

describe('the command line', () => {
  test('says where it listens, and goes when asked', async () => {
    const port = await sevenFreePorts();
    const child = spawn(process.execPath, [CLI, '--port', String(port), '--policy', 'single', '--state', stateFile]);
    const line = await new Promise<string>((done) => child.stdout.once('data', (data) => done(String(data))));
    expect(line).toMatch(
      new RegExp(`^Exact Online simulator: http://127\\.0\\.0\\.1:${port} \\(nl\\) .* policy single\\n$`),
    );
    expect(line).toContain(`http://127.0.0.1:${port + 6} (us)`);
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    expect(await gone).toBe(0);
    expect(statSync(stateFile).isFile()).toBe(true);
  });

  test.each([
    [['--port', 'x'], '--port must be a whole number from 1 to 65529'],
    [['--port', '65530'], '--port must be a whole number from 1 to 65529'],
    [['--policy', 'strict'], '--policy must be one of legacy, overlap, single.'],
    [['--prot', '1'], "Unknown option '--prot'"],
  ])('%j is refused in one sentence', async (flags, sentence) => {
    const { code, stderr } = await promisify(execFile)(process.execPath, [CLI, ...flags]).catch((error) => error);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a taken port is refused in one sentence', async () => {
    const port = await sevenFreePorts();
    const holder = await listening(port + 2);
    const { code, stderr } = await promisify(execFile)(process.execPath, [CLI, '--port', String(port)]).catch(
      (error) => error,
    );
    holder.close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Port ${port + 2} (de) on 127.0.0.1 is taken: stop what listens there, or choose another first port with --port.\n`,
    );
  });
});

function listening(port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(port, '127.0.0.1', () => done(server));
  });
}

/** A first port with six free ones above it, for programs that cannot be told to take any. */
async function sevenFreePorts(): Promise<number> {
  for (let port = 20_000 + (process.pid % 20_000); ; port += 7) {
    try {
      const ports = { nl: port, be: port + 1, de: port + 2, fr: port + 3, es: port + 4, uk: port + 5, us: port + 6 };
      await (await startSimulator({ ports })).close();
      return port;
    } catch (error) {
      if (!(error instanceof PortUnavailable)) throw error;
    }
  }
}
