import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { reencrypt, rotateKeys } from '../keys/index.ts';
import { call } from '../testing/api.ts';
import { aSealedConnection } from '../testing/journey.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';

let house: World;
let ctx: Ctx;
let key: string;
let body: { customer: { name: string }; client_registration_id: string };
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
  ({ key } = await anApiKey(ctx));
  body = { customer: { name: 'Bakkerij' }, client_registration_id: (await aRegistration(ctx)).id };
});
afterAll(() => house.close());

const invitations = async () =>
  Number(
    (await house.admin.query('SELECT count(*) FROM invitation WHERE partner_id = $1', [ctx.partnerId])).rows[0].count,
  );

test('the same key and request get the same bytes, and one invitation', async () => {
  const before = await invitations();
  const first = await call('createInvitation', { key, body, idempotencyKey: 'same' });
  const second = await call('createInvitation', { key, body, idempotencyKey: 'same' });
  expect(first.status).toBe(201);
  expect([second.status, second.text]).toEqual([first.status, first.text]);
  expect(await invitations()).toBe(before + 1);
});

test('the same key with another body, or at another operation, is refused', async () => {
  await call('createInvitation', { key, body, idempotencyKey: 'other' });
  const other = { ...body, customer: { name: 'Somebody else' } };
  for (const [operation, asking] of [
    ['createInvitation', { body: other }],
    ['advanceSandbox', { body: { seconds: 1 } }],
    ['claimHandoff', { id: newId('connection'), body: {} }],
  ] as const) {
    const answer = await call(operation, { key, idempotencyKey: 'other', ...asking });
    expect(answer.json).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  }
});

/** Its answer may be lost like any other; the second of two without a key hears that it was cancelled already. */
test('a cancel whose answer was lost is heard again', async () => {
  const { connectionId } = await aSealedConnection(ctx);
  ctx = await later(ctx, 600);
  const claim = await call('claimHandoff', { key, id: connectionId, body: {} });
  const asking = { key, id: String(claim.json['id']), idempotencyKey: 'cancel' };
  const [one, two] = [await call('cancelHandoff', asking), await call('cancelHandoff', asking)];
  expect([one.status, one.json['status']]).toEqual([200, 'cancelled']);
  expect([two.status, two.text]).toEqual([one.status, one.text]);
  expect((await call('cancelHandoff', { ...asking, idempotencyKey: 'another' })).json['code']).toBe('not_cancellable');
});

test('the same key of another API key is another one', async () => {
  const { key: second } = await anApiKey(ctx, 'second');
  const one = await call('createInvitation', { key, body, idempotencyKey: 'shared' });
  const two = await call('createInvitation', { key: second, body, idempotencyKey: 'shared' });
  expect(two.status).toBe(201);
  expect(two.json['id']).not.toBe(one.json['id']);
});

test('without a key every request is a new one', async () => {
  const [one, two] = [await call('createInvitation', { key, body }), await call('createInvitation', { key, body })];
  expect(one.json['id']).not.toBe(two.json['id']);
});

test('ten at once make one invitation; the others hear the same or that it still runs', async () => {
  const before = await invitations();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call('createInvitation', { key, body, idempotencyKey: 'at-once' })),
  );
  expect(await invitations()).toBe(before + 1);
  const made = answers.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ text }) => text)).size).toBe(1);
  for (const { status, json } of answers)
    if (status !== 201) expect(json).toMatchObject({ status: 409, code: 'idempotency_in_flight' });
});

test('a failure is not kept: the same request may be tried again', async () => {
  const { connectionId } = await aSealedConnection(ctx);
  const claim = () => call('claimHandoff', { key, id: connectionId, body: {}, idempotencyKey: 'claim' });
  expect((await claim()).json).toMatchObject({ code: 'too_early' });
  await later(ctx, 570);
  const claimed = await claim();
  expect(claimed.status).toBe(201);
  expect((await claim()).text).toBe(claimed.text);
});

test('an answer is kept sealed: no link of an invitation lies in the database', async () => {
  const { json } = await call('createInvitation', { key, body, idempotencyKey: 'sealed' });
  const token = String(json['url']).split('/').at(-1);
  const { rows } = await house.admin.query('SELECT r::text AS row FROM idempotency_record r');
  expect(rows.length).toBeGreaterThan(0);
  for (const { row } of rows) {
    expect(row).not.toContain(token);
    expect(row).not.toContain(Buffer.from(token ?? '').toString('hex'));
  }
});

test('an answer is heard again after its key was replaced', async () => {
  const ask = () => call('createInvitation', { key, body, idempotencyKey: 'replaced' });
  const first = await ask();
  await rotateKeys(ctx, ['idempotency']);
  expect((await reencrypt(ctx)).unreadable).toBe(0);
  expect((await ask()).text).toBe(first.text);
});

test('a failure outside the database is not kept either', async () => {
  const { key: live } = await anApiKey(await aPartner({ sandbox: false }));
  const push = () => call('advanceSandbox', { key: live, body: { seconds: 1 }, idempotencyKey: 'push' });
  for (const answer of [await push(), await push()]) expect(answer.json).toMatchObject({ code: 'sandbox_only' });
});

test('keys that are not 1 to 255 visible characters are refused', async () => {
  for (const idempotencyKey of ['', 'x'.repeat(256), 'with blank', 'é'])
    expect((await call('createInvitation', { key, body, idempotencyKey })).status, idempotencyKey).toBe(400);
});

test('a record of a run that died is taken over after two minutes, not before', async () => {
  const idempotencyKey = 'died';
  await call('createInvitation', { key, body, idempotencyKey });
  const age = (seconds: number) =>
    house.admin.query(
      `UPDATE idempotency_record SET status = NULL, body = NULL, created_at = now() - $1 * interval '1 second' WHERE key = $2`,
      [seconds, idempotencyKey],
    );
  await age(119);
  expect((await call('createInvitation', { key, body, idempotencyKey })).json).toMatchObject({ status: 409 });
  await age(121);
  const other = { ...body, channel: 'embed' };
  expect((await call('createInvitation', { key, body: other, idempotencyKey })).json).toMatchObject({
    code: 'idempotency_key_reused',
  });
  expect((await call('createInvitation', { key, body, idempotencyKey })).status).toBe(201);
});

/** A crash between the deed and its answer must not lead to two deeds: the claim would be lost to its own claimer. */
test('the deed and its answer are kept together or not at all', async () => {
  const { connectionId } = await aSealedConnection(ctx, { user: 's.devries' });
  await later(ctx, 570);
  const claim = () => call('claimHandoff', { key, id: connectionId, body: {}, idempotencyKey: 'crash' });
  // The answer cannot be written, whatever the reason.
  await house.admin.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full disk'; END $$`,
  );
  await house.admin.query(
    'CREATE TRIGGER refuse BEFORE UPDATE ON idempotency_record FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  try {
    expect((await claim()).status).toBe(500);
  } finally {
    await house.admin.query('DROP TRIGGER refuse ON idempotency_record');
  }
  const again = await claim();
  expect([again.status, again.json['status']]).toEqual([201, 'claimed']);
});
