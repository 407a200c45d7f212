import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { claimHandoff, readHandoff } from '#lib/handoff/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { createTarget, TargetInput } from '#lib/targets/index.ts';
import { addOrigin, createApiKey, listApiKeys, listOrigins, listRegistrations } from '#lib/tenancy/index.ts';
import { jar } from '#lib/testing/jar.ts';
import { aSealedConnection } from '#lib/testing/journey.ts';
import { ageSignIn, ask, signedInMember, submit } from '#lib/testing/member.ts';
import { aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { POST as createKey } from './api-keys/create/route.ts';
import { POST as revokeKey } from './api-keys/revoke/route.ts';
import { POST as claim } from './connections/[id]/claim/route.ts';
import { POST as addEmbed } from './embed/add/route.ts';
import { POST as removeEmbed } from './embed/remove/route.ts';
import { POST as tryEmbed } from './embed/try/route.ts';
import { POST as values } from './handoffs/[id]/values/route.ts';
import { POST as change } from './registrations/[id]/change/route.ts';
import { POST as rotateSecret } from './targets/[id]/rotate-secret/route.ts';

vi.mock('next/headers', async () => ({ cookies: (await import('#lib/testing/jar.ts')).cookiesOfJar }));
vi.mock('next/navigation', () => ({ redirect: () => {} }));

let house: World;
beforeAll(async () => {
  house = await world();
});
beforeEach(() => jar.clear());
afterAll(() => house.close());

const sixMinutes = '6 minutes';

const signedIn = (partner: Ctx, age: string | null) => signedInMember(house, partner, age);
const age = (interval: string) => ageSignIn(house, interval);

describe('the playground of the button', () => {
  test('invites in a sandbox, through an app that is there, told to our own page; never for a live partner', async () => {
    const partner = await aPartner();
    await signedIn(partner, '0 s');
    expect((await ask(tryEmbed, {})).status).toBe(409);
    await aRegistration(partner);
    expect(await (await ask(tryEmbed, {})).json()).toEqual({ url: expect.stringMatching(/\/connect\/wxi_/) });
    const { rows } = await house.admin.query('SELECT channel, embed_origin FROM invitation WHERE partner_id = $1', [
      partner.partnerId,
    ]);
    expect(rows).toEqual([{ channel: 'embed', embed_origin: 'http://localhost:3999' }]);
    const live = await aPartner({ sandbox: false });
    await aRegistration(live);
    await addOrigin(live, 'https://app.example.com');
    await signedIn(live, '0 s');
    expect(await (await ask(tryEmbed, {})).json()).toEqual({ error: expect.stringMatching(/sandbox/) });
  });
});

describe('with a sign-in of six minutes ago, or of a time when none was kept', () => {
  test.each([sixMinutes, null])('a registration is not started (%s)', async (old) => {
    const partner = await aPartner();
    const { connectionId } = await aSealedConnection(partner);
    await later(partner, 600);
    await signedIn(partner, old);
    expect((await submit(claim, { id: connectionId }, {})).status).toBe(401);
    await age('4 minutes');
    const started = await submit(claim, { id: connectionId }, {});
    expect([started.status, started.headers.get('location')]).toEqual([303, expect.stringMatching(/handoffs\/hof_/)]);
  });

  test('the values of a handoff stay shut; once looked at, the same session may look again', async () => {
    const partner = await aPartner();
    const { connectionId } = await aSealedConnection(partner);
    await later(partner, 600);
    const { ctx } = await signedIn(partner, sixMinutes);
    const { id } = await claimHandoff(ctx, { connectionId });
    const refused = await ask(values, { id });
    expect(refused.status).toBe(401);
    expect(JSON.stringify(await refused.json())).not.toContain('refresh_token');
    expect((await readHandoff(ctx, id)).deliveredAt).toBeNull();
    await age('4 minutes');
    expect((await ask(values, { id })).status).toBe(200);
    await age(sixMinutes);
    expect((await ask(values, { id })).status).toBe(200);
  });

  test('no API key is made, and none is ended', async () => {
    const partner = await aPartner();
    const { ctx } = await signedIn(partner, sixMinutes);
    const { id } = await createApiKey(ctx, 'in use');
    const keys = async () => (await listApiKeys(ctx)).map(({ label, revokedAt }) => [label, revokedAt !== null]);
    expect((await ask(createKey, {}, { label: 'second' })).status).toBe(401);
    expect((await submit(revokeKey, {}, { key_id: id })).status).toBe(401);
    expect(await keys()).toEqual([['in use', false]]);
    await age('4 minutes');
    expect((await submit(revokeKey, {}, { key_id: id })).status).toBe(303);
    expect((await ask(createKey, {}, { label: 'second', scopes: ['invite'] })).status).toBe(200);
    expect((await keys()).sort()).toEqual([
      ['in use', true],
      ['second', false],
    ]);
  });

  test('no origin of a button is added, and none is removed', async () => {
    const { ctx } = await signedIn(await aPartner(), sixMinutes);
    const { id } = await addOrigin(ctx, 'https://app.example.com');
    const live = async () => (await listOrigins(ctx)).filter((row) => !row.removedAt).map((row) => row.origin);
    expect((await submit(addEmbed, {}, { origin: 'https://shop.example.com' })).status).toBe(401);
    expect((await submit(removeEmbed, {}, { origin_id: id })).status).toBe(401);
    expect(await live()).toEqual(['https://app.example.com']);
    await age('4 minutes');
    expect((await submit(removeEmbed, {}, { origin_id: id })).status).toBe(303);
    expect((await submit(addEmbed, {}, { origin: 'https://shop.example.com' })).status).toBe(303);
    expect(await live()).toEqual(['https://shop.example.com']);
    const refused = await submit(addEmbed, {}, { origin: 'http://shop.example.com', back: '/console/embed' });
    expect(refused.headers.get('location')).toMatch(/^\/console\/embed\?error=An\+origin\+starts/);
  });

  test('no signing secret is made: the one in use signs alone', async () => {
    const partner = await aPartner();
    const { ctx } = await signedIn(partner, sixMinutes);
    const push = { name: 'Endpoint', kind: 'push', push: { url: 'https://receiver.example/' } };
    const { id } = await createTarget(ctx, TargetInput.parse(push));
    const secrets = async () =>
      (await house.admin.query('SELECT id FROM push_secret WHERE target_id = $1', [id])).rowCount;
    expect([(await ask(rotateSecret, { id })).status, await secrets()]).toEqual([401, 1]);
    await age('4 minutes');
    const told = await ask(rotateSecret, { id });
    expect([told.status, await secrets()]).toEqual([200, 2]);
    expect(((await told.json()) as { secret: string }).secret).toMatch(/^whsec_/);
  });

  test('of a client registration the name may change, not what leads to a secret', async () => {
    const partner = await aPartner();
    const { id, clientId } = await aRegistration(partner);
    const { ctx } = await signedIn(partner, sixMinutes);
    const now = { name: 'Renamed', site: 'nl', client_id: clientId, preflight: 'on', pkce: 'on' };
    const { pkce: _, ...withoutPkce } = now;
    for (const form of [
      { ...now, name: 'A', client_secret: 'another-secret' },
      { ...now, name: 'B', client_id: randomUUID() },
      { ...now, name: 'C', site: 'be' },
      { ...withoutPkce, name: 'D' },
      { ...now, name: 'E', redirect_uri: 'https://vendor.example/cb' },
    ])
      expect((await submit(change, { id }, form)).status, form.name).toBe(401);
    const [before] = await listRegistrations(ctx);
    expect(before).toMatchObject({ name: 'Korenaar Connect', site: 'nl', clientId, pkce: true });
    expect((await submit(change, { id }, now)).headers.get('location')).toMatch(/saved=changes/);
    await age('4 minutes');
    const replaced = await submit(change, { id }, { ...now, client_secret: 'another-secret' });
    expect(replaced.headers.get('location')).toMatch(/saved=changes/);
    const [after] = await listRegistrations(ctx);
    expect(after?.name).toBe('Renamed');
    expect(after?.secretSetAt.getTime()).toBeGreaterThan(before?.secretSetAt.getTime() ?? 0);
  });
});
