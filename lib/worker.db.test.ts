import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createBulkClaim, readBulkClaim } from './handoff/index.ts';
import { anInvitation, aSealedConnection, grantOf } from './testing/journey.ts';
import { manySealed } from './testing/many.ts';
import { again, anApiKey, aPartner, aRegistration, later, untilBlocked, type World, world } from './testing/world.ts';

/** The worker's entry, in a process of its own. */
let house: World;
let folder: string;
let worker: ChildProcess | null = null;
beforeAll(async () => {
  house = await world();
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-worker-'));
});
afterEach(async () => {
  const ended = worker && new Promise((resolve) => worker?.once('exit', resolve));
  worker?.kill('SIGKILL');
  await ended;
  worker = null;
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
const mailbox = () => path.join(folder, 'mail');
const letters = (): number => {
  try {
    return readdirSync(mailbox()).filter((name) => name.endsWith('.json')).length;
  } catch {
    return 0;
  }
};
function startWorker(more: Record<string, string> = {}): void {
  worker = spawn(process.execPath, ['lib/worker.ts'], {
    env: {
      ...process.env,
      DATABASE_URL: house.urls.app,
      PUBLIC_URL: house.config.publicUrl,
      WAXSEAL_ROOT_KEY_FILE: file('root.key', Buffer.from(house.config.rootKey.reveal()).toString('base64')),
      WAXSEAL_SESSION_SECRET_FILE: file('session', 's'.repeat(40)),
      WAXSEAL_MAILBOX_DIR: mailbox(),
      WAXSEAL_SIMULATOR_ORIGINS: JSON.stringify(house.simulator.origins),
      LOG_LEVEL: 'silent',
      ...more,
    },
    stdio: 'ignore',
  });
}

/** After a night without a worker there may be much to catch up with, or something that hangs. */
test('mail goes out while what fell due meanwhile is still being done', async () => {
  const ctx = await aPartner();
  const { grantId } = await aSealedConnection(ctx);
  const registration = await aRegistration(ctx);
  await house.admin.query('UPDATE partner SET clock_offset_ms = $1 WHERE partner_id = $2', [
    31 * 86_400_000,
    ctx.partnerId,
  ]);
  const customer = { name: 'Bakkerij', email: 'bakker@example.test' };
  await anInvitation(await again(ctx), registration, { customer, channel: 'mail' });
  await house.admin.query('BEGIN');
  await house.admin.query('SELECT FROM token_grant WHERE id = $1 FOR UPDATE', [grantId]);
  try {
    startWorker();
    await expect.poll(letters, { timeout: 15_000 }).toBeGreaterThan(0);
    await untilBlocked(house.admin); // the grant that is over waits still
  } finally {
    await house.admin.query('ROLLBACK');
  }
  await expect.poll(async () => (await grantOf(ctx, grantId)).custody, { timeout: 15_000 }).toBe('lapsed');
}, 60_000);

test('a folder for journals that cannot be written does not end it: what needs no line is done', async () => {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const customer = { name: 'Slagerij', email: 'slager@example.test' };
  const before = letters();
  startWorker({ WAXSEAL_ANCHOR_DIR: '/proc/waxseal' }); // even root makes no folder there
  await anInvitation(ctx, registration, { customer, channel: 'mail' });
  await expect.poll(letters, { timeout: 15_000 }).toBeGreaterThan(before);
}, 60_000);

/** D1: whenever it is killed, a claim and its result are both there or neither is. */
test('a worker that is killed again and again claims nothing twice and forgets nothing', async () => {
  const partner = await aPartner();
  const grants = await manySealed(partner, 240);
  const { ctx } = await anApiKey(await later(partner, 600));
  const { id } = await createBulkClaim(ctx, { connectionIds: grants.map(({ connectionId }) => connectionId) });
  const settled = async () => {
    const { claimed, refused } = await readBulkClaim(ctx, id);
    return claimed + refused;
  };
  for (const until of [1, 60, 130, 131]) {
    startWorker();
    await expect.poll(settled, { interval: 5, timeout: 20_000 }).toBeGreaterThanOrEqual(until);
    const ended = new Promise((resolve) => worker?.once('exit', resolve));
    worker?.kill('SIGKILL');
    await ended;
    const { rows } = await house.admin.query(
      `SELECT (SELECT count(*)::int FROM handoff WHERE partner_id = $1) AS handoffs,
        (SELECT count(*)::int FROM token_grant WHERE partner_id = $1 AND custody = 'claimed') AS claimed,
        (SELECT count(*)::int FROM bulk_claim_item WHERE partner_id = $1 AND handoff_id IS NOT NULL) AS results`,
      [ctx.partnerId],
    );
    const [{ handoffs, claimed, results }] = rows;
    expect([handoffs, claimed]).toEqual([results, results]);
    expect(results).toBeLessThan(240);
  }
  startWorker();
  await expect.poll(async () => (await readBulkClaim(ctx, id)).status, { timeout: 20_000 }).toBe('done');
  expect(await readBulkClaim(ctx, id)).toMatchObject({ claimed: 240, refused: 0 });
}, 90_000);
