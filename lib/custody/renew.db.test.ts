import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { withdrawConsent } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff, confirmHandoff, redeemHandoff } from '../handoff/index.ts';
import { days, plus, seconds } from '../kernel/clock.ts';
import { Secret } from '../kernel/secret.ts';
import { POLICIES, type Policy } from '../simulator/index.ts';
import { sweep } from '../sweep/index.ts';
import { openClientSecret } from '../tenancy/index.ts';
import { tablesWith } from '../testing/canaries.ts';
import { aSealedConnection, eventTypes, grantOf, opened } from '../testing/journey.ts';
import { control, journal, refresh } from '../testing/provider.ts';
import {
  aDueRenewal,
  endLease,
  fault,
  heldAnswers,
  opt,
  presentations,
  type Renewable,
  told,
  worksForARecipient,
} from '../testing/renewals.ts';
import { again, anApiKey, aPartner, blocked, later, type World, world } from '../testing/world.ts';
import { open } from '../vault/index.ts';
import { drainAnswers, renewGrant } from './index.ts';
import { renewalPorts } from './renew.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterEach(() => useConfig(house.config));
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};

describe.each(POLICIES)('under %s', (policy) => {
  test('row 2: the successor takes the place, the clock starts again, the spent token goes after 15 minutes', async () => {
    const due = await aDueRenewal(policy);
    const before = await grantOf(due.ctx, due.grantId);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('renewed');
    const after = await grantOf(due.ctx, due.grantId);
    expect(after).toMatchObject({ custody: 'sealed', generation: 1, spends: 0, fruitlessTries: 0 });
    expect(after.tokenFingerprint).not.toBe(before.tokenFingerprint);
    expect(after.lapsesAt.getTime() - after.issuedAt.getTime()).toBe(days(30));
    expect(after.renewAt?.getTime()).toBeGreaterThanOrEqual(plus(after.issuedAt, days(20)).getTime());
    expect(await told(due, 'grant.renewed')).toMatchObject([{ grant_id: due.grantId, generation: 1 }]);
    expect(await heldAnswers(house, due)).toEqual(['predecessor']);
    due.ctx = await later(due.ctx, 14 * 60);
    expect(await heldAnswers(house, due)).toEqual(['predecessor']);
    due.ctx = await later(due.ctx, 2 * 60);
    expect(await heldAnswers(house, due)).toEqual([]);
    await worksForARecipient(due);
  });

  test('row 4: cut off before the token’s closing quote, it is asked again at 575 s, or its end is told', async () => {
    const due = await aDueRenewal(policy);
    await fault(due, { kind: 'cut', at: 700 });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('renewing');
    expect(await heldAnswers(house, due)).toEqual(['unreadable']); // sealed, for a day
    await afterTheReplay(due, policy);
    due.ctx = await later(due.ctx, 86_400);
    expect(await heldAnswers(house, due)).toEqual([]);
  });

  test('row 4: cut off after it, nothing is lost', async () => {
    const due = await aDueRenewal(policy);
    await fault(due, { kind: 'cut', at: 1328 });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('renewed');
    await worksForARecipient(due);
  });

  test.each([
    ['the answer is lost after the spend', { kind: 'reset', when: 'after' }],
    ['a gateway answers after the spend', { kind: 'status', status: 502, when: 'after' }],
    ['a page comes after the spend', { kind: 'maintenance', format: 'html', when: 'after' }],
    ['a redirect comes after the spend', { kind: 'redirect', location: 'http://127.0.0.1:1/', when: 'after' }],
  ])('row 6: %s: 575 s later it is settled', async (_, how) => {
    const due = await aDueRenewal(policy);
    await fault(due, how);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    await afterTheReplay(due, policy);
  });

  test.each([
    ['reset', { kind: 'reset', when: 'before' }],
    ['closed', { kind: 'close', when: 'before' }],
    ['an error of the server', { kind: 'status', status: 500, when: 'before' }],
  ])('row 6: %s before anything was processed: 575 s later it is renewed', async (_, how) => {
    const due = await aDueRenewal(policy);
    await fault(due, how);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    due.ctx = await later(due.ctx, 574);
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('renewing');
    due.ctx = await later(due.ctx, 2);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await worksForARecipient(due);
  });

  test('row 6: a provider that stays silent is asked at every slot, then hourly, and somebody is told once', async () => {
    const due = await aDueRenewal(policy);
    await fault(due, { kind: 'close', when: 'before', times: 8 });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    due.ctx = await later(due.ctx, 3 * 3600);
    expect(await presentations(due)).toBe(8); // five slots, two of the hours
    expect(await told(due, 'grant.renewal_overdue')).toHaveLength(1);
    due.ctx = await later(due.ctx, 3600);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await worksForARecipient(due);
  });

  test('row 9: somebody else used the chain: stopped, told, and a security event', async () => {
    const due = await aDueRenewal(policy);
    const { ctx } = due;
    const { rows } = await house.admin.query('SELECT spends FROM token_grant WHERE id = $1', [due.grantId]);
    expect(rows[0].spends).toBe(0);
    await spendBehindOurBack(due);
    expect(await renewGrant(ctx, due.grantId)).toBe('ended');
    expect(await grantOf(ctx, due.grantId)).toMatchObject({ custody: 'dead', refreshToken: null });
    expect(await told(due, 'grant.dead')).toMatchObject([{ cause: 'used_elsewhere' }]);
    expect(await eventTypes(ctx)).toContain('security.chain_used_elsewhere');
  });

  test('row 10: the database takes nothing when the answer comes: it waits on disk, sealed, and is read later', async () => {
    const due = await aDueRenewal(policy);
    const release = await blocked(house, 'kept_answer', 'INSERT', "NEW.role = 'unread'");
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    const folder = house.config.spoolDir ?? '';
    expect(readdirSync(folder)).toHaveLength(1);
    await release();
    expect(await drainAnswers(fail)).toBe(1);
    expect(readdirSync(folder)).toHaveLength(0);
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    expect(await presentations(due)).toBe(1); // read, not asked again
    await worksForARecipient(due);
  });

  test('row 12: the late answer of a fenced worker is kept, and the chain goes on with it', async () => {
    const due = await aDueRenewal(policy);
    await fault(due, { kind: 'delay', when: 'after', ms: 700 });
    const slow = renewGrant(due.ctx, due.grantId);
    await expect.poll(() => presentations(due)).toBe(1);
    await endLease(house, due);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    expect(await presentations(due)).toBe(1);
    expect(await slow).toBe('overtaken');
    expect(await heldAnswers(house, due)).toEqual(['unread']); // for whoever is at it next: read, not asked again
    due.ctx = await later(due.ctx, 61);
    expect(await presentations(due)).toBe(1);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await worksForARecipient(due);
  });

  test('row 15: a successor that does not open again is no success; the answer is read once more', async () => {
    const due = await aDueRenewal(policy);
    const name = `spoil_${randomBytes(4).toString('hex')}`;
    await house.admin.query(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.generation > OLD.generation THEN NEW.refresh_token := set_byte(NEW.refresh_token, 150, 255 - get_byte(NEW.refresh_token, 150)); END IF; RETURN NEW; END $$;
      CREATE TRIGGER ${name} BEFORE UPDATE ON token_grant FOR EACH ROW EXECUTE FUNCTION ${name}()`);
    await expect(renewGrant(due.ctx, due.grantId)).rejects.toThrow();
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'renewing', generation: 0 });
    await house.admin.query(`DROP TRIGGER ${name} ON token_grant; DROP FUNCTION ${name}()`);
    await takenUpAgain(due);
  });

  test('killed between the answer and what follows from it: the kept answer is read, not asked for again', async () => {
    const due = await aDueRenewal(policy);
    const release = await blocked(house, 'renewal', 'UPDATE');
    await expect(renewGrant(due.ctx, due.grantId)).rejects.toThrow();
    await release();
    expect(await heldAnswers(house, due)).toEqual(['unread']);
    await takenUpAgain(due);
  });

  test('killed with the request on its way: unknown until its slot, then settled', async () => {
    const due = await aDueRenewal(policy);
    await fault(due, { kind: 'reset', when: 'before' });
    const release = await blocked(house, 'renewal', 'UPDATE');
    await expect(renewGrant(due.ctx, due.grantId)).rejects.toThrow();
    await release();
    await endLease(house, due);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting'); // no probe: it may have been processed
    expect(await presentations(due)).toBe(1);
    due.ctx = await later(due.ctx, 580);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await worksForARecipient(due);
  });

  test('three workers on one chain present its token once', async () => {
    const due = await aDueRenewal(policy);
    const results = await Promise.all([1, 2, 3].map(() => renewGrant(due.ctx, due.grantId)));
    expect(results.toSorted()).toEqual(['renewed', 'skipped', 'skipped']);
    expect(await presentations(due)).toBe(1);
  });

  test('row 18: a claim and a renewal meet: one of them has the grant, and the other is told so', async () => {
    const due = await aDueRenewal(policy);
    const { ctx } = await anApiKey(due.ctx);
    const [claimed, renewed] = await Promise.allSettled([
      claimHandoff(ctx, { connectionId: due.connectionId }),
      renewGrant(due.ctx, due.grantId),
    ]);
    if (claimed.status === 'fulfilled') {
      // Claimed first, or right after the renewal was done: within its 570 s that is refused.
      expect(renewed).toMatchObject({ value: 'skipped' });
      expect(await presentations(due)).toBe(0);
    } else {
      expect(claimed.reason).toMatchObject({ code: expect.stringMatching(/^(not_claimable|too_early)$/) });
      expect(renewed).toMatchObject({ value: 'renewed' });
    }
  });

  test('row 21: the customer withdrew at the provider: consent is needed, and it says why', async () => {
    const due = await aDueRenewal(policy);
    await control('POST', 'endings', { client_id: due.registration.clientId, user: 'j.jansen', kind: 'withdrawn' });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('ended');
    expect(await told(due, 'grant.dead')).toMatchObject([{ cause: 'withdrawn' }]);
  });

  test('120 days of a sandbox: renewed every time, never sooner than it may, nobody is reminded', async () => {
    const due = await aDueRenewal(policy);
    due.ctx = await later(due.ctx, 100 * 86_400);
    const grant = await grantOf(due.ctx, due.grantId);
    expect(grant).toMatchObject({ custody: 'sealed', generation: 5, spends: 0 });
    expect((await told(due, 'grant.renewed')).map(({ generation }) => generation)).toEqual([1, 2, 3, 4, 5]);
    expect((await eventTypes(due.ctx)).filter((type) => type === 'grant.lapsed')).toEqual([]);
    expect((await told(due, 'grant.expiring')).map(({ days_left }) => days_left)).toEqual([14]); // before it opted in
    const { counters } = (await control('GET', '')) as {
      counters: { clients: { client_id: string; short_gaps: number; refused: number }[] };
    };
    expect(counters.clients.find(({ client_id }) => client_id === due.registration.clientId)).toMatchObject({
      short_gaps: 0,
      refused: 0,
    });
    await worksForARecipient(due);
  });
});

/** After an unknown outcome of ours: replayed where the policy allows it, else its end is told within the slot. */
async function afterTheReplay(due: Renewable, policy: Policy): Promise<void> {
  due.ctx = await later(due.ctx, 580);
  const grant = await grantOf(due.ctx, due.grantId);
  if (policy === 'single') {
    expect(grant).toMatchObject({ custody: 'dead', refreshToken: null }); // C-4: the one loss that cannot be helped
    expect(await told(due, 'grant.dead')).toMatchObject([{ cause: 'answer_lost' }]);
    return;
  }
  expect(grant).toMatchObject({ custody: 'sealed', generation: 1 });
  await worksForARecipient(due);
}

/** The lease runs out, the sweep takes the renewal up, and nothing is presented a second time. */
async function takenUpAgain(due: Renewable): Promise<void> {
  expect(await presentations(due)).toBe(1);
  await endLease(house, due);
  await sweep(fail);
  due.ctx = await again(due.ctx);
  expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
  expect(await presentations(due)).toBe(1);
  await worksForARecipient(due);
}

/** What is sealed now, and the secret of its app: for tests that need to know what may not be found anywhere. */
const secretsOf = ({ ctx, grantId, registration }: Renewable): Promise<{ token: string; secret: string }> =>
  inTenant(ctx.partnerId, async (tx) => {
    const { refreshToken, generation } = await grantOf(ctx, grantId);
    const place = { purpose: 'token', partnerId: ctx.partnerId, recordId: grantId, field: 'refresh_token' } as const;
    const token = await open(tx, refreshToken ?? new Uint8Array(), { ...place, generation });
    return { token: token.reveal(), secret: (await openClientSecret(tx, ctx, registration.id)).reveal() };
  });

/** What a second holder of the token would do: nothing of ours sees it. */
async function spendBehindOurBack(due: Renewable): Promise<void> {
  const { token, secret } = await secretsOf(due);
  const credentials = { client_id: due.registration.clientId, client_secret: secret };
  expect((await refresh({ ...credentials, refresh_token: token })).status).toBe(200);
}

describe('what holds under any policy', () => {
  test('row 1: nobody listens: not a byte left, sealed as it was, tried again soon, and claimable meanwhile', async () => {
    const due = await aDueRenewal('single');
    useConfig({ ...house.config, simulatorOrigins: { nl: 'http://127.0.0.1:1' } });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('unchanged');
    useConfig(house.config);
    const grant = await grantOf(due.ctx, due.grantId);
    expect(grant).toMatchObject({ custody: 'sealed', generation: 0, fruitlessTries: 1, spends: 0 });
    expect((grant.renewAt?.getTime() ?? 0) - due.ctx.clock.now().getTime()).toBeLessThanOrEqual(seconds(1));
    expect(await presentations(due)).toBe(0);
    const { ctx } = await anApiKey(due.ctx);
    expect((await claimHandoff(ctx, { connectionId: due.connectionId })).status).toBe('claimed');
  });

  test('row 3: a refusal that hands out a successor: it is kept, and takes the place once the old one is dead', async () => {
    const due = await aDueRenewal('single');
    const body = '{"error":"invalid_grant","refresh_token":"T1!of a refusal"}';
    await fault(due, { kind: 'refuse', when: 'before', status: 400, body });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('renewed');
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1, accessToken: null });
  });

  test('rows 3 and 13: of a refusal that decides nothing the old token is asked once more, and the newest is kept', async () => {
    const due = await aDueRenewal('single');
    const body = '{"error":"access_denied","error_description":"access_token not expired","refresh_token":"T1!odd"}';
    await fault(due, { kind: 'refuse', when: 'before', status: 400, body });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    expect(await heldAnswers(house, due)).toEqual(['candidate']);
    due.ctx = await later(due.ctx, 580);
    expect((await told(due, 'grant.renewed')).map(({ row }) => row)).toEqual([13]);
    await worksForARecipient(due);
  });

  test('row 11: a settling whose commit was lost is found done when it is tried again', async () => {
    const due = await aDueRenewal('single');
    const ports = renewalPorts(due.ctx, due.grantId);
    const job = await ports.begin();
    if (typeof job === 'string') throw new Error(`it is ${job}`);
    const answer = await ports.keep(job, await ports.present(job));
    expect(await ports.settle(job, answer, { kind: 'lost' })).toBe('renewed');
    const before = await grantOf(due.ctx, due.grantId);
    expect(await ports.settle(job, answer, { kind: 'lost' })).toBe('overtaken');
    expect(await grantOf(due.ctx, due.grantId)).toEqual(before);
    expect(await told(due, 'grant.renewed')).toHaveLength(1);
    expect(await presentations(due)).toBe(1);
  });

  test('from day 20 it is tried, on day 25 it is an alarm, after day 28 only a person can help (B-7)', {
    timeout: 60_000,
  }, async () => {
    const partner = await aPartner();
    const { grantId, registration } = await aSealedConnection(partner);
    await opt(partner, registration.id, true);
    const of = { ctx: partner, registration };
    await fault(of, { kind: 'status', when: 'before', status: 429, times: 10_000 });
    of.ctx = await later(of.ctx, 20 * 86_400 - 8640);
    expect(await presentations(of)).toBe(0);
    of.ctx = await later(of.ctx, 5 * 86_400);
    expect(await presentations(of)).toBeGreaterThan(20);
    expect(await told(of, 'grant.renewal_overdue')).toEqual([]);
    of.ctx = await later(of.ctx, 86_400 / 4);
    expect(await told(of, 'grant.renewal_overdue')).toMatchObject([{ grant_id: grantId, days_left: 5 }]);
    of.ctx = await later(of.ctx, 3 * 86_400);
    const tried = await presentations(of);
    of.ctx = await later(of.ctx, 1.5 * 86_400);
    expect(await presentations(of)).toBe(tried);
    expect(await grantOf(of.ctx, grantId)).toMatchObject({ custody: 'sealed', renewAt: null });
    expect((await told(of, 'grant.expiring')).map(({ days_left }) => days_left)).toEqual([7, 3, 1]);
  });

  test('row 5: the app is refused: the token stays, nothing is tried again by itself, and the partner is told', async () => {
    const due = await aDueRenewal('single');
    await fault(due, { kind: 'refuse', when: 'before', status: 400, body: '{"error":"invalid_client"}' });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('unchanged');
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({
      custody: 'sealed',
      generation: 0,
      renewAt: null,
      spends: 1,
    });
    expect(await told(due, 'registration.check_failed')).toMatchObject([{ reason: 'invalid_client' }]);
    due.ctx = await later(due.ctx, 86_400);
    expect(await presentations(due)).toBe(1);
  });

  test('row 7: busy is waited for and then renewed; the token was never in doubt', async () => {
    const due = await aDueRenewal('single');
    await fault(due, { kind: 'status', status: 429, when: 'before' });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('unchanged');
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('sealed');
    due.ctx = await later(due.ctx, 61);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
  });

  test('row 14: a key that does not open: no exchange at all', async () => {
    const due = await aDueRenewal('single');
    useConfig({ ...house.config, rootKey: new Secret(new Uint8Array(randomBytes(32))) });
    await expect(renewGrant(due.ctx, due.grantId)).rejects.toThrow();
    useConfig(house.config);
    expect(await presentations(due)).toBe(0);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', spends: 0 });
  });

  test('a newer consent that comes while the provider is asked ends the older chain, whatever comes back', async () => {
    const due = await aDueRenewal('overlap');
    await fault(due, { kind: 'delay', when: 'after', ms: 600 });
    const slow = renewGrant(due.ctx, due.grantId);
    await expect.poll(() => presentations(due)).toBe(1);
    await aSealedConnection(due.ctx, {
      registration: due.registration,
      invitation: { customer: { name: 'Somebody else' } },
    });
    expect(await slow).toBe('overtaken');
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'superseded', refreshToken: null });
    expect(await heldAnswers(house, due)).toEqual([]);
  });

  test('a renewal does not make an older consent the newer one', async () => {
    const due = await aDueRenewal('overlap');
    await fault(due, { kind: 'delay', when: 'after', ms: 600 });
    const consent = (await grantOf(due.ctx, due.grantId)).issuedAt;
    expect(await renewGrant(due.ctx, due.grantId)).toBe('renewed');
    const renewed = await grantOf(due.ctx, due.grantId);
    expect(renewed.issuedAt.getTime()).toBeGreaterThan(consent.getTime());
    expect(renewed.consentedAt).toEqual(consent);
    // A consent that was given before that renewal, and is settled after it.
    await house.admin.query(
      `UPDATE token_grant SET issued_at = issued_at + interval '1 hour', lapses_at = lapses_at + interval '1 hour' WHERE id = $1`,
      [due.grantId],
    );
    const newer = await aSealedConnection(due.ctx, {
      registration: due.registration,
      invitation: { customer: { name: 'Somebody else' } },
    });
    expect((await grantOf(due.ctx, due.grantId)).custody).toBe('superseded');
    expect((await grantOf(due.ctx, newer.grantId)).custody).toBe('sealed');
  });

  test('a receipt tells of the delivered token: its own openings and presentations, its consent and its issue', async () => {
    const due = await aDueRenewal('overlap');
    const consent = (await grantOf(due.ctx, due.grantId)).issuedAt;
    await renewGrant(due.ctx, due.grantId);
    const { ctx } = await anApiKey(await later(due.ctx, 600));
    const handoff = await claimHandoff(ctx, { connectionId: due.connectionId });
    await redeemHandoff(ctx, handoff.id, 'k');
    const { receipt } = await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
    const claims = JSON.parse(Buffer.from((receipt ?? '').split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({
      generation: 1,
      consented_at: consent.toISOString(),
      opened_before_release: 0,
      spent_before_release: 0,
    });
  });

  test('a customer who withdraws while the provider is asked is heeded as soon as it has answered', async () => {
    const due = await aDueRenewal('overlap');
    await fault(due, { kind: 'delay', when: 'after', ms: 600 });
    const slow = renewGrant(due.ctx, due.grantId);
    await expect.poll(() => presentations(due)).toBe(1);
    expect(await withdrawConsent(await opened(due.asked))).toBe('out_of_reach'); // for the moment
    await slow;
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({
      custody: 'shredded',
      refreshToken: null,
      accessToken: null,
    });
    expect(await told(due, 'grant.shredded')).toMatchObject([{ reason: 'withdrawn' }]);
  });

  test('opt-in: without it a sealed token is never spent; opting out stops what is planned', async () => {
    const ctx = await aPartner();
    const { grantId, registration } = await aSealedConnection(ctx);
    const old = await later(ctx, 29 * 86_400);
    expect(await grantOf(old, grantId)).toMatchObject({ custody: 'sealed', spends: 0, renewAt: null });
    expect(await renewGrant(old, grantId)).toBe('skipped');
    expect(await journal(registration)).not.toContainEqual(expect.objectContaining({ grant_type: 'refresh_token' }));
    const due = await aDueRenewal('single');
    await opt(due.ctx, due.registration.id, false);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('skipped');
  });

  test('neither token, nor the secret, lies open in any table, whatever the renewal ran into (LEAK)', async () => {
    const due = await aDueRenewal('overlap');
    const before = await secretsOf(due);
    await fault(due, { kind: 'cut', at: 700 });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    expect(await tablesWith(house.admin, [before.token, before.secret])).toEqual([]);
    due.ctx = await later(due.ctx, 580);
    const after = await secretsOf(due);
    expect(after.token).not.toBe(before.token);
    expect(await tablesWith(house.admin, [before.token, before.secret, after.token])).toEqual([]);
  });

  test('opting out while a replay waits: it is settled, and nothing is planned after it', async () => {
    const due = await aDueRenewal('overlap');
    await fault(due, { kind: 'reset', when: 'after' });
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    await opt(due.ctx, due.registration.id, false);
    due.ctx = await later(due.ctx, 580);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1, renewAt: null });
  });

  test('a customer who withdrew, or a window that closed, ends a renewal that waits; nothing is presented any more', async () => {
    for (const [cause, happens] of [
      [
        'withdrawn',
        (due: Renewable) =>
          house.admin.query('UPDATE connection SET withdrawn_at = now() WHERE id = $1', [due.connectionId]),
      ],
      [
        'expired',
        (due: Renewable) =>
          house.admin.query("UPDATE token_grant SET lapses_at = issued_at + interval '1 day' WHERE id = $1", [
            due.grantId,
          ]),
      ],
    ] as const) {
      const due = await aDueRenewal('overlap');
      await fault(due, { kind: 'close', when: 'before', times: 50 });
      expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
      await happens(due);
      due.ctx = await later(due.ctx, 10 * 86_400);
      expect(await presentations(due)).toBe(1);
      expect(await told(due, 'grant.dead')).toMatchObject([{ cause }]);
      expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'dead', refreshToken: null });
    }
  });

  test('a kept answer that does not open is set aside and told; the old token is asked at its slot (row 15)', async () => {
    const due = await aDueRenewal('overlap');
    const release = await blocked(house, 'renewal', 'UPDATE');
    await expect(renewGrant(due.ctx, due.grantId)).rejects.toThrow();
    await release();
    await house.admin.query(
      `UPDATE kept_answer SET body = set_byte(body, 150, 255 - get_byte(body, 150)) WHERE partner_id = $1`,
      [due.ctx.partnerId],
    );
    await endLease(house, due);
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    expect(await eventTypes(due.ctx)).toContain('security.answer_unreadable');
    due.ctx = await later(due.ctx, 580);
    expect(await grantOf(due.ctx, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await worksForARecipient(due);
  });

  test('every opening for a renewal has its row, and another partner’s grant is not found', async () => {
    const due = await aDueRenewal('single');
    const other = await aPartner();
    expect(await renewGrant(other, due.grantId)).toBe('skipped');
    await renewGrant(due.ctx, due.grantId);
    const { rows } = await house.admin.query(
      'SELECT field, handoff_id, renewal_id IS NOT NULL AS renewal FROM opening WHERE grant_id = $1',
      [due.grantId],
    );
    expect(rows).toEqual([{ field: 'refresh_token', handoff_id: null, renewal: true }]);
  });
});
