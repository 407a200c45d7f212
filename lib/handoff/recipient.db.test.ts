import { compactDecrypt, decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clockAt, days, hours, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { newId } from '../kernel/ids.ts';
import {
  addRecipientKey,
  archiveTarget,
  createTarget,
  retireRecipientKey,
  type TargetInput,
} from '../targets/index.ts';
import { tablesWith } from '../testing/canaries.ts';
import { aSealedConnection, eventsOf, grantOf } from '../testing/journey.ts';
import { tokenCalls } from '../testing/provider.ts';
import { aRecipientKey, aTargetInput, decrypted } from '../testing/recipient.ts';
import { anApiKey, aPartner, later, untilBlocked, type World, world } from '../testing/world.ts';
import {
  cancelHandoff,
  claimHandoff,
  confirmHandoff,
  type HandoffRow,
  readHandoff,
  redeemHandoff,
  viewHandoff,
} from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const at = (ctx: Ctx, instant: Date): Ctx => ({ ...ctx, clock: clockAt(instant) });
const read = async (ctx: Ctx, { id }: HandoffRow, key: string | null = 'k') =>
  (await redeemHandoff(ctx, id, key)).reveal();
/** The refusals told so far: what was tried, and with which code it ended. */
const refusals = async (ctx: Ctx) =>
  (await eventsOf(ctx))
    .filter(({ type }) => type === 'handoff.refused')
    .map(({ data, connectionId }) => ({ ...data, ...(connectionId ? { connectionId } : {}) }));

/** A partner with a sealed connection that may be claimed, and a machine of its own. */
async function aMachine(more: Partial<TargetInput> = {}, kind: Parameters<typeof aRecipientKey>[0] = 'P-256') {
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const due = await later(partner, 570);
  const { ctx } = await anApiKey(due);
  const target = await createTarget(ctx, aTargetInput(more));
  const machine = aRecipientKey(kind);
  const key = await addRecipientKey(ctx, target.id, machine.input);
  return { partner: due, ctx, ...connection, target, machine, key };
}
type Machine = Awaited<ReturnType<typeof aMachine>>;
const claim = ({ ctx, connectionId, target, key }: Machine) =>
  claimHandoff(ctx, { connectionId, target: target.id, recipientKeyId: key.id });

/** One refused claim: its code, and one event of it that says so and nothing else. */
async function refusedClaim(
  ctx: Ctx,
  connectionId: string,
  wanted: { target?: string; recipientKeyId?: string },
): Promise<unknown> {
  const before = (await refusals(ctx)).length;
  const error = await claimHandoff(ctx, { connectionId, ...wanted }).catch((reason: unknown) => reason);
  const told = (await refusals(ctx)).slice(before);
  const { code } = error as { code: string };
  expect(told).toEqual([{ act: 'claim', code, connectionId }]);
  return code;
}

describe('a bundle that only its recipient can read', () => {
  for (const kind of ['rsa', 'P-256', 'x25519'] as const)
    test(`${kind}: holds the fields of the plain answer, and says what it is`, async () => {
      const made = await aMachine({}, kind);
      const { ctx, grantId, registration, machine, key, target } = made;
      const handoff = await claim(made);
      const grant = await grantOf(ctx, grantId);
      expect(handoff).toMatchObject({
        ...{ target: 'Our ERP', targetId: target.id, recipientKeyId: key.id, recipientThumbprint: key.thumbprint },
      });

      const { header, bundle } = await decrypted(machine, await read(ctx, handoff));

      expect(header).toMatchObject({ enc: 'A256GCM', kid: key.thumbprint, typ: 'waxseal-bundle+jwe', cty: 'json' });
      expect(bundle).toEqual({
        version: 1,
        handoff_id: handoff.id,
        partner_id: ctx.partnerId,
        client_id: registration.clientId,
        client_secret: expect.stringMatching(/^wS-/),
        redirect_uri: registration.redirectUri,
        site: 'nl',
        refresh_token: expect.any(String),
        refresh_token_issued_at: grant.issuedAt.toISOString(),
        refresh_token_expires_at: grant.lapsesAt.toISOString(),
        refresh_not_before: plus(grant.issuedAt, seconds(570)).toISOString(),
        access_token: expect.stringMatching(/^gAAAA/),
        access_token_expires_at: grant.accessExpiresAt.toISOString(),
        token_fingerprint: fingerprint(String(bundle['refresh_token'])),
        issued_at: grant.issuedAt.toISOString(),
        lapses_at: grant.lapsesAt.toISOString(),
        generation: 0,
      });
      expect((await tokenCalls(registration)).map(({ grant_type }) => grant_type)).toEqual(['authorization_code']);
    });

  test('a lost answer is the same envelope, byte for byte, until the outcome is told; then the receipt names the key (H4, H7)', async () => {
    const made = await aMachine();
    const { ctx, partner, machine, key, target } = made;
    const handoff = await claim(made);
    const first = await read(ctx, handoff);
    expect(await read(ctx, handoff)).toBe(first);
    const { ctx: colleague } = await anApiKey(partner, 'colleague');
    for (const [caller, attempt] of [
      [ctx, 'other'],
      [colleague, 'k'],
    ] as const)
      await expect(redeemHandoff(caller, handoff.id, attempt)).rejects.toMatchObject({ code: 'already_redeemed' });

    // What a key that is retired after the delivery can still read has left already.
    await retireRecipientKey(ctx, key.id);
    expect(await read(ctx, handoff)).toBe(first);

    const { bundle } = await decrypted(machine, first);
    const secrets = [bundle['refresh_token'], bundle['access_token'], bundle['client_secret']].map(String);
    expect(secrets.some((secret) => first.includes(secret))).toBe(false);
    expect(await tablesWith(house.admin, [...secrets, JSON.parse(first).bundle])).toEqual([]); // sealed once more
    const tokenFingerprint = String(bundle['token_fingerprint']);
    const { receipt } = await confirmHandoff(ctx, handoff.id, { outcome: 'accepted', tokenFingerprint });
    expect(decodeJwt(receipt ?? '')).toMatchObject({
      target: 'Our ERP',
      target_id: target.id,
      recipient_key_thumbprint: key.thumbprint,
    });
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'already_redeemed' });
  });

  test('claim and delivery are told with the key’s thumbprint', async () => {
    const made = await aMachine();
    const { thumbprint } = made.key;
    await read(made.ctx, await claim(made));
    const told = (await eventsOf(made.ctx)).filter(({ type }) => /^handoff\.(claimed|delivered)$/.test(type));
    expect(told.map(({ data }) => [data['target'], data['target_id'], data['recipient_key_thumbprint']])).toEqual(
      Array(2).fill(['Our ERP', made.target.id, thumbprint]),
    );
  });

  test('a key says where it belongs, so it need not be said twice; a name is as good as an id', async () => {
    const made = await aMachine();
    const { ctx, connectionId, target, key } = made;
    const byKey = await claimHandoff(ctx, { connectionId, recipientKeyId: key.id });
    expect(byKey.targetId).toBe(target.id);
    await cancelHandoff(ctx, byKey.id);
    const byName = await claimHandoff(ctx, { connectionId, target: 'Our ERP', recipientKeyId: key.id });
    expect(byName.targetId).toBe(target.id);
  });

  test('another key cannot read it, and a changed byte is noticed', async () => {
    const made = await aMachine();
    const answer = await read(made.ctx, await claim(made));
    await expect(decrypted(aRecipientKey(), answer)).rejects.toThrow();
    const { bundle } = JSON.parse(answer) as { bundle: string };
    const parts = bundle.split('.');
    for (const at of [0, 1, 2, 3, 4]) {
      const part = parts[at] ?? '';
      const middle = Math.floor(part.length / 2);
      const other = part[middle] === 'A' ? 'B' : 'A';
      const changed = parts.with(at, part.slice(0, middle) + other + part.slice(middle + 1)).join('.');
      await expect(compactDecrypt(changed, made.machine.privateKey)).rejects.toThrow();
    }
  });
});

