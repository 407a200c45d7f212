import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from './index.ts';
import { consentByRobot } from './testing/consent-robot.ts';
import { httpClient } from './testing/http-client.ts';

let simulator: RunningSimulator;
let nl: ReturnType<typeof httpClient>;

beforeAll(async () => {
  simulator = await startSimulator({ policy: 'single' });
  nl = httpClient(simulator.origins.nl);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await nl.control('POST', '/reset', {});
  await nl.register();
});

test('nobody signs in as someone who does not exist', async () => {
  await expect(consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 'nobody' })).rejects.toThrow(
    'Still at /__login',
  );
});

describe('pages', () => {
  test('say that they are simulated, load nothing, and stay out of frames', async () => {
    const response = await fetch(nl.authorizeUrl());
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[^']+'; base-uri 'none'; frame-ancestors 'none'$/);
    const text = (await response.text()).replaceAll(/<[^>]+>/g, '');
    expect(text).toContain('Simulated Exact Online — no real bookkeeping behind it');
  });

  test('show a hostile name as text', async () => {
    await nl.register({ name: '<script>alert(1)</script>' });
    const page = await (await fetch(nl.authorizeUrl({ state: '"><script>' }))).text();
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;alert(1)');
  });
});
