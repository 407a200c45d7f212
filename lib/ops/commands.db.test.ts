import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manySealed } from '../testing/many.ts';
import { aPartner, later, type World, world } from '../testing/world.ts';

/** The operator's commands as they are given: words in, lines and an exit code out. */
let house: World;
let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  house = await world();
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-commands-'));
  env = {
    ...process.env,
    DATABASE_URL: house.urls.app,
    PUBLIC_URL: house.config.publicUrl,
    WAXSEAL_ROOT_KEY_FILE: file('root.key', Buffer.from(house.config.rootKey.reveal()).toString('base64')),
    WAXSEAL_SESSION_SECRET_FILE: file('session', 's'.repeat(40)),
  };
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});
function file(name: string, content: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, content, { mode: 0o600 });
  return at;
}

type Ended = { code: number | null; said: string; complained: string };
const run = (command: 'keys' | 'audit' | 'partner' | 'anchor', ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [`lib/ops/${command}.ts`, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended: Ended = { code: null, said: '', complained: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      ended.said += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ended.complained += chunk;
    });
    child.once('close', (code) => resolve({ ...ended, code }));
  });
const last = ({ said }: Ended) => JSON.parse(said.trim().split('\n').at(-1) ?? '');

describe('npm run keys', () => {
  test('tells what each key still holds, rotates one purpose, seals anew and destroys what is done with', {
    timeout: 60_000, // a process for each command, one after the other
  }, async () => {
    const { partnerId } = await aPartner();
    const ctx = await aPartner();
    await manySealed(ctx, 3);
    const status = async () =>
      (last(await run('keys', 'status', '--partner', ctx.partnerId))[ctx.partnerId] as Record<string, unknown>[])
        .filter(({ purpose }) => purpose === 'token')
        .map(({ state, records }) => [state, records]);
    expect(await status()).toEqual([['primary', 3]]);
    expect(await run('keys', 'rotate', '--partner', ctx.partnerId, '--purpose', 'token')).toMatchObject({ code: 0 });
    expect(await status()).toEqual([
      ['retired', 3],
      ['primary', 0],
    ]);
    const sameDay = await run('keys', 're-encrypt', '--partner', ctx.partnerId, '--destroy');
    expect([sameDay.code, last(sameDay)]).toMatchObject([0, { resealed: 3, destroyed: [] }]);
    await later(ctx, 86_400);
    const done = await run('keys', 're-encrypt', '--partner', ctx.partnerId, '--destroy');
    expect([done.code, last(done)]).toMatchObject([0, { resealed: 0, destroyed: [expect.any(String)] }]);
    expect(await status()).toEqual([
      ['destroyed', 0],
      ['primary', 3],
    ]);
    expect(Object.keys(last(await run('keys', 'status')))).toEqual(expect.arrayContaining([partnerId, ctx.partnerId]));
  });

  test('what is asked wrongly is answered in words, with exit code 1, and nothing is done', async () => {
    const { partnerId } = await aPartner();
    for (const [args, answer] of [
      [[], /^Usage: /],
      [['rotate'], /There is no partner/],
      [['rotate', '--partner', 'ptn_000000000000000000000000'], /There is no partner/],
      [['rotate', '--partner', partnerId, '--purpose', 'blind_index'], /no key of purpose blind_index to rotate/],
      [['status', '--what'], /^Usage: /],
      [['rotate-root'], /not known to the running servers/],
    ] as const) {
      const { code, said, complained } = await run('keys', ...args);
      expect([args, code, said]).toEqual([args, 1, '']);
      expect(complained).toMatch(answer);
    }
  });
});

describe('npm run audit', () => {
  test('a head that was kept proves the trail whole, and what is missing afterwards', async () => {
    const ctx = await aPartner();
    await manySealed(ctx, 5);
    const head = await run('audit', 'head', '--partner', ctx.partnerId);
    const kept = file('head.jws', head.said);
    const verify = () => run('audit', 'verify', '--partner', ctx.partnerId, '--head', kept);
    const whole = await verify();
    expect([whole.code, last(whole)]).toMatchObject([0, { intact: true }]);

    await house.admin.query('BEGIN; SET LOCAL session_replication_role = replica');
    await house.admin.query('DELETE FROM audit_event WHERE partner_id = $1 AND seq > 3', [ctx.partnerId]);
    await house.admin.query(
      'UPDATE audit_head h SET seq = 3, hash = e.hash FROM audit_event e WHERE e.partner_id = $1 AND h.partner_id = $1 AND e.seq = 3',
      [ctx.partnerId],
    );
    await house.admin.query('COMMIT');
    const cut = await verify();
    expect([cut.code, last(cut)]).toMatchObject([
      1,
      { intact: false, partners: [{ findings: [{ kind: 'truncated', seq: 4 }] }] },
    ]);
  });

  test('all trails at once; one that is broken is named, and the exit code says so', async () => {
    const [whole, broken] = [await aPartner(), await aPartner()];
    await house.admin.query(`UPDATE audit_event SET action = 'nothing.happened' WHERE partner_id = $1 AND seq = 1`, [
      broken.partnerId,
    ]);
    const ended = await run('audit', 'verify');
    expect(ended.code).toBe(1);
    expect(ended.said).toContain(`${whole.partnerId}: intact`);
    expect(ended.said).toContain(`${broken.partnerId}: BROKEN`);
    expect(last(ended)).toMatchObject({ intact: false });
  });

  test('a head of another partner, or none, verifies nothing', async () => {
    const [one, two] = [await aPartner(), await aPartner()];
    const head = file('one.jws', (await run('audit', 'head', '--partner', one.partnerId)).said);
    for (const kept of [head, file('none.jws', 'x'), path.join(folder, 'missing')]) {
      const { code, said } = await run('audit', 'verify', '--partner', two.partnerId, '--head', kept);
      expect([kept, code, said]).toEqual([kept, 1, '']);
    }
  });
});

