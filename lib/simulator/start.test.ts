import { execFile, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PortUnavailable, startSimulator } from './index.ts';

const CLI = join(import.meta.dirname, '../ops/simulator.ts');

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
    const child = spawn(process.execPath, [CLI, '--port', String(port), '--policy', 'single']);
    const line = await new Promise<string>((done) => child.stdout.once('data', (data) => done(String(data))));
    expect(line).toMatch(
      new RegExp(`^Exact Online simulator: http://127\\.0\\.0\\.1:${port} \\(nl\\) .* policy single\\n$`),
    );
    expect(line).toContain(`http://127.0.0.1:${port + 6} (us)`);
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    expect(await gone).toBe(0);
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
