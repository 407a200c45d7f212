import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { FaultProxy, type Listener, type Weather } from './proxy.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that sends each word back twice, behind a proxy. */
async function house(listen?: Listener) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => socket.write(Buffer.concat([chunk, chunk])));
    socket.on('end', () => socket.end());
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port)),
  );
  const proxy = new FaultProxy(() => port, listen);
  const door = await proxy.open();
  closing.push(
    () => proxy.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  return { proxy, door };
}

type Caller = { socket: net.Socket; heard: () => string; ended: Promise<string> };

function call(port: number): Caller {
  const socket = net.connect(port, '127.0.0.1');
  let heard = '';
  const ended = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('end', () => resolve('end'));
  });
  closing.push(async () => socket.destroy());
  return { socket, heard: () => heard, ended };
}

const until = async (is: () => boolean) => {
  for (let tries = 0; !is() && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(is()).toBe(true);
};
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 40));

test('in clear weather everything passes, ends are passed on, and a listener hears both ways', async () => {
  const heard: string[] = [];
  const { door, proxy } = await house((_, way, chunk) => heard.push(`${way} ${chunk}`));
  const caller = call(door);
  caller.socket.end('ab');
  expect(await caller.ended).toBe('end');
  expect(caller.heard()).toBe('abab');
  expect(heard).toEqual(['there ab', 'back abab']);
  await until(() => proxy.links === 0);
});

test('a refusing proxy ends new links before a byte', async () => {
  const { door, proxy } = await house();
  proxy.setWeather({ kind: 'refuse' });
  const caller = call(door);
  expect(await caller.ended).toBe('ECONNRESET');
  expect(caller.heard()).toBe('');
});

test('what is held comes when the weather changes, nothing is lost', async () => {
  const { door, proxy } = await house();
  proxy.setWeather({ kind: 'hold' });
  const caller = call(door);
  caller.socket.write('ab');
  await aMoment();
  expect(caller.heard()).toBe('');
  proxy.setWeather({ kind: 'clear' });
  await until(() => caller.heard() === 'abab');
});

test('a delay holds every chunk for its time and keeps their order', async () => {
  const { door, proxy } = await house();
  proxy.setWeather({ kind: 'delay', ms: 30 });
  const caller = call(door);
  const from = performance.now();
  caller.socket.end('ab');
  expect(await caller.ended).toBe('end');
  expect(caller.heard()).toBe('abab');
  expect(performance.now() - from).toBeGreaterThanOrEqual(55); // there and back
});

test.each<[Weather, string]>([
  [{ kind: 'cut', afterBytes: 3 }, 'end'],
  [{ kind: 'reset', afterBytes: 3 }, 'ECONNRESET'],
])('%j breaks off after that many bytes of answer', async (weather, how) => {
  const { door, proxy } = await house();
  proxy.setWeather(weather);
  const caller = call(door);
  caller.socket.write('ab');
  expect(await caller.ended).toBe(how);
  expect('aba'.startsWith(caller.heard())).toBe(true); // a reset may take back what was not read yet
  await until(() => proxy.links === 0);
});

test('a half-open link stays up and carries nothing any more, also in better weather', async () => {
  const { door, proxy } = await house();
  proxy.setWeather({ kind: 'half_open', afterBytes: 1 });
  const caller = call(door);
  caller.socket.write('ab');
  await until(() => caller.heard() === 'a');
  proxy.setWeather({ kind: 'clear' });
  caller.socket.write('cd');
  await aMoment();
  expect(caller.heard()).toBe('a');
  expect(caller.socket.destroyed).toBe(false);
});

test('all links can be dropped at once, and new ones work', async () => {
  const { door, proxy } = await house();
  const [one, two] = [call(door), call(door)];
  one.socket.write('a');
  two.socket.write('b');
  await until(() => one.heard() === 'aa' && two.heard() === 'bb');
  proxy.dropAll();
  expect([await one.ended, await two.ended]).toEqual(['ECONNRESET', 'ECONNRESET']);
  const three = call(door);
  three.socket.write('c');
  await until(() => three.heard() === 'cc');
});
