import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTimeline } from '../connections/index.ts';
import {
  declineForGood,
  inviteAgain,
  noteOpened,
  remindCustomer,
  stopFromLink,
  withdrawConsent,
  withdrawInvitation,
} from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sweep } from '../sweep/index.ts';
import { type Asked, anInvitation, comeBack, connect, decide, leave, opened } from '../testing/journey.ts';
import { type Letters, letterbox } from '../testing/letters.ts';
import { again, aPartner, aRegistration, later, untilBlocked, type World, world } from '../testing/world.ts';
import { sendReminderMail } from './index.ts';

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

const day = 86_400;
let count = 0;

/** A customer asked by mail, whose first mail has arrived. */
async function aCustomer(more: object = {}, partner?: Ctx) {
  const ctx = partner ?? (await aPartner());
  const registration = await aRegistration(ctx);
  count += 1;
  const email = `customer-${count}@example.test`;
  const customer = { name: 'Bakkerij', email, locale: 'en' as const };
  const asked = await anInvitation(ctx, registration, { channel: 'mail', customer, ...more });
  await letters.deliver();
  return { ctx, registration, asked, email };
}

const subjects = (email: string) => letters.to(email).map(({ subject }) => subject.split(/[: ]/)[0]); // no theme: our own name
const rowOf = async ({ id }: Asked) =>
  (await house.admin.query('SELECT * FROM invitation WHERE id = $1', [id])).rows[0];
/** What the record of a connection says of reminders, oldest first. */
const reminded = async (ctx: Ctx, { connectionId }: Asked) =>
  (await readTimeline(ctx, connectionId)).filter(({ action }) => /remind|abandoned/.test(action));

test('a week of a sandbox brings the two reminders and the end, in order and each at its moment', async () => {
  const { ctx, asked, email } = await aCustomer();
  const { created_at: createdAt } = await rowOf(asked);
  const hoursAfter = (at: Date) => (at.getTime() - createdAt.getTime()) / 3_600_000;
  const after = await later(ctx, 7 * day + 60);
  const told = [
    ...(await reminded(after, asked)).map(({ action, at, detail }) => [action, hoursAfter(at), detail['number']]),
  ];
  expect(told).toEqual([
    ['invitation.reminded', 48, 1],
    ['invitation.reminded', 144, 2],
    ['invitation.abandoned', 168, undefined],
  ]);
  await letters.deliver();
  expect(subjects(email)).toEqual(['Waxseal', 'Reminder', 'Reminder']);
  expect(await rowOf(asked)).toMatchObject({ reminders: 2, remind_at: null });
});

