import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { Secret } from '../kernel/secret.ts';
import { aPartner, untilBlocked, type World, world } from '../testing/world.ts';
import {
  blindIndex,
  destroyKey,
  open,
  type Place,
  publicKeys,
  replacePrimary,
  rewrapKey,
  seal,
  sealerFor,
  signClaims,
  verifyClaims,
} from './index.ts';

let house: World;
let one: string;
let two: string;
beforeAll(async () => {
  house = await world();
  [one, two] = [(await aPartner()).partnerId, (await aPartner()).partnerId];
});
afterAll(() => house.close());

const text = 'x7Qk!IAAAA0123456789 é €';
const placeIn = (partnerId: string, more: Partial<Place> = {}): Place => ({
  purpose: 'token',
  partnerId,
  recordId: 'grt_1',
  field: 'refresh_token',
  generation: 0,
  ...more,
});
const sealed = (place: Place, secret = text) => inTenant(place.partnerId, (tx) => seal(tx, new Secret(secret), place));
const openedAt = (bytes: Uint8Array, place: Place, tenant = place.partnerId) =>
  inTenant(tenant, async (tx) => (await open(tx, bytes, place)).reveal());
/** What opening ended with: the text, or the kind of error and its words. */
const ending = (bytes: Uint8Array, place: Place, tenant?: string) =>
  openedAt(bytes, place, tenant).catch((error: Error) => `${error.name}: ${error.message}`);
const unreadable = 'UnreadableError: a sealed record did not open in its place';

test('what is sealed opens in its place: short, long, empty, any character', async () => {
  for (const secret of [text, '', 'a', '\u0000', '🔑'.repeat(100), 'x'.repeat(64_000)]) {
    const place = placeIn(one);
    expect(await openedAt(await sealed(place, secret), place)).toBe(secret);
  }
});

test('the same text sealed twice shares no byte run, and shows nothing of itself', async () => {
  const [first, second] = [await sealed(placeIn(one)), await sealed(placeIn(one))];
  const after = (bytes: Uint8Array) => Buffer.from(bytes).subarray(2 + (bytes[1] ?? 0));
  expect(after(first).length).toBe(after(second).length);
  expect(
    after(first)
      .toString('hex')
      .match(/.{16}/g)
      ?.some((run) => after(second).toString('hex').includes(run)),
  ).toBe(false);
  expect(Buffer.from(first).includes(text.slice(0, 8))).toBe(false);
});

test('sealed bytes open in no other place: every ordered pair of twelve (TH2)', async () => {
  const places = [
    placeIn(one),
    placeIn(one, { recordId: 'grt_2' }),
    placeIn(one, { field: 'access_token' }),
    placeIn(one, { generation: 1 }),
    placeIn(one, { recordId: 'grt_1","refresh_token' }),
    placeIn(one, { recordId: '', field: 'grt_1refresh_token' }),
    placeIn(one, { purpose: 'envelope' }),
    placeIn(one, { purpose: 'client_secret' }),
    placeIn(one, { purpose: 'link' }),
    placeIn(one, { purpose: 'idempotency' }),
    placeIn(two),
    placeIn(two, { generation: 1 }),
  ];
  const all = await Promise.all(places.map((place) => sealed(place)));
  const results: string[] = [];
  for (const [from, bytes] of all.entries())
    for (const [to, place] of places.entries()) if (from !== to) results.push(await ending(bytes, place));
  expect(results).toHaveLength(132);
  expect(new Set(results)).toEqual(new Set([unreadable]));
  for (const [index, place] of places.entries())
    expect(await openedAt(all[index] ?? new Uint8Array(), place)).toBe(text);
});

test("under another tenant one's own bytes do not open either, although the place is right", async () => {
  expect(await ending(await sealed(placeIn(one)), placeIn(one), two)).toBe(unreadable);
});

describe('bytes that were touched do not open, and do not tell why', () => {
  test('any byte changed, to its complement or to zero', async () => {
    const place = placeIn(one);
    const bytes = await sealed(place, 'short');
    const results = new Map<string, number[]>();
    for (let at = 0; at < bytes.length; at++)
      for (const value of [(bytes[at] ?? 0) ^ 0xff, (bytes[at] ?? 0) ^ 0x01, 0]) {
        if (value === bytes[at]) continue;
        const touched = Uint8Array.from(bytes);
        touched[at] = value;
        const result = await ending(touched, place);
        results.set(result, [...(results.get(result) ?? []), at]);
      }
    expect([...results.keys()]).toEqual([unreadable]);
  });

  test('cut off anywhere, continued, doubled or nothing at all', async () => {
    const place = placeIn(one);
    const opened: string[] = [];
    // Of an empty text only the tag is left; GCM would take a shorter tag for a whole one unless told otherwise.
    for (const secret of ['short', '']) {
      const bytes = await sealed(place, secret);
      const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
      const longer = [Uint8Array.of(...bytes, 0), Uint8Array.of(...bytes, ...bytes), new Uint8Array(500)];
      for (const touched of [...cuts, ...longer]) {
        const result = await ending(touched, place);
        if (result !== unreadable) opened.push(`${secret} of ${bytes.length}, cut to ${touched.length}: ${result}`);
      }
    }
    expect(opened).toEqual([]);
  });
});

