import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator } from '../simulator/index.ts';
import { consentByRobot } from '../simulator/testing/consent-robot.ts';
import { type World, world } from '../testing/world.ts';
import { postgresStore } from './simulator-store.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const app = {
  client_id: '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11',
  client_secret: 'kept-4711',
  redirect_uri: 'http://localhost:3999/callback',
};

const running = async () => {
  const simulator = await startSimulator({ store: postgresStore(house.urls.app) });
  const origin = simulator.origins.nl;
  const control = async (method: string, path: string, body?: object) =>
    (
      await fetch(`${origin}/__control${path}`, {
        method,
        ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
      })
    ).json();
  const token = (fields: Record<string, string>) =>
    fetch(`${origin}/api/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: app.client_id, client_secret: app.client_secret, ...fields }),
    });
  const ask = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: app.redirect_uri,
    response_type: 'code',
    state: 's',
  });
  const consent = async () =>
    new URL(
      await consentByRobot({ authorizeUrl: `${origin}/api/oauth2/auth?${ask}`, user: 'j.jansen' }),
    ).searchParams.get('code') ?? '';
  return { simulator, control, token, consent };
};

test('within the product a restart loses nothing: apps, tokens, clocks, and what was seen', async () => {
  const before = await running();
  await before.control('PUT', '/clients', { ...app, site: 'nl', name: 'Kept' });
  await before.control('POST', '/policy', { client_id: app.client_id, policy: 'single' });
  const code = await before.consent();
  const { refresh_token } = await (
    await before.token({ grant_type: 'authorization_code', code, redirect_uri: app.redirect_uri })
  ).json();
  await before.control('POST', '/clock', { client_id: app.client_id, advance_seconds: 600 });
  const seen = await before.control('GET', `/requests?client_id=${app.client_id}`);
  await before.simulator.close();

  const after = await running();
  expect(await after.control('GET', `/requests?client_id=${app.client_id}`)).toEqual(seen);
  const renewed = await after.token({ grant_type: 'refresh_token', refresh_token });
  expect(renewed.status).toBe(200);
  expect((await after.token({ grant_type: 'refresh_token', refresh_token })).status).toBe(401); // single: it knows the policy
  await after.simulator.close();
});

test('its rows hold neither tokens nor secrets, and only its own role reads them', async () => {
  const { rows } = await house.admin.query('SELECT string_agg(value::text, $1) AS all FROM simulator.record', ['\n']);
  expect(rows[0].all).toContain('Kept');
  expect(rows[0].all).not.toContain(app.client_secret);
  expect(rows[0].all).not.toMatch(/gAAAA|!IAAAA/);
  const { rows: may } = await house.admin.query(
    `SELECT rolname FROM pg_roles WHERE rolname LIKE 'waxseal_%' AND rolname <> 'waxseal_owner'
     AND has_table_privilege(rolname, 'simulator.record', 'SELECT') ORDER BY 1`,
  );
  expect(may).toEqual([{ rolname: 'waxseal_simulator' }]);
  const { rows: sees } = await house.admin.query(
    `SELECT c.relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
     AND has_table_privilege('waxseal_simulator', c.oid, 'SELECT, INSERT, UPDATE, DELETE')`,
  );
  expect(sees).toEqual([]);
});
