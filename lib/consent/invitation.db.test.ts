import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import { minutes } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { addOrigin } from '../tenancy/index.ts';
import { tablesWith } from '../testing/canaries.ts';
import {
  anInvitation,
  aSealedConnection,
  eventsOf,
  eventTypes,
  firstReminder,
  grantOf,
  leave,
  opened,
} from '../testing/journey.ts';
import { again, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import {
  createInvitation,
  doubtGrant,
  inviteAgain,
  noteOpened,
  openLink,
  visitAccess,
  visitInvitation,
  withdrawConsent,
  withdrawInvitation,
} from './index.ts';

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

describe('an invitation', () => {
  test.each([
    ['embed', 30],
    ['redirect', 240],
    ['mail', 7 * 1440],
  ] as const)('by %s is open for %i minutes, and closes at the last', async (channel, span) => {
    const partner = await aPartner();
    const customer = { name: 'x', email: 'a@example.test' };
    const asked = await anInvitation(partner, await aRegistration(partner), { channel, customer });
    const { invitation, state } = await opened(asked);
    expect(invitation.expiresAt.getTime() - invitation.createdAt.getTime()).toBe(minutes(span));
    expect(state).toBe('open');
    const age = (invitation.createdAt.getTime() - Date.now()) / 1000;
    await later(partner, Math.floor(span * 60 + age) - 30);
    expect((await opened(asked)).state).toBe('open');
    await later(partner, 60);
    expect((await opened(asked)).state).toBe('lapsed');
  });

  test('changes nothing by being read, however often: mail scanners read too (TH9)', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx));
    const before = await house.admin.query('SELECT * FROM invitation WHERE id = $1', [asked.id]);
    const told = (await eventTypes(ctx)).length;
    for (let n = 0; n < 20; n++) await visitInvitation(asked.token);
    expect((await house.admin.query('SELECT * FROM invitation WHERE id = $1', [asked.id])).rows).toEqual(before.rows);
    expect(await eventTypes(ctx)).toHaveLength(told);
  });

  test('is opened once, whoever presses how often', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx));
    const visit = await opened(asked);
    await Promise.all([noteOpened(visit), noteOpened(visit), noteOpened(visit)]);
    const told = (await eventsOf(ctx)).filter(({ connectionId }) => connectionId === asked.connectionId);
    expect(told.map(({ type }) => type)).toEqual(['invitation.opened']);
  });

  test('lies in the database as a hash and sealed, never as a link', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx));
    expect(await tablesWith(house.admin, [asked.token, asked.token.split('_')[2] ?? ''])).toEqual([]);
    const link = await openLink(ctx, { invitationId: asked.id });
    expect(link?.reveal()).toBe(asked.token);
    expect(await openLink(await aPartner(), { invitationId: asked.id })).toBeNull();
  });

  test('of an unknown, altered or foreign link leads nowhere', async () => {
    const { token } = await anInvitation(ctx, await aRegistration(ctx));
    const other = await aPartner();
    for (const odd of [
      '',
      'x',
      `${token}x`,
      token.slice(0, -1),
      token.toUpperCase(),
      token.replace('wxi', 'wxa'),
      token.replace(ctx.partnerId.slice(4), other.partnerId.slice(4)),
    ])
      expect([odd, await visitInvitation(odd)]).toEqual([odd, null]);
  });

  test('can be taken back while it is open, once, by its own partner', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx));
    await expect(withdrawInvitation(await aPartner(), asked.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await withdrawInvitation(ctx, asked.id)).toBe(true);
    expect(await withdrawInvitation(ctx, asked.id)).toBe(false);
    expect((await opened(asked)).state).toBe('withdrawn');
    const { asked: used } = await aSealedConnection(ctx);
    expect(await withdrawInvitation(ctx, used.id)).toBe(false);
    expect((await opened(used)).state).toBe('used');
  });

  test('by mail is put as a job in the same transaction, with ids only', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration, {
      channel: 'mail',
      customer: { name: 'x', email: 'a@example.test' },
    });
    const { rows } = await house.admin.query(
      `SELECT data FROM pgboss.job WHERE name = 'mail.invitation' AND data->>'invitationId' = $1`,
      [asked.id],
    );
    expect(rows).toEqual([{ data: { partnerId: ctx.partnerId, invitationId: asked.id } }]);
  });
});

