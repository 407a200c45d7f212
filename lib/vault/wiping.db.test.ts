import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { inTenant } from '../db/index.ts';
import { fingerprint } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import { blindIndex, open, type Place, publicKeys, reseal, rewrapKey, seal, sealerFor, signClaims } from './index.ts';

/** Every buffer that node:crypto handed to the vault: keys, data keys, texts, and what is public besides. */
const handed = vi.hoisted(() => [] as Uint8Array[]);
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  const kept = <T extends Uint8Array>(bytes: T) => {
    handed.push(bytes);
    return bytes;
  };
  return {
    ...real,
    randomBytes: (size: number) => kept(real.randomBytes(size)),
    hkdfSync: (...args: Parameters<typeof real.hkdfSync>) => kept(new Uint8Array(real.hkdfSync(...args))).buffer,
    createDecipheriv: (...args: Parameters<typeof real.createDecipheriv>) => {
      const decipher = real.createDecipheriv(...args);
      const update = decipher.update.bind(decipher) as (data: Uint8Array) => Buffer;
      return Object.assign(decipher, { update: (data: Uint8Array) => kept(update(data)) });
    },
  };
});

/** Every partner key that was unwrapped. */
const unwrapped = vi.hoisted(() => [] as Uint8Array[]);
vi.mock('./root-key.ts', async (original) => {
  const real = await original<typeof import('./root-key.ts')>();
  const fileRootKey = (): ReturnType<typeof real.fileRootKey> => {
    const root = real.fileRootKey();
    return {
      ...root,
      async unwrap(...args) {
        const opened = await root.unwrap(...args);
        unwrapped.push(opened.key);
        return opened;
      },
    };
  };
  return { ...real, fileRootKey };
});

let house: World;
let place: Place;
beforeAll(async () => {
  house = await world();
  place = { purpose: 'token', partnerId: (await aPartner()).partnerId, recordId: 'grt_1', field: 'refresh_token' };
  await inTenant(place.partnerId, (tx) => seal(tx, new Secret('first need of the key'), place));
});
afterAll(() => house.close());
beforeEach(() => {
  handed.length = 0;
  unwrapped.length = 0;
});

const isWiped = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
/** What was handed out, is still there, and is in none of the sealed bytes, where it would be public. */
const leftOver = (...sealed: Uint8Array[]) =>
  handed.filter(
    (bytes) => !isWiped(bytes) && !sealed.some((record) => Buffer.from(record).includes(Buffer.from(bytes))),
  );

test('sealing leaves no key and no data key in memory: of what it got, only what is in the record is left', async () => {
  const sealed = await inTenant(place.partnerId, (tx) => seal(tx, new Secret('text'), place));
  // partner key, data key, two derived keys; and, public, salt, two nonces and the commitment
  expect([handed.length, handed.filter(isWiped).length]).toEqual([8, 4]);
  expect(leftOver(sealed)).toEqual([]);
});

test('nor does the first need of a key, which makes it', async () => {
  const { partnerId } = await aPartner();
  handed.length = 0;
  const sealed = await inTenant(partnerId, (tx) => seal(tx, new Secret('text'), { ...place, partnerId }));
  const left = leftOver(sealed).filter(({ length }) => length === 32);
  expect([handed.length > 8, left]).toEqual([true, []]);
});

test('opening leaves neither a key nor the text in a buffer; a commitment is no secret', async () => {
  const sealed = await inTenant(place.partnerId, (tx) => seal(tx, new Secret('text'), place));
  handed.length = 0;
  await inTenant(place.partnerId, (tx) => open(tx, sealed, place));
  // partner key, data key, text, two derived keys; and the commitment
  expect([handed.length, handed.filter(isWiped).length]).toEqual([6, 5]);
  expect(leftOver(sealed)).toEqual([]);
});

test('sealing anew leaves nothing of either', async () => {
  const sealed = await inTenant(place.partnerId, (tx) => seal(tx, new Secret('text'), place));
  handed.length = 0;
  const anew = await inTenant(place.partnerId, (tx) => reseal(tx, sealed, place));
  expect(leftOver(sealed, anew)).toEqual([]);
  expect(handed.filter(isWiped)).toHaveLength(9);
});