test('a reminder leads to the page of the request, says when they were asked, and how to stop it', async () => {
  const { ctx, asked, email } = await aCustomer();
  await later(ctx, 2 * day + 60);
  await letters.deliver();
  const mail = letters.to(email).at(-1);
  expect(mail?.subject).toBe('Reminder: connect Exact Online with Waxseal');
  expect(mail?.text).toContain(`\nhttp://localhost:3999/connect/${asked.token}\n`);
  expect(mail?.text).toContain(`\nhttp://localhost:3999/connect/${asked.token}/stop\n`);
  expect(mail?.headers).toEqual({
    'List-Unsubscribe': `<http://localhost:3999/connect/${asked.token}/stop>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  });
  expect(letters.to(email)[0]?.headers).toBeUndefined();
});

describe('nobody is reminded', () => {
  const ends: [string, (of: Awaited<ReturnType<typeof aCustomer>>) => Promise<unknown>][] = [
    ['who finished', ({ asked, registration }) => connect(asked, registration)],
    ['of what was withdrawn', ({ ctx, asked }) => withdrawInvitation(ctx, asked.id)],
    ['who stopped it', async ({ asked }) => stopFromLink(await opened(asked), 'link')],
  ];
  test.each(ends)('%s', async (_, end) => {
    const of = await aCustomer();
    await end(of);
    const after = await later(of.ctx, 7 * day + 60);
    await letters.deliver();
    expect(subjects(of.email)).not.toContain('Reminder');
    expect((await reminded(after, of.asked)).map(({ action }) => action)).not.toContain('invitation.reminded');
    expect((await rowOf(of.asked)).remind_at).toBeNull();
  });

  test('who was not to be, or whose link the partner sent', async () => {
    const { ctx, asked, email } = await aCustomer({ remind: false });
    const own = await aCustomer({ channel: 'redirect', expires_in: 7 * day }, ctx);
    await later(ctx, 7 * day);
    await letters.deliver();
    expect([...subjects(email), ...subjects(own.email)]).not.toContain('Reminder');
    for (const each of [asked, own.asked]) expect(await rowOf(each)).toMatchObject({ remind: false, reminders: 0 });
  });

  test('while they are at the provider, or just opened it; an hour later they are', async () => {
    const { ctx, asked, email, registration } = await aCustomer();
    await later(ctx, 2 * day - 300);
    const away = await leave(asked);
    await later(ctx, 1800);
    await letters.deliver();
    expect(subjects(email)).toEqual(['Waxseal']);
    await later(ctx, 3600);
    await letters.deliver();
    expect(subjects(email)).toEqual(['Waxseal', 'Reminder']);
    expect(away.state).not.toBe('');

    const other = await aCustomer({}, await again(ctx));
    await later(ctx, 2 * day - 300);
    await noteOpened(await opened(other.asked));
    await later(ctx, 1200);
    await letters.deliver();
    expect(subjects(other.email)).toEqual(['Waxseal']);
    await comeBack(registration, await decide((await leave(other.asked)).authorizeUrl, { decision: 'deny' }));
    await later(ctx, 2 * 3600);
    await letters.deliver();
    expect(subjects(other.email)).toEqual(['Waxseal', 'Reminder']);
  });
});

test('a reminder that is already on its way is not sent to who finished, stopped or lost it meanwhile', async () => {
  const [done, stopped, gone] = [await aCustomer(), await aCustomer(), await aCustomer()];
  await Promise.all([done, stopped, gone].map(({ ctx }) => later(ctx, 2 * day + 60)));
  await connect(done.asked, done.registration);
  await stopFromLink(await opened(stopped.asked), 'one_click');
  await withdrawInvitation(gone.ctx, gone.asked.id);
  await letters.deliver();
  for (const { email } of [done, stopped, gone]) expect(subjects(email)).toEqual(['Waxseal']);
});

test('a first mail that left late is not followed within a day', async () => {
  const { asked, ctx, email } = await aCustomer();
  await house.admin.query(`UPDATE customer_mail SET sent_at = sent_at + interval '30 hours' WHERE invitation_id = $1`, [
    asked.id,
  ]);
  await later(ctx, 2 * day + 3600);
  await letters.deliver();
  expect(subjects(email)).toEqual(['Waxseal']);
  await later(ctx, 6 * 3600);
  await letters.deliver();
  expect(subjects(email)).toEqual(['Waxseal', 'Reminder']);
});

test('a live partner’s reminder that comes too late is none', async () => {
  const { asked, email, ctx } = await aCustomer({}, await aPartner({ sandbox: false }));
  await house.admin.query(
    `UPDATE invitation SET created_at = created_at - interval '2 days', remind_at = now() - interval '1 minute' WHERE id = $1`,
    [asked.id],
  );
  await house.admin.query(`UPDATE customer_mail SET sent_at = sent_at - interval '2 days' WHERE invitation_id = $1`, [
    asked.id,
  ]);
  const errors: unknown[] = [];
  await sweep((error) => errors.push(error), 'inside');
  expect(errors).toEqual([]);
  expect((await reminded(await again(ctx), asked)).map(({ action }) => action)).toEqual(['invitation.reminded']);
  await house.admin.query(`UPDATE invitation SET expires_at = now() WHERE id = $1`, [asked.id]);
  await letters.deliver();
  expect(subjects(email)).toEqual(['Waxseal']);
});

test('whoever finds a reminder that somebody else is just sending sends none', async () => {
  const of = await aCustomer();
  const ctx = await later(of.ctx, 2 * day - 60);
  await house.admin.query(`UPDATE invitation SET remind_at = created_at WHERE id = $1`, [of.asked.id]);
  const { partnerId } = ctx;
  const remind = () => inTenant(partnerId, (tx) => remindCustomer(tx, ctx, of.asked.id));
  const begun = Promise.withResolvers<void>();
  const other = begun.promise.then(remind); // outside the first one's transaction
  await inTenant(partnerId, async (tx) => {
    await remindCustomer(tx, ctx, of.asked.id);
    begun.resolve();
    await untilBlocked(house.admin);
  });
  await other;
  expect((await reminded(ctx, of.asked)).map(({ action }) => action)).toEqual(['invitation.reminded']);
});

test('a mail job that runs twice sends once, and finds nothing of another partner', async () => {
  const { asked, email, ctx } = await aCustomer();
  await later(ctx, 2 * day + 60);
  await letters.deliver();
  const job = { partnerId: ctx.partnerId, invitationId: asked.id, number: 1, at: new Date().toISOString() };
  await sendReminderMail(job);
  await sendReminderMail({ ...job, partnerId: (await aPartner()).partnerId });
  expect(subjects(email)).toEqual(['Waxseal', 'Reminder']);
});

describe('whoever answered by another link of the same connection is not reminded by this one', () => {
  test.each(['gave it', 'declined for good', 'took it back'] as const)('%s', async (answer) => {
    const { ctx, registration, asked, email } = await aCustomer();
    const again = await inviteAgain(ctx, asked.connectionId, 'redirect');
    const other = { id: again.id, connectionId: asked.connectionId, token: again.url.reveal().split('/').at(-1) ?? '' };
    if (answer === 'declined for good') await declineForGood(await opened(other));
    else await connect(other, registration);
    if (answer === 'took it back') await withdrawConsent(await opened(other));
    const told = letters.to(email).length;
    await later(ctx, 7 * day);
    await letters.deliver();
    expect(letters.to(email).filter(({ subject }) => /remind/i.test(subject))).toEqual([]);
    expect(told).toBeGreaterThan(0);
  });
});
