import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { claimHandoff } from '../handoff/index.ts';
import { days, plus } from '../kernel/clock.ts';
import { addMember } from '../tenancy/index.ts';
import { aSealedConnection } from '../testing/journey.ts';
import { manySealed } from '../testing/many.ts';
import { aPartner, later, type World, world } from '../testing/world.ts';
import { readMailbox, sendExpiringMail } from './index.ts';

let house: World;
const folder = mkdtempSync(path.join(tmpdir(), 'waxseal-letters-'));
beforeAll(async () => {
  house = await world();
  useConfig({ ...house.config, mail: { kind: 'mailbox', folder, from: 'Waxseal <test@example.test>' } });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await house.close();
});

const lettersTo = (email: string) => (readMailbox() ?? []).filter(({ to }) => to === email);

test('a letter tells of its own moment, also when it is written after everything lapsed', async () => {
  const ctx = await aPartner();
  const email = `ann-${ctx.partnerId}@example.test`;
  const memberId = await addMember(ctx, { email, name: 'Ann', role: 'admin' });
  await aSealedConnection(ctx, { invitation: { customer: { name: 'Bakkerij De Korenaar' } } });
  const claimed = await aSealedConnection(ctx, { user: 's.devries', invitation: { customer: { name: 'In hand' } } });
  const letter = { partnerId: ctx.partnerId, memberId };
  const soon = await later(ctx, 20 * 86_400);
  await claimHandoff(soon, { connectionId: claimed.connectionId });
  const after = await later(soon, 40 * 86_400);

  await sendExpiringMail({ ...letter, at: plus(soon.clock.now(), 60_000).toISOString() });
  await sendExpiringMail({ ...letter, at: ctx.clock.now().toISOString() }); // nothing was close yet
  await sendExpiringMail({ ...letter, at: after.clock.now().toISOString() }); // nothing is held any more

  const [mail, ...others] = lettersTo(email);
  expect(others).toEqual([]);
  expect(mail?.subject).toBe('[Sandbox] Korenaar Software (sandbox): Bakkerij De Korenaar runs out in 9 days');
  expect(mail?.text).toContain('- Bakkerij De Korenaar: until ');
  expect(mail?.text).not.toContain('In hand');
});

test('many are listed soonest first, as far as a letter is read, and the rest is counted', async () => {
  const ctx = await aPartner();
  const email = `bob-${ctx.partnerId}@example.test`;
  const memberId = await addMember(ctx, { email, name: 'Bob', role: 'staff' });
  const grants = await manySealed(ctx, 23, 60_000);
  const at = plus(grants[0]?.lapsesAt ?? new Date(0), -days(2));
  await sendExpiringMail({ partnerId: ctx.partnerId, memberId, at: at.toISOString() });
  const [mail] = lettersTo(email);
  expect(mail?.subject).toContain('23 connections run out within 14 days');
  const listed = [...(mail?.text ?? '').matchAll(/^- (Customer \d+):/gm)].map(([, name]) => name);
  expect(listed).toEqual(Array.from({ length: 20 }, (_, n) => `Customer ${n}`));
  expect(mail?.text).toContain('- and 3 more: ');
});

test('another partner’s member is nobody here', async () => {
  const [ours, theirs] = [await aPartner(), await aPartner()];
  const email = `eve-${theirs.partnerId}@example.test`;
  const memberId = await addMember(theirs, { email, name: 'Eve', role: 'admin' });
  const [grant] = await manySealed(ours, 1);
  const at = plus(grant?.lapsesAt ?? new Date(0), -days(1)).toISOString();
  await sendExpiringMail({ partnerId: ours.partnerId, memberId, at });
  await sendExpiringMail({ partnerId: theirs.partnerId, memberId, at });
  expect(lettersTo(email)).toEqual([]);
});
