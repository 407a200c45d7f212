import { compactVerify, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { renewGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, eventsOf, eventTypes, grantOf } from '../testing/journey.ts';
import { control } from '../testing/provider.ts';
import { opt } from '../testing/renewals.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import { type Bundle, cancelHandoff, claimHandoff, confirmHandoff, receiptKeys, redeemHandoff } from './index.ts';
import { findHandoff } from './store.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

async function aDelivery({ age = 570 } = {}) {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const due = await later(partner, age);
  const { ctx } = await anApiKey(due);
  const handoff = await claimHandoff(ctx, connection);
  const bundle = JSON.parse((await redeemHandoff(ctx, handoff.id, 'k')).reveal()) as Bundle;
  return { partner: due, ctx, ...connection, handoff, bundle };
}

const handoffOf = async (ctx: Ctx, id: string) => {
  const row = await inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, id));
  if (!row) throw new Error('no handoff');
  return row;
};

describe('the outcome is told once (H7)', () => {
  for (const [outcome, status] of [
    ['accepted', 'confirmed'],
    ['rejected', 'rejected'],
  ] as const) {
    test(`${outcome}: settled, shredded and told; the same again changes nothing, another is refused`, async () => {
      const { ctx, handoff, bundle, grantId } = await aDelivery();
      const said = await confirmHandoff(ctx, handoff.id, {
        outcome,
        code: 'itgen-1',
        tokenFingerprint: bundle.token_fingerprint.toUpperCase(),
      });
      expect(said).toMatchObject({ status, outcomeCode: 'itgen-1', envelope: null, dueAt: null });
      expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'shredded', refreshToken: null, accessToken: null });

      expect(await confirmHandoff(ctx, handoff.id, { outcome })).toEqual(said);
      const other = outcome === 'accepted' ? 'rejected' : 'accepted';
      await expect(confirmHandoff(ctx, handoff.id, { outcome: other })).rejects.toMatchObject({
        code: 'already_confirmed',
      });
      expect((await eventTypes(ctx)).slice(-3)).toEqual([`handoff.${status}`, 'grant.shredded', 'handoff.refused']);
    });
  }

  test('ten confirmations at once settle once, with one receipt', async () => {
    const { ctx, handoff } = await aDelivery();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        confirmHandoff(ctx, handoff.id, { outcome: index % 2 ? 'accepted' : 'rejected' }),
      ),
    );
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    const ends = (await eventTypes(ctx)).filter((type) => /^handoff\.(confirmed|rejected)$/.test(type));
    expect(ends).toHaveLength(1);
    // Those who told the outcome that stands were not refused it.
    const stands = (await handoffOf(ctx, handoff.id)).status;
    const refused = results.filter(
      ({ status }, index) => status === 'rejected' && (index % 2 ? 'confirmed' : 'rejected') === stands,
    );
    expect(refused).toEqual([]);
  });

  test('a fingerprint of another token is refused and told, and the handoff stays open', async () => {
    const { ctx, handoff } = await aDelivery();
    for (const tokenFingerprint of ['', '0'.repeat(64), `${handoff.tokenFingerprint}0`, 'é'.repeat(64)])
      await expect(confirmHandoff(ctx, handoff.id, { outcome: 'accepted', tokenFingerprint })).rejects.toMatchObject({
        code: 'fingerprint_mismatch',
      });
    expect((await handoffOf(ctx, handoff.id)).status).toBe('delivered');
    expect((await eventsOf(ctx)).at(-1)).toMatchObject({
      type: 'handoff.refused',
      data: { act: 'confirm', code: 'fingerprint_mismatch' },
    });
  });

  test('nothing to report before anything was delivered, or after a cancellation', async () => {
    const partner = await aPartner();
    const connection = await aSealedConnection(partner);
    const ctx = await later(partner, 570);
    const handoff = await claimHandoff(ctx, connection);
    await expect(confirmHandoff(ctx, handoff.id, { outcome: 'accepted' })).rejects.toMatchObject({
      code: 'not_delivered',
    });
    await cancelHandoff(ctx, handoff.id);
    await expect(confirmHandoff(ctx, handoff.id, { outcome: 'accepted' })).rejects.toMatchObject({
      code: 'already_confirmed',
    });
  });

  test("another partner's handoff is not found", async () => {
    const { handoff, ctx } = await aDelivery();
    const other = await aPartner();
    await expect(confirmHandoff(other, handoff.id, { outcome: 'accepted' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await handoffOf(ctx, handoff.id)).status).toBe('delivered');
  });
});

