import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#lib/browser/index.ts';
import { chooseSite, visitInvitation } from '#lib/consent/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { addOrigin, listOrigins, removeOrigin } from '#lib/tenancy/index.ts';
import { call } from '#lib/testing/api.ts';
import { hostileTargets } from '#lib/testing/hostile.ts';
import { type Asked, anInvitation, connect, opened } from '#lib/testing/journey.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { POST as decline } from './[token]/decline/route.ts';
import { POST as keep } from './[token]/keep/route.ts';
import { POST as askLink } from './[token]/link/route.tsx';
import { GET as result } from './[token]/result/route.tsx';
import { GET as welcome } from './[token]/route.tsx';

/** The way back to the partner: offered as a link, to their own origins only, with nothing added to it. */

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const base = 'http://localhost:3999';
const origin = 'https://app.example.com';
const back = `${origin}/exact?customer=7&done=1`;
type Handler = typeof result;
const at = (page: Handler, { token }: Asked, path = '', init: RequestInit = {}) =>
  page(new Request(`${base}/connect/${token}${path}`, init), { params: Promise.resolve({ token }) });
const press = (page: Handler, asked: Asked) =>
  at(page, asked, '', { method: 'POST', body: new URLSearchParams({ csrf: formToken(asked.token), lang: 'en' }) });

/** Where the page's links and its head lead outside of ours. */
async function waysOut(answer: Response): Promise<string[]> {
  const html = (await answer.text()).replaceAll('&amp;', '&');
  expect([answer.status, answer.headers.get('location'), answer.headers.get('refresh')]).toEqual([200, null, null]);
  expect(html).not.toContain('http-equiv');
  return [...html.matchAll(/href="(https?:[^"]*)"/g)].flatMap(([, href = '']) =>
    href.includes('exactonline') || href.startsWith('http://127.0.0.1') ? [] : [href],
  );
}

async function aPartnerWithAnOrigin() {
  const ctx = await aPartner();
  await addOrigin(ctx, origin);
  return { ctx, registration: await aRegistration(ctx), key: (await anApiKey(ctx)).key };
}
const asking = (registration: { id: string }, more: object) => ({
  customer: { name: 'Bakkerij', email: 'b@example.test', locale: 'en' },
  client_registration_id: registration.id,
  ...more,
});

describe('the pages at the end', () => {
  test('done, kept and declined lead back, and no page before them does', async () => {
    const { ctx, registration } = await aPartnerWithAnOrigin();
    const asked = await anInvitation(ctx, registration, { return_url: back });
    expect(await waysOut(await at(welcome, asked))).toEqual([]);
    expect(await waysOut(await at(result, asked, '?ended=provider_down').then(asOk))).toEqual([]);
    expect((await press(decline, asked)).headers.get('location')).toContain('ended=declined');
    expect(await waysOut(await at(result, asked, '?ended=declined'))).toEqual([back]);
    await connect(asked, registration);
    expect(await waysOut(await at(welcome, asked))).toEqual([back]);
    const again = await anInvitation(ctx, registration, {
      return_url: `${back}&again`,
      customer: await sameCustomer(asked),
    });
    await press(keep, again);
    expect(await waysOut(await at(result, { ...again }, '?ended=kept'))).toEqual([`${back}&again`]);
  });

  test('without one there is none, and none once the origin was removed', async () => {
    const { ctx, registration } = await aPartnerWithAnOrigin();
    const [without, removed] = [
      await anInvitation(ctx, registration),
      await anInvitation(ctx, registration, { return_url: back }),
    ];
    for (const asked of [without, removed]) await press(decline, asked);
    for (const { id } of await listOrigins(ctx)) await removeOrigin(ctx, id);
    for (const asked of [without, removed])
      expect(await waysOut(await at(result, asked, '?ended=declined'))).toEqual([]);
    await addOrigin(ctx, origin);
    expect(await waysOut(await at(result, removed, '?ended=declined'))).toEqual([back]);
  });

  test('the way goes along to a new link and to another country', async () => {
    const { ctx, registration } = await aPartnerWithAnOrigin();
    const customer = { name: 'Bakkerij', email: 'new@example.test' };
    const late = await anInvitation(ctx, registration, { return_url: back, customer, expires_in: 60, channel: 'mail' });
    await later(ctx, 61);
    await press(askLink, late);
    const { rows } = await house.admin.query('SELECT return_url FROM invitation WHERE replaces = $1', [late.id]);
    expect(rows).toEqual([{ return_url: back }]);
    await aRegistration(ctx, { site: 'be' });
    const open = await anInvitation(ctx, registration, { return_url: back, choose_site: true });
    expect(await chooseSite(await opened(open), 'be')).toMatchObject({ kind: 'chosen', visit: { returnUrl: back } });
  });
});

/** A problem's own status would hide what the page holds. */
const asOk = (answer: Response) => new Response(answer.body, { status: 200, headers: answer.headers });

async function sameCustomer({ connectionId }: Asked) {
  const { rows } = await house.admin.query(
    `UPDATE customer u SET external_id = 'K-1' FROM connection c WHERE c.id = $1 AND c.partner_id = u.partner_id AND c.customer_id = u.id RETURNING name`,
    [connectionId],
  );
  return { name: rows[0].name as string, external_id: 'K-1' };
}

const bad = [
  ...hostileTargets,
  `${origin}/#x`,
  `${origin}@evil.example/`,
  `${origin}.evil.example/`,
  `${origin}:8443/`,
  `${origin}\\@evil.example`,
  'https://other.example.com/',
  `${origin}/${'x'.repeat(480)}`,
];

describe('E-1: where a return_url may lead', () => {
  test.each(bad.map((text) => [text.slice(0, 60), text]))(
    '%j is refused by the API, and nothing is made',
    async (_, text) => {
      const { ctx, registration, key } = await aPartnerWithAnOrigin();
      const answer = await call('createInvitation', { key, body: asking(registration, { return_url: text }) });
      expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_request']);
      expect(answer.text).not.toContain('evil');
      const made = 'SELECT count(*)::int AS n FROM invitation WHERE partner_id = $1';
      expect((await house.admin.query(made, [ctx.partnerId])).rows).toEqual([{ n: 0 }]);
    },
  );

  test('one that was stored all the same is not shown', async () => {
    const { ctx, registration } = await aPartnerWithAnOrigin();
    const asked = await anInvitation(ctx, registration, { return_url: back });
    await press(decline, asked);
    await house.admin.query('ALTER TABLE invitation DROP CONSTRAINT invitation_return_url');
    for (const text of bad.filter((each) => !each.includes('\u0000'))) {
      await house.admin.query('UPDATE invitation SET return_url = $2 WHERE id = $1', [asked.id, text]);
      expect([text, await waysOut(await at(result, asked, '?ended=declined'))]).toEqual([text, []]);
      expect((await visitInvitation(asked.token))?.returnUrl).toBeNull();
    }
  });

  test('another partner’s origin is none of ours; what was named is told to whoever asks the API', async () => {
    const [one, two] = [await aPartnerWithAnOrigin(), await aPartnerWithAnOrigin()];
    const live: Ctx = two.ctx;
    await addOrigin(live, 'https://two.example.com');
    const foreign = asking(one.registration, { return_url: 'https://two.example.com/' });
    expect((await call('createInvitation', { key: one.key, body: foreign })).status).toBe(400);
    const made = await call('createInvitation', { key: one.key, body: asking(one.registration, { return_url: back }) });
    const read = await call('readInvitation', { key: one.key, id: String(made.json['id']) });
    expect(read.json['return_url']).toBe(back);
  });
});