test('what does not open leaves nothing either, wherever it was touched', async () => {
  const sealed = await inTenant(place.partnerId, (tx) => seal(tx, new Secret('text'), place));
  for (let at = 2; at < sealed.length; at += 7) {
    const touched = Uint8Array.from(sealed);
    touched[at] = (touched[at] ?? 0) ^ 1;
    handed.length = 0;
    await expect(inTenant(place.partnerId, (tx) => open(tx, touched, place))).rejects.toThrow();
    expect([at, leftOver(sealed)]).toEqual([at, []]);
  }
});

test('a partner key is wiped after each use: sealing, opening, sealing anew, indexing, signing, wrapping anew', async () => {
  const { partnerId } = place;
  const secret = new Secret('text');
  const inOne = <T>(use: (tx: Parameters<typeof seal>[0]) => Promise<T>) => inTenant(partnerId, use);
  const sealed = await inOne((tx) => seal(tx, secret, place));
  const { rows } = await house.admin.query(
    'UPDATE partner_key SET root_key_id = NULL WHERE partner_id = $1 RETURNING id',
    [partnerId],
  );
  const uses: Record<string, () => Promise<unknown>> = {
    seal: () => inOne((tx) => seal(tx, secret, place)),
    open: () => inOne((tx) => open(tx, sealed, place)),
    reseal: () => inOne((tx) => reseal(tx, sealed, place)),
    index: async () => {
      for (let n = 0; n < 2; n++) await inOne((tx) => blindIndex(tx, partnerId, 'x'));
    },
    sign: () => inOne((tx) => signClaims(tx, partnerId, 'x', {})),
    publish: () => inOne((tx) => publicKeys(tx, partnerId)),
    rewrap: () => inOne((tx) => rewrapKey(tx, partnerId, rows[0].id)),
    sealer: () => inOne(async (tx) => (await sealerFor(tx, partnerId, 'token')).forget()),
  };
  for (const [name, use] of Object.entries(uses)) {
    unwrapped.length = 0;
    await use();
    expect([name, unwrapped.length > 0, unwrapped.every(isWiped)]).toEqual([name, true, true]);
  }
});

test('the text that is sealed is left in no buffer, whether the key was at hand or not', async () => {
  const texts: Uint8Array[] = [];
  const from = Buffer.from.bind(Buffer) as (...args: unknown[]) => Buffer;
  vi.spyOn(Buffer, 'from').mockImplementation(((...args: unknown[]) => {
    const made = from(...args);
    if (args[0] === 'a text of its own') texts.push(made);
    return made;
  }) as typeof Buffer.from);
  const secret = new Secret('a text of its own');
  await inTenant(place.partnerId, async (tx) => {
    await seal(tx, secret, place);
    const sealer = await sealerFor(tx, place.partnerId, 'token');
    sealer.seal(secret, place);
    sealer.forget();
  });
  expect([texts.length, texts.every(isWiped)]).toEqual([2, true]);
});

/**
 * A text that was revealed is a string, which nobody can wipe. What we can do is not to hold on to it: once the caller lets
 * go, nothing of ours does (B-5: under a second in memory where we can help it).
 */
test('of a hundred opened texts none is held on to once their callers let go, within a second', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const opened: WeakRef<Secret<string>>[] = [];
  const digests = new Set<string>();
  for (let n = 0; n < 100; n++) {
    const sealed = await inTenant(place.partnerId, (tx) => seal(tx, new Secret(`text ${n}`), place));
    const secret = await inTenant(place.partnerId, (tx) => open(tx, sealed, place));
    digests.add(fingerprint(secret.reveal()));
    opened.push(new WeakRef(secret));
  }
  const from = performance.now();
  const held = () => opened.filter((ref) => ref.deref() !== undefined).length;
  while (performance.now() - from < 1000) {
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef keeps its target until the turn is over
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    if (held() <= 1) break; // the loop's own last one
  }
  expect([digests.size, held() <= 1]).toEqual([100, true]);
});