describe('the root key', () => {
  test('another one opens nothing, and says no more than that', async () => {
    const place = placeIn(one);
    const bytes = await sealed(place);
    useConfig({ ...house.config, rootKey: new Secret(new Uint8Array(randomBytes(32))) });
    const result = await ending(bytes, place);
    useConfig(house.config);
    expect(result).toBe(unreadable);
    expect(await openedAt(bytes, place)).toBe(text);
  });

  test('a wrapped partner key does not unwrap in the row of another key, purpose or partner', async () => {
    const place = placeIn(one);
    const bytes = await sealed(place);
    const { rows } = await house.admin.query(
      `SELECT id, wrapped FROM partner_key WHERE partner_id = $1 AND purpose = 'token'`,
      [one],
    );
    const [own] = rows;
    const { rows: others } = await house.admin.query('SELECT wrapped FROM partner_key WHERE id <> $1', [own.id]);
    expect(others.length).toBeGreaterThan(4);
    for (const { wrapped } of others) {
      await house.admin.query('UPDATE partner_key SET wrapped = $1 WHERE id = $2', [wrapped, own.id]);
      expect(await ending(bytes, place)).toBe(unreadable);
    }
    await house.admin.query('UPDATE partner_key SET wrapped = $1 WHERE id = $2', [own.wrapped, own.id]);
    expect(await openedAt(bytes, place)).toBe(text);
  });
});

test('a key put in the place of another purpose’s serves nothing, not even where nothing has to open', async () => {
  const { partnerId } = await aPartner();
  await sealed(placeIn(partnerId));
  const index = () => inTenant(partnerId, (tx) => blindIndex(tx, partnerId, 'x'));
  await index();
  await house.admin.query(
    `UPDATE partner_key SET wrapped = (SELECT wrapped FROM partner_key WHERE partner_id = $1 AND purpose = 'token')
     WHERE partner_id = $1 AND purpose = 'blind_index'`,
    [partnerId],
  );
  await expect(index()).rejects.toThrow();
});

