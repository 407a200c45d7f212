import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useConfig } from '../config/index.ts';
import { startAuthorization } from '../consent/index.ts';
import type { Locale } from '../i18n/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { anInvitation, comeBack, decide, opened } from '../testing/journey.ts';
import { aPartner, aRegistration, type World, world } from '../testing/world.ts';
import { readMailbox, sendInvitationMail, sendReceiptMail } from './index.ts';

let house: World;
let ctx: Ctx;
const folder = mkdtempSync(path.join(tmpdir(), 'waxseal-letters-'));
beforeAll(async () => {
  house = await world();
  useConfig({ ...house.config, mail: { kind: 'mailbox', folder, from: 'Waxseal <test@example.test>' } });
  ctx = await aPartner();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await house.close();
});

let count = 0;
/** A customer of whom the language is known or not, asked by mail. */
async function asked(locale: Locale | null) {
  count += 1;
  const email = `reader-${count}@example.test`;
  const registration = await aRegistration(ctx);
  const customer = { name: 'Bäckerei', email, ...(locale ? { locale } : {}) };
  return { email, registration, invitation: await anInvitation(ctx, registration, { customer }) };
}

/** They leave a page in this language, decide, and come back. */
async function trip(to: Awaited<ReturnType<typeof asked>>, locale: Locale | null, decision: 'allow' | 'deny') {
  const away = await startAuthorization(await opened(to.invitation), 'this browser', false, locale);
  return comeBack(to.registration, await decide(away, { decision }));
}

const newestTo = (email: string) => readMailbox()?.find(({ to }) => to === email);

test('an invitation is written in its language; where nobody named one, in that of the country’s Exact Online', async () => {
  for (const [locale, says] of [
    ['de', 'Guten Tag,'],
    [null, 'Goedendag,'], // the app is registered at the Dutch site
  ] as const) {
    const to = await asked(locale);
    await sendInvitationMail({ partnerId: ctx.partnerId, invitationId: to.invitation.id });
    expect(newestTo(to.email)?.text).toContain(says);
  }
});

test('whoever read in another language comes back in it, also without a consent', async () => {
  const to = await asked('nl');
  expect(await trip(to, 'es', 'deny')).toMatchObject({ kind: 'settled', locale: 'es' });
  expect(await trip(to, null, 'deny')).toMatchObject({ kind: 'settled', locale: null });
});

test('the receipt is written in the language of the consent, and its link leads to a page in it', async () => {
  const to = await asked('nl');
  const receipt = { partnerId: ctx.partnerId, connectionId: to.invitation.connectionId };
  await trip(to, 'fr', 'allow');
  await sendReceiptMail({ ...receipt, grantId: '' });
  expect(newestTo(to.email)?.text).toContain('Votre autorisation est scellée');
  expect(newestTo(to.email)?.text).toMatch(/\/connect\/wxa_\w+\?lang=fr\n/);

  const same = await asked('nl');
  await trip(same, 'nl', 'allow');
  await sendReceiptMail({ ...receipt, connectionId: same.invitation.connectionId, grantId: '' });
  expect(newestTo(same.email)?.text).toMatch(/\/connect\/wxa_\w+\n/);
});
