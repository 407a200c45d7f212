import { afterAll, beforeAll, expect, test } from 'vitest';
import { withdrawInvitation } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { addMember } from '../tenancy/index.ts';
import { aHousehold } from '../testing/household.ts';
import { anInvitation, aSealedConnection, eventTypes, grantOf } from '../testing/journey.ts';
import { aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { doRun } from './deeds.ts';
import { partnersDue } from './due.ts';
import { sweep } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};
/** Moves a sandbox's clock without doing what falls due. */
const pushQuietly = (ctx: Ctx, seconds: number) =>
  house.admin.query('UPDATE partner SET clock_offset_ms = clock_offset_ms + $1 WHERE partner_id = $2', [
    seconds * 1000,
    ctx.partnerId,
  ]);

test('everything due is done for all partners in one run, and nothing is left for the next', async () => {
  const [one, two, early] = [await aPartner(), await aPartner(), await aPartner()];
  const grants = [await aSealedConnection(one), await aSealedConnection(two)];
  const notYet = await aSealedConnection(early);
  for (const ctx of [one, two]) await pushQuietly(ctx, 30 * 86_400);

  await sweep(fail);

  expect((await grantOf(one, grants[0]?.grantId ?? '')).custody).toBe('lapsed');
  expect((await grantOf(two, grants[1]?.grantId ?? '')).custody).toBe('lapsed');
  expect((await grantOf(early, notYet.grantId)).custody).toBe('sealed');
  expect(await sweep(fail)).toBe(0);
});

test('two sweeps at once do a thing once (D20)', async () => {
  const ctx = await aPartner();
  await aSealedConnection(ctx);
  await pushQuietly(ctx, 30 * 86_400);
  await Promise.all([sweep(fail), sweep(fail), sweep(fail)]);
  expect((await eventTypes(ctx)).filter((type) => type === 'grant.lapsed')).toHaveLength(1);
});

test('a thing that fails is reported and does not stop the others; the next run tries it again', async () => {
  const [broken, whole] = [await aPartner(), await aPartner()];
  const [first, second] = [await aSealedConnection(broken), await aSealedConnection(whole)];
  for (const ctx of [broken, whole]) await pushQuietly(ctx, 30 * 86_400);
  await house.admin.query(`CREATE FUNCTION refuse_lapse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.id = '${first.grantId}' THEN RAISE 'broken'; END IF; RETURN NEW; END $$`);
  await house.admin.query(
    'CREATE TRIGGER refuse_lapse BEFORE UPDATE ON token_grant FOR EACH ROW EXECUTE FUNCTION refuse_lapse()',
  );
  const errors: unknown[] = [];
  try {
    await sweep((error) => errors.push(error));
  } finally {
    await house.admin.query('DROP TRIGGER refuse_lapse ON token_grant');
  }
  expect(errors).toHaveLength(1);
  expect((await grantOf(whole, second.grantId)).custody).toBe('lapsed');
  expect((await grantOf(broken, first.grantId)).custody).toBe('sealed');
  await sweep(fail);
  expect((await grantOf(broken, first.grantId)).custody).toBe('lapsed');
});

test('an invitation nobody used is abandoned at its end, once; a used or withdrawn one is not', async () => {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  await anInvitation(ctx, registration, { customer: { name: 'Idle' }, expires_in: 3600 });
  const withdrawn = await anInvitation(ctx, registration, { customer: { name: 'Withdrawn' }, expires_in: 3600 });
  await withdrawInvitation(ctx, withdrawn.id);
  await aSealedConnection(ctx, { registration, invitation: { expires_in: 3600 } });
  await later(ctx, 3000);
  expect(await eventTypes(ctx)).not.toContain('invitation.abandoned');
  await later(ctx, 600);
  await later(ctx, 100);
  expect((await eventTypes(ctx)).filter((type) => type === 'invitation.abandoned')).toHaveLength(1);
});

test('what was found due and is not any more is left alone: another sweep was there first', async () => {
  const ctx = await aPartner();
  const { partnerId } = ctx;
  await addMember(ctx, { email: `${partnerId}@example.test`, name: 'Ann', role: 'admin' });
  const { id } = await anInvitation(ctx, await aRegistration(ctx));
  const dueAt = ctx.clock.now();
  for (const found of [{ kind: 'invitation', id } as const, { kind: 'partner', id: partnerId } as const])
    await inTenant(partnerId, (tx) => doRun(tx, ctx, [{ ...found, dueAt }]));
  expect(await eventTypes(ctx)).toEqual([]);
  const letters = "SELECT FROM pgboss.job WHERE name = 'mail.expiring' AND data->>'partnerId' = $1";
  expect((await house.admin.query(letters, [partnerId])).rowCount).toBe(0);
});

test('an answer that was found due and has a later time by now keeps what it holds', async () => {
  const { ctx } = await aHousehold('Kept');
  const spent = () =>
    house.admin.query(`SELECT id FROM kept_answer WHERE partner_id = $1 AND role = 'predecessor'`, [ctx.partnerId]);
  const { rows } = await spent();
  expect(rows).toHaveLength(1);
  const found = { kind: 'leftover', id: rows[0].id, dueAt: new Date(0) } as const;
  await inTenant(ctx.partnerId, (tx) => doRun(tx, ctx, [found]));
  expect((await spent()).rows).toEqual(rows);
});

test('a sandbox that is far ahead drags no live partner along', async () => {
  const sandbox = await aPartner();
  await aSealedConnection(sandbox);
  await later(sandbox, 400 * 86_400);
  const other = await aPartner();
  const { grantId } = await aSealedConnection(other);
  await sweep(fail);
  expect((await grantOf(other, grantId)).custody).toBe('sealed');
});

test('a deleted partner is looked at no more, whatever it left behind: due grants, or a renewal without its worker', async () => {
  const ctx = await aPartner();
  const { grantId } = await aSealedConnection(ctx);
  await pushQuietly(ctx, 30 * 86_400);
  await house.admin.query(
    `INSERT INTO renewal (partner_id, id, grant_id, generation, epoch, lease_until, started_at, sent_at, presentations)
     VALUES ($1, 'rnw_left', $2, 0, 1, now() - interval '1 minute', now(), now(), 1)`,
    [ctx.partnerId, grantId],
  );
  expect(await partnersDue()).toContain(ctx.partnerId);
  await house.admin.query('UPDATE partner SET deleted_at = now() WHERE partner_id = $1', [ctx.partnerId]);
  expect(await partnersDue()).not.toContain(ctx.partnerId);
});

test('what stays due comes up once in a sweep, also when the database keeps its moment finer than a clock here reads it', async () => {
  const ctx = await aPartner();
  const { grantId } = await aSealedConnection(ctx);
  // On its way to the provider a grant is left alone by everything else, so it stays due.
  await house.admin.query(
    `UPDATE token_grant SET due_at = date_trunc('milliseconds', now()) - interval '0.9 milliseconds', custody = 'renewing' WHERE id = $1`,
    [grantId],
  );
  expect(
    await Promise.race([sweep(fail, 'inside'), new Promise((tick) => setTimeout(tick, 5_000, 'goes round'))]),
  ).toBe(1);
});
