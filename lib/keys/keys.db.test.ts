import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyChain } from '../audit/index.ts';
import { rootKeyIdOf, useConfig } from '../config/index.ts';
import { openLink } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import { migrate } from '../db/migrate.ts';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import { clockAt, days, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { mac } from '../kernel/hash.ts';
import { newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { openClientSecret } from '../tenancy/index.ts';
import { aHousehold } from '../testing/household.ts';
import { manySealed } from '../testing/many.ts';
import { again, aPartner, untilBlocked, type World, world } from '../testing/world.ts';
import { blindIndex, open, publicKeys, seal, signClaims, verifyClaims } from '../vault/index.ts';
import { destroyRetired, keyStatus, reencrypt, rotatable, rotateKeys, rotateRoot } from './index.ts';
import { sealedColumns } from './records.ts';

let house: World;
let folder: string;
beforeAll(async () => {
  house = await world();
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-keys-'));
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => useConfig(house.config));

const aRootKey = () => new Secret(new Uint8Array(randomBytes(32)) as Uint8Array);
/** As a start with these keys leaves it. */
async function startWith(newest: Secret<Uint8Array>, ...old: Secret<Uint8Array>[]): Promise<void> {
  const keys = [newest, ...old].map((key) => ({ id: rootKeyIdOf(key), check: mac(key.reveal(), 'root key check') }));
  await migrate(house.urls.owner, house.urls.app, keys);
  useConfig({ ...house.config, rootKey: newest, oldRootKeys: old });
}
/** When what was retired just now may be destroyed. */
const dayLater = (ctx: Ctx): Ctx => ({ ...ctx, clock: clockAt(plus(ctx.clock.now(), days(1))) });
const place = (partnerId: string, recordId = 'grt_1') =>
  ({ purpose: 'token', partnerId, recordId, field: 'refresh_token' }) as const;
const sealed = (ctx: Ctx, text = 'text') =>
  inTenant(ctx.partnerId, (tx) => seal(tx, new Secret(text), place(ctx.partnerId)));
const opened = (ctx: Ctx, bytes: Uint8Array) =>
  inTenant(ctx.partnerId, async (tx) => (await open(tx, bytes, place(ctx.partnerId))).reveal());
const wrappings = async () =>
  (
    await house.admin.query(
      'SELECT id, wrapped, root_key_id AS "rootKeyId" FROM partner_key WHERE destroyed_at IS NULL ORDER BY id',
    )
  ).rows as { id: string; wrapped: Buffer; rootKeyId: string | null }[];
const actions = async (ctx: Ctx) =>
  (
    await house.admin.query('SELECT action FROM audit_event WHERE partner_id = $1 ORDER BY seq', [ctx.partnerId])
  ).rows.map(({ action }) => action);

describe('a change of the root key', () => {
  const processes: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of processes.splice(0)) child.kill('SIGKILL');
    const { rows } = await house.admin.query('SELECT 1 FROM partner_key WHERE root_key_id IS DISTINCT FROM $1', [
      rootKeyIdOf(house.config.rootKey),
    ]);
    if (rows.length === 0) return;
    throw new Error('the next test would stand on keys of another root');
  });
  /** Back to the key the other tests stand on. */
  async function back(from: Secret<Uint8Array>): Promise<void> {
    await startWith(house.config.rootKey, from);
    await rotateRoot();
    await startWith(house.config.rootKey);
  }

  test('wraps every key anew and touches nothing that was sealed; the old file is not needed any more', async () => {
    const ctxs = [await aPartner(), await aPartner()] as const;
    const bytes = await Promise.all(ctxs.map((ctx) => sealed(ctx)));
    const newest = aRootKey();
    await startWith(newest, house.config.rootKey);
    const before = await wrappings();
    const seen: string[] = [];

    const change = await rotateRoot((_, id) => seen.push(id));

    expect(change).toEqual({ rootKeyId: rootKeyIdOf(newest), rewrapped: before.length, unreadable: [] });
    expect(seen.sort()).toEqual(before.map(({ id }) => id));
    const after = await wrappings();
    expect(new Set(after.map(({ rootKeyId }) => rootKeyId))).toEqual(new Set([rootKeyIdOf(newest)]));
    expect(after.filter(({ wrapped }, n) => before[n]?.wrapped.equals(wrapped))).toEqual([]);
    await startWith(newest);
    for (const [n, ctx] of ctxs.entries()) expect(await opened(ctx, bytes[n] ?? new Uint8Array())).toBe('text');
    expect(await rotateRoot()).toMatchObject({ rewrapped: 0, unreadable: [] });
    expect(await actions(ctxs[0])).toContain('partner_key.rewrapped');
    await back(newest);
  });

  test('of keys from before root keys had names finds out which one wrapped them', async () => {
    const ctx = await aPartner();
    const bytes = await sealed(ctx);
    await house.admin.query('UPDATE partner_key SET root_key_id = NULL WHERE partner_id = $1', [ctx.partnerId]);
    expect(await opened(ctx, bytes)).toBe('text');
    const newest = aRootKey();
    await startWith(newest, aRootKey(), house.config.rootKey);
    await rotateRoot();
    await startWith(newest);
    expect(await opened(ctx, bytes)).toBe('text');
    await back(newest);
  });

  test('under a key that no start was told of is refused: the servers could not follow', async () => {
    await aPartner().then(sealed);
    useConfig({ ...house.config, rootKey: aRootKey(), oldRootKeys: [house.config.rootKey] });
    const before = await wrappings();
    await expect(rotateRoot()).rejects.toThrow(/is not known to the running servers/);
    expect(await wrappings()).toEqual(before);
  });

  test('names what no known root key opens, leaves it, and changes the others', async () => {
    const [lost, other] = [await aPartner(), await aPartner()];
    await Promise.all([sealed(lost), sealed(other)]);
    const { rows } = await house.admin.query('SELECT id, wrapped FROM partner_key WHERE partner_id = $1', [
      lost.partnerId,
    ]);
    await house.admin.query('UPDATE partner_key SET wrapped = $1 WHERE partner_id = $2', [
      randomBytes(60),
      lost.partnerId,
    ]);
    const newest = aRootKey();
    await startWith(newest, house.config.rootKey);
    const change = await rotateRoot();
    expect(change.unreadable).toEqual(rows.map(({ id }) => id));
    expect(change.rewrapped).toBeGreaterThan(0);
    await house.admin.query('UPDATE partner_key SET wrapped = $1 WHERE partner_id = $2', [
      rows[0].wrapped,
      lost.partnerId,
    ]);
    await rotateRoot();
    await back(newest);
  });

  describe('and a start', () => {
    const start = (...keys: Secret<Uint8Array>[]) =>
      startWith(keys[0] ?? aRootKey(), ...keys.slice(1)).then(
        () => 'started',
        (error: Error) => error.message,
      );

    test('goes with every set of keys that opens what is there, and stops with one that does not', async () => {
      const [a, b, c] = [house.config.rootKey, aRootKey(), aRootKey()];
      const ctx = await aPartner();
      await sealed(ctx);
      expect(await start(b)).toMatch(
        /which is not among the configured ones; add its file to WAXSEAL_OLD_ROOT_KEY_FILES/,
      );
      expect(await start(b, a)).toBe('started');
      expect(await start(a)).toBe('started'); // thought better of it: nothing is wrapped under the new one yet
      expect(await start(b, a)).toBe('started');
      await sealed(await aPartner()); // from here on both are needed
      expect(await start(a)).toContain(rootKeyIdOf(b));
      expect(await start(b)).toContain(rootKeyIdOf(a));
      expect(await start(a, b)).toBe('started');
      expect(await start(b, a)).toBe('started');
      await rotateRoot();
      expect(await start(a)).toContain(rootKeyIdOf(b));
      expect(await start(b)).toBe('started'); // without the old one, at once
      expect(await start(c, b)).toBe('started');
      await rotateRoot();
      expect(await start(c)).toBe('started');
      await back(c);
    });

    test('where nothing is sealed yet, or all of it before root keys had names, goes by the check of the first start', async () => {
      const [a, b] = [house.config.rootKey, aRootKey()];
      await startWith(a);
      const { rows } = await house.admin.query('SELECT * FROM partner_key');
      await house.admin.query('UPDATE partner_key SET root_key_id = NULL');
      expect(await start(b)).toMatch(/not the one this database was sealed with/);
      expect(await start(b, a)).toBe('started');
      expect(await start(a)).toBe('started');
      for (const { id, root_key_id } of rows)
        await house.admin.query('UPDATE partner_key SET root_key_id = $1 WHERE id = $2', [root_key_id, id]);
    });
  });

  const file = (name: string, content: string) => {
    const at = path.join(folder, name);
    writeFileSync(at, content, { mode: 0o600 });
    return at;
  };
  /** The operator's command in a process of its own, with the keys in files. */
  function command(args: string[], newest: Secret<Uint8Array>, old: Secret<Uint8Array>) {
    const keyFile = (name: string, key: Secret<Uint8Array>) => file(name, Buffer.from(key.reveal()).toString('base64'));
    const child = spawn(process.execPath, ['lib/ops/keys.ts', ...args], {
      env: {
        ...process.env,
        DATABASE_URL: house.urls.app,
        PUBLIC_URL: house.config.publicUrl,
        WAXSEAL_SESSION_SECRET_FILE: file('session', 's'.repeat(40)),
        WAXSEAL_ROOT_KEY_FILE: keyFile('new.key', newest),
        WAXSEAL_OLD_ROOT_KEY_FILES: keyFile('old.key', old),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    processes.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk));
    const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, said })),
    );
    return { child, ended };
  }
  /** Kills the command each time it has come further, until it ends by itself. Answers how often it was killed. */
  async function killedAgainAndAgain(
    run: () => ReturnType<typeof command>,
    progress: () => Promise<number>,
    step: number,
  ) {
    for (let kills = 0; ; kills++) {
      const from = await progress();
      const { child, ended } = run();
      let over = false;
      void ended.then(() => {
        over = true;
      });
      while (!over && (await progress()) < from + step);
      if (!over && kills < 3) child.kill('SIGKILL');
      const { code, said } = await ended;
      if (code === null) continue;
      return { kills, code, said };
    }
  }

  test('killed and killed again goes on where it was, while sealing and opening go on beside it without one failure', async () => {
    const ctxs = await Promise.all(Array.from({ length: 30 }, () => aPartner({ sandbox: false })));
    const bytes = await Promise.all(ctxs.map((ctx) => sealed(ctx)));
    const newest = aRootKey();
    await startWith(newest, house.config.rootKey);
    const name = rootKeyIdOf(newest);
    const progress = async () =>
      Number(
        (await house.admin.query('SELECT count(*) FROM partner_key WHERE root_key_id = $1', [name])).rows[0].count,
      );
    let over = false;
    let reads = 0;
    const beside = (async () => {
      while (!over) {
        const n = reads++ % ctxs.length;
        const ctx = ctxs[n] as Ctx;
        expect(await opened(ctx, bytes[n] as Uint8Array)).toBe('text');
        expect(await opened(ctx, await sealed(ctx, 'new'))).toBe('new');
      }
    })();
    const { kills, code, said } = await killedAgainAndAgain(
      () => command(['rotate-root'], newest, house.config.rootKey),
      progress,
      5,
    );
    over = true;
    await beside;
    expect([code, said.includes('"unreadable":[]')]).toEqual([0, true]);
    expect(kills).toBe(3);
    expect(reads).toBeGreaterThan(30);
    expect((await wrappings()).filter(({ rootKeyId }) => rootKeyId !== name)).toEqual([]);
    for (const ctx of ctxs) expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true });
    await back(newest);
  }, 180_000);

  test('a re-encryption killed and killed again ends with every record under the new key, each readable', async () => {
    const ctx = await aPartner();
    const grants = await manySealed(ctx, 450);
    await rotateKeys(ctx, ['token']);
    await house.admin.query(
      "UPDATE partner_key SET retired_at = now() - interval '1 day' WHERE partner_id = $1 AND retired_at IS NOT NULL",
      [ctx.partnerId],
    );
    const [, primary] = (await keyStatus(ctx.partnerId)).filter(({ purpose }) => purpose === 'token');
    const progress = async () =>
      (await keyStatus(ctx.partnerId)).find(({ id }) => id === primary?.id)?.records ?? Number.NaN;
    const run = () =>
      command(['re-encrypt', '--partner', ctx.partnerId, '--destroy'], house.config.rootKey, house.config.rootKey);
    const { kills, said } = await killedAgainAndAgain(run, progress, 50);
    expect(kills).toBe(3);
    expect(JSON.parse(said.trim().split('\n').at(-1) ?? '')).toMatchObject({
      destroyed: [expect.stringMatching(/^pky_/)],
    });
    expect(await progress()).toBe(450);
    for (const [n, { id }] of grants.entries()) {
      const text = await inTenant(ctx.partnerId, async (tx) => {
        const row = await tx.grant.findFirst({ where: { id }, select: { refreshToken: true } });
        return (await open(tx, row?.refreshToken ?? new Uint8Array(), place(ctx.partnerId, id))).reveal();
      });
      expect(text).toBe(`refresh ${String(n).padStart(6, '0')}`);
    }
    expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true });
  }, 180_000);
});

