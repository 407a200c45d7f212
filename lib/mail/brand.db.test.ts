import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { changeBrand, keepLogo } from '../tenancy/index.ts';
import { anInvitation } from '../testing/journey.ts';
import { aPicture } from '../testing/picture.ts';
import { plainTheme } from '../testing/theme.ts';
import { aPartner, aRegistration, type World, world } from '../testing/world.ts';
import { sendInvitationMail } from './index.ts';

let house: World;
const folder = mkdtempSync(path.join(tmpdir(), 'waxseal-senders-'));
beforeAll(async () => {
  house = await world();
  useConfig({ ...house.config, mail: { kind: 'mailbox', folder, from: 'Waxseal <test@example.test>' } });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await house.close();
});

const tokens = { ...plainTheme, supportEmail: 'support@korenaar.example' };

type Written = { from: string; replyTo?: string; html: string; inline: { cid: string; bytes: string }[] };

/** The newest mail, as it left. */
async function newestMail(ctx: Ctx): Promise<Written> {
  const registration = await aRegistration(ctx);
  const customer = { name: 'Bakkerij', email: 'reader@example.test' };
  const { id } = await anInvitation(ctx, registration, { customer });
  await sendInvitationMail({ partnerId: ctx.partnerId, invitationId: id });
  const newest = readdirSync(folder).sort().at(-1) ?? '';
  return JSON.parse(readFileSync(path.join(folder, newest), 'utf8')) as Written;
}

/** What it says of who sent it and who gets the answer. */
async function sent(ctx: Ctx): Promise<{ from: string; replyTo?: string }> {
  const { from, replyTo } = await newestMail(ctx);
  return { from, ...(replyTo ? { replyTo } : {}) };
}

test('a mail carries the partner’s sender name and reply-to address; the address it is sent from stays ours', async () => {
  const ctx = await aPartner();
  await changeBrand(ctx, tokens);
  expect(await sent(ctx)).toEqual({ from: 'Korenaar <test@example.test>', replyTo: 'support@korenaar.example' });
  await changeBrand(ctx, { ...tokens, senderName: 'Korenaar Onboarding', replyTo: 'onboarding@korenaar.example' });
  expect(await sent(ctx)).toEqual({
    from: 'Korenaar Onboarding <test@example.test>',
    replyTo: 'onboarding@korenaar.example',
  });
});

/** A theme from before the rules of today, or changed behind our back, never makes a second header. */
test.each([
  { senderName: 'Korenaar\r\nBcc: everyone@example.com' },
  { senderName: 'PayPal <service@paypal.example>' },
  { replyTo: 'a@b.example\r\nBcc: c@d.example' },
  { replyTo: 'a@b.example, c@d.example' },
])('a stored sender that no longer passes (%j) is left out', async (odd) => {
  const ctx = await aPartner();
  await house.admin.query('UPDATE partner SET theme = $1 WHERE partner_id = $2', [
    { ...tokens, ...odd },
    ctx.partnerId,
  ]);
  expect(await sent(ctx)).toEqual({ from: 'Korenaar <test@example.test>', replyTo: 'support@korenaar.example' });
});

test('a logo travels with the mail, so that nothing is fetched; without one their initials stand there', async () => {
  const ctx = await aPartner();
  await changeBrand(ctx, tokens);
  expect((await newestMail(ctx)).inline).toEqual([]);

  const picture = await keepLogo(ctx, await aPicture());
  await changeBrand(ctx, { ...tokens, logoUrl: picture.path });
  const { html, inline } = await newestMail(ctx);
  expect(html).toContain('src="cid:logo"');
  expect(html).not.toMatch(/src="(?!cid:)/);
  expect(inline).toMatchObject([{ cid: 'logo', contentType: 'image/png' }]);
  expect(
    Buffer.from(inline[0]?.bytes ?? '', 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
});
