import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit, verifyChain } from '../audit/index.ts';
import { rootKeyIdOf, useConfig } from '../config/index.ts';
import { visitInvitation } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import { migrate } from '../db/migrate.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { mac } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';
import { rotateRoot } from '../keys/index.ts';
import { partnersDue } from '../sweep/due.ts';
import { sweep } from '../sweep/index.ts';
import { aSealedConnection } from '../testing/journey.ts';
import { again, anApiKey, aPartner, untilBlocked, type World, world } from '../testing/world.ts';
import { open, seal } from '../vault/index.ts';
import { addMember, createPartner, ctxOfApiKey, deletePartner, membershipsOf, openCtx } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const name = 'Korenaar Software';
const count = async (sql: string, values: unknown[]) =>
  Number((await house.admin.query(`SELECT count(*) FROM ${sql}`, values)).rows[0].count);
const place = (partnerId: string) => ({ purpose: 'link', partnerId, recordId: 'inv_1', field: 'invitation' }) as const;
const sealed = (partnerId: string, text = 'text') =>
  inTenant(partnerId, (tx) => seal(tx, new Secret(text), place(partnerId)));
const opened = (partnerId: string, bytes: Uint8Array) =>
  inTenant(partnerId, async (tx) => (await open(tx, bytes, place(partnerId))).reveal());
const aMemberOf = async (ctx: Ctx, email: string) => {
  await addMember(ctx, { email, name: 'Ann', role: 'admin' });
  await house.admin.query('INSERT INTO identity_user (id, email) VALUES ($1, $1) ON CONFLICT DO NOTHING', [email]);
  await house.admin.query(
    `INSERT INTO identity_session (id, session_token, user_id, expires) VALUES ($1, $1, $2, now() + interval '1 hour')`,
    [randomBytes(8).toString('hex'), email],
  );
};

test('only its name, typed again, deletes a partner', async () => {
  const ctx = await aPartner({ sandbox: false });
  for (const typed of ['', 'korenaar software', `${name} `, ctx.partnerId])
    await expect(deletePartner(ctx, typed)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await openCtx(ctx.partnerId, ctx.actor)).not.toBeNull();
  await expect(deletePartner(await aPartner(), `${name} (sandbox)`)).rejects.toThrow(/deleted with its partner/);
});

test('nothing sealed for it opens, nobody gets in, its links lead nowhere, and the trail says so', async () => {
  const live = await aPartner({ sandbox: false });
  const twinId = await createPartner({ name: 'Twin', theme: {}, sandboxOf: live.partnerId, operator: 'test' });
  const twin = await again({ partnerId: twinId, actor: live.actor });
  const { asked } = await aSealedConnection(twin);
  const other = await aPartner({ sandbox: false });
  await aMemberOf(live, 'only@example.test');
  await aMemberOf(live, 'both@example.test');
  await addMember(other, { email: 'both@example.test', name: 'Ann', role: 'admin' });
  const { key } = await anApiKey(live);
  const [mine, twins, others] = [await sealed(live.partnerId), await sealed(twinId), await sealed(other.partnerId)];
  expect(await visitInvitation(asked.token)).not.toBeNull();

  const done = await deletePartner(live, name);

  expect(done).toMatchObject({ partnerIds: [twinId, live.partnerId], rootKeyIds: [rootKeyIdOf(house.config.rootKey)] });
  expect(done.keys).toBeGreaterThan(3);
  for (const [partnerId, bytes] of [
    [live.partnerId, mine],
    [twinId, twins],
  ] as const) {
    await expect(opened(partnerId, bytes)).rejects.toMatchObject({ name: 'UnreadableError' });
    await expect(sealed(partnerId)).rejects.toMatchObject({ name: 'UnreadableError' }); // nor is anything sealed again
    expect(await openCtx(partnerId, live.actor)).toBeNull();
    expect(await count('partner_key WHERE partner_id = $1 AND wrapped IS NOT NULL', [partnerId])).toBe(0);
    expect(await verifyChain(partnerId)).toMatchObject({ intact: true });
    expect(await count(`audit_event WHERE partner_id = $1 AND action = 'partner.deleted'`, [partnerId])).toBe(1);
  }
  expect(await ctxOfApiKey(key, 'r')).toBeNull();
  expect(await visitInvitation(asked.token)).toBeNull();
  expect(await membershipsOf('only@example.test')).toEqual([]);
  expect(await membershipsOf('both@example.test')).toMatchObject([{ partnerId: other.partnerId }]);
  const sessions = (email: string) => count('identity_session WHERE user_id = $1', [email]);
  expect([await sessions('only@example.test'), await sessions('both@example.test')]).toEqual([0, 1]);
  expect(await opened(other.partnerId, others)).toBe('text');
  await expect(deletePartner(live, name)).resolves.toMatchObject({ keys: 0 }); // cut off and given again
  expect(await count(`audit_event WHERE partner_id = $1 AND action = 'partner.deleted'`, [live.partnerId])).toBe(1);
});

