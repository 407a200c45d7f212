import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { renewGrant } from '../custody/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { listRegistrations } from '../tenancy/index.ts';
import { grantOf } from '../testing/journey.ts';
import { manySealed } from '../testing/many.ts';
import { control, journal } from '../testing/provider.ts';
import { again, aPartner, type World, world } from '../testing/world.ts';
import { callersOf, sweep } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
// What one test leaves due is not the next one's.
afterEach(() => house.admin.query('UPDATE token_grant SET renew_at = NULL WHERE renew_at IS NOT NULL'));
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};

/** A partner with so many renewals that are due at once. */
async function dueRenewals(count: number): Promise<{ ctx: Ctx; clientId: string; grantIds: string[] }> {
  const ctx = await aPartner();
  const grants = await manySealed(ctx, count);
  const [registration] = await listRegistrations(ctx);
  await house.admin.query(`UPDATE client_registration SET renew = true WHERE partner_id = $1`, [ctx.partnerId]);
  await house.admin.query(
    `UPDATE token_grant SET renew_at = date_trunc('milliseconds', now()), issued_at = issued_at - interval '1 hour', lapses_at = lapses_at - interval '1 hour' WHERE partner_id = $1`,
    [ctx.partnerId],
  );
  return { ctx: await again(ctx), clientId: registration?.clientId ?? '', grantIds: grants.map(({ id }) => id) };
}
const slow = ({ clientId }: { clientId: string }, ms: number) =>
  control('POST', 'faults', {
    client_id: clientId,
    endpoint: 'refresh',
    kind: 'delay',
    when: 'before',
    ms,
    times: 1000,
  });
const asked = async ({ clientId }: { clientId: string }): Promise<number> => (await journal({ clientId })).length;

test('one partner’s provider hangs: another is served at once, and the first one’s own reminders are not held up (B-4)', async () => {
  const crowd = await dueRenewals(30);
  const other = await dueRenewals(1);
  await slow(crowd, 5_000);
  const callers = callersOf('planned', fail, { lanes: 2, perSecond: 1000 });
  const started = performance.now();
  await callers.look();
  await expect.poll(() => asked(other), { timeout: 10_000 }).toBe(1);
  expect(performance.now() - started).toBeLessThan(5_000);
  await house.admin.query('UPDATE token_grant SET due_at = now() WHERE partner_id = $1 AND id = $2', [
    crowd.ctx.partnerId,
    crowd.grantIds[29],
  ]);
  expect(await sweep(fail, 'inside')).toBe(1);
  await callers.stop();
  expect(await asked(crowd)).toBeLessThan(10);
});

test('an outage is over and everything is due: no more is begun in a second than may be, and all of it in the end (D16)', async () => {
  const crowd = await dueRenewals(5);
  const callers = callersOf('planned', fail, { lanes: 8, perSecond: 1 });
  const started = performance.now();
  await callers.look();
  await expect.poll(() => asked(crowd), { timeout: 20_000 }).toBe(5);
  expect(performance.now() - started).toBeGreaterThan(3900); // four pauses of a second; without them not even half, under any load
  await callers.stop();
});

test('stopped, it begins nothing more', async () => {
  const crowd = await dueRenewals(5);
  await slow(crowd, 300);
  const callers = callersOf('planned', fail, { lanes: 1, perSecond: 1000 });
  await callers.look();
  await expect.poll(() => asked(crowd), { timeout: 10_000 }).toBe(1);
  await callers.stop();
  const atTheEnd = await asked(crowd); // a second one may have been under way
  expect(atTheEnd).toBeLessThan(3);
  await callers.look();
  await new Promise((passed) => setTimeout(passed, 500));
  expect(await asked(crowd)).toBe(atTheEnd);
});

test('stopped while it keeps its pace, it does not begin what it was about to', async () => {
  const crowd = await dueRenewals(3);
  const callers = callersOf('planned', fail, { lanes: 1, perSecond: 0.25 });
  await callers.look();
  const settled = async () =>
    (
      await house.admin.query('SELECT 1 FROM renewal WHERE partner_id = $1 AND settled_at IS NOT NULL', [
        crowd.ctx.partnerId,
      ])
    ).rowCount;
  await expect.poll(settled, { timeout: 10_000 }).toBe(1);
  await new Promise((passed) => setTimeout(passed, 700)); // the second one's turn has come
  await callers.stop(); // resolves when the pause of 4 s before the second one is over
  expect(await asked(crowd)).toBe(1);
});

test('what fails is reported, and comes up again behind the others', async () => {
  const crowd = await dueRenewals(3);
  const [first = '', ...others] = [...crowd.grantIds].sort();
  await house.admin.query(`CREATE FUNCTION refuse_begin() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.id = '${first}' AND NEW.custody = 'renewing' THEN RAISE 'broken'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse_begin BEFORE UPDATE ON token_grant FOR EACH ROW EXECUTE FUNCTION refuse_begin()`);
  const errors: unknown[] = [];
  const callers = callersOf('planned', (error) => errors.push(error), { lanes: 4, perSecond: 1000 });
  await callers.look();
  await expect.poll(() => asked(crowd), { timeout: 10_000 }).toBe(2);
  await callers.stop();
  await house.admin.query('DROP TRIGGER refuse_begin ON token_grant; DROP FUNCTION refuse_begin()');
  expect(errors.length).toBeGreaterThan(0);
  for (const id of others) expect((await grantOf(crowd.ctx, id)).renewAt).toBeNull();
  expect((await grantOf(crowd.ctx, first)).custody).toBe('sealed');
});

test('a replay waits behind no backlog of first presentations: its provider repeats an answer for minutes only', {
  timeout: 60_000,
}, async () => {
  const crowd = await dueRenewals(5);
  const [unknown = ''] = crowd.grantIds;
  const reset = { client_id: crowd.clientId, endpoint: 'refresh', kind: 'reset', when: 'before', times: 1 };
  await control('POST', 'faults', reset);
  expect(await renewGrant(crowd.ctx, unknown)).toBe('waiting');
  const { partnerId } = crowd.ctx;
  await house.admin.query('UPDATE renewal SET due_at = sent_at WHERE partner_id = $1', [partnerId]);
  await slow(crowd, 10_000);
  const renewals = async () =>
    (
      await house.admin.query<{ grant_id: string; presentations: number }>(
        'SELECT grant_id, presentations FROM renewal WHERE partner_id = $1',
        [partnerId],
      )
    ).rows;
  const planned = callersOf('planned', fail, { lanes: 1, perSecond: 1000 });
  await planned.look();
  await expect.poll(async () => (await renewals()).length, { timeout: 8_000 }).toBe(2); // one of the backlog is at it
  const urgent = callersOf('urgent', fail, { lanes: 1, perSecond: 1000 });
  await urgent.look();
  const again = { grant_id: unknown, presentations: 2 };
  await expect.poll(renewals, { timeout: 8_000 }).toContainEqual(again);
  expect(await renewals()).toHaveLength(2); // and still only one of the backlog
  await Promise.all([planned.stop(), urgent.stop()]);
});
