import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { claimHandoff, readHandoff } from '#lib/handoff/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { sha256 } from '#lib/kernel/hash.ts';
import { csrfOf, currentMember, type Session } from '#lib/session/index.ts';
import { addMember, createApiKey, listApiKeys, listRegistrations } from '#lib/tenancy/index.ts';
import { aSealedConnection } from '#lib/testing/journey.ts';
import { aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { POST as createKey } from './api-keys/create/route.ts';
import { POST as revokeKey } from './api-keys/revoke/route.ts';
import { POST as claim } from './connections/[id]/claim/route.ts';
import { POST as values } from './handoffs/[id]/values/route.ts';
import { POST as change } from './registrations/[id]/change/route.ts';

const jar = new Map<string, string>();
vi.mock('next/headers', () => ({
  cookies: async () => ({ get: (name: string) => (jar.has(name) ? { value: jar.get(name) } : undefined) }),
}));
vi.mock('next/navigation', () => ({ redirect: () => {} }));

let house: World;
beforeAll(async () => {
  house = await world();
});
beforeEach(() => jar.clear());
afterAll(() => house.close());

const sixMinutes = '6 minutes';

/** A member of this partner who signed in so long ago; null: before that was kept. */
async function signedIn(partner: Ctx, age: string | null): Promise<Session> {
  const email = `${randomUUID()}@example.test`;
  await addMember(partner, { email, name: 'Ann', role: 'admin' });
  const token = randomBytes(16).toString('hex');
  await house.admin.query('INSERT INTO identity_user (id, email) VALUES ($1, $1)', [email]);
  await house.admin.query(
    `INSERT INTO identity_session (id, session_token, user_id, expires, fresh_at)
     VALUES ($1, $2, $3, now() + interval '1 hour', now() - $4::interval)`,
    [randomUUID(), Buffer.from(sha256(token)).toString('hex'), email, age],
  );
  jar.set('__Host-waxseal-session', token);
  return here();
}
async function here(): Promise<Session> {
  const session = await currentMember();
  if (!session) throw new Error('nobody is signed in');
  return session;
}
const age = (interval: string) =>
  house.admin.query('UPDATE identity_session SET fresh_at = now() - $1::interval', [interval]);

type Route = { params: Promise<Record<string, string>> };
type Post = (request: Request, route: Route) => Promise<Response>;
const at = (params: Record<string, string>): Route => ({ params: Promise.resolve(params) });

async function submit(post: Post, params: Record<string, string>, fields: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ csrf: csrfOf(await here()), ...fields });
  return post(new Request('http://localhost:3999/console/x', { method: 'POST', body }), at(params));
}
async function ask(post: Post, params: Record<string, string>, body?: object): Promise<Response> {
  const headers = { 'x-csrf': csrfOf(await here()) };
  const init = { method: 'POST', headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return post(new Request('http://localhost:3999/console/x', init), at(params));
}

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
    expect((await ask(createKey, {}, { label: 'second' })).status).toBe(200);
    expect((await keys()).sort()).toEqual([
      ['in use', true],
      ['second', false],
    ]);
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