test('what would have fallen due for it does not any more', async () => {
  const ctx = await aPartner();
  const { grantId } = await aSealedConnection(ctx);
  await house.admin.query(`UPDATE token_grant SET due_at = now() - interval '1 hour' WHERE id = $1`, [grantId]);
  const live = await again({ partnerId: await liveOf(ctx), actor: ctx.actor });
  expect(await partnersDue()).toContain(ctx.partnerId);
  await deletePartner(live, name);
  expect(await partnersDue()).not.toContain(ctx.partnerId);
  expect(
    await sweep((error) => {
      throw error;
    }),
  ).toBe(0);
  expect(await count('token_grant WHERE id = $1 AND due_at IS NOT NULL', [grantId])).toBe(1); // it was there to be found
});
const liveOf = async (ctx: Ctx) =>
  (await house.admin.query('SELECT sandbox_of FROM partner WHERE partner_id = $1', [ctx.partnerId])).rows[0].sandbox_of;

/** D30: a first need of a key that has begun before the deletion would else outlive it. */
test('a key that is being made while the partner is deleted is destroyed with the others', async () => {
  const ctx = await aPartner({ sandbox: false });
  const { partnerId } = ctx;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let bytes = new Uint8Array();
  const slow = inTenant(partnerId, async (tx) => {
    bytes = await seal(tx, new Secret('slow'), place(partnerId)); // the first key of its purpose
    await audit(tx, ctx, 'test.slow', {});
    await held;
  });
  while (bytes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const deletion = deletePartner(ctx, name);
  await untilBlocked(house.admin);
  release();
  await slow;
  expect(await deletion).toMatchObject({ keys: 1 });
  await expect(opened(partnerId, bytes)).rejects.toMatchObject({ name: 'UnreadableError' });
});

test('a backup of before is readable with the root key of before, and unreadable once that is gone', async () => {
  const ctx = await aPartner({ sandbox: false });
  const bytes = await sealed(ctx.partnerId);
  const backup = (await house.admin.query('SELECT * FROM partner_key WHERE partner_id = $1', [ctx.partnerId])).rows[0];
  const restore = () =>
    house.admin.query('UPDATE partner_key SET wrapped = $1, root_key_id = $2, destroyed_at = NULL WHERE id = $3', [
      backup.wrapped,
      backup.root_key_id,
      backup.id,
    ]);
  await deletePartner(ctx, name);
  await restore();
  expect(await opened(ctx.partnerId, bytes)).toBe('text'); // why the operator is told of backups
  await house.admin.query('UPDATE partner_key SET wrapped = NULL, destroyed_at = now() WHERE id = $1', [backup.id]);

  const newest = new Secret(new Uint8Array(randomBytes(32)) as Uint8Array);
  const both = [newest, house.config.rootKey];
  const facts = both.map((key) => ({ id: rootKeyIdOf(key), check: mac(key.reveal(), 'root key check') }));
  await migrate(house.urls.owner, house.urls.app, facts);
  useConfig({ ...house.config, rootKey: newest, oldRootKeys: [house.config.rootKey] });
  expect(await rotateRoot()).toMatchObject({ unreadable: [] });
  useConfig({ ...house.config, rootKey: newest });
  await restore();
  await expect(opened(ctx.partnerId, bytes)).rejects.toMatchObject({ name: 'UnreadableError' });
});
