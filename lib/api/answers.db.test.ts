import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inTenant } from '../db/index.ts';
import { workBulkClaim } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { type Answered, type Asking, call, type OperationId } from '../testing/api.ts';
import { anInvitation, aSealedConnection } from '../testing/journey.ts';
import { aRecipientKey, decrypted } from '../testing/recipient.ts';
import { anApiKey, aPartner, aRegistration, later, again as reopened, type World, world } from '../testing/world.ts';
import { contracts } from './contracts.ts';
import { openApiDocument } from './index.ts';

let house: World;
let ctx: Ctx;
let key: string;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
  ({ key } = await anApiKey(ctx));
});
afterAll(() => house.close());

/** An answer, held against the schema its contract promises for that status. */
async function promised(name: OperationId, asking: Asking = {}): Promise<Answered> {
  const answer = await call(name, { key, ...asking });
  const schema = (contracts[name].answers as Partial<Record<number, z.ZodObject | z.ZodUnion<z.ZodObject[]>>>)[
    answer.status
  ];
  if (!schema) throw new Error(`${name} answered ${answer.status}: ${answer.text}`);
  const forms = schema instanceof z.ZodUnion ? schema.options : [schema];
  // strict: a field the description does not know is one nobody decided on
  expect([answer.text, forms.some((form) => form.strict().safeParse(answer.json).success)]).toEqual([
    answer.text,
    true,
  ]);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return answer;
}

