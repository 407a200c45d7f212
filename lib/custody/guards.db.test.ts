import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { cancelHandoff, claimHandoff, redeemHandoff } from '../handoff/index.ts';
import { clockAt, hours, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, eventTypes, firstReminder, grantOf } from '../testing/journey.ts';
import { control, tokenCalls } from '../testing/provider.ts';
import { opt } from '../testing/renewals.ts';
import { anApiKey, aPartner, later, untilBlocked, type World, world } from '../testing/world.ts';
import {
  acceptGrant,
  ageGrants,
  discardGrant,
  doubtConnection,
  handOver,
  identifyGrant,
  noDemands,
  parkGrant,
  renewGrant,
  returnGrant,
} from './index.ts';
import { move } from './store.ts';

/** Guards that hold by themselves: whoever calls has looked before, and may have looked too early. */
let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const at = (ctx: Ctx, instant: Date): Ctx => ({ ...ctx, clock: clockAt(instant) });

describe('the write says from where a grant may move', () => {
  test('two claims that both saw it sealed: one has it, and the other is told that it lost', async () => {
    const sealed = await aPartner();
    const { connectionId, grantId } = await aSealedConnection(sealed);
    const { ctx } = await anApiKey(await later(sealed, 570));
    const rival = new pg.Client({ connectionString: house.urls.admin });
    await rival.connect();
    await rival.query('BEGIN');
    await rival.query('SELECT 1 FROM token_grant WHERE id = $1 FOR UPDATE', [grantId]);
    const claims = Promise.allSettled([claimHandoff(ctx, { connectionId }), claimHandoff(ctx, { connectionId })]);
    await untilBlocked(house.admin, 2);
    await rival.query('COMMIT');
    await rival.end();
    const results = await claims;
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'already_claimed' } });
  });

  test('a move that the table does not name is no move, and no fault of the database either', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    expect(await inTenant(ctx.partnerId, (tx) => move(tx, ctx, grantId, 'handed_over'))).toBe(false);
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
  });

  test('what was delivered while somebody was about to discard it is not shredded before its outcome', async () => {
    const sealed = await aPartner();
    const { connectionId, grantId } = await aSealedConnection(sealed);
    const { ctx } = await anApiKey(await later(sealed, 570));
    await redeemHandoff(ctx, (await claimHandoff(ctx, { connectionId })).id, 'k');
    const seen = { id: grantId, connectionId, custody: 'claimed' };
    expect(await inTenant(ctx.partnerId, (tx) => discardGrant(tx, ctx, seen, 'customer_withdrew'))).toBe(false);
    expect((await grantOf(ctx, grantId)).custody).toBe('handed_over');
  });
});

test('what is parked is not given back as a claim, and what is claimed is not accepted as if it were parked', async () => {
  const sealed = await aPartner();
  const { connectionId, grantId } = await aSealedConnection(sealed);
  const { ctx } = await anApiKey(await later(sealed, 570));
  await claimHandoff(ctx, { connectionId });
  expect(await inTenant(ctx.partnerId, (tx) => acceptGrant(tx, ctx, grantId))).toBe(false);
  expect((await grantOf(ctx, grantId)).custody).toBe('claimed');
  expect(await inTenant(ctx.partnerId, (tx) => returnGrant(tx, ctx, grantId))).toBe(true);
  await inTenant(ctx.partnerId, (tx) => parkGrant(tx, ctx, { id: grantId, connectionId }, 'customer_doubts'));
  expect(await inTenant(ctx.partnerId, (tx) => returnGrant(tx, ctx, grantId))).toBe(false);
  expect((await grantOf(ctx, grantId)).custody).toBe('parked');
});

test('tokens leave with custody only: of a claim that was taken back nothing is handed over', async () => {
  const sealed = await aPartner();
  const { connectionId, grantId } = await aSealedConnection(sealed);
  const { ctx } = await anApiKey(await later(sealed, 570));
  const { id } = await claimHandoff(ctx, { connectionId });
  await cancelHandoff(ctx, id);
  expect(await inTenant(ctx.partnerId, (tx) => handOver(tx, ctx, grantId, id))).toBeNull();
  expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
});

