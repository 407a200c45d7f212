import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { drainAnswers } from '../custody/index.ts';
import { spool } from '../custody/spool.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import { clockAt, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sweep } from '../sweep/index.ts';
import { openClientSecret, type RegistrationView } from '../tenancy/index.ts';
import {
  anInvitation,
  aSealedConnection,
  comeBack,
  decide,
  eventsOf,
  eventTypes,
  grantOf,
  leave,
  opened,
  tripOf,
} from '../testing/journey.ts';
import { control, simulatorOrigin, tokenCalls } from '../testing/provider.ts';
import { anApiKey, aPartner, aRegistration, blocked, later, type World, world } from '../testing/world.ts';
import { patience } from './callback.ts';
import { beginExchange, settleSpan } from './exchange.ts';
import { endExchange, newsOf, withdrawConsent } from './index.ts';

let house: World;
beforeAll(async () => {
  patience.saveDelaysMs = [0, 20, 60, 120];
  house = await world();
});
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};

/** Somebody else is quicker with the code. */
async function exchange(ctx: Ctx, registration: RegistrationView, code: string, redirectUri: string): Promise<void> {
  const secret = await inTenant(ctx.partnerId, (tx) => openClientSecret(tx, ctx, registration.id));
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: registration.clientId };
  const body = new URLSearchParams({ ...form, client_secret: secret.reveal() });
  expect((await fetch(`${simulatorOrigin()}/api/oauth2/token`, { method: 'POST', body })).status).toBe(200);
}

/** A customer who stands at the door with a code. */
async function aTrip() {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const asked = await anInvitation(ctx, registration);
  const { authorizeUrl } = await leave(asked);
  return { ctx, registration, asked, params: await decide(authorizeUrl) };
}

const held = async (ctx: Ctx) =>
  (
    await house.admin.query('SELECT role FROM kept_answer WHERE partner_id = $1 AND body IS NOT NULL', [ctx.partnerId])
  ).rows.map(({ role }) => role);
const grantsOf = async (ctx: Ctx): Promise<string[]> =>
  (await house.admin.query('SELECT id FROM token_grant WHERE partner_id = $1', [ctx.partnerId])).rows.map(
    ({ id }) => id,
  );

test('what came back is durable before it is read, and gone once the grant is sealed', async () => {
  const { ctx, registration, params } = await aTrip();
  expect((await tripOf(await comeBack(registration, params))).outcome).toBe('sealed');
  expect(await held(ctx)).toEqual([]);
  const { rows } = await house.admin.query('SELECT role FROM kept_answer WHERE partner_id = $1', [ctx.partnerId]);
  expect(rows).toEqual([{ role: 'done' }]);
});

/** The process dies, or the store fails to the end, after the answer was kept: nobody has to connect again (rows 4, 10). */
test('an answer that its own process could not seal is sealed by the sweep, as of when it came', {
  timeout: 40_000,
}, async () => {
  const { ctx, registration, asked, params } = await aTrip();
  const release = await blocked(house, 'token_grant', 'INSERT');
  expect((await comeBack(registration, params)).kind).toBe('settled');
  expect(await held(ctx)).toEqual(['unread']);
  expect(await grantsOf(ctx)).toEqual([]);
  await house.admin.query(
    `UPDATE authorization_request SET answered_at = answered_at - interval '121 seconds' WHERE invitation_id = $1`,
    [asked.id],
  );
  expect(await newsOf(await opened(asked))).toMatchObject({ type: 'returned' }); // not lost, however late
  await release();

  const after = await later(ctx, 120);
  const [grantId = ''] = await grantsOf(after);
  const grant = await grantOf(after, grantId);
  expect(grant).toMatchObject({ custody: 'sealed' });
  expect(grant.issuedAt.getTime()).toBeLessThan(ctx.clock.now().getTime() + 60_000);
  expect(await held(after)).toEqual([]);
  expect(await tokenCalls(registration)).toHaveLength(1);
  expect(await eventTypes(after)).toContain('grant.sealed');
});

test('an answer that its process kept long after it asked was issued when it asked', { timeout: 40_000 }, async () => {
  const { ctx, registration, params } = await aTrip();
  const release = await blocked(house, 'token_grant', 'INSERT');
  expect((await comeBack(registration, params)).kind).toBe('settled');
  await release();
  const { partnerId } = ctx;
  await house.admin.query(`UPDATE kept_answer SET kept_at = kept_at + interval '90 s' WHERE partner_id = $1`, [
    partnerId,
  ]);
  const after = await later(ctx, 120);
  const [grantId = ''] = await grantsOf(after);
  const { rows } = await house.admin.query('SELECT answered_at FROM authorization_request WHERE partner_id = $1', [
    partnerId,
  ]);
  expect((await grantOf(after, grantId)).issuedAt).toEqual(plus(rows[0].answered_at, minutes(1)));
});