describe('answers are as described', () => {
  test('from an invitation to its receipt, as a machine does it', async () => {
    const registration = await aRegistration(ctx);
    const { id, connectionId } = await anInvitation(ctx, registration, { expect: { exact_user: 'nobody' } });
    expect((await promised('readInvitation', { id })).json).toMatchObject({ id, status: 'open' });
    expect((await promised('readConnection', { id: connectionId })).json).toMatchObject({
      status: 'invited',
      grant: null,
      handoff_id: null,
    });

    const made = await promised('createInvitation', {
      body: {
        customer: { name: 'Fietsen', email: 'A@B.nl', external_id: 'K-9', locale: 'en' },
        client_registration_id: registration.id,
        channel: 'mail',
        expires_in: 600,
        expect: { exact_user: 'j.jansen', division: 1234567 },
      },
    });
    expect(made.status).toBe(201);
    expect(String(made.json['url'])).toMatch(/^http:\/\/localhost:3999\/connect\/wxi_\w+$/);

    const sealed = await aSealedConnection(ctx, { registration });
    const read = await promised('readConnection', { id: sealed.connectionId });
    expect(read.json).toMatchObject({
      status: 'sealed',
      grant: { custody: 'sealed', generation: 0, identity: 'known' },
    });
    expect(read.text).not.toMatch(/fingerprint|secret|hash/);

    const advanced = await promised('advanceSandbox', { body: { seconds: 570 } });
    expect(Date.parse(String(advanced.json['now']))).toBeGreaterThan(ctx.clock.now().getTime() + 560_000);
    const claimed = await promised('claimHandoff', { id: sealed.connectionId, body: { target: 'redeem' } });
    const handoff = String(claimed.json['id']);
    expect(claimed.json).toMatchObject({ status: 'claimed', target: 'redeem', recipient_key_id: null });
    await expect(promised('readReceipt', { id: handoff })).rejects.toThrow('404'); // not before it has ended
    const bundle = await promised('redeemHandoff', { id: handoff, body: {}, idempotencyKey: 'k' });
    expect((await promised('readHandoff', { id: handoff })).json).toMatchObject({ status: 'delivered' });
    const confirmed = await promised('confirmHandoff', {
      id: handoff,
      body: { outcome: 'accepted', token_fingerprint: bundle.json['token_fingerprint'] },
    });
    expect(confirmed.json).toMatchObject({ status: 'confirmed' });
    expect((await promised('readReceipt', { id: handoff })).json['jws']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect((await promised('readConnection', { id: sealed.connectionId })).json).toMatchObject({
      status: 'registered',
      handoff_id: handoff,
    });
    const timeline = await promised('readTimeline', { id: sealed.connectionId });
    const acts = (timeline.json['items'] as { action: string }[]).map(({ action }) => action);
    expect(acts).toEqual([
      'invitation.created',
      'authorization_request.created',
      'invitation.finished',
      'grant.sealed',
      'handoff.claimed',
      'handoff.delivered',
      'handoff.confirmed',
      'grant.shredded',
    ]);
    await promised('listReceiptKeys');
    await promised('listConnections');
    await promised('listEvents');

    const second = await aSealedConnection(ctx, { user: 's.devries' });
    await later(ctx, 570);
    const again = await promised('claimHandoff', { id: second.connectionId, body: {} });
    const cancelled = await promised('cancelHandoff', { id: String(again.json['id']) });
    expect(cancelled.json).toMatchObject({ status: 'cancelled' });
  });

  test('a bulk claim: one for the same request twice, page by page, within its bounds', async () => {
    const connection_ids = Array.from({ length: 1000 }, () => newId('connection'));
    const made = await promised('createBulkClaim', { body: { connection_ids }, idempotencyKey: 'b-1' });
    expect([made.status, made.json]).toMatchObject([202, { status: 'working', total: 1000, done: 0 }]);
    const again = await promised('createBulkClaim', { body: { connection_ids }, idempotencyKey: 'b-1' });
    expect(again.text).toBe(made.text);
    const id = String(made.json['id']);
    await workBulkClaim(await reopened(ctx), id);
    expect((await promised('readBulkClaim', { id })).json).toMatchObject({ status: 'working', done: 20, refused: 20 });
    const named: unknown[] = [];
    for (let cursor = ''; named.length < 1000; ) {
      const { json } = await promised('listBulkClaimResults', { id, query: `?limit=200${cursor}` });
      named.push(...(json['items'] as { connection_id: string }[]).map((item) => item.connection_id));
      cursor = `&cursor=${json['next_cursor']}`;
    }
    expect(named).toEqual(connection_ids);

    const refused = async (body: unknown) => (await call('createBulkClaim', { key, body })).json['code'];
    const [first = ''] = connection_ids;
    for (const body of [
      {},
      { connection_ids: [] },
      { connection_ids: first },
      { connection_ids: [...connection_ids, first] },
      { connection_ids: [5] },
      { connection_ids: ['a\u0000b'] },
      { connection_ids: ['x'.repeat(101)] },
      { connection_ids: [first], partner_id: ctx.partnerId },
    ])
      expect([JSON.stringify(body).slice(0, 80), await refused(body)]).toEqual([
        JSON.stringify(body).slice(0, 80),
        'invalid_request',
      ]);
    expect((await call('listBulkClaimResults', { key, id, query: '?cursor=x' })).status).toBe(400);
    const { rows } = await house.admin.query('SELECT count(*)::int AS bulks FROM bulk_claim');
    expect(rows).toEqual([{ bulks: 1 }]);
    // What is left of it is not the next test's, which lets time pass.
    await house.admin.query('UPDATE bulk_claim SET due_at = NULL, finished_at = now()');
  });

  test('no answer but the bundle holds a secret', async () => {
    const { connectionId, registration } = await aSealedConnection(ctx, { user: 'k.bakker' });
    const all = await Promise.all([
      call('readConnection', { key, id: connectionId }),
      call('readTimeline', { key, id: connectionId }),
      call('listConnections', { key, query: '?limit=200' }),
      call('listEvents', { key, query: '?limit=200' }),
    ]);
    for (const { text } of all) expect(text).not.toMatch(/IAAAA|gAAAA|wS-|wxk_|wxi_|wxa_/);
    expect(registration.id).toMatch(/^clr_/);
  });

  test('a target, its key, a bundle encrypted to it, and the key’s end', async () => {
    const machine = aRecipientKey();
    const { connectionId } = await aSealedConnection(ctx);
    await later(ctx, 570);
    const made = await promised('createTarget', { body: { name: 'Our ERP', kind: 'redeem' }, idempotencyKey: 't-1' });
    const id = String(made.json['id']);
    expect(made.json).toMatchObject({ kind: 'redeem', recipient_key_required: true, recipient_keys: [] });
    expect(
      (await promised('createTarget', { body: { name: 'Our ERP', kind: 'redeem' }, idempotencyKey: 't-1' })).text,
    ).toBe(made.text);
    const added = await promised('addRecipientKey', { id, body: machine.input });
    const recipient_key_id = String(added.json['id']);
    const { json: listed } = await promised('listTargets');
    expect(listed['items']).toMatchObject([{ name: 'invantive-cloud' }, { name: 'redeem' }, { id, file: null }]);
    expect((await promised('readTarget', { id })).json).toMatchObject({ recipient_keys: [added.json] });

    const handoff = await promised('claimHandoff', { id: connectionId, body: { target: id, recipient_key_id } });
    expect(handoff.json).toMatchObject({
      target: 'Our ERP',
      target_id: id,
      recipient_key_id,
      recipient_key_thumbprint: added.json['thumbprint'],
    });
    const asked = { id: String(handoff.json['id']), body: {}, idempotencyKey: 'r-1' };
    const { text } = await promised('redeemHandoff', asked);
    expect((await promised('redeemHandoff', asked)).text).toBe(text);
    expect((await decrypted(machine, text)).bundle).toMatchObject({ version: 1, handoff_id: asked.id, site: 'nl' });
    expect(
      (await promised('retireRecipientKey', { id: recipient_key_id, body: {} })).json['retired_at'],
    ).not.toBeNull();
  });

  test('a target that is pushed to: its secret is told when it is made and when it is rotated, and nowhere else', async () => {
    const machine = aRecipientKey();
    const { connectionId } = await aSealedConnection(ctx, { user: 's.devries' });
    await later(ctx, 570);
    const asked = {
      body: { name: 'Endpoint', kind: 'push', push: { url: 'https://receiver.example/waxseal' } },
      idempotencyKey: 'push-1',
    };
    const made = await promised('createTarget', asked);
    const id = String(made.json['id']);
    const push = { url: 'https://receiver.example/waxseal' };
    expect(made.json).toMatchObject({ kind: 'push', recipient_key_required: true, push });
    expect((made.json['push'] as { secret: string }).secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await promised('createTarget', asked)).text).toBe(made.text);
    const rotated = await promised('rotatePushSecret', { id, body: {}, idempotencyKey: 'push-2' });
    expect((await promised('rotatePushSecret', { id, body: {}, idempotencyKey: 'push-2' })).text).toBe(rotated.text);
    expect(rotated.json['secret']).not.toBe((made.json['push'] as { secret: string }).secret);
    await promised('addRecipientKey', { id, body: machine.input });
    const claimed = await promised('claimHandoff', { id: connectionId, body: { target: id } });
    expect(claimed.json).toMatchObject({ status: 'claimed', push: { tries: 0, problem: null } });
    const handoff = String(claimed.json['id']);
    const refused = await call('redeemHandoff', { key, id: handoff, body: {} });
    expect([refused.status, refused.json['code']]).toEqual([409, 'not_redeemable']);
    await promised('cancelHandoff', { id: handoff, body: {} });
    const read = await promised('readTarget', { id });
    expect(read.json['push']).toEqual(push);
    for (const { text } of [read, await promised('listTargets'), await promised('listEvents')])
      expect(text).not.toContain('whsec_');
  });

  test('a target of kind file, its one telling, and a receipt with its text', async () => {
    const { connectionId } = await aSealedConnection(ctx);
    await later(ctx, 570);
    const body = { name: 'Work list', kind: 'file', file: { format: 'csv' }, api_key_ids: null };
    const made = await promised('createTarget', { body });
    expect(made.json).toMatchObject({ kind: 'file', file: { format: 'csv' }, recipient_key_required: false });
    const claimed = await promised('claimHandoff', { id: connectionId, body: { target: 'Work list' } });
    expect(claimed.json).toMatchObject({ target: 'Work list', file: { format: 'csv' } });
    const id = String(claimed.json['id']);
    const asked = { id, body: {}, idempotencyKey: 'f-1' };
    const { text, json } = await promised('redeemHandoff', asked);
    expect((await promised('redeemHandoff', asked)).text).toBe(text);
    expect(json['file']).toMatchObject({ media_type: 'text/csv; charset=utf-8; header=present' });
    await promised('confirmHandoff', { id, body: { outcome: 'accepted' } });
    const { json: receipt } = await promised('readReceipt', { id });
    expect(receipt['text']).toMatch(/Exported by API key test at \S+ as CSV work list;/);

    const { json: refused, status } = await call('createTarget', {
      key,
      body: { ...body, name: 'No format', file: {} },
    });
    expect([status, refused['code']]).toEqual([400, 'invalid_request']);
  });

  test('what a file cannot hold has its code and names the field', async () => {
    const sealed = await aSealedConnection(ctx);
    await later(ctx, 570);
    await house.admin.query("UPDATE token_grant SET redirect_uri = redirect_uri || ';' WHERE id = $1", [
      sealed.grantId,
    ]);
    await promised('createTarget', {
      body: { name: 'String', kind: 'file', file: { format: 'connection_string' }, api_key_ids: null },
    });
    const claimed = await promised('claimHandoff', { id: sealed.connectionId, body: { target: 'String' } });
    const asked = { key, id: String(claimed.json['id']), body: {} };
    const { status, json } = await call('redeemHandoff', asked);
    expect([status, json['code'], json['field']]).toEqual([422, 'file_refused', 'redirect_url']);
    expect((await promised('cancelHandoff', asked)).json).toMatchObject({ status: 'cancelled' });
  });

  test('every refusal of a target or a key has its status, and a private key its own', async () => {
    const { connectionId } = await aSealedConnection(ctx);
    const target = await promised('createTarget', { body: { name: 'Refusals', kind: 'redeem' } });
    const id = String(target.json['id']);
    const machine = aRecipientKey();
    const jwk = machine.privateKey.export({ format: 'jwk' });
    const refused = async (name: OperationId, asking: Asking) => {
      const { status, json, text } = await call(name, { key, ...asking });
      expect(text).not.toContain(jwk.d);
      return [status, json['code']];
    };
    const addKey = (public_key: unknown) => refused('addRecipientKey', { id, body: { label: 'ERP', public_key } });
    for (const idempotencyKey of [undefined, 'p-1'])
      expect(
        await refused('addRecipientKey', {
          id,
          body: { label: 'ERP', public_key: jwk },
          ...(idempotencyKey ? { idempotencyKey } : {}),
        }),
      ).toEqual([422, 'private_key_given']);
    expect(await addKey('no key')).toEqual([422, 'invalid_recipient_key']);
    expect(await addKey(5)).toEqual([400, 'invalid_request']);
    expect(await addKey('x'.repeat(70_000))).toEqual([413, 'too_large']);
    await promised('addRecipientKey', { id, body: machine.input });
    expect(await addKey(machine.pem)).toEqual([409, 'recipient_key_known']);
    await promised('addRecipientKey', { id, body: aRecipientKey().input });
    expect(await addKey(aRecipientKey().pem)).toEqual([409, 'too_many_recipient_keys']);
    expect(await refused('createTarget', { body: { name: 'Refusals', kind: 'redeem' } })).toEqual([
      409,
      'target_name_taken',
    ]);
    for (const more of [
      { kind: 'file' },
      { kind: 'push' },
      { kind: 'push', push: { url: 'https://127.0.0.1/' } },
      { kind: 'redeem', push: { url: 'https://receiver.example/' } },
    ])
      expect(await refused('createTarget', { body: { name: 'Later', ...more } })).toEqual([400, 'invalid_request']);
    expect(await refused('rotatePushSecret', { id, body: {} })).toEqual([400, 'invalid_request']);
    const claimed = (body: object) => refused('claimHandoff', { id: connectionId, body });
    expect(await claimed({ target: id })).toEqual([422, 'recipient_key_required']);
    expect(await claimed({ recipient_key_id: 'k1' })).toEqual([404, 'not_found']);
    expect(await claimed({ target: 'erp-1' })).toEqual([404, 'not_found']);
    expect(await claimed({ target: 'a\u0000b' })).toEqual([400, 'invalid_request']);
  });

  test('a live partner has no clock to move', async () => {
    const { key: live } = await anApiKey(await aPartner({ sandbox: false }));
    const answer = await call('advanceSandbox', { key: live, body: { seconds: 1 } });
    expect(answer.json).toMatchObject({ status: 403, code: 'sandbox_only' });
  });
});