test('at its lapse a parked grant is accepted no more, also while the sweep has not come by', async () => {
  const ctx = await aPartner();
  const grant = { ...(await aSealedConnection(ctx)) };
  await inTenant(ctx.partnerId, (tx) => parkGrant(tx, ctx, { id: grant.grantId, ...grant }, 'customer_doubts'));
  const { lapsesAt } = await grantOf(ctx, grant.grantId);
  const accepts = (instant: Date) => inTenant(ctx.partnerId, (tx) => acceptGrant(tx, at(ctx, instant), grant.grantId));
  expect(await accepts(lapsesAt)).toBe(false);
  expect((await grantOf(ctx, grant.grantId)).custody).toBe('parked');
  expect(await accepts(plus(lapsesAt, -1))).toBe(true);
});

test('a reminder is given when it is due, and once: a sweep that found it due too has nothing left to tell', async () => {
  const ctx = await aPartner();
  const { grantId } = await aSealedConnection(ctx);
  const due = firstReminder(await grantOf(ctx, grantId));
  const ages = async (instant: Date) =>
    (await inTenant(ctx.partnerId, (tx) => ageGrants(tx, at(ctx, instant), [grantId]))).length;
  expect(await ages(plus(due, -1))).toBe(0);
  expect([await ages(due), await ages(due)]).toEqual([1, 0]);
  expect((await eventTypes(ctx)).filter((type) => type === 'grant.expiring')).toHaveLength(1);
});

describe('who consented', () => {
  const user = { id: 'u1', userName: 'j.jansen', fullName: 'Jan Jansen', email: null };

  test('is settled once: told again it is neither changed nor announced', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    const before = await grantOf(ctx, grantId);
    await inTenant(ctx.partnerId, (tx) => identifyGrant(tx, ctx, grantId, { user, divisions: [] }, noDemands));
    expect(await grantOf(ctx, grantId)).toEqual(before);
    expect((await eventTypes(ctx)).filter((type) => type === 'grant.sealed')).toHaveLength(1);
  });

  test('is not the expected one as long as nobody could see for which companies', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    await house.admin.query(`UPDATE token_grant SET identity = 'pending' WHERE id = $1`, [grantId]);
    const expected = { exact_user: 'j.jansen', division: 101 };
    await inTenant(ctx.partnerId, (tx) =>
      identifyGrant(tx, ctx, grantId, { user, divisions: null }, { expected, confirm: false }),
    );
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'not_verified' });
  });
});

describe('a newer consent takes a grant that is being renewed', () => {
  /** A renewal of which the provider is about to be asked, and is asked once. */
  async function aRenewal(fault: object) {
    const ctx = await aPartner();
    const { grantId, registration } = await aSealedConnection(ctx);
    const due = await later(ctx, 21 * 86_400);
    await opt(due, registration.id, true);
    const client = { client_id: registration.clientId, endpoint: 'refresh', times: 1 };
    await control('POST', 'faults', { ...client, when: 'after', ...fault });
    const exchangeAndPresentations = async () => (await tokenCalls(registration)).length;
    return { due, grantId, exchangeAndPresentations, renewal: renewGrant(due, grantId) };
  }
  const supersede = (client: pg.Client, grantId: string) =>
    client.query(
      `UPDATE token_grant SET custody = 'superseded', refresh_token = NULL, access_token = NULL, ended_at = now()
       WHERE id = $1`,
      [grantId],
    );

  test('while it settles: it waits for the consent, and is overtaken', async () => {
    const { grantId, renewal, exchangeAndPresentations } = await aRenewal({ kind: 'delay', ms: 600 });
    await expect.poll(exchangeAndPresentations).toBe(2);
    const consent = new pg.Client({ connectionString: house.urls.admin });
    await consent.connect();
    await consent.query('BEGIN');
    await supersede(consent, grantId);
    await untilBlocked(house.admin);
    await consent.query('COMMIT');
    await consent.end();
    expect(await renewal).toBe('overtaken');
  });

  test('while it waits for its replay: nothing is presented any more, and it is over', async () => {
    const { due, grantId, renewal, exchangeAndPresentations } = await aRenewal({ kind: 'reset' });
    expect(await renewal).toBe('waiting');
    expect(await renewGrant(due, grantId)).toBe('skipped'); // its slot has not come
    await supersede(house.admin, grantId);
    await later(due, 600);
    expect(await exchangeAndPresentations()).toBe(2);
    const { rows } = await house.admin.query('SELECT outcome FROM renewal WHERE grant_id = $1', [grantId]);
    expect(rows).toEqual([{ outcome: 'overtaken' }]);
  });
});

