import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { clockAt } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { tablesWith } from '../testing/canaries.ts';
import { aSealedConnection, eventsOf, grantOf } from '../testing/journey.ts';
import { refresh, tokenCalls } from '../testing/provider.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import { type Bundle, claimHandoff, confirmHandoff, redeemHandoff } from './index.ts';
import { findHandoff } from './store.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const read = async (ctx: Ctx, id: string, key: string | null): Promise<string> =>
  (await redeemHandoff(ctx, id, key)).reveal();
const bundleOf = async (ctx: Ctx, id: string, key: string | null = 'k'): Promise<Bundle> =>
  JSON.parse(await read(ctx, id, key));

async function aClaim() {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const due = await later(partner, 570);
  const { ctx } = await anApiKey(due);
  return { partner: due, ctx, ...connection, handoff: await claimHandoff(ctx, connection) };
}

describe('what leaves the house', () => {
  test('is everything a recipient needs, and a token that was never presented and works', async () => {
    const { ctx, handoff, grantId, registration } = await aClaim();
    const grant = await grantOf(ctx, grantId);

    const bundle = await bundleOf(ctx, handoff.id);

    expect(bundle).toMatchObject({
      client_id: registration.clientId,
      redirect_uri: registration.redirectUri,
      site: 'nl',
      refresh_token_issued_at: grant.issuedAt.toISOString(),
      refresh_token_expires_at: grant.lapsesAt.toISOString(),
      refresh_not_before: new Date(grant.issuedAt.getTime() + 570_000).toISOString(),
      access_token_expires_at: grant.accessExpiresAt.toISOString(),
      token_fingerprint: fingerprint(bundle.refresh_token),
    });
    expect(bundle.access_token).toMatch(/^gAAAA/);
    expect(grant.spends).toBe(0);
    // The provider has seen one token call of this client ever: the exchange. We never spend what we keep.
    expect((await tokenCalls(registration)).map(({ grant_type }) => grant_type)).toEqual(['authorization_code']);
    const answer = await refresh(bundle);
    expect([answer.status, JSON.parse(answer.body).token_type]).toEqual([200, 'bearer']);
  });

  test('leaves opening rows behind that say who and for which handoff, and gives custody up', async () => {
    const { ctx, handoff, grantId } = await aClaim();
    await read(ctx, handoff.id, 'k');
    const openings = await inTenant(ctx.partnerId, (tx) => tx.opening.findMany({ orderBy: { field: 'asc' } }));
    expect(openings).toMatchObject(
      ['access_token', 'refresh_token'].map((field) => ({
        field,
        grantId,
        handoffId: handoff.id,
        actorKind: 'api_key',
        actorId: ctx.actor.id,
      })),
    );
    expect(await grantOf(ctx, grantId)).toMatchObject({
      custody: 'handed_over',
      refreshToken: null,
      accessToken: null,
      dueAt: null,
    });
  });

  test('was never readable in the database: not before, not while delivered, not after (TH1)', async () => {
    const { ctx, handoff } = await aClaim();
    const bundle = await bundleOf(ctx, handoff.id);
    const secrets = [bundle.refresh_token, bundle.access_token ?? '', bundle.client_secret];
    expect(await tablesWith(house.admin, secrets)).toEqual([]); // the envelope lies there, sealed
    await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
    expect(await tablesWith(house.admin, secrets)).toEqual([]);
    // The search can see: a planted one is found.
    await house.admin.query('CREATE TABLE planted (t bytea)');
    await house.admin.query('INSERT INTO planted VALUES ($1)', [Buffer.from(`x${bundle.refresh_token}x`)]);
    expect(await tablesWith(house.admin, secrets)).toEqual(['public.planted']);
    await house.admin.query('DROP TABLE planted');
  });
});

