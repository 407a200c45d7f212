import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { houseTheme } from '#lib/branding/index.ts';
import { handleCallback } from '#lib/consent/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { anInvitation, decide, leave, opened, tripOf } from '#lib/testing/journey.ts';
import { control } from '#lib/testing/provider.ts';
import { aPartner, aRegistration, type World, world } from '#lib/testing/world.ts';
import { page, type Scene } from './_pages/respond.tsx';
import { GET as result } from './[token]/result/route.tsx';

/* Screen D: what a customer sees while Exact Online takes its time to say who they are. */

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const browser = 'this-browser';
const scene: Scene = {
  locale: 'en',
  theme: houseTheme,
  path: '/connect/x',
  search: new URLSearchParams(),
  demo: false,
};
const refresh = '<meta http-equiv="refresh" content="0">';

/** Comes back from a provider that takes `ms` to say who it was. */
async function returned(ms: number) {
  const ctx: Ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const asked = await anInvitation(ctx, registration);
  await control('POST', 'faults', {
    ...{ client_id: registration.clientId, endpoint: 'me', kind: 'delay', when: 'before', ms, times: 1 },
  });
  const { authorizeUrl } = await leave(asked, browser);
  const params = await decide(authorizeUrl);
  const came = { registrationId: registration.id, providerSlug: 'exact-online', params, browserSecret: browser };
  const trip = await tripOf(await handleCallback(came));
  const look = () =>
    result(
      new Request(`http://localhost:3999/connect/${asked.token}/result?trip=${trip.id}&lang=en`, {
        headers: { cookie: `__Host-waxseal-browser=${browser}` },
      }),
      { params: Promise.resolve({ token: asked.token }) },
    );
  return { asked, trip, look };
}

test('a slow answer is waited for on a page that is there at once, and that moves on by itself', async () => {
  const { asked, look } = await returned(3_500);
  const answer = await look();
  expect([answer.status, answer.headers.get('x-accel-buffering')]).toEqual([200, 'no']);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader?.read())?.value ?? '';
  expect(first).toContain('Sealed. One look at the account');
  expect(first).toContain('</main>');
  expect(first).not.toMatch(/http-equiv|<script/);
  expect((await opened(asked)).standing?.identity).toBe('pending');
  const last = (await reader?.read())?.value;
  expect(last).toBe(`${refresh}</body></html>`);
  expect((await opened(asked)).standing?.identity).toBe('known');
  const next = await (await look()).text();
  expect(next).toContain('Is this the right account?');
  expect(next).not.toContain('http-equiv');
});

test('after a minute the reader looks again; nothing moves by itself', async () => {
  const { trip, look } = await returned(4_000);
  await house.admin.query(
    `UPDATE authorization_request SET answered_at = answered_at - interval '61 seconds' WHERE id = $1`,
    [trip.id],
  );
  const html = await (await look()).text();
  expect(html).toContain('Sealed. One look at the account');
  expect(html).toMatch(/class="btn main"[^>]*>.*Look now/s);
  expect(html).not.toContain('http-equiv');
});

test('nothing is looked at for a reader who is gone', async () => {
  const gone = vi.fn();
  const follow = (signal: AbortSignal) =>
    new Promise<boolean>(() => {
      signal.addEventListener('abort', gone);
    });
  const reader = (await page(scene, 'waiting', 'x', { follow })).body?.getReader();
  await reader?.read();
  expect(gone).not.toHaveBeenCalled();
  await reader?.cancel();
  expect(gone).toHaveBeenCalledOnce();
});

test('what cannot be looked at ends the page as it is', async () => {
  const html = await (
    await page(scene, 'waiting', 'x', { follow: () => Promise.reject(new Error('no database')) })
  ).text();
  expect(html).toMatch(/<\/body><\/html>$/);
  expect(html).not.toContain('http-equiv');
});
