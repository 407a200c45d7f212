import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { claimHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { purge } from '../sweep/index.ts';
import { actingAs, revokeApiKey } from '../tenancy/index.ts';
import { aSealedConnection, eventsOf, eventTypes } from '../testing/journey.ts';
import { aRecipientKey, aTargetInput } from '../testing/recipient.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import {
  addRecipientKey,
  archiveTarget,
  closeTarget,
  createTarget,
  listTargets,
  readTarget,
  retireRecipientKey,
  rotatePushSecret,
  TargetInput,
} from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const fail = (error: unknown) => {
  throw error;
};
const sentence = (input: object): string | undefined =>
  TargetInput.safeParse({ name: 'ERP', kind: 'redeem', ...input }).error?.issues[0]?.message;

describe('targets', () => {
  test('every partner has two, made once however many ask at the same moment', async () => {
    const ctx = await aPartner();
    const lists = await Promise.all(Array.from({ length: 6 }, () => listTargets(ctx)));
    expect(new Set(lists.map((list) => JSON.stringify(list.map(({ id }) => id)))).size).toBe(1);
    expect(lists[0]).toMatchObject([
      { name: 'invantive-cloud', kind: 'assistant', builtIn: true, recipientKeyRequired: false, apiKeyIds: null },
      { name: 'redeem', kind: 'redeem', builtIn: true, recipientKeyRequired: false, apiKeyIds: null },
    ]);
    await expect(archiveTarget(ctx, lists[0]?.[0]?.id ?? '')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(createTarget(ctx, aTargetInput({ name: 'redeem' }))).rejects.toMatchObject({
      code: 'target_name_taken',
    });
  });

  test('one made by hand gets encrypted bundles only, unless that is said otherwise', async () => {
    const ctx = await aPartner();
    const made = await createTarget(ctx, aTargetInput());
    expect(made).toMatchObject({
      ...{ name: 'Our ERP', kind: 'redeem', builtIn: false, recipientKeyRequired: true, apiKeyIds: null },
      ...{ memberRoles: [], earliestSeconds: 570, latestSeconds: 3600, archivedAt: null, recipientKeys: [] },
    });
    expect(await readTarget(ctx, made.id)).toEqual(made);
    expect(await createTarget(ctx, aTargetInput({ name: 'Desk', kind: 'assistant' }))).toMatchObject({
      ...{ recipientKeyRequired: false, apiKeyIds: [], memberRoles: ['admin', 'staff'] },
    });
    expect(await createTarget(ctx, aTargetInput({ name: 'Plain', recipient_key_required: false }))).toMatchObject({
      recipientKeyRequired: false,
    });
    expect((await eventsOf(ctx)).map(({ type, data }) => [type, data['name']])).toEqual([
      ['target.created', 'Our ERP'],
      ['target.created', 'Desk'],
      ['target.created', 'Plain'],
    ]);
  });

  /** E-5, when a target is made; the rows are those of lib/http/endpoint.test.ts, one for each sentence. */
  test.each([
    ['https://127.0.0.1/', /not on the public internet/],
    ['https://2130706433/', /not on the public internet/],
    ['https://[::ffff:10.0.0.1]/', /not on the public internet/],
    ['https://169.254.169.254/', /not on the public internet/],
    ['https://localhost./', /not on the public internet/],
    ['http://receiver.example/', /https:/],
    ['gopher://receiver.example/', /https:/],
    ['https://receiver.example:5432/', /443/],
    ['https://user:pw@receiver.example/', /no user name/],
    ['https://receiver.example/#x', /no server/],
    ['receiver.example', /not a URL/],
    [`https://receiver.example/${'x'.repeat(2000)}`, /2000/],
  ])('is not made for %s', (url, said) => expect(sentence({ kind: 'push', push: { url } })).toMatch(said));

  test('one that is pushed to is for machines and members, encrypted unless said otherwise, and keeps its URL', async () => {
    const ctx = await aPartner();
    const input = aTargetInput({ kind: 'push', push: { url: ' https://receiver.example/waxseal ' } });
    const { secret, ...made } = await createTarget(ctx, input);
    expect(made).toMatchObject({
      ...{ pushUrl: 'https://receiver.example/waxseal', recipientKeyRequired: true },
      ...{ apiKeyIds: null, memberRoles: ['admin', 'staff'] },
    });
    expect(await readTarget(ctx, made.id)).toEqual(made);
    expect(secret?.reveal()).toMatch(/^whsec_/);
    const write = (set: string) =>
      inTenant(ctx.partnerId, (tx) => tx.$executeRawUnsafe(`UPDATE target SET ${set} WHERE id = $1`, made.id));
    await expect(write(`push_url = 'https://elsewhere.example/'`)).rejects.toThrow(/permission|denied/i);
    await expect(
      rotatePushSecret(ctx, (await createTarget(ctx, aTargetInput({ name: 'Pulled' }))).id),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('a secret that was rotated away is removed a day later, and the one in front stays', async () => {
    const ctx = await aPartner();
    const { id } = await createTarget(ctx, aTargetInput({ kind: 'push', push: { url: 'https://receiver.example/' } }));
    await rotatePushSecret(ctx, id);
    const secrets = async () =>
      (await house.admin.query('SELECT retired_at IS NULL AS front FROM push_secret WHERE target_id = $1', [id])).rows;
    await later(ctx, 86_300);
    await purge(fail);
    expect(await secrets()).toHaveLength(2);
    await later(ctx, 200);
    await purge(fail);
    expect(await secrets()).toEqual([{ front: true }]);
    const remove = inTenant(ctx.partnerId, (tx) => tx.pushSecret.deleteMany({ where: { targetId: id } }));
    expect(await remove).toEqual({ count: 0 });
  });

  test('one of kind file keeps its format, is for members unless said otherwise, and the format stands', async () => {
    const ctx = await aPartner();
    const input = aTargetInput({ name: 'Work list', kind: 'file', file: { format: 'csv' } });
    const made = await createTarget(ctx, input);
    expect(made).toMatchObject({
      ...{ kind: 'file', file: { format: 'csv' }, recipientKeyRequired: false, apiKeyIds: [] },
      memberRoles: ['admin', 'staff'],
    });
    expect(await readTarget(ctx, made.id)).toEqual(made);
    const [told] = await eventsOf(ctx);
    expect(told).toMatchObject({ type: 'target.created', data: { kind: 'file', file_format: 'csv' } });
    const where = { partnerId: ctx.partnerId, id: made.id };
    await expect(
      inTenant(ctx.partnerId, (tx) => tx.target.updateMany({ where, data: { fileFormat: 'json' } })),
    ).rejects.toThrow(/denied/);
    for (const [kind, format] of [
      ['file', null],
      ['redeem', 'csv'],
      ['file', 'twinfield_xml'],
    ])
      await expect(
        house.admin.query('UPDATE target SET kind = $1, file_format = $2 WHERE id = $3', [kind, format, made.id]),
      ).rejects.toMatchObject({ code: '23514' });
  });

  test('what is not possible is said in a sentence', () => {
    for (const given of [
      { kind: 'file' },
      { kind: 'redeem', file: { format: 'csv' } },
      { kind: 'assistant', file: { format: 'csv' } },
    ])
      expect(sentence(given)).toMatch(/kind file names its format/);
    for (const format of ['twinfield_xml', 'credentials', '', 'CSV'])
      expect(sentence({ kind: 'file', file: { format } })).toMatch(/^file.format: one of sheet, json/);
    expect(sentence({ kind: 'push' })).toMatch(/push: \{"url"\}/);
    expect(sentence({ push: { url: 'https://receiver.example/' } })).toMatch(/for no other/);
    expect(sentence({ step_up: true })).toMatch(/no API key can sign in/);
    expect(sentence({ kind: 'assistant', step_up: true, api_key_ids: ['key_x'] })).toMatch(/no API key can sign in/);
    expect(sentence({ kind: 'assistant', step_up: true })).toBeUndefined();
    for (const host of [
      'localhost',
      'https://cloud.example.com',
      'cloud.example.com/x',
      'a b.nl',
      '127.0.0.1',
      'x.nl:8443',
      'u@x.nl',
      '-x.nl',
      '',
    ])
      expect([host, sentence({ kind: 'assistant', form_host: host })]).toEqual([
        host,
        expect.stringMatching(/a host name/),
      ]);
    expect(sentence({ kind: 'assistant', form_host: 'Cloud.Partner.example' })).toBeUndefined();
    expect(sentence({ form_host: 'cloud.example.com' })).toMatch(/only an assistant/);
    expect(sentence({ fresh_pair: true, four_eyes: true })).toMatch(/eight minutes/);
    expect(sentence({ fresh_pair: true, earliest_seconds: 571 })).toMatch(/first minutes/);
    expect(sentence({ earliest_seconds: 569 })).toMatch(/570/);
    expect(sentence({ latest_seconds: 3599 })).toMatch(/hour/);
    expect(sentence({ earliest_seconds: 1_000_000, latest_seconds: 1_592_000 })).toMatch(/no time left/);
    expect(sentence({ earliest_seconds: 1_000_000, latest_seconds: 1_591_999 })).toBeUndefined();
    expect(sentence({ kind: 'assistant', recipient_key_required: true })).toMatch(/shows the values/);
    for (const name of ['', '  ', 'x'.repeat(101), 'a\u202eb', 'a\r\nb', 'tgt_x'])
      expect([name, typeof sentence({ name })]).toEqual([name, 'string']);
    for (const more of [{ kind: 'pigeon' }, { member_roles: ['owner'] }, { partner_id: 'x' }, { api_key_ids: 'all' }])
      expect(typeof sentence(more)).toBe('string');
  });

  test('API keys of a target are the partner’s own and live', async () => {
    const ctx = await aPartner();
    const id = async (of: Ctx) => (await anApiKey(of)).ctx.actor.id;
    const [mine, theirs, gone] = [await id(ctx), await id(await aPartner()), await id(ctx)];
    await revokeApiKey(ctx, gone);
    expect(await createTarget(ctx, aTargetInput({ name: 'One', api_key_ids: [mine, mine] }))).toMatchObject({
      apiKeyIds: [mine, mine],
    });
    for (const other of [theirs, gone, newId('apiKey'), ''])
      await expect(
        createTarget(ctx, aTargetInput({ name: 'Other', api_key_ids: [mine, other] })),
      ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('an archived one frees its name, and archiving again tells nothing', async () => {
    const ctx = await aPartner();
    const first = await createTarget(ctx, aTargetInput());
    await expect(createTarget(ctx, aTargetInput())).rejects.toMatchObject({ code: 'target_name_taken' });
    await archiveTarget(ctx, first.id);
    await archiveTarget(ctx, first.id);
    await createTarget(ctx, aTargetInput());
    expect((await readTarget(ctx, first.id)).archivedAt).not.toBeNull();
    expect(await eventTypes(ctx)).toEqual(['target.created', 'target.archived', 'target.created']);
    await expect(addRecipientKey(ctx, first.id, aRecipientKey().input)).rejects.toMatchObject({
      code: 'target_archived',
    });
  });
});

describe('a built-in target', () => {
  test('can be closed and opened again by the partner; nothing is claimed for it meanwhile', async () => {
    const partner = await aPartner();
    const { connectionId } = await aSealedConnection(partner);
    const { ctx } = await anApiKey(await later(partner, 600));
    const plain = (await listTargets(ctx)).find(({ kind }) => kind === 'redeem');
    await closeTarget(ctx, plain?.id ?? '', true);
    await closeTarget(ctx, plain?.id ?? '', true);
    for (const target of [undefined, 'redeem', plain?.id])
      await expect(claimHandoff(ctx, { connectionId, target })).rejects.toMatchObject({ code: 'target_archived' });
    await closeTarget(ctx, plain?.id ?? '', false);
    expect(await claimHandoff(ctx, { connectionId })).toMatchObject({ target: 'redeem' });
    expect((await eventTypes(ctx)).filter((type) => type.startsWith('target.'))).toEqual([
      'target.closed',
      'target.opened',
    ]);
  });

  test('no other is closed, and a foreign one is not there', async () => {
    const [ours, theirs] = [await aPartner(), await aPartner()];
    const made = await createTarget(ours, aTargetInput());
    await expect(closeTarget(ours, made.id, true)).rejects.toMatchObject({ code: 'invalid_request' });
    const [builtIn] = await listTargets(theirs);
    await expect(closeTarget(ours, builtIn?.id ?? '', true)).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('step_up: no API key claims for it, whatever the row says; a member who signed in does', async () => {
  const partner = await aPartner();
  const { connectionId } = await aSealedConnection(partner);
  const { ctx } = await anApiKey(await later(partner, 600));
  const { id } = await createTarget(ctx, aTargetInput({ kind: 'assistant', step_up: true }));
  await house.admin.query('UPDATE target SET any_api_key = true, api_key_ids = $3 WHERE partner_id = $1 AND id = $2', [
    ...[ctx.partnerId, id, [ctx.actor.id]],
  ]);
  await expect(claimHandoff(ctx, { connectionId, target: id })).rejects.toMatchObject({ code: 'target_not_allowed' });
  const member = actingAs(ctx, { kind: 'member', id: 'mbr_one', sessionHash: 'x', role: 'staff' });
  expect(await claimHandoff(member, { connectionId, target: id })).toMatchObject({ targetId: id });
});

describe('recipient keys', () => {
  test('two live ones for a change-over; one that is known or a third is refused, a retired one makes room', async () => {
    const ctx = await aPartner();
    const { id } = await createTarget(ctx, aTargetInput());
    const [one, two, three] = [aRecipientKey(), aRecipientKey('x25519'), aRecipientKey('rsa')];
    const first = await addRecipientKey(ctx, id, one.input);
    await expect(addRecipientKey(ctx, id, { ...one.input, label: 'again' })).rejects.toMatchObject({
      code: 'recipient_key_known',
    });
    await addRecipientKey(ctx, id, two.input);
    await expect(addRecipientKey(ctx, id, three.input)).rejects.toMatchObject({ code: 'too_many_recipient_keys' });

    expect(await retireRecipientKey(ctx, first.id)).toMatchObject({ id: first.id, retiredAt: expect.any(Date) });
    await retireRecipientKey(ctx, first.id);
    await addRecipientKey(ctx, id, three.input);
    expect((await readTarget(ctx, id)).recipientKeys.map(({ kty, retiredAt }) => [kty, retiredAt !== null])).toEqual([
      ['RSA', false],
      ['OKP', false],
      ['EC', true],
    ]);
    expect((await eventTypes(ctx)).filter((type) => type.startsWith('recipient_key.'))).toEqual([
      ...Array(2).fill('recipient_key.added'),
      'recipient_key.retired',
      'recipient_key.added',
    ]);
  });

  test('of five additions at once two are kept', async () => {
    const ctx = await aPartner();
    const { id } = await createTarget(ctx, aTargetInput());
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => addRecipientKey(ctx, id, aRecipientKey().input)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  test('a private key is refused and told, and is nowhere in the database', async () => {
    const ctx = await aPartner();
    const { id } = await createTarget(ctx, aTargetInput());
    const jwk = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
    for (const public_key of [jwk as Record<string, unknown>, JSON.stringify(jwk)])
      await expect(addRecipientKey(ctx, id, { label: 'ERP', public_key })).rejects.toMatchObject({
        code: 'private_key_given',
      });
    expect((await eventsOf(ctx)).filter(({ type }) => type === 'security.private_key_given')).toMatchObject(
      Array(2).fill({ data: { target_id: id } }),
    );
    const { rows } = await house.admin.query('SELECT (SELECT jsonb_agg(e) FROM audit_event e)::text AS said');
    expect(rows[0].said).not.toContain(jwk.d);
    // Nor by any other road: what is stored has public members only.
    await expect(
      inTenant(ctx.partnerId, (tx) =>
        tx.recipientKey.create({
          data: {
            ...{ partnerId: ctx.partnerId, id: newId('recipientKey'), targetId: id, label: 'x' },
            ...{ publicJwk: jwk as object, thumbprint: 'x'.repeat(43), createdAt: ctx.clock.now() },
          },
        }),
      ),
    ).rejects.toThrow(/check/);
  });

  test('an assistant has none; a foreign target or key is not there', async () => {
    const [ours, theirs] = [await aPartner(), await aPartner()];
    const [assistant] = await listTargets(ours);
    await expect(addRecipientKey(ours, assistant?.id ?? '', aRecipientKey().input)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const target = await createTarget(theirs, aTargetInput());
    const key = await addRecipientKey(theirs, target.id, aRecipientKey().input);
    for (const attempt of [
      () => readTarget(ours, target.id),
      () => archiveTarget(ours, target.id),
      () => addRecipientKey(ours, target.id, aRecipientKey().input),
      () => retireRecipientKey(ours, key.id),
      () => retireRecipientKey(ours, newId('recipientKey')),
      () => readTarget(ours, key.id),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    expect(await eventTypes(ours)).toEqual([]);
  });

  test('neither a target’s terms nor a key can be changed by the app, only ended', async () => {
    const ctx = await aPartner();
    const target = await createTarget(ctx, aTargetInput());
    const key = await addRecipientKey(ctx, target.id, aRecipientKey().input);
    const where = { partnerId: ctx.partnerId };
    const { partnerId } = ctx;
    for (const change of [
      () => inTenant(partnerId, (tx) => tx.target.updateMany({ where, data: { recipientKeyRequired: false } })),
      () => inTenant(partnerId, (tx) => tx.recipientKey.updateMany({ where, data: { targetId: target.id } })),
      () => inTenant(partnerId, (tx) => tx.recipientKey.updateMany({ where, data: { publicJwk: { kty: 'RSA' } } })),
      () => inTenant(partnerId, (tx) => tx.recipientKey.deleteMany({ where: { ...where, id: key.id } })),
    ])
      await expect(change()).rejects.toThrow(/denied/);
  });
});
