import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { presentConnection } from '../api/present.ts';
import { useConfig } from '../config/index.ts';
import { readConnection } from '../connections/index.ts';
import { inTenant } from '../db/index.ts';
import { cancelHandoff, claimHandoff } from '../handoff/index.ts';
import { type Sent, send } from '../http/index.ts';
import { days, plus, seconds } from '../kernel/clock.ts';
import { fingerprint } from '../kernel/hash.ts';
import { POLICIES, type Policy } from '../simulator/index.ts';
import { anInvitation, aSealedConnection, connect, grantOf } from '../testing/journey.ts';
import { control } from '../testing/provider.ts';
import {
  aDueRenewal,
  endLease,
  fault,
  heldAnswers,
  presentations,
  type Renewable,
  told,
  worksForARecipient,
} from '../testing/renewals.ts';
import { anApiKey, blocked, later, type World, world } from '../testing/world.ts';
import { acceptGrant, drainAnswers } from './index.ts';
import { renewalPorts, renewGrant } from './renew.ts';

/*
 * What comes late: a worker that stands still between its request and what follows, as a stopped process does, or a
 * server that is away with an answer on its disk. Each step of a renewal is called by hand.
 */

let house: World;
beforeAll(async () => {
  house = await world();
});
afterEach(() => useConfig(house.config));
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};

/** A worker that has its answer, and has not kept it. */
async function holdingItsAnswer({ ctx, grantId }: Renewable) {
  const ports = renewalPorts(ctx, grantId);
  const job = await ports.begin();
  if (typeof job === 'string') throw new Error(`it is ${job}`);
  const sent = await ports.present(job);
  return {
    job,
    sent,
    keep: () => ports.keep(job, sent),
    goOn: async () => ports.settle(job, await ports.keep(job, sent), { kind: 'lost' }),
  };
}

const tokenIn = (sent: Sent): string =>
  sent.kind === 'answered' ? (JSON.parse(sent.response.body) as { refresh_token: string }).refresh_token : '';

/** The lease of whoever stands still runs out, and the sweep goes on without it until the outcome is told. */
async function overtaken(due: Renewable): Promise<void> {
  await endLease(house, due);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  due.ctx = await later(due.ctx, 700);
}

/** Under `single` a token that was spent is dead for good: the one policy where nothing else brings the chain back. */
async function foundDead(
  policy: Policy = 'single',
): Promise<{ due: Renewable; worker: Awaited<ReturnType<typeof holdingItsAnswer>> }> {
  const due = await aDueRenewal(policy);
  const worker = await holdingItsAnswer(due);
  await overtaken(due);
  expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'dead', refreshToken: null });
  expect(await told(due, 'grant.dead')).toMatchObject([{ cause: 'answer_lost' }]);
  return { due, worker };
}

const withdraw = ({ connectionId }: Renewable) =>
  house.admin.query('UPDATE connection SET withdrawn_at = now() WHERE id = $1', [connectionId]);

/** Another trip of the same customer, for the same connection. */
async function connectAgain(due: Renewable, { user, ...more }: { user?: string; expect?: { exact_user: string } }) {
  const { rows } = await house.admin.query(
    `UPDATE customer SET external_id = 'K-1' WHERE partner_id = $1 RETURNING name`,
    [due.ctx.partnerId],
  );
  const customer = { name: rows[0].name, external_id: 'K-1' };
  const asked = await anInvitation(due.ctx, due.registration, { customer, ...more });
  expect(asked.connectionId).toBe(due.connectionId);
  return connect(asked, due.registration, user ? { user } : {});
}

/** Where the grants stood whose late successors were shredded, by the audit. */
const shredded = async ({ ctx }: Renewable): Promise<string[]> =>
  (
    await house.admin.query(
      `SELECT detail->>'custody' AS custody FROM audit_event WHERE partner_id = $1 AND action = 'grant.late_answer_shredded'`,
      [ctx.partnerId],
    )
  ).rows.map(({ custody }) => custody);

/** Time passes, and the next replay is not asked for by the sweep. */
async function unswept(due: Renewable, span: number) {
  const shift = (by: string) =>
    house.admin.query(`UPDATE renewal SET due_at = due_at + $2::interval WHERE partner_id = $1`, [
      due.ctx.partnerId,
      by,
    ]);
  await shift('1 day');
  const ctx = await later(due.ctx, span);
  await shift('-1 day');
  return ctx;
}