describe('it leaves once (H3 to H5)', () => {
  test('a lost answer is heard again byte for byte by the same key with the same Idempotency-Key', async () => {
    const { ctx, handoff } = await aClaim();
    const first = await read(ctx, handoff.id, 'attempt-1');
    expect(await read(ctx, handoff.id, 'attempt-1')).toBe(first);
    expect(await read(ctx, handoff.id, 'attempt-1')).toBe(first);
  });

  test('anyone else, another Idempotency-Key or none: refused and told, and nothing leaves', async () => {
    const { ctx, partner, handoff } = await aClaim();
    const { ctx: colleague } = await anApiKey(partner, 'colleague');
    await read(ctx, handoff.id, 'attempt-1');
    for (const [caller, key] of [
      [ctx, 'attempt-2'],
      [ctx, ''],
      [ctx, null],
      [colleague, 'attempt-1'],
      [colleague, null],
    ] as const)
      await expect(redeemHandoff(caller, handoff.id, key)).rejects.toMatchObject({ code: 'already_redeemed' });
    expect((await eventsOf(ctx)).filter(({ type }) => type === 'handoff.refused')).toMatchObject(
      Array(5).fill({ data: { act: 'redeem', code: 'already_redeemed', handoff_id: handoff.id } }),
    );
  });

  test('a redemption without an Idempotency-Key cannot be heard again by anyone', async () => {
    const { ctx, handoff } = await aClaim();
    await read(ctx, handoff.id, null);
    for (const key of [null, '', 'null'])
      await expect(redeemHandoff(ctx, handoff.id, key)).rejects.toMatchObject({ code: 'already_redeemed' });
  });

  test('only the credential that claimed redeems', async () => {
    const { ctx, partner, handoff } = await aClaim();
    const { ctx: colleague } = await anApiKey(partner, 'colleague');
    const member: Ctx = { ...ctx, actor: { kind: 'member', id: ctx.actor.id, sessionHash: 's', role: 'staff' } };
    for (const caller of [colleague, member])
      await expect(redeemHandoff(caller, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    await expect(redeemHandoff(await aPartner(), handoff.id, 'k')).rejects.toMatchObject({ code: 'not_found' });
    expect(await bundleOf(ctx, handoff.id)).toHaveProperty('refresh_token');
  });

  test("a member's answer belongs to the session that heard it", async () => {
    const { partner, handoff } = await aClaim();
    const actor = (sessionHash: string): Ctx => ({
      ...partner,
      actor: { kind: 'member', id: 'mbr_1', sessionHash, role: 'staff' },
    });
    await house.admin.query(`UPDATE handoff SET claimed_by_kind = 'member', claimed_by_id = 'mbr_1' WHERE id = $1`, [
      handoff.id,
    ]);
    const first = await read(actor('one'), handoff.id, 'console-view');
    expect(await read(actor('one'), handoff.id, 'console-view')).toBe(first);
    await expect(redeemHandoff(actor('two'), handoff.id, 'console-view')).rejects.toMatchObject({
      code: 'already_redeemed',
    });
  });

  test('twenty redemptions at once: one delivery, and the same bytes for all who carry the same key', async () => {
    const { ctx, handoff, grantId } = await aClaim();
    const same = await Promise.all(Array.from({ length: 10 }, () => read(ctx, handoff.id, 'same')));
    expect(new Set(same).size).toBe(1);
    const openings = await inTenant(ctx.partnerId, (tx) => tx.opening.count({ where: { grantId } }));
    expect(openings).toBe(2);

    const other = await aClaim();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => read(other.ctx, other.handoff.id, `key-${index}`)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await eventsOf(other.ctx)).filter(({ type }) => type === 'handoff.delivered')).toHaveLength(1);
  });

  test('after the outcome is known the answer is gone for good', async () => {
    const { ctx, handoff } = await aClaim();
    await read(ctx, handoff.id, 'k');
    await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'already_redeemed' });
  });

  /** H4 ends with the confirm window, whether or not the sweep has come by already. */
  test('after the confirm window the answer is gone, even before the sweep', async () => {
    const { ctx, handoff } = await aClaim();
    await read(ctx, handoff.id, 'k');
    const row = await inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, handoff.id));
    const over: Ctx = { ...ctx, clock: clockAt(row?.confirmBefore ?? new Date(0)) };
    await expect(redeemHandoff(over, handoff.id, 'k')).rejects.toMatchObject({ code: 'already_redeemed' });
  });
});
