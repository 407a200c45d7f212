import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#lib/browser/index.ts';
import { readTimeline } from '#lib/connections/index.ts';
import { type Channel, createInvitation, inviteAgain, stopFromLink, withdrawInvitation } from '#lib/consent/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { deletePartner } from '#lib/tenancy/index.ts';
import { type Asked, anInvitation, connect, opened } from '#lib/testing/journey.ts';
import { type Letters, letterbox } from '#lib/testing/letters.ts';
import { again, aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { POST as askLink, GET as lookAtLink } from './[token]/link/route.tsx';
import { GET as welcome } from './[token]/route.tsx';
import { GET as lookAtStop, POST as stop } from './[token]/stop/route.tsx';

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

const base = 'http://localhost:3999/connect';
type Handler = (request: Request, route: { params: Promise<{ token: string }> }) => Promise<Response>;
const to = (handler: Handler, token: string, init: RequestInit = {}) =>
  handler(new Request(`${base}/${token}/x`, init), { params: Promise.resolve({ token }) });
const press = (handler: Handler, token: string, fields: Record<string, string> = {}) =>
  to(handler, token, { method: 'POST', body: new URLSearchParams({ csrf: formToken(token), lang: 'en', ...fields }) });

let count = 0;
const day = 86_400;

/** A customer who was asked, through whatever channel. */
async function aCustomer(channel: Channel = 'mail', more: object = {}) {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  count += 1;
  const email = `link-${count}@example.test`;
  const customer = { name: 'Bakkerij', email, locale: 'de' as const };
  const asked = await anInvitation(ctx, registration, { channel, customer, ...more });
  return { ctx, registration, asked, email };
}

const invitationsOf = async ({ connectionId }: Pick<Asked, 'connectionId'>) =>
  (await house.admin.query('SELECT * FROM invitation WHERE connection_id = $1 ORDER BY created_at, id', [connectionId]))
    .rows;
const textOf = async (answer: Response) =>
  (await answer.text()).replace(/<style.*?<\/style>/s, '').replace(/nonce="[^"]*"/g, '');

describe('send me a new link', () => {
  /** The customer comes after the end of their link. */
  async function late(channel: Channel = 'mail', more: object = {}) {
    const of = await aCustomer(channel, { expect: { exact_user: 'j.jansen' }, expires_in: 3 * day, ...more });
    await letters.deliver();
    const ctx = await later(of.ctx, 3 * day + 60);
    return { ...of, ctx };
  }

  test('is offered when it has lapsed; pressing it mails a link like the first to the stored address', async () => {
    const { asked, email, ctx } = await late();
    expect(await textOf(await to(welcome, asked.token))).toContain(`action="/connect/${asked.token}/link"`);
    const answer = await press(askLink, asked.token, { email: 'thief@example.test' });
    expect(answer.status).toBe(200);
    const [first, second, ...others] = await invitationsOf(asked);
    expect(others).toEqual([]);
    expect(second).toMatchObject({ channel: 'mail', locale: 'de', replaces: asked.id, remind: true });
    expect(second.expected).toEqual(first.expected);
    await letters.deliver();
    expect(letters.to('thief@example.test')).toEqual([]);
    const mail = letters.to(email).at(-1);
    expect(mail?.subject).toBe('Ihr neuer Link: Exact Online mit Waxseal verbinden');
    const token = /\/connect\/(wxi_\w+)\n/.exec(mail?.text ?? '')?.[1] ?? '';
    expect(token).not.toBe(asked.token);
    expect((await opened({ ...asked, token })).state).toBe('open');
    expect(JSON.stringify((await readTimeline(ctx, asked.connectionId)).at(-1))).toContain('"kind":"customer"');
  });

  test('the answer is the same whether one was sent, was sent just now, or may not be', async () => {
    const [sent, held] = [await late(), await late()];
    const first = await textOf(await press(askLink, sent.asked.token));
    const second = await textOf(await press(askLink, sent.asked.token));
    await withdrawInvitation(held.ctx, held.asked.id);
    const third = await textOf(await press(askLink, held.asked.token));
    const plain = (text: string) => text.replace(/wxi_\w+/g, '');
    expect(plain(second)).toBe(plain(first));
    expect(plain(third)).toBe(plain(first));
    expect(await invitationsOf(sent.asked)).toHaveLength(2);
    expect(await invitationsOf(held.asked)).toHaveLength(1);
  });

  test('once in ten minutes and three times a day', async () => {
    const { asked, ctx } = await late();
    const made = async () => {
      await press(askLink, asked.token);
      return (await invitationsOf(asked)).length - 1;
    };
    const counts = [await made()];
    for (const seconds of [590, 20, 601, 601, day - 2 * 3600, 2 * 3600]) {
      await later(ctx, seconds);
      counts.push(await made());
    }
    expect(counts).toEqual([1, 1, 2, 3, 3, 3, 4]);
  });

  test('two at once make one', async () => {
    const { asked } = await late();
    await Promise.all(Array.from({ length: 6 }, () => press(askLink, asked.token)));
    expect(await invitationsOf(asked)).toHaveLength(2);
  });

  test('a scanner that follows every address makes none', async () => {
    const { asked } = await late();
    for (let n = 0; n < 20; n++) {
      await to(welcome, asked.token);
      const answer = await to(lookAtLink, asked.token);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `/connect/${asked.token}`]);
    }
    await to(askLink, asked.token, { method: 'POST', body: new URLSearchParams({ csrf: 'x' }) });
    await to(askLink, asked.token, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
    expect(await invitationsOf(asked)).toHaveLength(1);
  });

  test('a link that the partner sent is replaced by mail, where there is an address', async () => {
    const { asked, email } = await late('redirect');
    await press(askLink, asked.token);
    await letters.deliver();
    expect(letters.to(email)).toHaveLength(1);
  });

  test('a button of the partner’s page is to be pressed again; without an address the partner is asked', async () => {
    const embedded = await late('embed');
    const nowhere = await late('redirect', { customer: { name: 'No mail' } });
    const [said, other] = [await to(welcome, embedded.asked.token), await to(welcome, nowhere.asked.token)];
    expect(await textOf(said)).toContain('noch einmal');
    expect(await textOf(other)).not.toContain('noch einmal');
    for (const { asked } of [embedded, nowhere]) {
      expect(await textOf(await to(welcome, asked.token))).not.toContain('/link"');
      await press(askLink, asked.token);
      expect(await invitationsOf(asked)).toHaveLength(1);
    }
  });

  test('none for an open link, a withdrawn one, nor for an older one once the newest was used or withdrawn', async () => {
    const fresh = await aCustomer();
    await press(askLink, fresh.asked.token);
    expect(await invitationsOf(fresh.asked)).toHaveLength(1);
    const withdrawn = await late();
    const newest = await inviteAgain(withdrawn.ctx, withdrawn.asked.connectionId, 'redirect');
    await withdrawInvitation(withdrawn.ctx, newest.id);
    const used = await late();
    const second = await inviteAgain(used.ctx, used.asked.connectionId, 'redirect');
    await connect({ ...used.asked, token: second.url.reveal().split('/').at(-1) ?? '' }, used.registration);
    for (const { asked } of [withdrawn, used]) {
      expect(await textOf(await to(welcome, asked.token))).not.toContain('/link"');
      await press(askLink, asked.token);
      expect(await invitationsOf(asked)).toHaveLength(2);
    }
  });

  test('whoever wanted no reminders gets none of the new link either', async () => {
    const { asked, ctx, email } = await aCustomer('mail', { expires_in: 3 * day });
    await stopFromLink(await opened(asked), 'link');
    await later(ctx, 3 * day + 60);
    await press(askLink, asked.token);
    expect((await invitationsOf(asked)).at(-1)).toMatchObject({ remind: false, remind_at: null });
    await later(ctx, 6 * day);
    await letters.deliver();
    expect(letters.to(email).filter(({ headers }) => headers)).toEqual([]);
  });

  test('a link of another partner, an unknown one and one of a deleted partner lead nowhere', async () => {
    const { asked, ctx } = await late();
    const other = await aPartner();
    const live = await house.admin.query('SELECT sandbox_of FROM partner WHERE partner_id = $1', [ctx.partnerId]);
    const foreign = asked.token.replace(ctx.partnerId.slice(4), other.partnerId.slice(4));
    for (const token of [foreign, `${asked.token}x`, 'x'])
      expect([token, (await press(askLink, token)).status]).toEqual([token, 404]);
    const owner = await again({ partnerId: live.rows[0].sandbox_of, actor: ctx.actor });
    await deletePartner(owner, 'Korenaar Software');
    expect((await press(askLink, asked.token)).status).toBe(404);
    expect(await invitationsOf(asked)).toHaveLength(1);
  });
});