describe.each(POLICIES)('under %s', (policy) => {
  test('row 12: a worker that stands still past every slot keeps what it has, and it works', async () => {
    const due = await aDueRenewal(policy);
    const worker = await holdingItsAnswer(due);
    await overtaken(due);
    expect(await worker.goOn()).toBe('overtaken');
    due.ctx = await later(due.ctx, 61);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('sealed');
    await worksForARecipient(due);
  });

  test('row 12: the late answer of the last who asked is read without asking again', async () => {
    const due = await aDueRenewal(policy);
    const worker = await holdingItsAnswer(due);
    await endLease(house, due);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    expect(await worker.goOn()).toBe('overtaken');
    expect(await renewGrant(due.ctx, due.grantId)).toBe('renewed');
    expect(await presentations(due)).toBe(1);
    await worksForARecipient(due);
  });
});

describe('a grant that was found dead', () => {
  test('row 12: comes back with the successor that was lost, and the partner is told', async () => {
    const { due, worker } = await foundDead();
    expect(await worker.goOn()).toBe('overtaken');
    expect(await heldAnswers(house, due)).toEqual(['unread']);
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1, endedAt: null });
    expect(await told(due, 'grant.renewed')).toMatchObject([{ grant_id: due.grantId, generation: 1, row: 12 }]);
    expect(await heldAnswers(house, due)).toEqual([]);
    await worksForARecipient(due);
  });

  test('comes back once: the same answer kept a second time is shredded', async () => {
    const { due, worker } = await foundDead();
    await worker.keep();
    await worker.keep();
    expect(await heldAnswers(house, due)).toEqual(['unread', 'unread']);
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    expect(await heldAnswers(house, due)).toEqual([]);
    expect(await shredded(due)).toEqual(['sealed']);
    await worksForARecipient(due);
  });

  test('row 10: comes back from the disk of a server that was away', async () => {
    const due = await aDueRenewal('single');
    const worker = await holdingItsAnswer(due);
    const release = await blocked(house, 'kept_answer', 'INSERT');
    await worker.keep();
    await release();
    expect(readdirSync(house.config.spoolDir ?? '')).toHaveLength(1);
    await overtaken(due); // another server goes on meanwhile
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('dead');
    due.ctx = await later(due.ctx, 3600);
    expect(await drainAnswers(fail)).toBe(1);
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await worksForARecipient(due);
  });

  test('does not come back once a newer consent has its place', async () => {
    const { due, worker } = await foundDead();
    const newer = await aSealedConnection(due.ctx, { registration: due.registration });
    await worker.goOn();
    due.ctx = await later(due.ctx, 61);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('dead');
    expect((await grantOf(due.ctx, newer.grantId)).custody).toBe('sealed');
    expect(await shredded(due)).toEqual(['dead']);
    expect(await heldAnswers(house, due)).toEqual([]);
  });

  test('does not come back to a customer who withdrew', async () => {
    const { due, worker } = await foundDead();
    await withdraw(due);
    await worker.goOn();
    due.ctx = await later(due.ctx, 61);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('dead');
    expect(await shredded(due)).toEqual(['dead']);
    expect(await heldAnswers(house, due)).toEqual([]);
  });

  test('comes back though another user’s consent waits for a member: that one took nothing from it', async () => {
    const { due, worker } = await foundDead();
    const trip = await connectAgain(due, { user: 's.devries', expect: { exact_user: 'j.jansen' } });
    expect((await grantOf(due.ctx, trip.grantId ?? '')).custody).toBe('parked');
    await worker.goOn();
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    expect(await inTenant(due.ctx.partnerId, (tx) => acceptGrant(tx, due.ctx, trip.grantId ?? ''))).toBe(true);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('superseded'); // accepted, it does
  });

  test('comes back in doubt when a code was presented since and nobody knows what became of it', async () => {
    const { due, worker } = await foundDead();
    await control('POST', 'faults', {
      client_id: due.registration.clientId,
      endpoint: 'code',
      kind: 'reset',
      when: 'after',
      times: 1,
    });
    expect((await connectAgain(due, {})).outcome).toBe('unknown');
    await worker.goOn();
    due.ctx = await later(due.ctx, 61);
    const grant = await grantOf(due.ctx, due.grantId);
    expect([grant.custody, grant.maybeSupersededAt === null]).toEqual(['sealed', false]);
    expect(await told(due, 'grant.maybe_superseded')).toMatchObject([{ grant_id: due.grantId }]);
  });

  test('stays dead when the provider said that the chain was ended: what turns up is dead, too (rows 9 and 21)', async () => {
    const due = await aDueRenewal('overlap');
    const worker = await holdingItsAnswer(due);
    await endLease(house, due);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    const body = '{"error":"invalid_grant","error_description":"revoked"}';
    await fault(due, { kind: 'refuse', when: 'before', status: 400, body });
    due.ctx = await later(due.ctx, 700);
    expect(await told(due, 'grant.dead')).toMatchObject([{ cause: 'withdrawn' }]);
    await worker.goOn();
    due.ctx = await later(due.ctx, 61);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('dead');
    expect(await shredded(due)).toEqual(['dead']);
  });

  test('stays dead when what turns up is a refusal', async () => {
    const due = await aDueRenewal('single');
    await fault(due, { kind: 'status', status: 503, when: 'after' });
    const worker = await holdingItsAnswer(due);
    await overtaken(due);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('dead');
    await worker.goOn();
    due.ctx = await later(due.ctx, 61);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('dead');
  });
});

