import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTimeline } from '../connections/index.ts';
import { chooseSite, declineForGood, noteOpened, stopFromLink } from '../consent/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { type Answered, call } from '../testing/api.ts';
import { anInvitation, connect, opened } from '../testing/journey.ts';
import { again, anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';

let house: World;
let ctx: Ctx;
let key: string;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
  ({ key } = await anApiKey(ctx));
});
afterAll(() => house.close());

const withdraw = (id: string, by = key): Promise<Answered> => call('withdrawInvitation', { key: by, id, body: {} });

describe('an invitation is withdrawn', () => {
  test('once, however often it is asked for; its link then says so', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx));
    const answers = await Promise.all([withdraw(asked.id), withdraw(asked.id), withdraw(asked.id)]);
    for (const { status, json } of answers) expect([status, json['status']]).toEqual([200, 'withdrawn']);
    expect((await opened(asked)).state).toBe('withdrawn');
    const told = (await readTimeline(await again(ctx), asked.connectionId)).filter(
      ({ action }) => action === 'invitation.withdrawn',
    );
    expect(told.map(({ actor }) => actor.kind)).toEqual(['api_key']);
  });

  test('also when it has lapsed, so that its customer cannot ask for a new link', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx), { expires_in: 60 });
    await later(ctx, 120);
    expect((await withdraw(asked.id)).json['status']).toBe('withdrawn');
  });

  test('not when a consent came through it, and not by another partner', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    await connect(asked, registration);
    expect(await withdraw(asked.id)).toMatchObject({ status: 409, json: { code: 'not_withdrawable' } });
    const other = await anApiKey(await aPartner());
    const fresh = await anInvitation(ctx, registration);
    const [foreign, missing] = [await withdraw(fresh.id, other.key), await withdraw('inv_000000000000000000000000')];
    expect([foreign.status, foreign.json['code']]).toEqual([404, 'not_found']);
    expect([missing.status, missing.json['code']]).toEqual([404, 'not_found']);
    expect((await opened(fresh)).state).toBe('open');
  });
});

describe('where an invitation stands', () => {
  const read = async (id: string) => (await call('readInvitation', { key, id })).json;

  test('opened, declined and finished, each with its moment', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const untouched = { status: 'open', opened_at: null, declined_at: null, finished_at: null };
    expect(await read(asked.id)).toMatchObject(untouched);
    await noteOpened(await opened(asked));
    expect(await read(asked.id)).toMatchObject({ ...untouched, opened_at: expect.any(String) });
    await declineForGood(await opened(asked));
    expect(await read(asked.id)).toMatchObject({ status: 'open', declined_at: expect.any(String), finished_at: null });
    await connect(asked, registration);
    expect(await read(asked.id)).toMatchObject({ status: 'used', finished_at: expect.any(String) });
  });

  test('once another country was chosen, by the connection there', async () => {
    const own = await aPartner();
    const nl = await aRegistration(own);
    const be = await aRegistration(own, { site: 'be' });
    const asked = await anInvitation(own, nl, { choose_site: true });
    await noteOpened(await opened(asked));
    const choice = await chooseSite(await opened(asked), 'be');
    if (choice.kind !== 'chosen') throw new Error(`the choice is ${choice.kind}`);
    const { json } = await call('readInvitation', { key: (await anApiKey(own)).key, id: asked.id });
    expect(json).toMatchObject({ id: asked.id, status: 'open', opened_at: expect.any(String) });
    expect(json['connection_id']).toBe(choice.visit.invitation.connectionId);
    expect(json['connection_id']).not.toBe(asked.connectionId);
    expect(be.site).toBe('be');
  });
});

describe('reminders of an invitation', () => {
  const asking = async (more: object) =>
    call('createInvitation', {
      key,
      body: {
        customer: { name: 'x', email: 'a@example.test' },
        client_registration_id: (await aRegistration(ctx)).id,
        ...more,
      },
    });
  const remindersOf = async (id: unknown) =>
    (await call('readInvitation', { key, id: String(id) })).json['reminders'] as Record<string, unknown> | null;

  test('are planned for one by mail unless it says otherwise', async () => {
    const planned = await remindersOf((await asking({ channel: 'mail' })).json['id']);
    expect(planned).toEqual({ sent: 0, next_at: expect.any(String), stopped_at: null });
    for (const more of [
      { channel: 'mail', remind: false },
      { channel: 'redirect' },
      { channel: 'redirect', remind: true },
    ])
      expect(await remindersOf((await asking(more)).json['id'])).toBeNull();
    expect((await asking({ channel: 'mail', remind: 'no' })).status).toBe(400);
  });

  test('are told with what became of them', async () => {
    const { json } = await asking({ channel: 'mail' });
    await later(await again(ctx), 2 * 86_400 + 60);
    expect(await remindersOf(json['id'])).toMatchObject({ sent: 1, next_at: expect.any(String) });
    const token = String(json['url']).split('/').at(-1) ?? '';
    await stopFromLink(await opened({ id: '', connectionId: '', token }), 'link');
    expect(await remindersOf(json['id'])).toEqual({ sent: 1, next_at: null, stopped_at: expect.any(String) });
  });
});