describe('a token is presented for renewal only in its time, whoever asks', () => {
  /** A grant of a partner who opted in; its renewal is planned for day 20. */
  async function aPlanned() {
    const ctx = await aPartner();
    const { grantId, registration } = await aSealedConnection(ctx);
    await opt(ctx, registration.id, true);
    const planFor = (instant: Date) =>
      house.admin.query('UPDATE token_grant SET renew_at = $1 WHERE id = $2', [instant, grantId]);
    const renews = (instant: Date) => renewGrant(at(ctx, instant), grantId);
    const presented = async () =>
      (await tokenCalls(registration)).filter(({ grant_type }) => grant_type === 'refresh_token').length;
    return { ctx, grantId, grant: await grantOf(ctx, grantId), planFor, renews, presented };
  }

  test('not before it is planned', async () => {
    const { grant, renews, presented } = await aPlanned();
    expect(await renews(plus(grant.renewAt ?? new Date(0), -1))).toBe('skipped');
    expect(await presented()).toBe(0);
  });

  test('not within 570 seconds of the issue (T10)', async () => {
    const { grant, planFor, renews, presented } = await aPlanned();
    await planFor(grant.issuedAt);
    expect(await renews(plus(grant.issuedAt, seconds(570) - 1))).toBe('skipped');
    expect(await presented()).toBe(0);
  });

  test('not from day 28 on: then a person has to look, and it is not looked at again', async () => {
    const { ctx, grantId, grant, renews, presented } = await aPlanned();
    expect(await renews(plus(grant.lapsesAt, -hours(48)))).toBe('skipped');
    expect(await presented()).toBe(0);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed', renewAt: null });
  });

  test('not while nobody has asked yet who consented', async () => {
    const { grantId, grant, renews, presented } = await aPlanned();
    await house.admin.query(`UPDATE token_grant SET identity = 'pending' WHERE id = $1`, [grantId]);
    expect(await renews(grant.renewAt ?? new Date(0))).toBe('skipped');
    expect(await presented()).toBe(0);
  });
});

describe('the database itself', () => {
  const columns = 'partner_id, id, grant_id, generation, epoch, started_at, sent_at, presentations, due_at';

  test('lets a grant have one open renewal', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    const opens = (id: string) =>
      house.admin.query(`INSERT INTO renewal (${columns}) VALUES ($1, $2, $3, 0, 1, now(), now(), 1, now())`, [
        ctx.partnerId,
        id,
        grantId,
      ]);
    await opens('rnw_1');
    await expect(opens('rnw_2')).rejects.toThrow(/renewal_one_open/);
  });

  test('keeps no secret that nobody would find again to shred it', async () => {
    const ctx = await aPartner();
    const { grantId } = await aSealedConnection(ctx);
    const { authorizationRequestId } = await grantOf(ctx, grantId);
    const keeps = (dueAt: Date | null) =>
      house.admin.query(
        `INSERT INTO kept_answer (partner_id, id, authorization_request_id, kept_at, role, body, due_at)
         VALUES ($1, $2, $3, now(), 'unread', '\\x01', $4)`,
        [ctx.partnerId, `ans_${dueAt}`, authorizationRequestId, dueAt],
      );
    await expect(keeps(null)).rejects.toThrow(/kept_answer/);
    await keeps(new Date());
  });
});

test('who opted out since a renewal was planned has nothing presented, and it is not looked at again', async () => {
  const ctx = await aPartner();
  const { grantId, registration } = await aSealedConnection(ctx);
  const due = await later(ctx, 21 * 86_400);
  await opt(due, registration.id, true);
  await house.admin.query('UPDATE client_registration SET renew = false WHERE id = $1', [registration.id]);
  expect(await renewGrant(due, grantId)).toBe('skipped');
  expect(await grantOf(due, grantId)).toMatchObject({ custody: 'sealed', renewAt: null, spends: 0 });
});

test('what lapsed before a code was lost is not put in doubt', async () => {
  const sealed = await aPartner();
  const { grantId, connectionId } = await aSealedConnection(sealed);
  const ctx = await later(sealed, 31 * 86_400);
  await inTenant(ctx.partnerId, (tx) => doubtConnection(tx, ctx, connectionId, 'arq_1'));
  expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'lapsed', maybeSupersededAt: null });
});