/** Every item of a list, page by page, as a caller walks it. */
async function walk(name: 'listConnections' | 'listEvents', asKey: string, limit: number, between = async () => {}) {
  const pages: string[][] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 100; page++) {
    const query: string = `?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`;
    const { json } = await call(name, { key: asKey, query });
    const items = (json['items'] as { id: string }[]).map(({ id }) => id);
    if (items.length > 0) pages.push(items);
    cursor = json['next_cursor'] as string | null;
    if (cursor === null || items.length === 0) return pages;
    await between();
  }
  throw new Error('the list never ended');
}

describe('paging', () => {
  test('walks 25 connections without gap or repeat, newest first, also when three share an instant', async () => {
    const partner = await aPartner();
    const { key: own } = await anApiKey(partner);
    const registration = await aRegistration(partner);
    const made: string[] = [];
    for (let n = 0; n < 25; n++) made.push((await anInvitation(partner, registration)).connectionId);
    await house.admin.query(
      `UPDATE connection SET created_at = (SELECT min(created_at) FROM connection WHERE partner_id = $1)
       WHERE partner_id = $1 AND id = ANY($2)`,
      [partner.partnerId, made.slice(10, 13)],
    );
    const { rows } = await house.admin.query(
      'SELECT id FROM connection WHERE partner_id = $1 ORDER BY created_at DESC, id DESC',
      [partner.partnerId],
    );
    const expected = rows.map(({ id }) => id);
    for (const limit of [1, 3, 7, 24, 25, 26]) {
      const pages = await walk('listConnections', own, limit);
      expect(pages.flat()).toEqual(expected);
      expect(pages).toHaveLength(Math.ceil(25 / limit));
    }
    // What arrives while walking is newer, so it is on no later page.
    const once = await walk('listConnections', own, 10, async () => {
      await anInvitation(partner, registration);
    });
    expect(once.flat()).toEqual(expected);
  });

  test('events come in the order they were committed, and the cursor goes on from there', async () => {
    const partner = await aPartner();
    const { key: own } = await anApiKey(partner);
    expect((await call('listEvents', { key: own })).json).toEqual({ items: [], next_cursor: null });
    await aSealedConnection(partner);
    const first = await call('listEvents', { key: own });
    expect((first.json['items'] as { type: string }[]).map(({ type }) => type)).toEqual([
      'invitation.finished',
      'grant.sealed',
    ]);
    const cursor = String(first.json['next_cursor']);
    const nothing = await call('listEvents', { key: own, query: `?cursor=${cursor}` });
    expect(nothing.json).toEqual({ items: [], next_cursor: cursor });

    await later(partner, 31 * 86_400);
    const second = await call('listEvents', { key: own, query: `?cursor=${cursor}` });
    expect((second.json['items'] as { type: string }[]).map(({ type }) => type)).toEqual([
      ...Array(4).fill('grant.expiring'),
      'grant.lapsed',
    ]);
    expect((await walk('listEvents', own, 1)).flat()).toHaveLength(7);
  });

  /** An event of a slow transaction must not appear behind a reader that already went past. */
  test('an event committed late is not skipped by a reader who came by meanwhile', async () => {
    const partner = await aPartner();
    const { key: own } = await anApiKey(partner);
    const put = (type: string) => (tx: Parameters<Parameters<typeof inTenant>[1]>[0]) =>
      tx.outboxEvent.create({
        data: { partnerId: partner.partnerId, id: `evt_${type}`, type: `test.${type}`, at: new Date(), data: {} },
      });
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let begun = () => {};
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = inTenant(partner.partnerId, async (tx) => {
      await put('slow')(tx);
      begun();
      await held;
    });
    await started;
    await inTenant(partner.partnerId, put('quick'));

    const meanwhile = await walk('listEvents', own, 1);
    const page = await call('listEvents', { key: own });
    letGo();
    await slow;

    const cursor = page.json['next_cursor'];
    const rest = await call('listEvents', { key: own, query: cursor === null ? '' : `?cursor=${cursor}` });
    const seen = [...meanwhile.flat(), ...(rest.json['items'] as { id: string }[]).map(({ id }) => id)];
    expect(seen).toEqual(['evt_slow', 'evt_quick']);
  });
});