describe('a customer', () => {
  test('with an external id is one, through any number of first invitations at once', async () => {
    const registration = await aRegistration(ctx);
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        createInvitation(ctx, {
          customer: { name: `Naam ${n}`, external_id: 'K-77' },
          client_registration_id: registration.id,
        }),
      ),
    );
    expect(new Set(made.map(({ connectionId }) => connectionId)).size).toBe(1);
    const { rows } = await house.admin.query(
      `SELECT count(*) FROM customer WHERE external_id = 'K-77' AND partner_id = $1`,
      [ctx.partnerId],
    );
    expect(rows[0].count).toBe('1');
  });

  test('known by it is brought up to date, and keeps what is not said again', async () => {
    const registration = await aRegistration(ctx);
    const external_id = 'K-78';
    await anInvitation(ctx, registration, {
      customer: { name: 'Oud', email: 'oud@example.test', locale: 'en', external_id },
    });
    const asked = await anInvitation(ctx, registration, { customer: { name: 'Nieuw', external_id } });
    const visit = await opened(asked);
    expect(visit.customer).toMatchObject({ name: 'Nieuw', email: 'oud@example.test', locale: 'en' });
    expect(visit.invitation.locale).toBe('en');
  });

  test('without one is a new customer each time, and other partners’ external ids are their own', async () => {
    const [registration, other] = [await aRegistration(ctx), await aPartner()];
    const one = await anInvitation(ctx, registration);
    const two = await anInvitation(ctx, registration);
    expect(one.connectionId).not.toBe(two.connectionId);
    const theirs = await anInvitation(other, await aRegistration(other), {
      customer: { name: 'x', external_id: 'K-77' },
    });
    expect((await opened(theirs)).partner.id).toBe(other.partnerId);
  });
});