test('an answer on disk to a request that this database never had is put aside', async () => {
  const { ctx } = await aTrip();
  const [id, body] = ['ans_of_another_history', 'AAAA'];
  const of = { authorizationRequestId: 'arq_lost', renewalId: null, epoch: null, status: 200, complete: true };
  spool({ partnerId: ctx.partnerId, id, keptAt: ctx.clock.now().toISOString(), body, ...of });
  const errors: unknown[] = [];
  expect(await drainAnswers((error) => errors.push(error))).toBe(0);
  expect(errors).toMatchObject([{ code: 'spool_orphaned' }]);
  rmSync(path.join(house.config.spoolDir ?? '', 'aside'), { recursive: true });
});

test('a database that takes nothing: the answer waits on disk, sealed and forced down, and comes in later', {
  timeout: 40_000,
}, async () => {
  const { ctx, registration, params } = await aTrip();
  const release = [await blocked(house, 'kept_answer', 'INSERT'), await blocked(house, 'token_grant', 'INSERT')];
  expect((await comeBack(registration, params)).kind).toBe('settled');
  const folder = house.config.spoolDir ?? '';
  const [name = '', ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  const bytes = readFileSync(path.join(folder, name), 'utf8');
  expect(bytes).not.toMatch(/refresh_token|IAAAA|gAAAA/);
  expect(Buffer.from((JSON.parse(bytes) as { body: string }).body, 'base64').toString('latin1')).not.toContain('IAAAA');
  await expect(drainAnswers(fail)).rejects.toThrow(); // still away: it stays where it is
  expect(readdirSync(folder)).toEqual([name]);
  for (const undo of release) await undo();

  expect(await drainAnswers(fail)).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
  const after = await later(ctx, 120);
  const [grantId = ''] = await grantsOf(after);
  expect((await grantOf(after, grantId)).custody).toBe('sealed');
});

/** Neither database nor disk takes it. The customer is asked again, and the older one may have ended at Exact (T14). */
test('an answer that can be stored nowhere is told, and puts what was held before in doubt', {
  timeout: 40_000,
}, async () => {
  const partner = await aPartner();
  const registration = await aRegistration(partner);
  const customer = { name: 'Twice', external_id: 'K-10' };
  const old = await aSealedConnection(partner, { registration, invitation: { customer } });
  const asked = await anInvitation(partner, registration, { customer });
  const { authorizeUrl } = await leave(asked);
  const params = await decide(authorizeUrl);
  const release = [await blocked(house, 'kept_answer', 'INSERT'), await blocked(house, 'token_grant', 'INSERT')];
  useConfig({ ...house.config, spoolDir: null });
  expect((await comeBack(registration, params)).kind).toBe('not_saved');
  useConfig(house.config);
  for (const undo of release) await undo();

  const told = (await eventsOf(partner)).filter(
    ({ data }) => (data as { invitation_id?: string }).invitation_id === asked.id,
  );
  expect(told).toMatchObject([{ type: 'invitation.finished', data: { outcome: 'not_saved', reason: 'store_failed' } }]);
  expect((await grantOf(partner, old.grantId)).maybeSupersededAt).not.toBeNull();
  expect((await opened(asked)).state).toBe('open');
});

/** Killed with the code on its way: nothing came, so nobody can know; but nobody is left waiting either. */
test('an exchange whose process is gone is settled as unknown and told, once', async () => {
  const { ctx, registration, asked, params } = await aTrip();
  await control('POST', 'faults', {
    client_id: registration.clientId,
    endpoint: 'code',
    kind: 'reset',
    when: 'before',
  });
  const release = await blocked(house, 'authorization_request', 'UPDATE', 'NEW.settled_at IS NOT NULL');
  expect((await comeBack(registration, params)).kind).toBe('settled');
  await release();
  const early = await later(ctx, 119);
  expect(await eventTypes(early)).not.toContain('invitation.finished');
  const after = await later(early, 2);
  expect((await eventTypes(after)).filter((type) => type === 'invitation.finished')).toHaveLength(1);
  const { rows } = await house.admin.query('SELECT outcome, due_at FROM authorization_request WHERE partner_id = $1', [
    ctx.partnerId,
  ]);
  expect(rows).toEqual([{ outcome: 'unknown', due_at: null }]);
  expect((await opened(asked)).state).toBe('open');
});

/** Exact may have begun a new chain, which ends the older one: nobody should hand that out in good faith (T14). */
test.each(['sealed', 'delivered'])(
  'a consent whose answer was lost puts what was %s before in doubt',
  async (before) => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const customer = { name: 'Twice', external_id: 'K-2' };
    const old = await aSealedConnection(partner, { registration, invitation: { customer } });
    const { ctx } = await anApiKey(await later(partner, 600));
    if (before === 'delivered') {
      const handoff = await claimHandoff(ctx, { connectionId: old.connectionId });
      await redeemHandoff(ctx, handoff.id, 'k');
    }
    const asked = await anInvitation(ctx, registration, { customer });
    const { authorizeUrl } = await leave(asked);
    const params = await decide(authorizeUrl);
    await control('POST', 'faults', {
      client_id: registration.clientId,
      endpoint: 'code',
      kind: 'reset',
      when: 'after',
    });
    expect((await tripOf(await comeBack(registration, params))).outcome).toBe('unknown');
    expect((await grantOf(ctx, old.grantId)).maybeSupersededAt).not.toBeNull();
    expect((await eventTypes(ctx)).filter((type) => type === 'grant.maybe_superseded')).toHaveLength(1);
  },
);