describe('a change of a partner’s keys', () => {
  test('every column of bytes is one that is re-encrypted, or is known to hold no sealed record', async () => {
    const { rows } = await house.admin.query(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY 1`,
    );
    const others = rows
      .map(({ name }) => name as string)
      .filter((name) => !sealedColumns.some(({ table, column }) => `${table}.${column}` === name));
    expect(others).toEqual([
      'api_key.secret_hash',
      'audit_event.hash',
      'audit_head.hash',
      'authorization_request.browser_hash',
      'authorization_request.state_hash',
      'connection.access_token_hash',
      'customer_mail.address_index',
      'handoff.redeemer_hash',
      'idempotency_record.request_hash',
      'invitation.token_hash',
      'partner_key.wrapped',
      'partner_logo.bytes',
      'token_grant.exact_user_index',
    ]);
  });

  test('every kind of record is sealed anew and opens through the room it belongs to; the old keys can go', async () => {
    const { ctx, sealed: grant, handoffId } = await aHousehold('Rotated');
    const body = new Secret('kept answer');
    const idempotent = {
      purpose: 'idempotency',
      partnerId: ctx.partnerId,
      recordId: `${ctx.actor.id}|k`,
      field: 'answer',
    } as const;
    await inTenant(ctx.partnerId, async (tx) =>
      tx.idempotencyRecord.updateMany({
        where: { key: 'k' },
        data: { body: await seal(tx, body, idempotent), status: 200 },
      }),
    );
    const secretOf = () =>
      inTenant(ctx.partnerId, async (tx) => (await openClientSecret(tx, ctx, grant.registration.id)).reveal());
    const linkOf = async () => (await openLink(ctx, { connectionId: grant.connectionId }))?.reveal();
    const before = [await secretOf(), await linkOf(), (await redeemHandoff(ctx, handoffId, 'k')).reveal()];
    const rotated = await rotateKeys(ctx, rotatable);
    const used = rotatable.filter((purpose) => purpose !== 'receipt_signing'); // nothing was signed yet
    expect(rotated.map(({ purpose }) => purpose)).toEqual(used);
    const held = (await keyStatus(ctx.partnerId)).filter(
      ({ state, purpose }) => state === 'retired' && purpose !== 'receipt_signing',
    );
    expect(held.map(({ purpose, records }) => [purpose, records > 0])).toEqual(
      ['client_secret', 'envelope', 'idempotency', 'link', 'token', 'webhook_secret'].map((purpose) => [purpose, true]),
    );
    expect(await destroyRetired(dayLater(ctx))).toEqual([]); // every one of them is needed

    const { resealed, unreadable } = await reencrypt(ctx);

    expect([resealed, unreadable]).toEqual([held.reduce((sum, { records }) => sum + records, 0), 0]);
    expect(await reencrypt(ctx)).toEqual({ resealed: 0, unreadable: 0 });
    expect((await destroyRetired(dayLater(ctx))).sort()).toEqual(held.map(({ id }) => id).sort());
    const { rows } = await house.admin.query('SELECT count(wrapped) AS kept FROM partner_key WHERE id = ANY($1)', [
      held.map(({ id }) => id),
    ]);
    expect(rows).toEqual([{ kept: '0' }]);
    expect([await secretOf(), await linkOf(), (await redeemHandoff(ctx, handoffId, 'k')).reveal()]).toEqual(before);
    const answer = await inTenant(ctx.partnerId, async (tx) => {
      const row = await tx.idempotencyRecord.findFirst({ where: { key: 'k' } });
      return (await open(tx, row?.body ?? new Uint8Array(), idempotent)).reveal();
    });
    expect(answer).toBe('kept answer');
    const { id } = await claimHandoff(ctx, { connectionId: grant.connectionId });
    expect(JSON.parse((await redeemHandoff(ctx, id, 'k')).reveal())).toMatchObject({ client_secret: before[0] });
    expect(await actions(ctx)).toEqual(
      expect.arrayContaining(['partner_key.rotated', 'partner_key.records_resealed', 'partner_key.destroyed']),
    );
    expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true });
  });

  test('the index by which users are found again keeps its key', async () => {
    const ctx = await aPartner();
    await inTenant(ctx.partnerId, (tx) => blindIndex(tx, ctx.partnerId, 'x'));
    expect(await rotateKeys(ctx, ['blind_index'])).toEqual([]);
  });

  test('what a retired key signed is verified still, and its public half still published', async () => {
    const ctx = await aPartner();
    const { partnerId } = ctx;
    const sign = () => inTenant(partnerId, (tx) => signClaims(tx, partnerId, 'x', { n: 1 }));
    const before = await sign();
    await rotateKeys(ctx, ['receipt_signing']);
    const after = await sign();
    const keys = await inTenant(partnerId, (tx) => publicKeys(tx, partnerId));
    expect(keys).toHaveLength(2);
    for (const jws of [before, after])
      expect(await inTenant(partnerId, (tx) => verifyClaims(tx, partnerId, 'x', jws))).toEqual({ n: 1 });
    expect(JSON.parse(Buffer.from(after.split('.')[0] ?? '', 'base64url').toString()).kid).toBe(keys[0]?.kid);
    expect(await destroyRetired(dayLater(ctx))).toEqual([]);
  });

  test('a record that does not open is counted and left, and its key is kept', async () => {
    const ctx = await aPartner();
    const [broken, whole] = await manySealed(ctx, 2);
    await house.admin.query(
      'UPDATE token_grant SET refresh_token = set_byte(refresh_token, 150, get_byte(refresh_token, 150) # 1) WHERE id = $1',
      [broken?.id],
    );
    await rotateKeys(ctx, ['token']);
    expect(await reencrypt(ctx)).toMatchObject({ unreadable: 1 });
    expect(await destroyRetired(dayLater(ctx))).toEqual([]);
    const { rows } = await house.admin.query('SELECT refresh_token FROM token_grant WHERE id = $1', [whole?.id]);
    const primary = (await keyStatus(ctx.partnerId)).find(
      ({ purpose, state }) => purpose === 'token' && state === 'primary',
    );
    expect(
      Buffer.from(rows[0].refresh_token)
        .subarray(2, 2 + rows[0].refresh_token[1])
        .toString(),
    ).toBe(primary?.id);
  });

  test('a record that changes under the hands of a re-encryption stays as it was changed', async () => {
    const ctx = await aPartner();
    const [grant] = await manySealed(ctx, 1);
    const { partnerId } = ctx;
    await rotateKeys(ctx, ['token']);
    const newer = await inTenant(partnerId, (tx) => seal(tx, new Secret('newer'), place(partnerId, grant?.id)));
    await house.admin.query('BEGIN');
    await house.admin.query('UPDATE token_grant SET refresh_token = $1 WHERE id = $2', [newer, grant?.id]);
    const running = reencrypt(ctx);
    await untilBlocked(house.admin);
    await house.admin.query('COMMIT');
    expect(await running).toMatchObject({ unreadable: 0, resealed: 0 });
    const { rows } = await house.admin.query('SELECT refresh_token FROM token_grant WHERE id = $1', [grant?.id]);
    expect(Buffer.from(rows[0].refresh_token)).toEqual(Buffer.from(newer));
  });

  /** Another instance may have an answer on its disk that nobody counts. */
  test('a key is destroyed when it has been retired for a day, not before', async () => {
    const ctx = await aPartner();
    await sealed(ctx);
    await rotateKeys(ctx, ['token']);
    expect(await destroyRetired(ctx)).toEqual([]);
    const almost = { ...ctx, clock: clockAt(plus(ctx.clock.now(), days(1) - 60_000)) };
    expect(await destroyRetired(almost)).toEqual([]);
    expect(await destroyRetired(dayLater(await again(ctx)))).toHaveLength(1);
  });

  test('nothing is destroyed while an answer waits on disk, nor its key once it has come in', async () => {
    const ctx = await aPartner();
    const { partnerId } = ctx;
    const [grant] = await manySealed(ctx, 1);
    const id = newId('answer');
    const at = { purpose: 'token', partnerId, recordId: id, field: 'body' } as const;
    const body = await inTenant(partnerId, (tx) => seal(tx, new Secret('what the provider said'), at));
    const spoolFolder = house.config.spoolDir ?? '';
    mkdirSync(spoolFolder, { recursive: true });
    const entry = {
      ...{ partnerId, id, authorizationRequestId: grant?.authorizationRequestId, renewalId: null, epoch: null },
      ...{ keptAt: ctx.clock.now().toISOString(), status: 200, complete: true },
      body: Buffer.from(body).toString('base64'),
    };
    writeFileSync(path.join(spoolFolder, `${id}.json`), JSON.stringify(entry));
    await rotateKeys(ctx, ['token']);
    await reencrypt(ctx);
    const due = dayLater(await again(ctx));

    await house.admin.query(`CREATE FUNCTION take_nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$;
      CREATE TRIGGER take_nothing BEFORE INSERT ON kept_answer FOR EACH ROW EXECUTE FUNCTION take_nothing()`);
    const complaints: unknown[] = [];
    await expect(destroyRetired(due, (error) => complaints.push(error))).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(complaints).toHaveLength(1);
    await house.admin.query('DROP FUNCTION take_nothing CASCADE');

    expect(await destroyRetired(due)).toEqual([]); // the answer is in, and names its key
    expect(readdirSync(spoolFolder)).toEqual([]);
    const text = await inTenant(partnerId, async (tx) => {
      const row = await tx.keptAnswer.findFirstOrThrow({ where: { partnerId, id } });
      return (await open(tx, row.body ?? new Uint8Array(), at)).reveal();
    });
    expect(text).toBe('what the provider said');
    expect(await reencrypt(ctx)).toMatchObject({ resealed: 1 });
    expect(await destroyRetired(due)).toHaveLength(1);
  });

  /** Otherwise: sealed under the old key, not yet visible, counted as nothing, the key destroyed, the token lost. */
  test('a key is not retired while somebody is about to seal with it', async () => {
    const ctx = await aPartner();
    const { partnerId } = ctx;
    await sealed(ctx);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let bytes = new Uint8Array();
    const slow = inTenant(partnerId, async (tx) => {
      bytes = await seal(tx, new Secret('slow'), place(partnerId));
      await held;
    });
    while (bytes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    let retired = false;
    const rotation = rotateKeys(ctx, ['token']).then(() => {
      retired = true;
    });
    await untilBlocked(house.admin);
    expect(retired).toBe(false);
    release();
    await Promise.all([slow, rotation]);
    expect(await opened(ctx, bytes)).toBe('slow');
    expect(await opened(ctx, await sealed(ctx, 'next'))).toBe('next');
  });
});