describe('keys of a partner', () => {
  test('twelve first needs of a key at once make one row, and all of them can open what the others sealed', async () => {
    const { partnerId } = await aPartner();
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, n) => sealed(placeIn(partnerId, { recordId: `grt_${n}` }), `secret ${n}`)),
    );
    const { rows } = await house.admin.query('SELECT id FROM partner_key WHERE partner_id = $1', [partnerId]);
    expect(rows).toHaveLength(1);
    for (const [n, bytes] of all.entries())
      expect(await openedAt(bytes, placeIn(partnerId, { recordId: `grt_${n}` }))).toBe(`secret ${n}`);
  });

  test('a retired key opens what it sealed; what comes after is sealed under the new one', async () => {
    const { partnerId } = await aPartner();
    const place = placeIn(partnerId);
    const before = await sealed(place);
    await house.admin.query('UPDATE partner_key SET retired_at = now() WHERE partner_id = $1', [partnerId]);
    const after = await sealed(place);
    const keyOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(2, 2 + (bytes[1] ?? 0))).toString();
    expect(keyOf(after)).not.toBe(keyOf(before));
    expect(await openedAt(before, place)).toBe(text);
    expect(await openedAt(after, place)).toBe(text);
  });

  test('the wrapping of a retired key, put into the row of the one in use, seals nothing', async () => {
    const { partnerId } = await aPartner();
    await sealed(placeIn(partnerId));
    await inTenant(partnerId, (tx) => replacePrimary(tx, partnerId, 'token'));
    await house.admin.query(
      `UPDATE partner_key k SET wrapped = old.wrapped FROM partner_key old WHERE k.partner_id = $1 AND k.purpose = 'token'
       AND k.retired_at IS NULL AND old.partner_id = $1 AND old.purpose = 'token' AND old.retired_at IS NOT NULL`,
      [partnerId],
    );
    await expect(sealed(placeIn(partnerId))).rejects.toThrow(unreadable.split(': ')[1]);
  });

  test('a sealer that was told to forget its key has none: what it seals then, the key does not open', async () => {
    const { purpose, ...place } = placeIn(one);
    const sealer = await inTenant(one, (tx) => sealerFor(tx, one, purpose));
    expect(await openedAt(sealer.seal(new Secret(text), place), placeIn(one))).toBe(text);
    sealer.forget();
    expect(await ending(sealer.seal(new Secret(text), place), placeIn(one))).toBe(unreadable);
  });

  test('a key that is destroyed while it is being wrapped anew stays destroyed', async () => {
    const { partnerId } = await aPartner();
    await sealed(placeIn(partnerId));
    const { rows } = await house.admin.query(
      'UPDATE partner_key SET root_key_id = NULL WHERE partner_id = $1 RETURNING id',
      [partnerId],
    );
    const rival = new pg.Client({ connectionString: house.urls.admin });
    await rival.connect();
    await rival.query('BEGIN');
    await rival.query(
      'UPDATE partner_key SET retired_at = now(), destroyed_at = now(), wrapped = NULL WHERE partner_id = $1',
      [partnerId],
    );
    const rewrapped = inTenant(partnerId, (tx) => rewrapKey(tx, partnerId, rows[0].id));
    await untilBlocked(house.admin);
    await rival.query('COMMIT');
    await rival.end();
    expect(await rewrapped).toBeNull();
  });

  test('a key in use is not destroyed; a retired one is, and what it sealed is unreadable from then on', async () => {
    const { partnerId } = await aPartner();
    const bytes = await sealed(placeIn(partnerId));
    const keyId = Buffer.from(bytes.subarray(2, 2 + (bytes[1] ?? 0))).toString();
    const destroyed = () => inTenant(partnerId, (tx) => destroyKey(tx, partnerId, keyId));
    expect(await destroyed()).toBe(false);
    expect(await openedAt(bytes, placeIn(partnerId))).toBe(text);
    await inTenant(partnerId, (tx) => replacePrimary(tx, partnerId, 'token'));
    expect([await destroyed(), await destroyed()]).toEqual([true, false]);
    expect(await ending(bytes, placeIn(partnerId))).toBe(unreadable);
  });

  test('of a partner that is deleted meanwhile no key is replaced, and the one in use stays it', async () => {
    const { partnerId } = await aPartner();
    await sealed(placeIn(partnerId));
    await house.admin.query('UPDATE partner SET deleted_at = now() WHERE partner_id = $1', [partnerId]);
    await expect(inTenant(partnerId, (tx) => replacePrimary(tx, partnerId, 'token'))).rejects.toThrow(
      unreadable.split(': ')[1],
    );
    const { rows } = await house.admin.query('SELECT retired_at FROM partner_key WHERE partner_id = $1', [partnerId]);
    expect(rows).toEqual([{ retired_at: null }]);
  });

  test('a partner whose keys are gone has nothing left to open', async () => {
    const { partnerId } = await aPartner();
    const bytes = await sealed(placeIn(partnerId));
    await house.admin.query('DELETE FROM partner_key WHERE partner_id = $1', [partnerId]);
    expect(await ending(bytes, placeIn(partnerId))).toBe(unreadable);
  });
});

test('the blind index is the same for the same thing, and another for every other partner and split of the parts', async () => {
  const index = (partnerId: string, ...parts: string[]) =>
    inTenant(partnerId, async (tx) => Buffer.from(await blindIndex(tx, partnerId, ...parts)).toString('hex'));
  const base = await index(one, 'client', 'user');
  expect(await index(one, 'client', 'user')).toBe(base);
  const others = [
    index(two, 'client', 'user'),
    index(one, 'clientuser'),
    index(one, 'clientu', 'ser'),
    index(one, 'user', 'client'),
  ];
  expect(new Set([base, ...(await Promise.all(others))]).size).toBe(5);
  expect(base).toHaveLength(64);
});

test('signing keys differ per partner and stay the same; a statement is one of its partner, of its type, and as it was', async () => {
  const keysOf = (partnerId: string) => inTenant(partnerId, (tx) => publicKeys(tx, partnerId));
  expect(await keysOf(one)).toEqual(await keysOf(one));
  expect((await keysOf(one))[0]?.['x']).not.toBe((await keysOf(two))[0]?.['x']);
  expect(Object.keys((await keysOf(one))[0] ?? {})).not.toContain('d'); // RFC 8037: the private half

  const signed = await inTenant(one, (tx) => signClaims(tx, one, 'a+jws', { n: 1 }));
  const read = (partnerId: string, type: string, jws: string) =>
    inTenant(partnerId, (tx) => verifyClaims(tx, partnerId, type, jws));
  expect(await read(one, 'a+jws', `${signed}\n`)).toEqual({ n: 1 });
  expect(await read(one, 'b+jws', signed)).toBeNull();
  expect(await read(two, 'a+jws', signed)).toBeNull();
  const [head, payload, signature = ''] = signed.split('.');
  const other = Buffer.from('{"n":2}').toString('base64url');
  const none = Buffer.from('{"alg":"none","typ":"a+jws"}').toString('base64url');
  const forged = [`${head}.${other}.${signature}`, `${none}.${payload}.`, `${head}.${payload}.`, '', 'x', '..'];
  for (const jws of forged) expect([jws, await read(one, 'a+jws', jws)]).toEqual([jws, null]);
});