test('row 17: a code that was spent already asks the customer again, and puts what was held in doubt', async () => {
  const partner = await aPartner();
  const registration = await aRegistration(partner, { pkce: false });
  const customer = { name: 'Twice', external_id: 'K-17' };
  const old = await aSealedConnection(partner, { registration, invitation: { customer } });
  const asked = await anInvitation(partner, registration, { customer });
  const { authorizeUrl } = await leave(asked);
  const params = await decide(authorizeUrl);
  await exchange(
    partner,
    registration,
    params.get('code') ?? '',
    new URL(authorizeUrl).searchParams.get('redirect_uri') ?? '',
  );
  const trip = await tripOf(await comeBack(registration, params));
  expect(trip).toMatchObject({ outcome: 'refused', outcomeDetail: { reason: 'code_spent' } });
  expect((await opened(asked)).state).toBe('open');
  expect((await grantOf(partner, old.grantId)).maybeSupersededAt).not.toBeNull();
  expect((await eventTypes(partner)).filter((type) => type === 'grant.maybe_superseded')).toHaveLength(1);
});

test('while a newer code is on its way the older grant is not claimed: nobody knows which of them lives', async () => {
  const partner = await aPartner();
  const registration = await aRegistration(partner);
  const customer = { name: 'Twice', external_id: 'K-3' };
  const old = await aSealedConnection(partner, { registration, invitation: { customer } });
  const { ctx } = await anApiKey(await later(partner, 600));
  const asked = await anInvitation(ctx, registration, { customer });
  const { authorizeUrl } = await leave(asked);
  const params = await decide(authorizeUrl);
  await control('POST', 'faults', { client_id: registration.clientId, endpoint: 'code', kind: 'reset', when: 'after' });
  const release = await blocked(house, 'authorization_request', 'UPDATE', 'NEW.settled_at IS NOT NULL');
  expect((await comeBack(registration, params)).kind).toBe('settled'); // killed before it could say how it ended
  await release();
  await expect(claimHandoff(ctx, { connectionId: old.connectionId })).rejects.toMatchObject({
    code: 'not_claimable',
    extra: { retry_after: 120 },
  });
  const after = await later(ctx, 121);
  expect((await grantOf(after, old.grantId)).maybeSupersededAt).not.toBeNull();
  expect((await claimHandoff(after, { connectionId: old.connectionId })).status).toBe('claimed'); // warned, and their choice
});

test('an answer that is found after its exchange was given up is sealed all the same, and the result says so', async () => {
  const { ctx, registration, params } = await aTrip();
  const release = [await blocked(house, 'kept_answer', 'INSERT'), await blocked(house, 'token_grant', 'INSERT')];
  expect((await comeBack(registration, params)).kind).toBe('settled');
  for (const undo of release) await undo();
  const given = await later(ctx, 300); // the disk was not looked at meanwhile
  expect(await grantsOf(given)).toEqual([]);
  expect(await drainAnswers(fail)).toBe(1);
  const after = await later(given, 120);
  expect(await grantsOf(after)).toHaveLength(1);
  const { rows } = await house.admin.query('SELECT outcome FROM authorization_request WHERE partner_id = $1', [
    ctx.partnerId,
  ]);
  expect(rows).toEqual([{ outcome: 'sealed' }]);
}, 40_000);