describe('what is left afterwards', () => {
  test('no ciphertext in grant or handoff, however it ended', async () => {
    const accepted = await aDelivery();
    await confirmHandoff(accepted.ctx, accepted.handoff.id, { outcome: 'accepted' });
    const forgotten = await aDelivery();
    await later(forgotten.ctx, 86_400);
    for (const { handoff, grantId } of [accepted, forgotten]) {
      const { rows } = await house.admin.query(
        `SELECT g.custody, g.refresh_token, g.access_token, h.envelope, h.redeemer_hash IS NOT NULL AS kept_hash
         FROM token_grant g JOIN handoff h ON h.grant_id = g.id WHERE g.id = $1 AND h.id = $2`,
        [grantId, handoff.id],
      );
      expect(rows).toEqual([
        { custody: 'shredded', refresh_token: null, access_token: null, envelope: null, kept_hash: true },
      ]);
    }
  });

  test('the confirm window of a day passes: unconfirmed, shredded and told (H8)', async () => {
    const { ctx, handoff, grantId } = await aDelivery();
    const row = await handoffOf(ctx, handoff.id);
    expect((row.confirmBefore?.getTime() ?? 0) - (row.deliveredAt?.getTime() ?? 0)).toBe(86_400_000);
    await later(ctx, 86_300);
    expect((await handoffOf(ctx, handoff.id)).status).toBe('delivered');
    await later(ctx, 100);
    expect((await handoffOf(ctx, handoff.id)).status).toBe('unconfirmed');
    expect((await grantOf(ctx, grantId)).custody).toBe('shredded');
    expect((await eventTypes(ctx)).slice(-2)).toEqual(['handoff.unconfirmed', 'grant.shredded']);
    await expect(confirmHandoff(ctx, handoff.id, { outcome: 'accepted' })).rejects.toMatchObject({
      code: 'already_confirmed',
    });
  });
});

describe('the receipt', () => {
  const verified = async (ctx: Ctx, jws: string) => {
    const { keys } = await receiptKeys(ctx);
    const [key] = keys;
    if (!key) throw new Error('no key');
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(key));
    return { claims: JSON.parse(new TextDecoder().decode(payload)), header: protectedHeader, keys };
  };

  test('is signed by a published key and says that the token was opened and spent zero times before', async () => {
    const { ctx, handoff, bundle, registration, grantId, connectionId } = await aDelivery({ age: 5 * 86_400 });
    await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
    const { receipt } = await handoffOf(ctx, handoff.id);
    const { claims, header, keys } = await verified(ctx, receipt ?? '');
    expect(header).toEqual({ alg: 'Ed25519', kid: keys[0]?.kid, typ: 'waxseal-receipt+jws' });
    expect(claims).toMatchObject({
      partner_id: ctx.partnerId,
      handoff_id: handoff.id,
      connection_id: connectionId,
      grant_id: grantId,
      client_id: registration.clientId,
      token_fingerprint: bundle.token_fingerprint,
      claimed_by: `api_key:${ctx.actor.id}`,
      opened_before_release: 0,
      spent_before_release: 0,
      outcome: 'confirmed',
    });
    expect(claims.age_at_release_seconds).toBeGreaterThanOrEqual(5 * 86_400);
    for (const secret of [bundle.refresh_token, bundle.client_secret, bundle.access_token])
      expect(JSON.stringify(claims)).not.toContain(secret);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']); // no private part
  });

  test('counts what a renewal did that left the token as it was: opened and presented, or opened only', async () => {
    for (const [answer, spent] of [
      [{ kind: 'refuse', when: 'before', status: 400, body: '{"error":"invalid_client"}' }, 1],
      [null, 0],
    ] as const) {
      const partner = await aPartner();
      const connection = await aSealedConnection(partner);
      const due = await later(partner, 21 * 86_400);
      await opt(due, connection.registration.id, true);
      if (answer)
        await control('POST', 'faults', {
          client_id: connection.registration.clientId,
          endpoint: 'refresh',
          times: 1,
          ...answer,
        });
      else useConfig({ ...house.config, simulatorOrigins: { nl: 'http://127.0.0.1:1' } });
      expect(await renewGrant(due, connection.grantId)).toBe('unchanged');
      useConfig(house.config);
      const { ctx } = await anApiKey(due);
      const handoff = await claimHandoff(ctx, connection);
      await redeemHandoff(ctx, handoff.id, 'k');
      await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
      const { claims } = await verified(ctx, (await handoffOf(ctx, handoff.id)).receipt ?? '');
      expect(claims).toMatchObject({ opened_before_release: 1, spent_before_release: spent });
    }
  });

  test('does not verify once altered, nor with the key of another partner', async () => {
    const { ctx, handoff } = await aDelivery();
    await confirmHandoff(ctx, handoff.id, { outcome: 'rejected', code: 'itgenoda494' });
    const receipt = (await handoffOf(ctx, handoff.id)).receipt ?? '';
    const [head, body = '', signature] = receipt.split('.');
    const lie = Buffer.from(Buffer.from(body, 'base64url').toString().replace('rejected', 'accepted')).toString(
      'base64url',
    );
    await expect(verified(ctx, [head, lie, signature].join('.'))).rejects.toThrow();
    await expect(verified(await aPartner(), receipt)).rejects.toThrow();
    expect((await verified(ctx, receipt)).claims).toMatchObject({ outcome: 'rejected', code: 'itgenoda494' });
  });
});