describe('without a target it is as it was', () => {
  test('a machine gets the plain fields, a member looks at them', async () => {
    const { ctx, connectionId } = await aMachine();
    const handoff = await claimHandoff(ctx, { connectionId });
    expect(handoff).toMatchObject({ target: 'redeem', recipientKeyId: null, recipientThumbprint: null });
    expect(JSON.parse(await read(ctx, handoff))).toHaveProperty('refresh_token');

    const other = await aMachine();
    const member: Ctx = { ...other.ctx, actor: { kind: 'member', id: 'mbr_1', sessionHash: 's', role: 'staff' } };
    const mine = await claimHandoff(member, { connectionId: other.connectionId });
    expect(mine.target).toBe('invantive-cloud');
    expect(JSON.parse((await viewHandoff(member, mine.id)).bundle.reveal())).toHaveProperty('refresh_token');
  });

  test('a target that allows plain answers gives them when no key is named, and encrypts when one is', async () => {
    const made = await aMachine({ recipient_key_required: false });
    const { ctx, connectionId, target } = made;
    const plain = await claimHandoff(ctx, { connectionId, target: target.id });
    await cancelHandoff(ctx, plain.id);
    expect(Object.keys(JSON.parse(await read(ctx, await claim(made))))).toEqual(['bundle']);

    const other = await aMachine({ recipient_key_required: false });
    const handoff = await claimHandoff(other.ctx, { connectionId: other.connectionId, target: other.target.id });
    expect(JSON.parse(await read(other.ctx, handoff))).toHaveProperty('refresh_token');
  });
});

