import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInvitation, withdrawConsent } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import { newId } from '../kernel/ids.ts';
import { anInvitation, aSealedConnection, connect, eventTypes, grantOf, opened } from '../testing/journey.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { acceptGrant, discardGrant, identifyGrant, newestGrant, noDemands, parkGrant } from './index.ts';

/** Four ways to lose or leak a grant that a review for security found. */
let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

test('two consents of one millisecond leave one grant, not none', async () => {
  const ctx = await aPartner();
  const { grantId, connectionId } = await aSealedConnection(ctx);
  const first = await grantOf(ctx, grantId);
  const twin = newId('grant');
  const request = newId('authorizationRequest');
  await inTenant(ctx.partnerId, async (tx) => {
    const like = await tx.authorizationRequest.findFirstOrThrow({
      where: { partnerId: ctx.partnerId, id: first.authorizationRequestId },
    });
    await tx.authorizationRequest.create({
      data: { ...like, id: request, stateHash: Buffer.from(request), outcomeDetail: {} },
    });
    const { exactUser: _, divisions: __, currentDivision: ___, ...row } = first;
    await tx.grant.create({
      data: { ...row, id: twin, authorizationRequestId: request, identity: 'pending', exactUserIndex: null },
    });
  });
  const user = first.exactUser as never;
  await inTenant(ctx.partnerId, (tx) => identifyGrant(tx, ctx, twin, { user, divisions: [] }, noDemands));
  const states = [(await grantOf(ctx, grantId)).custody, (await grantOf(ctx, twin)).custody];
  expect(states.sort()).toEqual(['sealed', 'superseded']);
  expect((await inTenant(ctx.partnerId, (tx) => newestGrant(tx, ctx, connectionId)))?.custody).toBe('sealed');
});

test('a wrong account does not cost the right one: declined, the older grant stands again; accepted, it is replaced', async () => {
  for (const decision of ['declined', 'accepted'] as const) {
    const ctx = await aPartner();
    const right = await aSealedConnection(ctx, {
      user: 'j.jansen',
      invitation: { customer: { name: 'A', external_id: 'one' } },
    });
    const asked = await anInvitation(ctx, right.registration, {
      customer: { name: 'A', external_id: 'one' },
      expect: { exact_user: 'j.jansen' },
    });
    const wrong = await connect(asked, right.registration, { user: 's.devries' });
    const doubtful = await grantOf(ctx, wrong.grantId ?? '');
    expect([doubtful.custody, doubtful.connectionId]).toEqual(['parked', right.connectionId]);
    expect((await grantOf(ctx, right.grantId)).custody).toBe('sealed');

    await inTenant(ctx.partnerId, (tx) =>
      decision === 'accepted' ? acceptGrant(tx, ctx, doubtful.id) : discardGrant(tx, ctx, doubtful, 'declined'),
    );
    const stands = await inTenant(ctx.partnerId, (tx) => newestGrant(tx, ctx, right.connectionId));
    expect([stands?.id, stands?.custody]).toEqual([decision === 'accepted' ? doubtful.id : right.grantId, 'sealed']);
    expect((await grantOf(ctx, right.grantId)).custody).toBe(decision === 'accepted' ? 'superseded' : 'sealed');
  }
});

test('a member who accepts the older of two consents in doubt leaves the newer one as it was', async () => {
  const ctx = await aPartner();
  const customer = { customer: { name: 'A', external_id: 'one' } };
  const older = await aSealedConnection(ctx, { invitation: customer });
  const of = { id: older.grantId, connectionId: older.connectionId };
  await inTenant(ctx.partnerId, (tx) => parkGrant(tx, ctx, of, 'customer_doubts'));
  const asked = await anInvitation(ctx, older.registration, { ...customer, expect: { exact_user: 'j.jansen' } });
  const newer = (await connect(asked, older.registration, { user: 's.devries' })).grantId ?? '';
  expect((await grantOf(ctx, newer)).custody).toBe('parked');
  expect(await inTenant(ctx.partnerId, (tx) => acceptGrant(tx, ctx, older.grantId))).toBe(true);
  expect([(await grantOf(ctx, older.grantId)).custody, (await grantOf(ctx, newer)).custody]).toEqual([
    'sealed',
    'parked',
  ]);
});

test('after a withdrawal nothing can be claimed, and a claim that was under way cannot be redeemed', async () => {
  const ctx = await aPartner();
  const { asked, connectionId } = await aSealedConnection(ctx);
  const { ctx: key } = await anApiKey(await later(ctx, 600));
  const handoff = await claimHandoff(key, { connectionId });
  // What a withdrawal leaves that could not see the claim yet.
  await inTenant(ctx.partnerId, (tx) =>
    tx.connection.updateMany({
      where: { partnerId: ctx.partnerId, id: connectionId },
      data: { withdrawnAt: new Date() },
    }),
  );
  await expect(redeemHandoff(key, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
  await withdrawConsent(await opened(asked));
  await expect(claimHandoff(key, { connectionId })).rejects.toMatchObject({ code: 'needs_consent' });
});

test('a mail queue that refuses costs a receipt, not the token', async () => {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const asked = await anInvitation(ctx, registration, { customer: { name: 'Mail', email: 'mail@customer.example' } });
  await house.admin.query('REVOKE USAGE ON SCHEMA pgboss FROM waxseal_jobs');
  try {
    const trip = await connect(asked, registration, { user: 'k.bakker' });
    expect((await grantOf(ctx, trip.grantId ?? '')).custody).toBe('sealed');
    expect(await eventTypes(ctx)).toContain('grant.sealed');
  } finally {
    await house.admin.query('GRANT USAGE ON SCHEMA pgboss TO waxseal_jobs');
  }
  expect(
    (await createInvitation(ctx, { customer: { name: 'After' }, client_registration_id: registration.id })).id,
  ).toMatch(/^inv_/);
});
