import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { anInvitation, comeBack, decide, grantOf, leave, opened, tripOf } from '../testing/journey.ts';
import { aPartner, aRegistration, type World, world } from '../testing/world.ts';
import { readTrip } from './index.ts';

let house: World;
let ctx: Ctx;
let stand: Server | undefined;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterEach(() => {
  stand?.closeAllConnections();
  stand?.close();
  stand = undefined;
  useConfig(house.config);
});
afterAll(() => house.close());

/** From here on the provider is whatever this listener does. */
async function providerBecomes(listener: RequestListener | 'nobody'): Promise<void> {
  stand = createServer(listener === 'nobody' ? () => {} : listener);
  await new Promise<void>((resolve) => stand?.listen(0, '127.0.0.1', resolve));
  const { port } = stand.address() as AddressInfo;
  if (listener === 'nobody') await new Promise((resolve) => stand?.close(resolve));
  useConfig({ ...house.config, simulatorOrigins: { nl: `http://127.0.0.1:${port}` } });
}

async function aTrip() {
  const registration = await aRegistration(ctx);
  const asked = await anInvitation(ctx, registration);
  const { authorizeUrl } = await leave(asked);
  return { registration, asked, params: await decide(authorizeUrl) };
}

test('nobody listens at the provider: provider_down, settled, and the invitation stays open (C-2 row 1)', async () => {
  const { registration, asked, params } = await aTrip();
  await providerBecomes('nobody');
  const trip = await tripOf(await comeBack(registration, params));
  expect(trip).toMatchObject({ outcome: 'provider_down', settledAt: expect.any(Date) });
  expect((await opened(asked)).state).toBe('open');
});

test('an answer that breaks off is unknown, and is not asked for again (C-2 rows 6 and 16)', async () => {
  for (const spoil of ['reset', 'half', 'html', 'redirect', 'gateway'] as const) {
    const { registration, asked, params } = await aTrip();
    let calls = 0;
    await providerBecomes((request, response) => {
      calls += 1;
      if (spoil === 'reset') return void request.socket.destroy();
      if (spoil === 'half') {
        response.writeHead(200, { 'content-length': '500' });
        response.write('{"access_token":"a","refresh_token":"half');
        return void setImmediate(() => response.destroy());
      }
      if (spoil === 'html') return void response.end('<html>Maintenance</html>');
      if (spoil === 'redirect') return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      response.writeHead(502).end('Bad gateway');
    });
    const trip = await tripOf(await comeBack(registration, params));
    expect([spoil, trip.outcome, calls]).toEqual([spoil, 'unknown', 1]);
    expect((await opened(asked)).state).toBe('open');
    useConfig(house.config);
  }
});

/** C-2 row 4: nothing but the closing brace is missing, and this is the only copy there will ever be. */
test('a connection that breaks after the token’s closing quote does not lose the token', async () => {
  const { registration, params } = await aTrip();
  await providerBecomes((request, response) => {
    if (request.url !== '/api/oauth2/token') return void response.writeHead(403).end();
    response.writeHead(200, { 'content-length': '500' });
    response.write('{"access_token":"a1","expires_in":"600","refresh_token":"whole!t0"');
    setImmediate(() => response.destroy());
  });
  const trip = await tripOf(await comeBack(registration, params));
  expect(trip.outcome).toBe('sealed');
  expect(await grantOf(ctx, trip.grantId ?? '')).toMatchObject({ tokenFingerprint: fingerprint('whole!t0') });
});

test('the provider says it is busy: provider_down, not the fault of the app (C-2 row 7)', async () => {
  for (const status of [429, 503]) {
    const { registration, asked, params } = await aTrip();
    await providerBecomes((_, response) => void response.writeHead(status).end('{}'));
    expect((await tripOf(await comeBack(registration, params))).outcome).toBe('provider_down');
    expect((await opened(asked)).connection.attention).toBeNull();
    useConfig(house.config);
  }
});

test('an answer of 10 MB is read to 1 MB and no further (D14)', async () => {
  const { registration, params } = await aTrip();
  let sent = 0;
  await providerBecomes((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (sent < 10_000_000 && !response.destroyed) {
        sent += 65_536;
        if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  expect((await tripOf(await comeBack(registration, params))).outcome).toBe('unknown');
  expect(sent).toBeLessThan(10_000_000);
});

test('a refused identity call never fails the consent: the grant is sealed, its identity unknown', async () => {
  for (const [status, body] of [
    [403, ''],
    [500, 'boom'],
    [200, '{"d":{"results":[]}}'],
    [200, '<xml/>'],
    [401, ''],
  ] as const) {
    const { registration, params } = await aTrip();
    await providerBecomes((request, response) => {
      if (request.url === '/api/oauth2/token')
        return void response.end('{"access_token":"a","expires_in":"600","refresh_token":"kept-all-the-same"}');
      response.writeHead(status).end(body);
    });
    const trip = await tripOf(await comeBack(registration, params));
    expect(await grantOf(ctx, trip.grantId ?? '')).toMatchObject({ custody: 'sealed', identity: 'unknown' });
    useConfig(house.config);
  }
});

test('a process that died after the intent is written: the trip is told as unknown after two minutes', async () => {
  const { asked, registration, params } = await aTrip();
  await providerBecomes('nobody');
  const { id } = await tripOf(await comeBack(registration, params));
  // The same row as a crash would leave it: answered, never settled.
  await house.admin.query(
    `UPDATE authorization_request SET settled_at = NULL, outcome = NULL, answered_at = now() - interval '121 seconds' WHERE id = $1`,
    [id],
  );
  expect(await readTrip(await opened(asked), id, null)).toMatchObject({ outcome: 'unknown', grantId: null });
});