describe('a claim that names what it may not have: a code, one event, and the grant stays sealed', () => {
  test('no key where one is required, a foreign or unknown target, a foreign or unknown key, a key of another target', async () => {
    const made = await aMachine();
    const { ctx, connectionId, target, key, grantId } = made;
    const foreign = await aMachine();
    const second = await createTarget(ctx, aTargetInput({ name: 'Second' }));
    const refused = (wanted: { target?: string; recipientKeyId?: string }) => refusedClaim(ctx, connectionId, wanted);

    expect(await refused({ target: target.id })).toBe('recipient_key_required');
    for (const wanted of [
      { target: foreign.target.id },
      { target: newId('target') },
      { target: 'nobody' },
      { recipientKeyId: foreign.key.id },
      { recipientKeyId: newId('recipientKey') },
      { recipientKeyId: key.id.toUpperCase() },
      { target: target.id, recipientKeyId: foreign.key.id },
      { target: foreign.target.id, recipientKeyId: key.id },
      { target: foreign.target.id, recipientKeyId: foreign.key.id },
      { target: second.id, recipientKeyId: key.id },
      { target: 'redeem', recipientKeyId: key.id },
    ])
      expect([wanted, await refused(wanted)]).toEqual([wanted, 'not_found']);
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
    expect((await refusals(foreign.ctx)).length).toBe(0);
  });

  test('an archived target, by id, by name and by its key; a retired key', async () => {
    const { ctx, connectionId, target, key, grantId } = await aMachine();
    await retireRecipientKey(ctx, key.id);
    expect(await refusedClaim(ctx, connectionId, { target: target.id, recipientKeyId: key.id })).toBe(
      'recipient_key_retired',
    );
    await archiveTarget(ctx, target.id);
    for (const wanted of [
      { target: target.id },
      { target: 'Our ERP' },
      { recipientKeyId: key.id },
      { target: target.id, recipientKeyId: key.id },
    ])
      expect([wanted, await refusedClaim(ctx, connectionId, wanted)]).toEqual([wanted, 'target_archived']);
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
  });

  test('a target that the API key, the member or the role may not use', async () => {
    const { ctx, partner, connectionId } = await aMachine();
    const { ctx: colleague } = await anApiKey(partner, 'colleague');
    const only = { recipient_key_required: false, api_key_ids: [colleague.actor.id] };
    const theirs = await createTarget(ctx, aTargetInput({ name: 'Theirs', ...only }));
    const desk = await createTarget(ctx, aTargetInput({ name: 'Desk', kind: 'assistant', member_roles: ['admin'] }));
    const as = (role: string): Ctx => ({ ...ctx, actor: { kind: 'member', id: 'mbr_1', sessionHash: 's', role } });
    for (const [caller, target] of [
      [ctx, theirs],
      [ctx, desk],
      [as('admin'), theirs],
      [as('staff'), desk],
      [as('auditor'), desk],
      [as(''), desk],
    ] as const)
      expect(await refusedClaim(caller, connectionId, { target: target.id })).toBe('target_not_allowed');
    await expect(claimHandoff(as('auditor'), { connectionId })).rejects.toMatchObject({ code: 'target_not_allowed' });
    const handoff = await claimHandoff(colleague, { connectionId, target: theirs.id });
    await cancelHandoff(colleague, handoff.id);
    expect(await claimHandoff(as('admin'), { connectionId, target: desk.id })).toMatchObject({ target: 'Desk' });
  });

  test('outside the part of the 30 days that a target leaves: one second before it, and one after', async () => {
    const terms = { earliest_seconds: 3600, latest_seconds: 86_400 };
    const { ctx, connectionId, target, key, grantId } = await aMachine(terms);
    const { issuedAt, lapsesAt } = await grantOf(ctx, grantId);
    const opens = plus(issuedAt, hours(1));
    const closes = plus(lapsesAt, -days(1));
    const wanted = { target: target.id, recipientKeyId: key.id };
    expect(await refusedClaim(at(ctx, plus(opens, -seconds(1))), connectionId, wanted)).toBe('too_early');
    await expect(claimHandoff(at(ctx, plus(opens, -1)), { connectionId, ...wanted })).rejects.toMatchObject({
      extra: { not_before: opens.toISOString() },
    });
    expect(await refusedClaim(at(ctx, closes), connectionId, wanted)).toBe('window_over');
    expect(await refusedClaim(at(ctx, plus(closes, seconds(1))), connectionId, wanted)).toBe('window_over');
    // Everyone's window still ends where it did, for a target that says nothing.
    expect(await refusedClaim(at(ctx, plus(lapsesAt, -seconds(3599))), connectionId, {})).toBe('window_over');
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');

    const first = await claimHandoff(at(ctx, opens), { connectionId, ...wanted });
    expect(first.redeemBefore).toEqual(plus(opens, hours(24)));
    await cancelHandoff(ctx, first.id);
    const last = await claimHandoff(at(ctx, plus(closes, -seconds(1))), { connectionId, ...wanted });
    expect(last.redeemBefore).toEqual(closes);
  });
});

