import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { tablesWith } from '../testing/canaries.ts';
import { aSealedConnection } from '../testing/journey.ts';
import { again, anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import {
  addMember,
  changeRegistration,
  createApiKey,
  createPartner,
  createRegistration,
  ctxOfApiKey,
  ctxOfMember,
  listApiKeys,
  listRegistrations,
  may,
  membershipsOf,
  openClientSecret,
  openCtx,
  RegistrationChange,
  RegistrationInput,
  readRegistration,
  revokeApiKey,
  roles,
} from './index.ts';
import { actions } from './permissions.ts';

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

const input = (more: object = {}) =>
  RegistrationInput.parse({
    name: 'Connect',
    site: 'nl',
    client_id: randomUUID(),
    client_secret: 'wS-0123456789',
    ...more,
  });
const secretOf = (of: Ctx, id: string) =>
  inTenant(of.partnerId, async (tx) => (await openClientSecret(tx, of, id)).reveal());
const acts = (of: Ctx) =>
  inTenant(of.partnerId, async (tx) =>
    (await tx.auditEvent.findMany({ orderBy: { at: 'asc' } })).map(({ action }) => action),
  );

describe('what a partner pastes (E-11)', () => {
  test('a client ID with blanks, quotes, braces or capitals is the same GUID', () => {
    const plain = '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a11';
    for (const pasted of [
      plain,
      ` ${plain}\n`,
      `{${plain}}`,
      `"${plain}"`,
      `'${plain}'`,
      `" {${plain.toUpperCase()}} "`,
    ])
      expect([pasted, RegistrationInput.parse({ ...input(), client_id: pasted }).client_id]).toEqual([pasted, plain]);
  });

  test('one that is no GUID is refused', () => {
    for (const pasted of [
      '',
      'x',
      '6a0f1b52-1c1e-4b7c-9a10-5d3b1b3b7a1',
      '6a0f1b521c1e4b7c9a105d3b1b3b7a11',
      '6a0f1b52 1c1e 4b7c 9a10 5d3b1b3b7a11',
      'https://x',
    ])
      expect([pasted, RegistrationInput.safeParse({ ...input(), client_id: pasted }).success]).toEqual([pasted, false]);
  });

  test('a secret loses the blanks and quotes around it, and is refused with one inside', () => {
    for (const pasted of ['s3cret', ' s3cret\r\n', '"s3cret"', "' s3cret '"])
      expect([pasted, RegistrationInput.parse({ ...input(), client_secret: pasted }).client_secret]).toEqual([
        pasted,
        's3cret',
      ]);
    for (const pasted of ['', 'abc', 's3 cret', 's3\u0000cret', 'x'.repeat(1001)])
      expect([pasted, RegistrationInput.safeParse({ ...input(), client_secret: pasted }).success]).toEqual([
        pasted,
        false,
      ]);
    expect(RegistrationInput.parse({ ...input(), client_secret: 'a"b\'c%+&=é' }).client_secret).toBe('a"b\'c%+&=é');
  });

  test('fields of our own making are not theirs to give: origin, partner', () => {
    for (const more of [{ origin: 'https://evil.example' }, { partner_id: 'x' }, { site: 'xx' }])
      expect(RegistrationInput.safeParse({ ...input(), ...more }).success).toBe(false);
  });
});

describe('client registrations', () => {
  test('keep their secret sealed, in no list and nowhere readable', async () => {
    const secret = `canary-${randomUUID()}`;
    const made = await createRegistration(ctx, input({ client_secret: secret }));
    expect(made.redirectUri).toBe(`http://localhost:3999/oauth/exact-online/${made.id}/callback`);
    expect(JSON.stringify([made, await listRegistrations(ctx)])).not.toContain(secret);
    expect(await secretOf(ctx, made.id)).toBe(secret);
    expect(await tablesWith(house.admin, [secret])).toEqual([]);
  });

  test('take an id that was reserved for their redirect URL, and no other text for one', async () => {
    const reserved = newId('clientRegistration');
    expect((await createRegistration(ctx, input(), reserved)).id).toBe(reserved);
    for (const odd of ['clr_x', newId('connection'), "' OR 1=1", '../x'])
      expect((await createRegistration(ctx, input(), odd)).id).not.toBe(odd);
  });

  test('a change without a secret leaves it alone, one with a secret replaces it, and both mend a blocked connection', async () => {
    const made = await createRegistration(ctx, input({ client_secret: 'first-secret' }));
    const change = RegistrationChange.parse({ name: 'New name', site: 'be', client_id: made.clientId });
    const changed = await changeRegistration(ctx, made.id, change);
    expect(changed).toMatchObject({ name: 'New name', site: 'be', redirectUri: made.redirectUri });
    expect(await secretOf(ctx, made.id)).toBe('first-secret');
    await changeRegistration(ctx, made.id, { ...change, client_secret: 'second-secret' });
    expect(await secretOf(ctx, made.id)).toBe('second-secret');
  });

  test('client ID, site and redirect URL are fixed once a customer connected; name and secret are not', async () => {
    const { registration } = await aSealedConnection(ctx);
    const same = { name: 'x', site: 'nl', client_id: registration.clientId, preflight: true, pkce: true } as const;
    for (const moved of [
      { ...same, site: 'be' as const },
      { ...same, client_id: randomUUID() },
      { ...same, redirect_uri: 'https://vendor.example/cb' },
    ])
      await expect(changeRegistration(ctx, registration.id, moved)).rejects.toMatchObject({
        code: 'registration_in_use',
      });
    expect((await changeRegistration(ctx, registration.id, { ...same, client_secret: 'rotated-secret' })).name).toBe(
      'x',
    );
    const unmoved = await changeRegistration(ctx, registration.id, { ...same, redirect_uri: null });
    expect(unmoved.redirectUri).toBe(registration.redirectUri);
    const foreign = await aRegistration(ctx, { redirect_uri: 'https://vendor.example/cb' });
    await aSealedConnection(ctx, { registration: foreign });
    const kept = { ...same, client_id: foreign.clientId };
    await expect(changeRegistration(ctx, foreign.id, { ...kept, redirect_uri: null })).rejects.toMatchObject({
      code: 'registration_in_use',
    });
    expect((await changeRegistration(ctx, foreign.id, kept)).redirectUri).toBe('https://vendor.example/cb');
  });

  test('a redirect URL of somebody else’s is kept as typed, may go back to ours before anyone connected, and is never an address of ours', async () => {
    const made = await createRegistration(ctx, input({ redirect_uri: ' https://Vendor.example:443/a/../cb?x=%7e ' }));
    expect(made.redirectUri).toBe('https://Vendor.example:443/a/../cb?x=%7e');
    const same = { name: 'x', site: 'nl', client_id: made.clientId, preflight: true, pkce: true } as const;
    const back = await changeRegistration(ctx, made.id, { ...same, redirect_uri: null });
    expect(back.redirectUri).toBe(`http://localhost:3999/oauth/exact-online/${made.id}/callback`);
    const ours = `https://evil.example/oauth/exact-online/${made.id}/callback`;
    await expect(changeRegistration(ctx, made.id, { ...same, redirect_uri: ours })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const reserved = newId('clientRegistration');
    const early = ours.replace(made.id, reserved);
    await expect(createRegistration(ctx, input({ redirect_uri: early }), reserved)).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test("another partner's are not found, by reading, opening or changing", async () => {
    const theirs = await aRegistration(await aPartner());
    const change = RegistrationChange.parse({ name: 'x', site: 'nl', client_id: theirs.clientId });
    await expect(changeRegistration(ctx, theirs.id, change)).rejects.toMatchObject({ code: 'not_found' });
    await expect(secretOf(ctx, theirs.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(inTenant(ctx.partnerId, (tx) => readRegistration(tx, ctx, theirs.id))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('API keys', () => {
  test('are shown once, kept as a hash, and named by their last four', async () => {
    const { id, key } = await createApiKey(ctx, 'CI');
    const shown = key.reveal();
    expect(await tablesWith(house.admin, [shown, shown.split('_')[2] ?? ''])).toEqual([]);
    const [row] = (await listApiKeys(ctx)).filter((each) => each.id === id);
    expect(row).toMatchObject({ label: 'CI', last4: shown.slice(-4), lastUsedAt: null, revokedAt: null });
    expect(JSON.stringify(await listApiKeys(ctx))).not.toContain(shown);
  });

  test('open their own partner, and note that they were used', async () => {
    const { key, ctx: keyCtx } = await anApiKey(ctx);
    expect(await ctxOfApiKey(key, 'request-1')).toMatchObject({
      ctx: { partnerId: ctx.partnerId, sandbox: true, actor: keyCtx.actor, requestId: 'request-1' },
      scopes: ['invite', 'handoff', 'targets', 'sandbox'],
    });
    const [row] = (await listApiKeys(ctx)).filter(({ id }) => id === keyCtx.actor.id);
    expect(row?.lastUsedAt).not.toBeNull();
  });

  test('are refused from the request after they were revoked', async () => {
    const { key, ctx: keyCtx } = await anApiKey(ctx);
    expect(await revokeApiKey(ctx, keyCtx.actor.id)).toBe(true);
    expect(await ctxOfApiKey(key, 'r')).toBeNull();
    expect(await revokeApiKey(ctx, keyCtx.actor.id)).toBe(false);
    expect(await revokeApiKey(await aPartner(), keyCtx.actor.id)).toBe(false);
    expect((await acts(ctx)).filter((action) => action === 'api_key.revoked')).toHaveLength(1);
  });
});

describe('members', () => {
  test('are found by their address, whatever its case, in every partner they belong to and no other', async () => {
    const other = await aPartner();
    const email = `Marijke.${randomUUID()}@Example.Test`;
    const first = await addMember(ctx, { email, name: 'Marijke', role: 'staff' });
    const second = await addMember(other, { email, name: 'Marijke', role: 'auditor' });
    expect(await membershipsOf(email.toUpperCase())).toEqual([
      { partnerId: ctx.partnerId, memberId: first },
      { partnerId: other.partnerId, memberId: second },
    ]);
    expect(await membershipsOf('nobody@example.test')).toEqual([]);
    const opened = await ctxOfMember({ partnerId: ctx.partnerId, memberId: first }, 'hash', 'r');
    expect(opened).toMatchObject({
      member: { id: first, role: 'staff', email: email.toLowerCase() },
      ctx: { actor: { kind: 'member', id: first, sessionHash: 'hash' } },
    });
    expect(await ctxOfMember({ partnerId: other.partnerId, memberId: first }, 'hash', 'r')).toBeNull();
  });

  test('one address is one member of a partner, and a second one leaves no half behind', async () => {
    const email = `twice-${randomUUID()}@example.test`;
    await addMember(ctx, { email, name: 'One', role: 'staff' });
    await expect(addMember(ctx, { email: email.toUpperCase(), name: 'Two', role: 'admin' })).rejects.toThrow();
    expect(await membershipsOf(email)).toHaveLength(1);
  });

  test('may do what their role lists; the whole table', () => {
    const table = Object.fromEntries(roles.map((role) => [role, actions.filter((action) => may(role, action))]));
    expect(table).toEqual({
      admin: [
        'invite',
        'edit_registrations',
        'register_database',
        'decide_grants',
        'manage_keys',
        'manage_targets',
        'manage_origins',
        'manage_brand',
        'advance_clock',
      ],
      staff: ['invite', 'register_database', 'decide_grants', 'advance_clock'],
      auditor: [],
    });
  });
});

describe('the clock of a partner (design §5)', () => {
  test('is the database’s, plus a sandbox’s own offset', async () => {
    const { rows } = await house.admin.query('SELECT clock_timestamp() AS now');
    const live = await aPartner({ sandbox: false });
    expect(Math.abs(live.clock.now().getTime() - rows[0].now.getTime())).toBeLessThan(5000);
    const pushed = await later(await aPartner(), 86_400);
    expect(pushed.clock.now().getTime() - live.clock.now().getTime()).toBeGreaterThan(86_400_000 - 5000);
  });

  test('a live partner’s cannot be pushed, not even in the database', async () => {
    const live = await aPartner({ sandbox: false });
    await expect(
      house.admin.query('UPDATE partner SET clock_offset_ms = 1 WHERE partner_id = $1', [live.partnerId]),
    ).rejects.toMatchObject({ code: '23514' });
  });

  test('pushing one sandbox moves no other', async () => {
    const [one, two] = [await aPartner(), await aPartner()];
    await later(one, 86_400);
    expect((await again(two)).clock.now().getTime()).toBeLessThan(Date.now() + 5000);
  });
});

test('there is no context for a partner that is not there', async () => {
  expect(await openCtx(newId('partner'), { kind: 'system', id: 'x' })).toBeNull();
  expect(await openCtx('', { kind: 'system', id: 'x' })).toBeNull();
});

test('a partner is made with its first audit row, and a sandbox says whose twin it is', async () => {
  const live = await createPartner({ name: 'Live', theme: {}, operator: 'maker' });
  const twin = await createPartner({ name: 'Twin', theme: {}, sandboxOf: live, operator: 'maker' });
  const opened = await again({ partnerId: twin, actor: { kind: 'system', id: 'x' } });
  expect([opened.sandbox, await acts(opened)]).toEqual([true, ['partner.created']]);
});
