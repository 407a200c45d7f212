import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimHandoff, confirmHandoff, receiptKeys, redeemHandoff } from '#lib/handoff/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { newId } from '#lib/kernel/ids.ts';
import { rotateKeys } from '#lib/keys/index.ts';
import { addRecipientKey, createTarget } from '#lib/targets/index.ts';
import { deletePartner } from '#lib/tenancy/index.ts';
import { aSealedConnection } from '#lib/testing/journey.ts';
import { aRecipientKey, aTargetInput } from '#lib/testing/recipient.ts';
import { anApiKey, aPartner, later, type World, world } from '#lib/testing/world.ts';
import { GET as publicKeySet } from '../../api/v1/receipt-keys/[partner]/route.ts';
import { claims, verifier, withJose } from './verify.ts';

const run = promisify(execFile);

let house: World;
let folder: string;
beforeAll(async () => {
  house = await world();
  folder = mkdtempSync(path.join(tmpdir(), 'waxseal-receipts-'));
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules')); // where `jose` is found
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await house.close();
});

const published = async (partnerId: string) => {
  const answer = await publicKeySet(new Request('http://localhost:3999/x'), {
    params: Promise.resolve({ partner: partnerId }),
  });
  return { text: await answer.text(), headers: answer.headers, status: answer.status };
};

/** A handoff to a recipient key that ended, as a partner's machine does it. */
async function aReceipt(partner: Ctx): Promise<string> {
  const connection = await aSealedConnection(partner);
  const { ctx } = await anApiKey(await later(partner, 570));
  const terms = { kind: 'file', file: { format: 'csv' } } as const;
  const target = await createTarget(ctx, aTargetInput({ name: newId('event'), ...terms, api_key_ids: [ctx.actor.id] }));
  const key = await addRecipientKey(ctx, target.id, aRecipientKey().input);
  const { id } = await claimHandoff(ctx, { ...connection, target: target.id, recipientKeyId: key.id });
  await redeemHandoff(ctx, id, 'k');
  const { receipt } = await confirmHandoff(ctx, id, { outcome: 'rejected', code: 'itgenscr590' });
  return receipt ?? '';
}

async function verified(script: string, receipt: string, keys: string): Promise<Record<string, unknown>> {
  writeFileSync(path.join(folder, 'verify.mjs'), script);
  writeFileSync(path.join(folder, 'receipt.jws'), `${receipt}\n`);
  writeFileSync(path.join(folder, 'keys.json'), keys);
  const { stdout } = await run(process.execPath, ['verify.mjs', 'receipt.jws', 'keys.json'], { cwd: folder });
  return JSON.parse(stdout);
}

test('both recipes of the page, run as they stand, verify a receipt from the published set alone; what they print is what the page lists', async () => {
  const partner = await aPartner();
  const receipt = await aReceipt(partner);
  const { text: keys, headers, status } = await published(partner.partnerId);
  expect([status, headers.get('content-type'), headers.get('access-control-allow-origin')]).toEqual([
    200,
    'application/jwk-set+json',
    '*',
  ]);
  const said = await verified(verifier, receipt, keys);
  expect(await verified(withJose, receipt, keys)).toEqual(said);
  expect(Object.keys(said).sort()).toEqual(Object.keys(claims).sort());
  expect(said).toMatchObject({ opened_before_release: 0, spent_before_release: 0, outcome: 'rejected' });

  const [head = '', body = '', signature = ''] = receipt.split('.');
  const changed = Buffer.from(JSON.stringify({ ...said, outcome: 'confirmed' })).toString('base64url');
  for (const forged of [
    [head, changed, signature],
    [head, body, `${signature.slice(0, -4)}AAAA`],
  ])
    for (const script of [verifier, withJose]) await expect(verified(script, forged.join('.'), keys)).rejects.toThrow();
  const other = await aPartner();
  await aReceipt(other);
  await expect(verified(verifier, receipt, (await published(other.partnerId)).text)).rejects.toThrow(/not in the set/);
});

test('a set holds public halves only, and those of before; what an older key signed verifies still', async () => {
  const partner = await aPartner();
  const before = await aReceipt(partner);
  await rotateKeys(partner, ['receipt_signing']);
  const after = await aReceipt(partner);
  const set = JSON.parse((await published(partner.partnerId)).text) as JSONWebKeySet;
  expect(set.keys.map((key) => Object.keys(key).sort())).toEqual(
    Array(2).fill(['alg', 'crv', 'kid', 'kty', 'use', 'x']),
  );
  for (const receipt of [before, after])
    await compactVerify(receipt, createLocalJWKSet(set), { algorithms: ['Ed25519'] });
});

test('who signed nothing, was deleted, never was or is no id has the same set, byte for byte, and asking makes nothing', async () => {
  const live = await aPartner({ sandbox: false, name: 'To be deleted' });
  const quiet = await aPartner();
  await receiptKeys(live);
  expect((await published(live.partnerId)).text).toMatch(/Ed25519/);
  await deletePartner(live, 'To be deleted');
  const sets: string[] = [];
  for (const id of [quiet.partnerId, newId('partner'), 'ptn_', "' OR 1=1", '../../x', newId('grant'), live.partnerId])
    sets.push((await published(id)).text);
  expect(new Set(sets)).toEqual(new Set(['{"keys":[]}']));
  const { rows } = await house.admin.query(
    "SELECT count(*)::int AS n FROM partner_key WHERE partner_id = $1 AND purpose = 'receipt_signing'",
    [quiet.partnerId],
  );
  expect(rows[0].n).toBe(0);
});