describe('between the claim and the answer', () => {
  test('a key that was rotated meanwhile: the answer still goes to the one the claim fixed', async () => {
    const made = await aMachine();
    const handoff = await claim(made);
    await addRecipientKey(made.ctx, made.target.id, aRecipientKey('rsa', 'new').input);
    expect((await decrypted(made.machine, await read(made.ctx, handoff))).header).toMatchObject({
      kid: made.key.thumbprint,
    });
  });

  test('a key that was retired meanwhile gets nothing; the claim can be given back and made for the new one (H6)', async () => {
    const made = await aMachine();
    const { ctx, connectionId, target, key, grantId } = made;
    const handoff = await claim(made);
    await retireRecipientKey(ctx, key.id);
    const before = (await refusals(ctx)).length;
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'recipient_key_retired' });
    expect((await refusals(ctx)).slice(before)).toEqual([
      { act: 'redeem', code: 'recipient_key_retired', handoff_id: handoff.id },
    ]);
    expect(await readHandoff(ctx, handoff.id)).toMatchObject({ status: 'claimed', envelope: null });
    expect((await grantOf(ctx, grantId)).custody).toBe('claimed');

    await cancelHandoff(ctx, handoff.id);
    const next = aRecipientKey('x25519', 'new');
    const { id } = await addRecipientKey(ctx, target.id, next.input);
    const again = await claimHandoff(ctx, { connectionId, target: target.id, recipientKeyId: id });
    expect((await decrypted(next, await read(ctx, again))).bundle).toHaveProperty('refresh_token');
  });

  test('a key that is being retired at that moment: the answer waits, and does not go out', async () => {
    const made = await aMachine();
    const handoff = await claim(made);
    await house.admin.query('BEGIN');
    await house.admin.query('UPDATE recipient_key SET retired_at = now() WHERE id = $1', [made.key.id]);
    const redeemed = redeemHandoff(made.ctx, handoff.id, 'k').catch((error: unknown) => error);
    await untilBlocked(house.admin);
    await house.admin.query('COMMIT');
    expect(await redeemed).toMatchObject({ code: 'recipient_key_retired' });
  });

  test('a target that was archived meanwhile ends no claim that stands', async () => {
    const made = await aMachine();
    const handoff = await claim(made);
    await archiveTarget(made.ctx, made.target.id);
    expect((await decrypted(made.machine, await read(made.ctx, handoff))).bundle).toHaveProperty('refresh_token');
  });

  test('another API key, another partner: refused with one event of whoever asked, and nothing leaves', async () => {
    const made = await aMachine();
    const handoff = await claim(made);
    const { ctx: colleague } = await anApiKey(made.partner, 'colleague');
    await expect(redeemHandoff(colleague, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    expect(await refusals(made.ctx)).toEqual([{ act: 'redeem', code: 'not_redeemable', handoff_id: handoff.id }]);
    const stranger = (await aMachine()).ctx;
    await expect(redeemHandoff(stranger, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_found' });
    const told = [await refusals(stranger), (await refusals(made.ctx)).length];
    expect(told).toEqual([[{ act: 'redeem', code: 'not_found' }], 1]);
  });

  test('an outcome with the hash of another token: refused with one event, and the right one is still taken', async () => {
    const made = await aMachine();
    const handoff = await claim(made);
    await read(made.ctx, handoff);
    const wrong = { outcome: 'accepted', tokenFingerprint: fingerprint('another token') } as const;
    await expect(confirmHandoff(made.ctx, handoff.id, wrong)).rejects.toMatchObject({ code: 'fingerprint_mismatch' });
    expect(await refusals(made.ctx)).toEqual([
      { act: 'confirm', code: 'fingerprint_mismatch', handoff_id: handoff.id },
    ]);
    const { tokenFingerprint } = handoff;
    expect(await confirmHandoff(made.ctx, handoff.id, { outcome: 'accepted', tokenFingerprint })).toMatchObject({
      status: 'confirmed',
    });
  });
});

test('a handoff cannot be tied to a key of another target, nor to another partner’s target', async () => {
  const [made, foreign] = [await aMachine(), await aMachine()];
  const handoff = await claim(made);
  const second = await createTarget(made.ctx, aTargetInput({ name: 'Second' }));
  for (const [column, id] of [
    ['target_id', second.id],
    ['target_id', foreign.target.id],
    ['recipient_key_id', foreign.key.id],
    ['recipient_key_id', null],
    ['target_id', null],
  ])
    await expect(
      house.admin.query(`UPDATE handoff SET ${column} = $1 WHERE id = $2`, [id, handoff.id]),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^23/) });
});