test('row 8: a token that proves dead after an outcome of ours was unknown gives its place to what was kept meanwhile', async () => {
  const due = await aDueRenewal('single');
  const first = await holdingItsAnswer(due);
  await endLease(house, due);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  due.ctx = await unswept(due, 580);
  const second = await holdingItsAnswer(due); // the slot is open: presented again, and refused
  await first.keep();
  expect(await second.goOn()).toBe('renewed');
  expect(await told(due, 'grant.renewed')).toMatchObject([{ row: 8, generation: 1 }]);
  expect((await grantOf(due.ctx, due.grantId)).tokenFingerprint).toBe(fingerprint(tokenIn(first.sent)));
  await worksForARecipient(due);
});

/** Two workers stand still, one with the answer to a replay; the other's is in the house when the old token proves dead. */
async function inDoubt() {
  const due = await aDueRenewal('overlap');
  const first = await holdingItsAnswer(due);
  await endLease(house, due);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  due.ctx = await unswept(due, 580);
  const second = await holdingItsAnswer(due);
  await first.keep();
  await endLease(house, due);
  due.ctx = await unswept(due, 10);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  due.ctx = await unswept(due, 20); // the provider repeats itself no longer
  expect(await renewGrant(due.ctx, due.grantId)).toBe('renewed');
  return { due, first, second };
}

const shown = ({ ctx, connectionId }: Renewable) => readConnection(ctx, connectionId);

describe('row 8, while a later presentation was never answered here', () => {
  test('what was kept is sealed with a doubt that is told, and presented soon', async () => {
    const { due, first, second } = await inDoubt();
    const [doubt] = await told(due, 'grant.maybe_superseded');
    expect(doubt).toEqual({ grant_id: due.grantId, by_renewal_id: first.job.id, custody: 'sealed' });
    const before = await grantOf(due.ctx, due.grantId);
    expect(before.tokenFingerprint).toBe(fingerprint(tokenIn(first.sent)));
    const { rows } = await house.admin.query('SELECT sent_at FROM renewal WHERE id = $1', [first.job.id]);
    expect(before.renewAt).toEqual(plus(rows[0].sent_at, seconds(575)));
    const view = await shown(due);
    expect(view.grant).toMatchObject({ custody: 'sealed', outrun: true, maybeSuperseded: false });
    expect(presentConnection(view).grant).toMatchObject({ maybe_superseded: true });

    due.ctx = await later(due.ctx, 600);
    expect(await told(due, 'grant.dead')).toMatchObject([{ cause: 'answer_lost', row: 8 }]);
    expect((await told(due, 'security.chain_used_elsewhere')).length).toBe(0);
    await second.goOn(); // it comes after all
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({
      ...{ custody: 'sealed', outrunAt: null, generation: 2 },
      tokenFingerprint: fingerprint(tokenIn(second.sent)),
    });
    await worksForARecipient(due);
  });

  test('the answer that comes before that takes the place of what is in doubt', async () => {
    const { due, second } = await inDoubt();
    expect(await second.goOn()).toBe('overtaken');
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({
      ...{ custody: 'sealed', outrunAt: null, generation: 2 },
      tokenFingerprint: fingerprint(tokenIn(second.sent)),
    });
    expect(presentConnection(await shown(due)).grant).toMatchObject({ maybe_superseded: false });
    await worksForARecipient(due);
  });

  test('the answer waits, unread, while what is in doubt is claimed', async () => {
    const { due, second } = await inDoubt();
    const { ctx } = await anApiKey(due.ctx);
    const handoff = await claimHandoff(ctx, { connectionId: due.connectionId });
    const before = await grantOf(due.ctx, due.grantId);
    expect(await second.goOn()).toBe('overtaken');
    due.ctx = await later(due.ctx, 61); // which throws what a sweep meets
    expect(await grantOf(due.ctx, due.grantId)).toEqual(before);
    await cancelHandoff(due.ctx, handoff.id);
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({
      ...{ custody: 'sealed', outrunAt: null, generation: 2 },
      tokenFingerprint: fingerprint(tokenIn(second.sent)),
    });
  });

  test('an answer that repeats the token that was presented is no successor', async () => {
    const { due, second } = await inDoubt();
    const before = await grantOf(due.ctx, due.grantId);
    if (second.sent.kind !== 'answered') throw new Error('it was answered');
    const body = second.sent.response.body.replace(tokenIn(second.sent), second.job.token.reveal());
    const ports = renewalPorts(due.ctx, due.grantId);
    await ports.keep(second.job, { ...second.sent, response: { ...second.sent.response, body } });
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toEqual(before);
  });
});