test('drained twice, or after its own process sealed it all the same, it makes no second grant', async () => {
  const { ctx, registration, params } = await aTrip();
  const release = await blocked(house, 'kept_answer', 'INSERT');
  expect((await tripOf(await comeBack(registration, params))).outcome).toBe('sealed'); // the answer in memory was enough
  await release();
  const folder = house.config.spoolDir ?? '';
  const [name = ''] = readdirSync(folder);
  const waiting = readFileSync(path.join(folder, name));
  expect(await drainAnswers(fail)).toBe(1);
  writeFileSync(path.join(folder, name), waiting); // killed before it could forget what it had brought in
  expect(await drainAnswers(fail)).toBe(1);
  const after = await later(ctx, 120);
  await sweep(fail);
  expect(await grantsOf(after)).toHaveLength(1);
  expect(await held(after)).toEqual([]);
  expect((await eventTypes(after)).filter((type) => type === 'grant.sealed')).toHaveLength(1);
});

test('an exchange that still runs is not given up, however early somebody looks', async () => {
  const { ctx } = await aTrip();
  const { rows } = await house.admin.query('SELECT id FROM authorization_request WHERE partner_id = $1', [
    ctx.partnerId,
  ]);
  const [{ id }] = rows;
  const outcome = async () =>
    (await house.admin.query('SELECT outcome FROM authorization_request WHERE id = $1', [id])).rows[0].outcome;
  const began = await inTenant(ctx.partnerId, (tx) => beginExchange(tx, ctx, id));
  const lookAt = (after: number) =>
    inTenant(ctx.partnerId, (tx) => endExchange(tx, { ...ctx, clock: clockAt(plus(began ?? new Date(0), after)) }, id));
  await lookAt(settleSpan - 1);
  expect(await outcome()).toBeNull();
  await lookAt(settleSpan);
  expect(await outcome()).toBe('unknown');
});

test('nor is one whose answer waits to be read', { timeout: 40_000 }, async () => {
  const { ctx, registration, params } = await aTrip();
  const release = await blocked(house, 'token_grant', 'INSERT');
  expect((await comeBack(registration, params)).kind).toBe('settled');
  await release();
  const { rows } = await house.admin.query('SELECT id, due_at FROM authorization_request WHERE partner_id = $1', [
    ctx.partnerId,
  ]);
  const [{ id, due_at: dueAt }] = rows;
  await inTenant(ctx.partnerId, (tx) => endExchange(tx, { ...ctx, clock: clockAt(plus(dueAt, 1)) }, id));
  const after = await later(ctx, 120);
  expect(await grantsOf(after)).toHaveLength(1);
  expect((await eventTypes(after)).filter((type) => type === 'invitation.finished')).toHaveLength(1);
});

/** The customer gave it, could not see that it arrived, and took it back: the answer that turns up then changes nothing. */
test('a withdrawal that was made before a late answer is read stands', { timeout: 40_000 }, async () => {
  const { ctx, registration, asked, params } = await aTrip();
  const release = await blocked(house, 'token_grant', 'INSERT');
  expect((await comeBack(registration, params)).kind).toBe('settled');
  await withdrawConsent(await opened(asked));
  await release();
  const after = await later(ctx, 120);
  const [grantId = ''] = await grantsOf(after);
  expect(await grantOf(after, grantId)).toMatchObject({ custody: 'shredded', refreshToken: null });
  expect((await opened(asked)).connection.withdrawnAt).not.toBeNull();
  expect((await eventTypes(after)).filter((type) => type.startsWith('grant.'))).toEqual(['grant.shredded']);
  expect(await held(after)).toEqual([]);
});

test('a consent that is given after a withdrawal stands, and the connection is whole again', async () => {
  const { ctx, registration, asked } = await aTrip();
  await withdrawConsent(await opened(asked));
  const { authorizeUrl } = await leave(asked);
  await comeBack(registration, await decide(authorizeUrl));
  const [grantId = ''] = await grantsOf(ctx);
  expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
  expect((await opened(asked)).connection.withdrawnAt).toBeNull();
});
