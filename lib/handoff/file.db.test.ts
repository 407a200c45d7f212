import { compactDecrypt, decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import { clockAt, minutes, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';
import { addRecipientKey, createTarget, type TargetInput } from '../targets/index.ts';
import { actingAs } from '../tenancy/index.ts';
import { tablesWith } from '../testing/canaries.ts';
import { aSealedConnection, eventsOf, grantOf } from '../testing/journey.ts';
import { refresh } from '../testing/provider.ts';
import { aRecipientKey, aTargetInput } from '../testing/recipient.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import { seal } from '../vault/index.ts';
import type { FileAnswer } from './answer.ts';
import { fileFormats } from './core/formats/catalogue.ts';
import {
  cancelHandoff,
  claimHandoff,
  confirmHandoff,
  readHandoff,
  redeemHandoff,
  takeFile,
  viewHandoff,
} from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const member = (ctx: Ctx, sessionHash = 'one', role = 'staff'): Ctx =>
  actingAs(ctx, { kind: 'member', id: 'mbr_1', sessionHash, role });
const at = (ctx: Ctx, instant: Date): Ctx => ({ ...ctx, clock: clockAt(instant) });

/** A connection that may be claimed, and a target of kind file for members and for an API key. */
async function aFileTarget(more: Partial<TargetInput> = {}) {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner, {
    invitation: { customer: { name: 'Bakkerij "Korenaar" & Zn', external_id: 'K-1001' } },
  });
  const due = await later(partner, 570);
  const { ctx } = await anApiKey(due);
  const target = await createTarget(
    ctx,
    aTargetInput({ name: 'A file', kind: 'file', file: { format: 'json' }, api_key_ids: [ctx.actor.id], ...more }),
  );
  return { ...connection, ctx, ann: member(due), partner: due, target };
}
const read = async (ctx: Ctx, id: string, key: string | null = 'k') =>
  JSON.parse((await redeemHandoff(ctx, id, key)).reveal()) as FileAnswer & { bundle?: string };

/** Puts another token in the place of the one Exact issued. */
async function plantToken(ctx: Ctx, grantId: string, token: string): Promise<void> {
  const place = { purpose: 'token', recordId: grantId, field: 'refresh_token', generation: 0 } as const;
  const sealed = await inTenant(ctx.partnerId, (tx) =>
    seal(tx, new Secret(token), { ...place, partnerId: ctx.partnerId }),
  );
  await house.admin.query('UPDATE token_grant SET refresh_token = $1 WHERE id = $2', [Buffer.from(sealed), grantId]);
}

/** A refresh token as the simulated Exact Online makes one. */
const tokenForm = /[A-Za-z0-9]{4}!IAAAA[\w-]+/;

describe('a handoff that leaves as a file', () => {
  for (const format of fileFormats)
    test(`${format}: by API, holds a token that was never presented and works`, async () => {
      const { ctx, connectionId, target, registration } = await aFileTarget({ file: { format } });
      const handoff = await claimHandoff(ctx, { connectionId, target: target.id });
      expect(handoff).toMatchObject({ fileFormat: format, target: 'A file' });
      const { file } = await read(ctx, handoff.id);
      expect(file.name).toBe(`waxseal-${handoff.id}-single-use.${/\.(\w+)$/.exec(file.name)?.[1]}`);
      const token = tokenForm.exec(file.content)?.[0] ?? '';
      expect(fingerprint(token)).toBe(handoff.tokenFingerprint);
      const secret = /wS-[\w-]+/.exec(file.content)?.[0] ?? '';
      const spent = await refresh({
        client_id: registration.clientId,
        client_secret: secret,
        refresh_token: token,
        site: 'nl',
      });
      expect(spent.status).toBe(200);
      const { receipt } = await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
      expect(decodeJwt(receipt ?? '')).toMatchObject({
        file_format: format,
        opened_before_release: 0,
        spent_before_release: 0,
        settled_by: `api_key:${ctx.actor.id}`,
      });
    });

  test('a member takes it; the same session gets the same bytes for ten minutes, nobody else any (H10)', async () => {
    const { ann, ctx, connectionId, target, grantId } = await aFileTarget({ file: { format: 'csv' } });
    const { id } = await claimHandoff(ann, { connectionId, target: target.id });
    const first = await takeFile(ann, id);
    expect([first.name, first.mediaType]).toEqual([
      `waxseal-${id}-single-use.csv`,
      'text/csv; charset=utf-8; header=present',
    ]);
    expect(first.content.reveal()).toContain('"Bakkerij ""Korenaar"" & Zn"');
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'handed_over', refreshToken: null });
    const taken = await readHandoff(ctx, id);
    const again = await takeFile(at(ann, plus(taken.deliveredAt ?? new Date(0), minutes(10) - 1)), id);
    expect(again.content.reveal()).toBe(first.content.reveal());
    const over = at(ann, plus(taken.deliveredAt ?? new Date(0), minutes(10)));
    await expect(takeFile(over, id)).rejects.toMatchObject({ code: 'window_over' });
    await expect(takeFile(member(ann, 'two'), id)).rejects.toMatchObject({ code: 'already_redeemed' });
    await expect(takeFile(ctx, id)).rejects.toMatchObject({ code: 'already_redeemed' });
    await confirmHandoff(ann, id, { outcome: 'accepted' });
    await expect(takeFile(ann, id)).rejects.toMatchObject({ code: 'already_redeemed' });
  });

  test('of two takings at once there is one delivery, with the same bytes', async () => {
    const { ann, connectionId, target } = await aFileTarget();
    const { id } = await claimHandoff(ann, { connectionId, target: target.id });
    const both = await Promise.all([takeFile(ann, id), takeFile(ann, id)]);
    expect(both[0].content.reveal()).toBe(both[1].content.reveal());
    expect((await eventsOf(ann)).filter(({ type }) => type === 'handoff.delivered')).toHaveLength(1);
  });

  test('is never shown on a screen, and what is for a screen makes no file: nothing leaves by the wrong door', async () => {
    const { ann, ctx, connectionId, target, grantId } = await aFileTarget();
    const file = await claimHandoff(ann, { connectionId, target: target.id });
    await expect(viewHandoff(ann, file.id)).rejects.toMatchObject({ code: 'not_redeemable' });
    await cancelHandoff(ann, file.id);
    const shown = await claimHandoff(ann, { connectionId });
    await expect(takeFile(ann, shown.id)).rejects.toMatchObject({ code: 'not_redeemable' });
    expect((await grantOf(ctx, grantId)).custody).toBe('claimed');
  });

  test('encrypted where the claim names a key: its holder reads the file, nobody on the way does', async () => {
    const { ann, ctx, connectionId, target } = await aFileTarget({
      file: { format: 'csv' },
      recipient_key_required: true,
    });
    const machine = aRecipientKey('x25519');
    const key = await addRecipientKey(ctx, target.id, machine.input);
    await expect(claimHandoff(ann, { connectionId, target: target.id })).rejects.toMatchObject({
      code: 'recipient_key_required',
    });
    const { id } = await claimHandoff(ann, { connectionId, target: target.id, recipientKeyId: key.id });
    const taken = await takeFile(ann, id);
    expect([taken.name, taken.mediaType]).toEqual([`waxseal-${id}-single-use.csv.jwe`, 'application/jose']);
    const { plaintext, protectedHeader } = await compactDecrypt(taken.content.reveal(), machine.privateKey);
    expect(protectedHeader).toMatchObject({
      ...{ typ: 'waxseal-file+jwe', cty: 'text/csv; charset=utf-8; header=present', kid: key.thumbprint },
    });
    const content = new TextDecoder().decode(plaintext);
    const token = tokenForm.exec(content)?.[0] ?? '';
    expect(content).toMatch(/^"customer_reference",/);
    expect(taken.content.reveal()).not.toContain(token);
    expect(await tablesWith(house.admin, [token])).toEqual([]);
    expect((await takeFile(ann, id)).content.reveal()).toBe(taken.content.reveal());
  });

  test('only who may use the target claims for it', async () => {
    const { ctx, ann, connectionId, target, partner } = await aFileTarget({ member_roles: ['admin'] });
    const { ctx: colleague } = await anApiKey(partner, 'colleague');
    for (const stranger of [ann, colleague])
      await expect(claimHandoff(stranger, { connectionId, target: target.id })).rejects.toMatchObject({
        code: 'target_not_allowed',
      });
    const admin = member(ann, 'one', 'admin');
    // The built-in one for machines lists roles, and is for machines all the same.
    await expect(claimHandoff(admin, { connectionId, target: 'redeem' })).rejects.toMatchObject({
      code: 'target_not_allowed',
    });
    const { id } = await claimHandoff(admin, { connectionId, target: target.id });
    await cancelHandoff(admin, id);
    await claimHandoff(ctx, { connectionId, target: target.id });
  });
});