describe('npm run partner -- --delete', () => {
  test('takes the name typed again, and says what the backups still hold', async () => {
    const ctx = await aPartner({ sandbox: false, name: 'Acme' });
    await manySealed(ctx, 1);
    const refused = await run('partner', '--delete', ctx.partnerId, '--confirm', 'acme');
    expect(refused).toMatchObject({ code: 1, said: '' });
    expect(refused.complained).toMatch(/not the name/);
    const deleted = await run('partner', '--delete', ctx.partnerId, '--confirm', 'Acme');
    expect(deleted.code).toBe(0);
    expect(deleted.said).toMatch(/^Deleted ptn_\w+: \d+ keys destroyed/);
    expect(deleted.said).toMatch(/Backups from before .* wrapped by rk_.*rotate-root/);
    expect((await run('partner', '--delete', ctx.partnerId, '--confirm', 'Acme')).complained).toMatch(
      /There is no partner/,
    );
    expect(await run('audit', 'verify', '--partner', ctx.partnerId)).toMatchObject({ code: 0 });
  });
});

describe('npm run anchor', () => {
  test('says how the database stands, what a restore means, and does it only when told to', async () => {
    const journals = path.join(folder, 'journals');
    mkdirSync(journals);
    const ctx = await aPartner();
    const [grant] = await manySealed(ctx, 2);
    const { rows } = await house.admin.query(
      `SELECT partner_id AS partner, seq::int, encode(hash, 'hex') AS hash, (SELECT max(id) FROM anchor_era) AS era FROM audit_head`,
    );
    const at = new Date().toISOString();
    const heads = rows.map((row) => JSON.stringify({ at, ...row }));
    const own = rows.find(({ partner }) => partner === ctx.partnerId);
    file('journals/1.jsonl', `${heads.join('\n')}\n`);
    const equal = await run('anchor', 'status', '--folder', journals);
    expect([equal.code, last(equal)]).toMatchObject([0, { behind: false, files: 1, damaged: 0 }]);

    const delivered = { deed: 'delivered', grant: grant?.id };
    const since = { at, ...own, from: own.seq + 1, seq: own.seq + 1, hash: 'ff', deeds: [delivered] };
    file('journals/2.jsonl', `${JSON.stringify(since)}\n`);
    const behind = await run('anchor', 'status', '--folder', journals);
    expect([behind.code, last(behind)]).toMatchObject([1, { behind: true }]);
    expect(behind.said).toContain(`${ctx.partnerId}: THE DATABASE IS BEHIND`);

    const custody = async () =>
      (
        await house.admin.query('SELECT custody FROM token_grant WHERE partner_id = $1 ORDER BY custody', [
          ctx.partnerId,
        ])
      ).rows.map((row) => row.custody);
    const looked = await run('anchor', 'restored', '--folder', journals);
    expect([looked.code, last(looked)]).toMatchObject([0, { written: false }]);
    expect(looked.said).toContain(`${grant?.id}: dead, it was handed over after the backup`);
    expect(await custody()).toEqual(['sealed', 'sealed']);
    const done = await run('anchor', 'restored', '--folder', journals, '--write');
    expect([done.code, last(done)]).toMatchObject([0, { written: true }]);
    expect(await custody()).toEqual(['dead', 'sealed']);
    expect((await run('anchor', 'status', '--folder', journals)).code).toBe(0);
  });

  test('what is asked wrongly is answered in words', async () => {
    for (const [args, answer] of [
      [[], /^Usage: /],
      [['restored', '--what'], /^Usage: /],
      [['status'], /No folder of journals is known/],
      [['status', '--folder', path.join(folder, 'nowhere')], /There is no folder/],
    ] as const) {
      const { code, said, complained } = await run('anchor', ...args);
      expect([args, code, said]).toEqual([args, 1, '']);
      expect(complained).toMatch(answer);
    }
  });
});
