import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimHandoff, confirmHandoff, redeemHandoff } from '../handoff/index.ts';
import { aSealedConnection, eventTypes } from '../testing/journey.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

test('what happens on the way from a consent to its receipt is told with what the lists say, and nothing else', async () => {
  const partner = await aPartner();
  const { connectionId } = await aSealedConnection(partner);
  const { ctx } = await anApiKey(await later(partner, 17 * 86_400));
  const { id } = await claimHandoff(ctx, { connectionId });
  await redeemHandoff(ctx, id, 'once');
  await confirmHandoff(ctx, id, { outcome: 'accepted' });
  expect(await eventTypes(ctx)).toEqual(
    expect.arrayContaining(['grant.expiring', 'handoff.delivered', 'handoff.confirmed', 'grant.shredded']),
  );
  expect(await house.unlisted()).toEqual([]);
});

/** Every database test ends with this look, so it has to see. */
test('a name, a fact or a word that is not on the lists is seen', async () => {
  const { partnerId } = await aPartner();
  const put = (type: string, data: object) =>
    house.admin.query(
      "INSERT INTO outbox_event (partner_id, id, type, at, data) VALUES ($1, 'evt_' || $2, $2, now(), $3)",
      [partnerId, type, data],
    );
  await put('grant.forgotten', {});
  await put('grant.lapsed', { grant_id: 'grt', lapsed_at: '2026-01-01T00:00:00Z', token: 'x' });
  await put('grant.parked', { grant_id: 'grt', reason: 'whatever' });
  const seen = (await house.unlisted()).map((fault) => fault.split(' ')[0]).sort();
  await house.admin.query('DELETE FROM outbox_event WHERE partner_id = $1', [partnerId]);
  expect(seen).toEqual(['grant.forgotten', 'grant.lapsed', 'grant.parked']);
});
