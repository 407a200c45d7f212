import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { callersOf, sweep } from '../sweep/index.ts';
import { addRecipientKey, archiveTarget, createTarget, retireRecipientKey } from '../targets/index.ts';
import { revokeApiKey } from '../tenancy/index.ts';
import { anInvitation, eventsOf } from '../testing/journey.ts';
import { manySealed } from '../testing/many.ts';
import { aRecipientKey, aTargetInput } from '../testing/recipient.ts';
import { again, anApiKey, aPartner, aRegistration, blocked, later, type World, world } from '../testing/world.ts';
import {
  bulkClaimResults,
  claimHandoff,
  createBulkClaim,
  readBulkClaim,
  readHandoff,
  redeemHandoff,
  workBulkClaim,
} from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};

/** A partner with so many connections that can be claimed, and the key that claims. */
async function ready(count: number): Promise<{ ctx: Ctx; connectionIds: string[] }> {
  const partner = await aPartner();
  const grants = await manySealed(partner, count);
  const { ctx } = await anApiKey(await later(partner, 600));
  return { ctx, connectionIds: grants.map(({ connectionId }) => connectionId) };
}

/** One turn of the worker. */
const turn = async (ctx: Ctx, id: string): Promise<void> => workBulkClaim(await again(ctx), id);
async function finish(ctx: Ctx, id: string): Promise<void> {
  for (let turns = 0; turns < 100 && (await readBulkClaim(ctx, id)).status === 'working'; turns++) await turn(ctx, id);
}
async function resultsOf(ctx: Ctx, id: string) {
  const page = await bulkClaimResults(ctx, id, { limit: 1000 });
  return page?.items ?? [];
}
const codesOf = async (ctx: Ctx, id: string) => (await resultsOf(ctx, id)).map(({ code }) => code);
const refusals = async (ctx: Ctx) => (await eventsOf(ctx)).filter(({ type }) => type === 'handoff.refused');
const handoffsOf = async ({ partnerId }: Ctx) =>
  (await house.admin.query('SELECT connection_id, grant_id FROM handoff WHERE partner_id = $1', [partnerId])).rows;