describe('a value that the file cannot hold', () => {
  const refusals = async (ctx: Ctx) => (await eventsOf(ctx)).filter(({ type }) => type === 'handoff.refused');
  const openings = async (grantId: string) =>
    (await house.admin.query('SELECT field, actor_id FROM opening WHERE grant_id = $1 ORDER BY field', [grantId])).rows;

  test('known before the token is opened: refused by the field’s name, nothing is opened, and JSON takes it', async () => {
    const { ann, ctx, connectionId, target, grantId } = await aFileTarget({ file: { format: 'connection_string' } });
    await house.admin.query("UPDATE token_grant SET redirect_uri = redirect_uri || '?a;b' WHERE id = $1", [grantId]);
    const { id } = await claimHandoff(ann, { connectionId, target: target.id });
    await expect(takeFile(ann, id)).rejects.toMatchObject({
      code: 'file_refused',
      extra: { field: 'redirect_url' },
      publicMessage: expect.stringMatching(/^This file cannot hold redirect_url as it is: it has a semicolon in it\./),
    });
    expect(await openings(grantId)).toEqual([]);
    expect(await refusals(ctx)).toMatchObject([{ data: { act: 'redeem', code: 'file_refused', handoff_id: id } }]);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'claimed', envelope: null });
    await cancelHandoff(ann, id);
    const other = await createTarget(ctx, aTargetInput({ name: 'JSON', kind: 'file', file: { format: 'json' } }));
    const second = await claimHandoff(ann, { connectionId, target: other.id });
    expect(JSON.parse((await takeFile(ann, second.id)).content.reveal()).redirect_url).toMatch(/\?a;b$/);
    const { receipt } = await confirmHandoff(ann, second.id, { outcome: 'accepted' });
    expect(decodeJwt(receipt ?? '')).toMatchObject({ opened_before_release: 0 });
  });

  test('known only once it is opened: undone, the grant is still held, and the next receipt counts the opening', async () => {
    const { ann, ctx, connectionId, target, grantId } = await aFileTarget({ file: { format: 'csv' } });
    await plantToken(ctx, grantId, '=1+refresh');
    const { id } = await claimHandoff(ann, { connectionId, target: target.id });
    const error = await takeFile(ann, id).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: 'file_refused', extra: { field: 'refresh_token' } });
    expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain('=1+refresh');
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'claimed', envelope: null, deliveredAt: null });
    expect((await grantOf(ctx, grantId)).refreshToken).not.toBeNull();
    expect(await openings(grantId)).toEqual(
      ['access_token', 'refresh_token'].map((field) => ({ field, actor_id: 'mbr_1' })),
    );

    await cancelHandoff(ann, id);
    const other = await createTarget(ctx, aTargetInput({ name: 'JSON', kind: 'file', file: { format: 'json' } }));
    const second = await claimHandoff(at(ann, plus(ann.clock.now(), seconds(1))), { connectionId, target: other.id });
    expect(JSON.parse((await takeFile(ann, second.id)).content.reveal()).refresh_token).toBe('=1+refresh');
    const { receipt } = await confirmHandoff(ann, second.id, { outcome: 'accepted' });
    expect(decodeJwt(receipt ?? '')).toMatchObject({ opened_before_release: 1 });
  });
});
