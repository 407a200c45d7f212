import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { Secret } from '../kernel/secret.ts';
import { originOf, providerBySlug } from '../providers/index.ts';
import { RegistrationInput, redirectFor } from '../tenancy/index.ts';
import { aSealedConnection, grantOf } from '../testing/journey.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { readPasted } from './paste.ts';

/** RFC 9700 §2.1: the redirect URL at authorize, at the token step and in the bundle is the registered one, byte for byte. */

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

/** Park and Miller's generator: the same addresses every time. */
function dice(seed: number) {
  let last = seed;
  return (below: number) => {
    last = (last * 48_271) % 2_147_483_647;
    return last % below;
  };
}

const legal = "abcXYZ019-._~:/?@!$&'()*+,;=";
const escapes = ['%2F', '%2f', '%7E', '%7e', '%C3%A9', '%00', '%20', '%25', '%21', '%2B'];

/** A thousand addresses that RFC 3986 allows and nobody would choose. */
function oddAddresses(count: number): string[] {
  const roll = dice(2026);
  const text = (length: number) =>
    Array.from({ length }, () => (roll(6) === 0 ? escapes[roll(escapes.length)] : legal[roll(legal.length)])).join('');
  return Array.from({ length: count }, () => {
    const scheme = ['https', 'HTTPS', 'Https'][roll(3)];
    const host = ['vendor.example', 'Vendor.EXAMPLE', 'xn--vndor-5ua.example', '192.0.2.7', '[2001:db8::7]'][roll(5)];
    const port = ['', '', ':443', ':8443'][roll(4)];
    const path = ['', '/', `/${text(roll(40))}`, `/a/../${text(roll(10))}/./`, `//${text(3)}`][roll(5)];
    return `${scheme}://${host}${port}${path}${roll(3) === 0 ? `?${text(roll(30))}` : ''}`;
  });
}

test('1,000 odd but legal redirect URLs come through unchanged, and the page they lead to is recognised', () => {
  const exact = providerBySlug('exact-online');
  if (!exact) throw new Error('no provider');
  const origin = originOf('nl', true);
  const app = { name: 'x', site: 'nl', client_id: '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11', client_secret: 'abcd' };
  for (const odd of oddAddresses(1000)) {
    const posted = new URLSearchParams(new URLSearchParams({ redirect_uri: odd }).toString());
    const input = RegistrationInput.parse({ ...app, redirect_uri: posted.get('redirect_uri') });
    const redirectUri = redirectFor('clr_000000000000000000000001', input.redirect_uri, house.config.publicUrl);
    const registration = {
      site: 'nl',
      clientId: app.client_id,
      clientSecret: new Secret('abcd'),
      redirectUri,
    } as const;
    const asked = new URL(
      exact.authorizeUrl(origin, registration, { state: 's', codeChallenge: null, forceLogin: false }),
    );
    const { body } = exact.codeRequest(origin, registration, { code: 'c!', codeVerifier: null });
    const presented = new URLSearchParams(body ?? '').get('redirect_uri');
    expect([asked.searchParams.get('redirect_uri'), presented]).toEqual([odd, odd]);
    // As a browser shows it once it is there.
    const landed = new URL(`${odd}${odd.includes('?') ? '&' : '?'}code=c%21&state=s`).href;
    const read = readPasted(landed, { redirectUri, homes: [] });
    expect([odd, typeof read === 'string' ? read : read.get('code')]).toEqual([odd, 'c!']);
  }
});

test('the whole way with some of them: the provider takes the code, and the bundle carries the address as it was sent', async () => {
  for (const odd of [
    'https://vendor.example',
    'HTTPS://Vendor.EXAMPLE:443/a/../Cb.aspx',
    "https://vendor.example/!$&'()*+,;=:@?x=%7e&x=%20",
    'https://vendor.example:8443//cb/?',
  ]) {
    const registration = await aRegistration(ctx, { redirect_uri: odd });
    const { grantId, connectionId } = await aSealedConnection(ctx, { registration });
    expect((await grantOf(ctx, grantId)).redirectUri).toBe(odd);
    ctx = await later(ctx, 570);
    const machine = (await anApiKey(ctx)).ctx;
    const handoff = await claimHandoff(machine, { connectionId });
    const bundle = JSON.parse((await redeemHandoff(machine, handoff.id, 'k')).reveal());
    expect(bundle.redirect_uri).toBe(odd);
  }
});