describe('many claims in one request', () => {
  test('each has its own result, for the key it was asked with; whoever asked redeems, and nobody else', async () => {
    const { ctx, connectionIds } = await ready(45);
    const target = await createTarget(ctx, aTargetInput());
    const key = await addRecipientKey(ctx, target.id, aRecipientKey().input);
    const made = await createBulkClaim(ctx, { connectionIds, recipientKeyId: key.id });
    expect(made).toMatchObject({ status: 'working', total: 45, claimed: 0, refused: 0, targetId: target.id });

    await turn(ctx, made.id);
    expect(await readBulkClaim(ctx, made.id)).toMatchObject({ status: 'working', claimed: 20 });
    expect((await resultsOf(ctx, made.id)).filter(({ status }) => status === 'waiting')).toHaveLength(25);
    await finish(ctx, made.id);

    expect(await readBulkClaim(ctx, made.id)).toMatchObject({ status: 'done', claimed: 45, refused: 0 });
    const results = await resultsOf(ctx, made.id);
    expect(results.map(({ connectionId }) => connectionId)).toEqual(connectionIds);
    const { handoffId } = results[7] ?? {};
    expect(await readHandoff(ctx, handoffId ?? '')).toMatchObject({
      status: 'claimed',
      claimedById: ctx.actor.id,
      recipientKeyId: key.id,
      redeemBefore: results[7]?.redeemBefore,
    });
    const { ctx: other } = await anApiKey(ctx, 'other');
    await expect(redeemHandoff(other, handoffId ?? '', 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    expect((await redeemHandoff(await again(ctx), handoffId ?? '', 'k')).reveal()).toContain('bundle');
    const told = (await eventsOf(ctx)).filter(({ type }) => type.startsWith('bulk_claim.'));
    expect(told.map(({ type, data }) => [type, data['total'], data['claimed']])).toEqual([
      ['bulk_claim.created', 45, undefined],
      ['bulk_claim.finished', 45, 45],
    ]);
  });

  test('pages come in the order of the list, whatever is claimed meanwhile', async () => {
    const { ctx, connectionIds } = await ready(25);
    const { id } = await createBulkClaim(ctx, { connectionIds });
    const first = await bulkClaimResults(ctx, id, { limit: 10 });
    await finish(ctx, id);
    const second = await bulkClaimResults(ctx, id, { limit: 10, cursor: first?.next ?? '' });
    const third = await bulkClaimResults(ctx, id, { limit: 10, cursor: second?.next ?? '' });
    expect([first, second, third].flatMap((page) => page?.items.map((item) => item.connectionId))).toEqual(
      connectionIds,
    );
    expect(third?.next).toBeNull();
    for (const cursor of [
      'x',
      '',
      Buffer.from('["-2"]').toString('base64url'),
      Buffer.from('[1]').toString('base64url'),
    ])
      expect([cursor, await bulkClaimResults(ctx, id, { limit: 1, cursor })]).toEqual([cursor, null]);
  });
});

test('foreign, unknown, malformed, doubled, unripe, lapsed, claimed and empty ones each get the code of a single claim', async () => {
  const { ctx, connectionIds } = await ready(4);
  const theirs = await ready(1);
  const [good = '', claimed = '', late = '', young = ''] = connectionIds;
  await claimHandoff(ctx, { connectionId: claimed });
  const age = (column: string, connectionId: string) =>
    house.admin.query(`UPDATE token_grant SET ${column} WHERE connection_id = $1`, [connectionId]);
  await age(
    'lapses_at = $2::timestamptz'.replace('$2', `'${plus(ctx.clock.now(), seconds(3599)).toISOString()}'`),
    late,
  );
  await age(`issued_at = '${ctx.clock.now().toISOString()}'`, young);
  const asked = await anInvitation(ctx, await aRegistration(ctx));
  const foreign = theirs.connectionIds[0] ?? '';
  const list = [good, foreign, newId('connection'), "' OR 1=1 --", good, young, late, claimed, asked.connectionId];
  const { id } = await createBulkClaim(ctx, { connectionIds: [...list, foreign] });
  await finish(ctx, id);

  const expected = ['not_found', 'not_found', 'not_found', 'listed_twice', 'too_early', 'window_over'];
  expect(await codesOf(ctx, id)).toEqual([null, ...expected, 'already_claimed', 'needs_consent', 'listed_twice']);
  expect(await readBulkClaim(ctx, id)).toMatchObject({ claimed: 1, refused: 9 });
  const told = (await refusals(ctx)).map(({ connectionId, data }) => [
    connectionId,
    data['code'],
    data['bulk_claim_id'],
  ]);
  expect(told.sort()).toEqual(
    [
      [young, 'too_early', id],
      [late, 'window_over', id],
      [claimed, 'already_claimed', id],
      [asked.connectionId, 'needs_consent', id],
      [null, 'not_found', id], // what is not theirs is not named
      [null, 'not_found', id],
      [null, 'not_found', id],
    ].sort(),
  );
  const foreignResult = (await resultsOf(ctx, id))[1];
  expect(foreignResult).toEqual({ ...(await resultsOf(ctx, id))[2], connectionId: foreign });
  expect(await handoffsOf(theirs.ctx)).toEqual([]);
});

describe('what changes half-way ends the rest with its code', () => {
  test.each([
    ['recipient_key_retired', async (ctx: Ctx, keyId: string) => void (await retireRecipientKey(ctx, keyId))],
    ['target_archived', (ctx: Ctx, _: string, targetId: string) => archiveTarget(ctx, targetId)],
    ['unauthorized', async (ctx: Ctx) => void (await revokeApiKey(ctx, ctx.actor.id))],
  ])('%s', async (code, change) => {
    const { ctx, connectionIds } = await ready(30);
    const target = await createTarget(ctx, aTargetInput());
    const key = await addRecipientKey(ctx, target.id, aRecipientKey().input);
    const { id } = await createBulkClaim(ctx, { connectionIds, recipientKeyId: key.id });
    await turn(ctx, id);
    await change(ctx, key.id, target.id);
    await finish(ctx, id);
    expect(await readBulkClaim(ctx, id)).toMatchObject({ status: 'done', claimed: 20, refused: 10 });
    expect((await codesOf(ctx, id)).filter(Boolean)).toEqual(Array.from({ length: 10 }, () => code));
    expect(await refusals(ctx)).toHaveLength(10);
    expect(await handoffsOf(ctx)).toHaveLength(20);
  });
});

describe('refused as a whole, with nothing kept', () => {
  let ctx: Ctx;
  let connectionIds: string[];
  beforeEach(async () => {
    ({ ctx, connectionIds } = await ready(1));
  });
  const kept = async () =>
    (await house.admin.query('SELECT FROM bulk_claim WHERE partner_id = $1', [ctx.partnerId])).rowCount;

  test('an unknown, an archived, an assistant’s target, one of fresh pairs; a key that is required', async () => {
    const archived = await createTarget(ctx, aTargetInput());
    await archiveTarget(ctx, archived.id);
    const strict = await createTarget(ctx, aTargetInput({ name: 'Strict' }));
    const fresh = await createTarget(
      ctx,
      aTargetInput({ name: 'Fresh', fresh_pair: true, recipient_key_required: false }),
    );
    for (const [target, code] of [
      ['nobody', 'not_found'],
      [archived.id, 'target_archived'],
      ['invantive-cloud', 'target_not_allowed'],
      [fresh.id, 'target_not_allowed'],
      [strict.id, 'recipient_key_required'],
    ])
      await expect(createBulkClaim(ctx, { connectionIds, target }), target).rejects.toMatchObject({ code });
    expect(await kept()).toBe(0);
    const codes = (await refusals(ctx)).map(({ data }) => [data['act'], data['code']]);
    expect(codes.sort()).toEqual([
      ['bulk_claim', 'not_found'],
      ['bulk_claim', 'recipient_key_required'],
      ['bulk_claim', 'target_archived'],
      ['bulk_claim', 'target_not_allowed'],
      ['bulk_claim', 'target_not_allowed'],
    ]);
  });

  test('a member cannot claim in bulk', async () => {
    const member = { kind: 'member', id: newId('member'), sessionHash: 'x', role: 'admin' } as const;
    await expect(createBulkClaim({ ...ctx, actor: member }, { connectionIds })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await kept()).toBe(0);
  });
});

describe('nothing is claimed twice and nothing forgotten', () => {
  test('four workers at one bulk claim: one claim for each, one end', async () => {
    const { ctx, connectionIds } = await ready(60);
    const { id } = await createBulkClaim(ctx, { connectionIds });
    while ((await readBulkClaim(ctx, id)).status === 'working')
      await Promise.all(Array.from({ length: 4 }, () => turn(ctx, id)));
    const grants = (await handoffsOf(ctx)).map(({ grant_id }) => grant_id);
    expect([grants.length, new Set(grants).size]).toEqual([60, 60]);
    expect(await readBulkClaim(ctx, id)).toMatchObject({ claimed: 60, refused: 0 });
    expect((await eventsOf(ctx)).filter(({ type }) => type === 'bulk_claim.finished')).toHaveLength(1);
    expect(await refusals(ctx)).toEqual([]);
  });

  test('a claim whose result cannot be written is no claim; the others are made, and it is tried again', async () => {
    const { ctx, connectionIds } = await ready(3);
    const { id } = await createBulkClaim(ctx, { connectionIds });
    const unblock = await blocked(house, 'bulk_claim_item', 'UPDATE', `NEW.connection_id = '${connectionIds[1]}'`);
    await expect(turn(ctx, id)).rejects.toThrow();
    await unblock();
    expect((await resultsOf(ctx, id)).map(({ status }) => status)).toEqual(['claimed', 'waiting', 'claimed']);
    expect(await handoffsOf(ctx)).toHaveLength(2);
    await turn(ctx, id);
    expect(await readBulkClaim(ctx, id)).toMatchObject({ status: 'working' }); // in a minute, not at once
    const then = await later(ctx, 60);
    await sweep(fail, 'bulk');
    expect(await readBulkClaim(then, id)).toMatchObject({ status: 'done', claimed: 3 });
  });

  test('what fails for an hour is refused, so that a bulk claim ends', async () => {
    const { ctx, connectionIds } = await ready(2);
    const { id } = await createBulkClaim(ctx, { connectionIds });
    const unblock = await blocked(house, 'handoff', 'INSERT', `NEW.connection_id = '${connectionIds[0]}'`);
    await house.admin.query(`UPDATE bulk_claim SET created_at = created_at - interval '1 hour' WHERE id = $1`, [id]);
    await expect(turn(ctx, id)).rejects.toThrow();
    await unblock();
    expect(await codesOf(ctx, id)).toEqual(['unavailable', null]);
    expect(await readBulkClaim(ctx, id)).toMatchObject({ status: 'done' });
  });
});

test('the worker finds it by its due time and goes on until it is done, with other partners in between', async () => {
  const [one, two] = [await ready(30), await ready(30)];
  const bulks = [await createBulkClaim(one.ctx, one), await createBulkClaim(two.ctx, two)];
  const callers = callersOf('bulk', fail, { lanes: 1, perSecond: 1000 });
  await callers.look();
  const isDone = async () =>
    (await Promise.all([readBulkClaim(one.ctx, bulks[0]?.id ?? ''), readBulkClaim(two.ctx, bulks[1]?.id ?? '')])).every(
      ({ claimed, status }) => claimed === 30 && status === 'done',
    );
  await expect.poll(isDone, { timeout: 40_000 }).toBe(true);
  await callers.stop();
  const { rows } = await house.admin.query(
    `SELECT partner_id FROM handoff WHERE partner_id = ANY($1) ORDER BY claimed_at, partner_id`,
    [[one.ctx.partnerId, two.ctx.partnerId]],
  );
  const turns = rows.filter(({ partner_id }, at) => partner_id !== rows[at - 1]?.partner_id).length;
  expect(turns).toBeGreaterThan(2); // neither waited for the whole of the other
}, 60_000);

test('a sandbox whose clock is pushed makes its claims before anything later happens', async () => {
  const { ctx, connectionIds } = await ready(25);
  const { id } = await createBulkClaim(ctx, { connectionIds });
  const then = await later(ctx, 40 * 86_400); // every grant would lapse on the way
  expect(await readBulkClaim(then, id)).toMatchObject({ status: 'done', claimed: 25 });
});

test('of another partner, nothing is found', async () => {
  const { ctx, connectionIds } = await ready(1);
  const other = await aPartner({ name: 'Other' });
  const { id } = await createBulkClaim(ctx, { connectionIds });
  await expect(readBulkClaim(other, id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(bulkClaimResults(other, id, { limit: 5 })).rejects.toMatchObject({ code: 'not_found' });
  await workBulkClaim(other, id);
  expect(await inTenant(ctx.partnerId, (tx) => tx.handoff.count())).toBe(0);
});
