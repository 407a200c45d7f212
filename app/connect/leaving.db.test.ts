import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#lib/browser/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { messages } from '#lib/i18n/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { changeRegistration, type RegistrationView } from '#lib/tenancy/index.ts';
import { type Asked, anInvitation, connect, eventsOf } from '#lib/testing/journey.ts';
import { control } from '#lib/testing/provider.ts';
import { aPartner, aRegistration, type World, world } from '#lib/testing/world.ts';
import { GET as beforeYouGo, POST as go } from './[token]/go/route.tsx';
import { GET as result } from './[token]/result/route.tsx';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

type Handler = (request: Request, route: { params: Promise<{ token: string }> }) => Promise<Response>;
const route = ({ token }: Asked) => ({ params: Promise.resolve({ token }) });
const address = (path: string) => `http://localhost:3999${path}`;

/** *Go to Exact Online*, pressed. */
const leave = (asked: Asked) =>
  go(
    new Request(address(`/connect/${asked.token}/go`), {
      method: 'POST',
      body: new URLSearchParams({ csrf: formToken(asked.token), lang: 'en' }),
    }),
    route(asked),
  );
const look = (page: Handler, asked: Asked, path: string) => page(new Request(address(path)), route(asked));
const whereTo = (answer: Response) => new URL(answer.headers.get('location') ?? '', address('/'));

const tripsOf = ({ partnerId }: Ctx, { id }: Asked) =>
  inTenant(partnerId, (tx) => tx.authorizationRequest.count({ where: { partnerId, invitationId: id } }));
const toldOf = async (ctx: Ctx, { connectionId }: Asked) =>
  (await eventsOf(ctx)).filter((told) => told.connectionId === connectionId).map(({ type, data }) => [type, data]);

/** Exact has another secret on record than the partner gave us, and one customer found out. */
async function aRefusedApp() {
  const ctx = await aPartner();
  const registration = await aRegistration(ctx);
  const { clientId: client_id, redirectUri: redirect_uri, name } = registration;
  const known = { client_id, redirect_uri, name, site: 'nl', realm: ctx.partnerId };
  await control('PUT', 'clients', { ...known, client_secret: 'another one' });
  expect((await connect(await anInvitation(ctx, registration), registration)).outcome).toBe('app_not_ready');
  return { ctx, registration };
}

const mend = (ctx: Ctx, { id, clientId }: RegistrationView) =>
  changeRegistration(ctx, id, {
    ...{ name: 'Mended', site: 'nl', client_id: clientId, client_secret: 'another one' },
    ...{ preflight: true, pkce: true },
  });

describe('an app that Exact refused a moment ago', () => {
  test('keeps the next customer here, who reads why, and the partner is told of them', async () => {
    const { ctx, registration } = await aRefusedApp();
    const asked = await anInvitation(ctx, registration);
    const answer = await leave(asked);
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      `/connect/${asked.token}/result?ended=app_not_ready&lang=en`,
    ]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await tripsOf(ctx, asked)).toBe(0);
    expect(await toldOf(ctx, asked)).toContainEqual([
      'registration.check_failed',
      expect.objectContaining({ registration_id: registration.id, reason: 'client_rejected', turned_away: true }),
    ]);
    const { pathname, search } = whereTo(answer);
    const read = await (await look(result, asked, pathname + search)).text();
    expect(read).toContain(messages.en.problem.app_not_ready.what);
    expect(read).toContain(messages.en.problem.app_not_ready.todo);
    expect(read).toMatch(/WX-[0-9A-Z]{6}/);
  });

  test('lets them go once it is mended', async () => {
    const { ctx, registration } = await aRefusedApp();
    const asked = await anInvitation(ctx, registration);
    await leave(asked);
    await mend(ctx, registration);
    expect(whereTo(await leave(asked)).pathname).toBe('/api/oauth2/auth');
    expect(await tripsOf(ctx, asked)).toBe(1);
  });
});

/** Chromium holds every redirect that follows a form against its page's policy; Exact signs people in on a host beside the first. */
test('the page that leaves may lead to whatever stands in for Exact, to where that signs people in, and to no other plain address', async () => {
  const ctx = await aPartner();
  const asked = await anInvitation(ctx, await aRegistration(ctx));
  const page = await look(beforeYouGo, asked, `/connect/${asked.token}/go?hop=1`);
  const policy = page.headers.get('content-security-policy') ?? '';
  const [own, ...others] = /form-action ([^;]+)/.exec(policy)?.[1]?.split(' ') ?? [];
  const standIns = Object.values(house.config.simulatorOrigins);
  expect(own).toBe("'self'");
  expect(others.sort()).toEqual(
    ['https:', ...standIns, ...standIns.map((each) => each.replace('127.0.0.1', 'login.localhost'))].sort(),
  );
});
