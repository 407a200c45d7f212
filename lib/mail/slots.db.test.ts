import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { readConnection, readTimeline } from '../connections/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { Secret } from '../kernel/secret.ts';
import { anInvitation } from '../testing/journey.ts';
import { type Letters, letterbox } from '../testing/letters.ts';
import { again, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import { sendInvitationMail } from './index.ts';
import { mostADay, takeSlot } from './slots.ts';

let house: World;
let letters: Letters;
beforeAll(async () => {
  house = await world();
  letters = letterbox(house);
});
afterAll(async () => {
  letters.close();
  await house.close();
});

async function ask(ctx: Ctx, email: string) {
  const asked = await anInvitation(ctx, await aRegistration(ctx), {
    channel: 'mail',
    customer: { name: 'Bakkerij', email },
  });
  await letters.deliver();
  return asked;
}
const mailOf = async (ctx: Ctx, { connectionId }: { connectionId: string }) =>
  (await readConnection(await again(ctx), connectionId)).invitation?.mail;
const actionsOf = async (ctx: Ctx, connectionId: string) =>
  (await readTimeline(ctx, connectionId)).map(({ action }) => action);

describe('one address gets five mails of one partner within a day', () => {
  test('the sixth is held back, which the partner is told; the day after there is room again', async () => {
    const ctx = await aPartner();
    for (let n = 0; n < mostADay; n++) await ask(ctx, n % 2 ? 'Busy@example.test' : 'busy@EXAMPLE.test');
    const held = await ask(ctx, 'busy@example.test');
    expect(letters.to('busy@example.test')).toHaveLength(5);
    expect(await mailOf(ctx, held)).toEqual({ held: true, sentAt: null, failedAt: null });
    expect(await actionsOf(ctx, held.connectionId)).toContain('mail.held_back');
    await sendInvitationMail({ partnerId: ctx.partnerId, invitationId: held.id }); // the job again: still held, told once
    expect((await actionsOf(ctx, held.connectionId)).filter((action) => action === 'mail.held_back')).toHaveLength(1);
    expect(letters.to('busy@example.test')).toHaveLength(5);

    await ask(ctx, 'other@example.test');
    expect(letters.to('other@example.test')).toHaveLength(1);
    const elsewhere = await aPartner();
    await ask(elsewhere, 'busy@example.test');
    expect(letters.to('busy@example.test')).toHaveLength(6);

    const pushed = await later(ctx, 86_400);
    await ask(pushed, 'busy@example.test'); // a sandbox's clock brings no room: its mails are as real as any
    expect(letters.to('busy@example.test')).toHaveLength(6);
    await house.admin.query(`UPDATE customer_mail SET asked_at = asked_at - interval '1 day' WHERE partner_id = $1`, [
      ctx.partnerId,
    ]);
    await ask(pushed, 'busy@example.test');
    expect(letters.to('busy@example.test')).toHaveLength(7);
  });

  test('many at once are counted one after the other', async () => {
    const ctx = await aPartner();
    const registration = await aRegistration(ctx);
    const customer = { name: 'x', email: 'crowd@example.test' };
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => anInvitation(ctx, registration, { channel: 'redirect', customer })),
    );
    const free = await Promise.all(
      asked.map(({ id: invitationId, connectionId }) =>
        takeSlot(ctx, customer.email, { invitationId, connectionId, kind: 'invitation', number: 1 }),
      ),
    );
    expect(free.filter(Boolean)).toHaveLength(mostADay);
  });

  test('the address stands in the database as an index only', async () => {
    const ctx = await aPartner();
    await ask(ctx, 'hidden@example.test');
    const { rows } = await house.admin.query('SELECT * FROM customer_mail WHERE partner_id = $1', [ctx.partnerId]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('hidden');
    expect(rows[0].address_index).toHaveLength(32);
  });
});

test('a mail server that is away: the link stays good, the partner is told once, and the next try sends it', async () => {
  const ctx = await aPartner();
  const asked = await anInvitation(ctx, await aRegistration(ctx), {
    channel: 'mail',
    customer: { name: 'x', email: 'late@example.test' },
  });
  const job = { partnerId: ctx.partnerId, invitationId: asked.id };
  const closing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => closing.once('listening', resolve));
  const { port } = closing.address() as { port: number };
  const url = new Secret(`smtp://127.0.0.1:${port}`);
  useConfig({ ...house.config, mail: { kind: 'smtp', url, from: 'x@example.test' } });
  for (let n = 0; n < 2; n++) await expect(sendInvitationMail(job)).rejects.toThrow();
  closing.close();
  expect(await mailOf(ctx, asked)).toMatchObject({ held: false, sentAt: null, failedAt: expect.any(Date) });
  expect((await actionsOf(ctx, asked.connectionId)).filter((action) => action === 'mail.not_taken')).toHaveLength(1);
  const back = letterbox(house);
  await sendInvitationMail(job);
  await sendInvitationMail(job);
  expect(back.to('late@example.test')).toHaveLength(1);
  expect((await mailOf(ctx, asked))?.sentAt).toBeInstanceOf(Date);
  back.close();
});