describe('the link that stops reminders', () => {
  const stopped = async ({ id }: Asked) =>
    (await house.admin.query('SELECT reminders_stopped_at, remind_at FROM invitation WHERE id = $1', [id])).rows[0];
  const reasonsOf = async (ctx: Ctx, { connectionId }: Asked) =>
    (await readTimeline(await again(ctx), connectionId))
      .filter(({ action }) => action === 'invitation.reminders_stopped')
      .map(({ detail }) => detail['reason']);

  test('shows a page and changes nothing, however often it is fetched', async () => {
    const { asked } = await aCustomer();
    for (let n = 0; n < 20; n++) expect((await to(lookAtStop, asked.token)).status).toBe(200);
    expect((await stopped(asked)).reminders_stopped_at).toBeNull();
    expect(await textOf(await to(lookAtStop, asked.token))).toContain(`action="/connect/${asked.token}/stop"`);
  });

  test('its button stops them, once, and the request stays open', async () => {
    const { asked, ctx } = await aCustomer();
    const answer = await press(stop, asked.token);
    expect(await textOf(answer)).toContain(`href="/connect/${asked.token}?lang=en"`);
    await press(stop, asked.token);
    expect(await stopped(asked)).toMatchObject({ reminders_stopped_at: expect.any(Date), remind_at: null });
    expect(await reasonsOf(ctx, asked)).toEqual(['link']);
    expect((await opened(asked)).state).toBe('open');
    expect(await textOf(await to(lookAtStop, asked.token))).not.toContain('<form');
  });

  test('a mail reader’s one press stops them too: exactly its body, in both forms', async () => {
    const bodies = () => {
      const multipart = new FormData();
      multipart.set('List-Unsubscribe', 'One-Click');
      return [multipart, new URLSearchParams('List-Unsubscribe=One-Click')];
    };
    for (const body of bodies()) {
      const { asked, ctx } = await aCustomer();
      const answer = await to(stop, asked.token, { method: 'POST', body });
      expect(answer.status).toBe(200);
      expect(await reasonsOf(ctx, asked)).toEqual(['one_click']);
      expect((await opened(asked)).state).toBe('open');
    }
  });

  test.each([
    ['', {}],
    ['List-Unsubscribe=One-Click&x=1', {}],
    ['List-Unsubscribe=One-Click&List-Unsubscribe=One-Click', {}],
    ['list-unsubscribe=One-Click', {}],
    ['List-Unsubscribe=one-click', {}],
    ['List-Unsubscribe=One-Click', { 'content-type': 'text/plain' }],
    ['List-Unsubscribe=One-Click', { 'content-type': 'multipart/form-data; boundary=x' }],
    [`List-Unsubscribe=One-Click&pad=${'x'.repeat(20_000)}`, {}],
    ['csrf=x', {}],
  ])('any other body (%s %j) stops nothing', async (body, headers) => {
    const { asked } = await aCustomer();
    const type = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    const answer = await to(stop, asked.token, { method: 'POST', body, headers: type });
    expect(answer.status).toBe(400);
    expect((await stopped(asked)).reminders_stopped_at).toBeNull();
  });

  test('of a lasting page, another partner or nobody leads nowhere', async () => {
    const { asked, ctx } = await aCustomer();
    const foreign = asked.token.replace(ctx.partnerId.slice(4), (await aPartner()).partnerId.slice(4));
    for (const token of [foreign, asked.token.replace('wxi', 'wxa'), 'x'])
      for (const answer of [await to(lookAtStop, token), await press(stop, token)]) expect(answer.status).toBe(404);
  });
});

test('the way to pass a link on names the reader’s partner and customer, and nobody’s address', async () => {
  const { asked, email, ctx, registration } = await aCustomer('redirect');
  const html = await textOf(await to(welcome, asked.token));
  expect(html).toContain(`${base}/${asked.token}</textarea>`);
  const mailto = /href="(mailto:[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  expect(mailto).toMatch(/^mailto:\?subject=/);
  const query = new URLSearchParams(mailto.slice('mailto:?'.length));
  expect(query.get('subject')).toBe('Exact Online mit Waxseal verbinden');
  expect(query.get('body')).toContain(`\r\n\r\n${base}/${asked.token}`);
  expect(query.get('body')).toContain('Bakkerij');
  expect(mailto).not.toContain(encodeURIComponent(email));
  const embedded = await createInvitation(ctx, {
    ...{ customer: { name: 'x' }, client_registration_id: registration.id, channel: 'embed' },
  });
  const token = embedded.url.reveal().split('/').at(-1) ?? '';
  expect(await textOf(await to(welcome, token))).not.toContain('mailto:?subject');
});
