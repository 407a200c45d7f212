import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ctx } from '../kernel/ctx.ts';
import { createTarget, type TargetInput } from '../targets/index.ts';
import { actingAs } from '../tenancy/index.ts';
import { aSealedConnection, eventsOf } from '../testing/journey.ts';
import { aTargetInput } from '../testing/recipient.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import { approveHandoff, cancelHandoff, claimHandoff, confirmHandoff, readHandoff, redeemHandoff } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const member = (ctx: Ctx, id: string): Ctx =>
  actingAs(ctx, { kind: 'member', id, sessionHash: `session of ${id}`, role: 'staff' });
const codeOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? 'failed',
  );

async function aClaim(more: Partial<TargetInput> = {}, claimer: 'machine' | 'member' = 'machine') {
  const partner = await aPartner();
  const { connectionId } = await aSealedConnection(partner);
  const due = await later(partner, 600);
  const { ctx: machine } = await anApiKey(due);
  const target = await createTarget(machine, aTargetInput({ recipient_key_required: false, four_eyes: true, ...more }));
  const ctx = claimer === 'machine' ? machine : member(due, 'mbr_claimer');
  return {
    ctx,
    partner: due,
    machine,
    connectionId,
    handoff: await claimHandoff(ctx, { connectionId, target: target.id }),
  };
}

test('nothing leaves before a member agrees, and the receipt says who did', async () => {
  const { ctx, partner, handoff } = await aClaim();
  expect(handoff).toMatchObject({ fourEyes: true, approvedBy: null });
  expect(await codeOf(redeemHandoff(ctx, handoff.id, 'k'))).toBe('approval_needed');
  const second = member(partner, 'mbr_second');
  await approveHandoff(second, handoff.id);
  await approveHandoff(member(partner, 'mbr_third'), handoff.id);
  expect(await readHandoff(ctx, handoff.id)).toMatchObject({ approvedBy: 'mbr_second' });
  expect(JSON.parse((await redeemHandoff(ctx, handoff.id, 'k')).reveal())).toMatchObject({ site: 'nl' });
  const { receipt } = await confirmHandoff(ctx, handoff.id, { outcome: 'accepted' });
  expect(decodeJwt(receipt ?? '')).toMatchObject({ approved_by: 'member:mbr_second' });
  const told = (await eventsOf(ctx)).filter(({ type }) => type === 'handoff.approved' || type === 'handoff.refused');
  expect(told.map(({ type, data }) => [type, data['code'] ?? null])).toEqual([
    ['handoff.refused', 'approval_needed'],
    ['handoff.approved', null],
  ]);
});

test('the claimer is not a second pair of eyes, in no session and on no machine', async () => {
  const { ctx, handoff, machine } = await aClaim({ kind: 'assistant' }, 'member');
  expect(await codeOf(approveHandoff(ctx, handoff.id))).toBe('forbidden');
  expect(
    await codeOf(
      approveHandoff({ ...ctx, actor: { ...ctx.actor, sessionHash: 'another' } as Ctx['actor'] }, handoff.id),
    ),
  ).toBe('forbidden');
  expect(await codeOf(approveHandoff(machine, handoff.id))).toBe('forbidden');
  expect(await codeOf(redeemHandoff(ctx, handoff.id, 'k'))).toBe('approval_needed');
});

test('the database keeps to it by itself', async () => {
  const { partner, handoff } = await aClaim({ kind: 'assistant' }, 'member');
  const write = (sql: string) =>
    house.admin.query(`UPDATE handoff SET ${sql} WHERE partner_id = $1 AND id = $2`, [partner.partnerId, handoff.id]);
  await expect(write("status = 'delivered'")).rejects.toThrow('handoff_approval');
  await expect(write("approved_by = 'mbr_claimer', approved_at = now()")).rejects.toThrow('handoff_other_eyes');
  await expect(write("approved_by = 'mbr_second'")).rejects.toThrow('handoff_approval_whole');
});

test('another partner’s claim is not found; one that has ended cannot be agreed to; one that needs nobody gets nobody', async () => {
  const { ctx, partner, handoff } = await aClaim();
  expect(await codeOf(approveHandoff(member(await aPartner(), 'mbr_second'), handoff.id))).toBe('not_found');
  await cancelHandoff(ctx, handoff.id);
  expect(await codeOf(approveHandoff(member(partner, 'mbr_second'), handoff.id))).toBe('not_redeemable');
  const plain = await aClaim({ four_eyes: false });
  await approveHandoff(member(plain.partner, 'mbr_second'), plain.handoff.id);
  expect(await readHandoff(plain.ctx, plain.handoff.id)).toMatchObject({ approvedBy: null });
});

test('an approval is for one claim: the next one needs its own', async () => {
  const { ctx, partner, handoff, connectionId } = await aClaim();
  await approveHandoff(member(partner, 'mbr_second'), handoff.id);
  await cancelHandoff(ctx, handoff.id);
  const next = await claimHandoff(ctx, { connectionId, target: handoff.targetId ?? '' });
  expect(await codeOf(redeemHandoff(ctx, next.id, 'k'))).toBe('approval_needed');
});
