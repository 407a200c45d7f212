import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { again, aPartner, type World, world } from '../testing/world.ts';
import { addMember, ctxOfMember, enterTwin, type MemberCtx, membershipsOf, type Role } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

/** A member as the console knows them. */
async function aMember(ctx: Ctx, role: Role = 'admin', email = `${randomUUID()}@example.test`): Promise<MemberCtx> {
  const memberId = await addMember(ctx, { email, name: 'Ann', role });
  const member = await ctxOfMember({ partnerId: ctx.partnerId, memberId }, 'session', 'request');
  if (!member) throw new Error('no such member');
  return member;
}
const rowOf = async (partnerId: string) =>
  (await house.admin.query('SELECT * FROM partner WHERE partner_id = $1', [partnerId])).rows[0];
const memberIn = async (partnerId: string, email: string) =>
  (await house.admin.query('SELECT role, name FROM member WHERE partner_id = $1 AND email = $2', [partnerId, email]))
    .rows[0];

test('the first visit makes the twin: the partner’s name and theme, ids and a clock of its own', async () => {
  const live = await aPartner({ sandbox: false });
  const visitor = await aMember(live);
  const twin = await enterTwin(visitor);
  expect(twin).not.toBe(live.partnerId);
  expect(await rowOf(twin)).toMatchObject({
    sandbox_of: live.partnerId,
    name: 'Korenaar Software',
    clock_offset_ms: '0',
  });
  expect(await memberIn(twin, visitor.member.email)).toEqual({ role: 'admin', name: 'Ann' });
  expect((await membershipsOf(visitor.member.email)).map(({ partnerId }) => partnerId)).toEqual([live.partnerId, twin]);
  const { rows } = await house.admin.query(
    'SELECT count(*) FROM partner_key a JOIN partner_key b USING (wrapped) WHERE a.partner_id <> b.partner_id',
  );
  expect(rows[0].count).toBe('0');
});

test('colleagues who go there at the same moment meet in one twin', async () => {
  const live = await aPartner({ sandbox: false });
  const visitors = await Promise.all(Array.from({ length: 6 }, () => aMember(live)));
  const twins = await Promise.all([...visitors, ...visitors].map(enterTwin)); // and everyone clicks twice
  expect(new Set(twins).size).toBe(1);
  const { rows } = await house.admin.query('SELECT count(*) FROM partner WHERE sandbox_of = $1', [live.partnerId]);
  expect(rows[0].count).toBe('1');
});

test('the role there follows the role here at every visit', async () => {
  const live = await aPartner({ sandbox: false });
  const visitor = await aMember(live, 'staff');
  const twin = await enterTwin(visitor);
  expect((await memberIn(twin, visitor.member.email)).role).toBe('staff');
  await enterTwin({ ...visitor, member: { ...visitor.member, role: 'auditor' } });
  expect((await memberIn(twin, visitor.member.email)).role).toBe('auditor');
});

describe('what becomes of a member at the live partner holds in the sandbox at the very next request', () => {
  const there = async (twin: string, email: string) => {
    const [membership] = (await membershipsOf(email)).filter(({ partnerId }) => partnerId === twin);
    return membership ? ctxOfMember(membership, 'session', 'request') : null;
  };
  async function aVisitor(role: Role = 'admin') {
    const live = await aPartner({ sandbox: false });
    const visitor = await aMember(live, role);
    return { live, email: visitor.member.email, twin: await enterTwin(visitor) };
  }

  test('a demotion, and a promotion', async () => {
    const { live, email, twin } = await aVisitor();
    for (const role of ['auditor', 'staff', 'admin']) {
      await house.admin.query('UPDATE member SET role = $1 WHERE partner_id = $2', [role, live.partnerId]);
      expect((await there(twin, email))?.member.role).toBe(role);
    }
  });

  test('a removal, by the membership or with the member’s row', async () => {
    const ended = await aVisitor();
    await house.admin.query('DELETE FROM membership WHERE partner_id = $1', [ended.live.partnerId]);
    expect(await there(ended.twin, ended.email)).toBeNull();

    const erased = await aVisitor();
    for (const table of ['membership', 'member'])
      await house.admin.query(`DELETE FROM ${table} WHERE partner_id = $1`, [erased.live.partnerId]);
    expect(await there(erased.twin, erased.email)).toBeNull();
  });

  test('a removed visitor of before, whose row does not say as whom they came', async () => {
    const { live, email, twin } = await aVisitor();
    await house.admin.query('UPDATE member SET live_member_id = NULL WHERE partner_id = $1', [twin]);
    await house.admin.query('DELETE FROM membership WHERE partner_id = $1', [live.partnerId]);
    expect(await there(twin, email)).toBeNull();
    await house.admin.query('DELETE FROM member WHERE partner_id = $1', [live.partnerId]);
    expect(await there(twin, email)).toBeNull();
  });

  test('a member of the sandbox alone stands for themselves', async () => {
    const { twin } = await aVisitor();
    const own = await aMember(await again({ partnerId: twin, actor: { kind: 'system', id: 'test' } }), 'staff');
    expect((await there(twin, own.member.email))?.member.role).toBe('staff');
  });
});

test('someone who may only read opens no sandbox, but may look at one that is there', async () => {
  const live = await aPartner({ sandbox: false });
  const auditor = await aMember(live, 'auditor');
  await expect(enterTwin(auditor)).rejects.toMatchObject({ code: 'forbidden' });
  const twin = await enterTwin(await aMember(live, 'staff'));
  expect(await enterTwin(auditor)).toBe(twin);
});

test('a live partner sees that its twin is there, and nothing in it; a twin sees nobody', async () => {
  const [live, stranger] = [await aPartner({ sandbox: false }), await aPartner({ sandbox: false })];
  const twin = await enterTwin(await aMember(live));
  const partnersSeenBy = (partnerId: string) =>
    inTenant(partnerId, async (tx) => (await tx.partner.findMany()).map((row) => row.partnerId).sort());
  expect(await partnersSeenBy(live.partnerId)).toEqual([live.partnerId, twin].sort());
  expect(await partnersSeenBy(twin)).toEqual([twin]);
  expect(await partnersSeenBy(stranger.partnerId)).toEqual([stranger.partnerId]);
  const members = await inTenant(live.partnerId, (tx) => tx.member.findMany({ where: { partnerId: twin } }));
  expect(members).toEqual([]);
  const { count } = await inTenant(live.partnerId, (tx) =>
    tx.partner.updateMany({ where: { partnerId: twin }, data: { name: 'taken over' } }),
  );
  expect(count).toBe(0);
});