describe('the customer’s lasting page', () => {
  async function aPage() {
    const partner = await aPartner();
    const sealed = await aSealedConnection(partner);
    const access = (await openLink(partner, { connectionId: sealed.connectionId }))?.reveal() ?? '';
    return { partner, access, ...sealed };
  }
  const visited = async (access: string) => {
    const visit = await visitAccess(access);
    if (!visit) throw new Error('no such page');
    return visit;
  };

  test('says who holds what until when, under one link for all consents to come', async () => {
    const { partner, access, grantId, connectionId, registration } = await aPage();
    expect((await visited(access)).standing).toMatchObject({ grantId, custody: 'sealed', identity: 'known' });
    const again2 = await inviteAgain(partner, connectionId, 'redirect');
    expect(again2.connectionId).toBe(connectionId);
    expect((await openLink(partner, { connectionId }))?.reveal()).toBe(access);
    expect((await visited(access)).invitation.id).toBe(again2.id);
    expect(registration.id).toBe((await visited(access)).registration.id);
    expect(await visitAccess(`${access}x`)).toBeNull();
  });

  test('connecting again expects and leads back as before', async () => {
    const registration = await aRegistration(ctx);
    await addOrigin(ctx, 'https://app.example.com');
    const wanted = { exact_user: 'j.jansen', division: 1234 };
    const return_url = 'https://app.example.com/back';
    const asked = await anInvitation(ctx, registration, { expect: wanted, return_url });
    const made = await inviteAgain(ctx, asked.connectionId, 'redirect');
    const token = new URL(made.url.reveal()).pathname.split('/').at(-1) ?? '';
    const { invitation, returnUrl } = await opened({ ...asked, token });
    expect([invitation.id, invitation.expected, returnUrl]).toEqual([made.id, wanted, return_url]);
  });

  test('withdrawing shreds what is held, says so, and a claim finds nothing', async () => {
    const { partner, access, grantId, connectionId } = await aPage();
    expect(await withdrawConsent(await visited(access))).toBe('shredded');
    expect(await grantOf(partner, grantId)).toMatchObject({
      custody: 'shredded',
      refreshToken: null,
      accessToken: null,
    });
    expect((await eventTypes(partner)).slice(-2)).toEqual(['security.consent_withdrawn', 'grant.shredded']);
    const due = await later(partner, 570);
    await expect(claimHandoff(due, { connectionId })).rejects.toMatchObject({ code: 'needs_consent' });
  });

  test('withdrawing leaves no token behind, also none that an older consent of the connection gave', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner, { preflight: false }); // so the older one is not superseded
    const invitation = { customer: { name: 'x', external_id: 'K-1' } };
    const older = await aSealedConnection(partner, { registration, invitation });
    const newer = await aSealedConnection(partner, { registration, invitation });
    expect((await grantOf(partner, older.grantId)).custody).toBe('sealed');
    const access = (await openLink(partner, newer))?.reveal() ?? '';
    expect(await withdrawConsent(await visited(access))).toBe('shredded');
    for (const { grantId } of [older, newer])
      expect(await grantOf(partner, grantId)).toMatchObject({
        custody: 'shredded',
        refreshToken: null,
        accessToken: null,
      });
  });

  test('withdrawing after the claim but before delivery still keeps the token from leaving', async () => {
    const { partner, access, grantId, connectionId } = await aPage();
    const due = await later(partner, 570);
    const handoff = await claimHandoff(due, { connectionId });
    await withdrawConsent(await visited(access));
    await expect(redeemHandoff(due, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    expect((await grantOf(partner, grantId)).refreshToken).toBeNull();
  });

  test('withdrawing after the handover is out of our reach, and says that', async () => {
    const { partner, access, connectionId } = await aPage();
    const due = await later(partner, 570);
    const handoff = await claimHandoff(due, { connectionId });
    await redeemHandoff(due, handoff.id, 'k');
    expect(await withdrawConsent(await visited(access))).toBe('out_of_reach');
  });

  test('doubting parks it until a member accepts; it keeps its clock meanwhile', async () => {
    const { partner, grantId, asked, connectionId } = await aPage();
    expect(await doubtGrant(await opened(asked))).toBe(true);
    expect(await doubtGrant(await opened(asked))).toBe(false);
    const parked = await grantOf(partner, grantId);
    expect(parked).toMatchObject({ custody: 'parked', parkedReason: 'customer_doubts', dueAt: firstReminder(parked) });
    const due = await later(partner, 570);
    await expect(claimHandoff(due, { connectionId })).rejects.toMatchObject({ code: 'not_claimable' });
    const now = await again(due);
    expect(await inTenant(now.partnerId, (tx) => acceptGrant(tx, now, grantId))).toBe(true);
    expect(await grantOf(partner, grantId)).toMatchObject({
      custody: 'sealed',
      lapsesAt: parked.lapsesAt,
      parkedReason: null,
    });
    expect(await claimHandoff(now, { connectionId })).toMatchObject({ status: 'claimed' });
  });

  test('a parked grant lapses like any other, and is accepted no more', async () => {
    const { partner, grantId, asked } = await aPage();
    await doubtGrant(await opened(asked));
    const after = await later(partner, 30 * 86_400);
    expect((await grantOf(partner, grantId)).custody).toBe('lapsed');
    expect(await inTenant(after.partnerId, (tx) => acceptGrant(tx, after, grantId))).toBe(false);
  });
});

test('a trip begins with a state that is stored as a hash, PKCE by S256, and the registration’s own redirect URL', async () => {
  const registration = await aRegistration(ctx);
  const asked = await anInvitation(ctx, registration);
  const { authorizeUrl, state } = await leave(asked);
  const query = new URL(authorizeUrl).searchParams;
  expect(query.get('code_challenge_method')).toBe('S256');
  expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/);
  expect(query.get('redirect_uri')).toBe(registration.redirectUri);
  expect(query.has('scope')).toBe(false);
  expect(await tablesWith(house.admin, [state, state.split('_')[2] ?? ''])).toEqual([]);
  const plain = await aRegistration(ctx, { pkce: false });
  const second = await leave(await anInvitation(ctx, plain));
  expect(new URL(second.authorizeUrl).searchParams.has('code_challenge')).toBe(false);
});