test('of two successors the one that was asked for last counts, however late the other was kept', async () => {
  const due = await aDueRenewal('legacy');
  const first = await holdingItsAnswer(due);
  await endLease(house, due);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  due.ctx = await unswept(due, 1300); // long after the provider repeats itself
  const second = await holdingItsAnswer(due);
  expect(tokenIn(second.sent)).not.toBe(tokenIn(first.sent));
  const kept = await second.keep();
  const late = await first.keep();
  await house.admin.query(
    `UPDATE kept_answer SET kept_at = (SELECT kept_at + interval '1 s' FROM kept_answer WHERE id = $2) WHERE id = $1`,
    [late, kept],
  );
  const ports = renewalPorts(due.ctx, due.grantId);
  expect(await ports.settle(second.job, kept, { kind: 'lost' })).toBe('renewed');
  expect((await grantOf(due.ctx, due.grantId)).tokenFingerprint).toBe(fingerprint(tokenIn(second.sent)));
  await worksForARecipient(due);
});

test('a successor that turns up behind a newer one is shredded, and the audit says so', async () => {
  const due = await aDueRenewal('overlap');
  const worker = await holdingItsAnswer(due);
  await overtaken(due);
  const before = await grantOf(due.ctx, due.grantId);
  expect(before).toMatchObject({ custody: 'sealed', generation: 1 });
  await worker.goOn();
  due.ctx = await later(due.ctx, 61);
  expect(await grantOf(due.ctx, due.grantId)).toMatchObject({
    generation: 1,
    tokenFingerprint: before.tokenFingerprint,
  });
  expect(await shredded(due)).toEqual(['sealed']);
  await worksForARecipient(due);
});

test('a worker that stood still before it sent does not send any more, and says so', async () => {
  const due = await aDueRenewal('single');
  let standing = 0;
  const host = { clock: { now: () => plus(new Date(), standing) }, send };
  const ports = renewalPorts(due.ctx, due.grantId, host);
  const job = await ports.begin();
  if (typeof job === 'string') throw new Error(`it is ${job}`);
  standing = seconds(11);
  const sent = await ports.present(job);
  expect(await ports.settle(job, await ports.keep(job, sent), { kind: 'unsent' })).toBe('unchanged');
  expect(await presentations(due)).toBe(0);
  expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', spends: 0 });
});

test('a window is counted from the issue, not from when a worker that stood still kept it', async () => {
  const due = await aDueRenewal('overlap');
  const asked = due.ctx.clock.now();
  const worker = await holdingItsAnswer(due);
  due.ctx = await later(due.ctx, 300);
  const ports = renewalPorts(due.ctx, due.grantId); // the same worker, woken five minutes later
  expect(await ports.settle(worker.job, await ports.keep(worker.job, worker.sent), { kind: 'lost' })).toBe('renewed');
  const { issuedAt, lapsesAt } = await grantOf(due.ctx, due.grantId);
  expect(issuedAt.getTime() - asked.getTime()).toBeLessThanOrEqual(seconds(45));
  expect(lapsesAt).toEqual(plus(issuedAt, days(30)));
});

test('an earlier answer does not settle while a later presentation is on its way', async () => {
  const due = await aDueRenewal('overlap');
  const first = await holdingItsAnswer(due);
  await endLease(house, due);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  due.ctx = await unswept(due, 580);
  const second = await holdingItsAnswer(due); // the slot is open: presented again
  expect(await first.goOn()).toBe('overtaken');
  await endLease(house, due);
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  expect(await second.goOn()).toBe('overtaken');
  due.ctx = await later(due.ctx, 120);
  expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
  expect((await grantOf(due.ctx, due.grantId)).tokenFingerprint).toBe(fingerprint(tokenIn(second.sent)));
  await worksForARecipient(due);
});

test('an app that is refused while an outcome is unknown is told once, and then asked once a day', async () => {
  const due = await aDueRenewal('single');
  await fault(due, { kind: 'reset', when: 'before' });
  expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
  await fault(due, { kind: 'refuse', when: 'before', status: 401, body: '{"error":"invalid_client"}', times: 50 });
  due.ctx = await later(due.ctx, 700);
  expect(await told(due, 'registration.check_failed')).toMatchObject([{ reason: 'invalid_client' }]);
  const asked = await presentations(due);
  due.ctx = await later(due.ctx, 20 * 3600);
  expect(await presentations(due)).toBe(asked);
  due.ctx = await later(due.ctx, 5 * 3600);
  expect(await presentations(due)).toBe(asked + 1);
  expect(await told(due, 'registration.check_failed')).toHaveLength(1);
});