test('the description holds every operation, with its parameters, body, answers and problems', () => {
  const document = openApiDocument() as {
    openapi: string;
    paths: Record<string, Record<string, Record<string, unknown>>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const ids = new Set<unknown>();
  for (const contract of Object.values(contracts)) {
    const operation = document.paths[contract.path]?.[contract.method.toLowerCase()];
    if (!operation) throw new Error(`${contract.path} is not described`);
    ids.add(operation['operationId']);
    const parameters = operation['parameters'] as { name: string; in: string }[];
    const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(inPath).toEqual([...contract.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect('requestBody' in operation).toBe('body' in contract);
    const responses = operation['responses'] as Record<string, unknown>;
    expect(Object.keys(responses).sort()).toEqual([...Object.keys(contract.answers), 'default'].sort());
  }
  expect(ids.size).toBe(Object.keys(contracts).length);
  // One address stands beside the operations, and wants no API key.
  const open = document.paths['/receipt-keys/{partner_id}']?.['get'];
  expect(open).toMatchObject({ operationId: 'readPublishedReceiptKeys', security: [] });
  expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(ids.size + 1);
  expect(() => JSON.stringify(document)).not.toThrow();
  const text = JSON.stringify(document);
  for (const [, ref = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = ref.split('/').reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
    expect(target, ref).toBeDefined();
  }
});
