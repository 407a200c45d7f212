import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, eventTypes, grantOf } from '../testing/journey.ts';
import { anApiKey, aPartner, later, untilBlocked, type World, world } from '../testing/world.ts';
import { claimHandoff, endHandoffDue, readHandoff, redeemHandoff } from './index.ts';

/** Guards that hold by themselves: whoever calls has looked before, and may have looked too early. */
let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

async function aDueConnection(): Promise<{ ctx: Ctx; connectionId: string; grantId: string }> {
  const sealed = await aPartner();
  const { connectionId, grantId } = await aSealedConnection(sealed);
  return { ...(await anApiKey(await later(sealed, 570))), connectionId, grantId };
}

test('of a connection that its customer withdrew nothing is claimed, even while the token is still there', async () => {
  const { ctx, connectionId, grantId } = await aDueConnection();
  await house.admin.query('UPDATE connection SET withdrawn_at = now() WHERE id = $1', [connectionId]);
  await expect(claimHandoff(ctx, { connectionId })).rejects.toMatchObject({ code: 'needs_consent' });
  expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
});

test('a withdrawal that is being written is waited for, and nothing is delivered then', async () => {
  const { ctx, connectionId, grantId } = await aDueConnection();
  const handoff = await claimHandoff(ctx, { connectionId });
  const customer = new pg.Client({ connectionString: house.urls.admin });
  await customer.connect();
  await customer.query('BEGIN');
  await customer.query('UPDATE connection SET withdrawn_at = now() WHERE id = $1', [connectionId]);
  const redeemed = expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
  await untilBlocked(house.admin);
  await customer.query('COMMIT');
  await customer.end();
  await redeemed;
  expect((await grantOf(ctx, grantId)).custody).toBe('claimed');
});

test('a claim that was redeemed at the last moment is not ended by a sweep that found it due', async () => {
  const { ctx, connectionId } = await aDueConnection();
  const handoff = await claimHandoff(ctx, { connectionId });
  await redeemHandoff(ctx, handoff.id, 'k');
  await inTenant(ctx.partnerId, (tx) => endHandoffDue(tx, ctx, handoff.id));
  expect((await readHandoff(ctx, handoff.id)).status).toBe('delivered');
});

test('of a grant that is held no longer nothing is delivered, and the recipient is told so', async () => {
  const { ctx, connectionId, grantId } = await aDueConnection();
  const handoff = await claimHandoff(ctx, { connectionId });
  await house.admin.query(
    `UPDATE token_grant SET custody = 'superseded', refresh_token = NULL, access_token = NULL, ended_at = now()
     WHERE id = $1`,
    [grantId],
  );
  await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
});

test('a refusal is told also where it undoes the deed around it', async () => {
  const { ctx, connectionId } = await aDueConnection();
  await claimHandoff(ctx, { connectionId });
  await expect(inTenant(ctx.partnerId, () => claimHandoff(ctx, { connectionId }))).rejects.toMatchObject({
    code: 'already_claimed',
  });
  expect((await eventTypes(ctx)).filter((type) => type === 'handoff.refused')).toHaveLength(1);
});
