import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { discardGrant, identifyAgain, noDemands, parkGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff } from '../handoff/index.ts';
import { minutes } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { changeRegistration, type RegistrationView } from '../tenancy/index.ts';
import {
  type Asked,
  anInvitation,
  comeBack,
  connect,
  decide,
  eventsOf,
  grantOf,
  leave,
  opened,
  tripOf,
} from '../testing/journey.ts';
import { control, journal, manageDivisions, tokenCalls } from '../testing/provider.ts';
import { anApiKey, aPartner, aRegistration, later, type World, world } from '../testing/world.ts';
import {
  chooseSite,
  confirmAccount,
  createInvitation,
  declineForGood,
  faultOf,
  inviteAgain,
  isClosed,
  isQuestionOpen,
  isTurnedAway,
  keepStanding,
  lookAgain,
  noteTurnedAway,
  ownTrip,
  readInvitation,
  readTrip,
  siteChoices,
  startAuthorization,
  type Visit,
  visitInvitation,
  visitOf,
  withdrawInvitation,
} from './index.ts';

const browser = 'this browser';
const sanne = { user: 's.devries', open: 1240118, other: 1240119 } as const;

let house: World;
let ctx: Ctx;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
});
afterAll(() => house.close());

type Consented = { asked: Asked; registration: RegistrationView; grantId: string; trip: string };

/** A customer is back from Exact, having ticked these companies. */
async function consented(
  divisions: readonly number[],
  { expect: expected, more = {} }: { expect?: { exact_user?: string; division?: number }; more?: object } = {},
): Promise<Consented> {
  const registration = await aRegistration(ctx, more);
  const asked = await anInvitation(ctx, registration, expected ? { expect: expected } : {});
  const trip = await connect(asked, registration, { user: sanne.user, divisions });
  return { asked, registration, grantId: trip.grantId ?? '', trip: trip.id };
}

const eventsOfGrant = async (grantId: string) =>
  (await eventsOf(ctx))
    .filter(({ data }) => data['grant_id'] === grantId)
    .map(({ type, data }) => [type, data['reason']]);

const looksOf = (grantId: string) =>
  inTenant(ctx.partnerId, (tx) =>
    tx.opening.findMany({
      where: { partnerId: ctx.partnerId, grantId },
      select: { field: true, authorizationRequestId: true, handoffId: true, renewalId: true },
    }),
  );

describe('an open administration that was left out (itgeneor321)', () => {
  beforeEach(() => control('POST', 'switches', { currentDivisionInScope: false }));
  afterAll(() => control('POST', 'switches', { currentDivisionInScope: false }));

  test.each([false, true])(
    'parks the consent, whether the provider lists what is ticked or refuses to (R6: %s)',
    async (refuses) => {
      await control('POST', 'switches', { currentDivisionInScope: refuses });
      const { asked, grantId } = await consented([sanne.other]);

      expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'current_missing' });
      const { standing } = await opened(asked);
      expect(standing?.current).toEqual({ code: sanne.open, customer: expect.any(String), granted: false });
      expect(standing && faultOf(standing)).toBe('current_missing');
      expect(isQuestionOpen(await opened(asked))).toBe(false);
    },
  );

  test('checked again before it is ticked stays parked, and is told once', async () => {
    const { asked, grantId, trip } = await consented([sanne.other]);
    expect(await lookAgain(await opened(asked), trip)).toBe('seen');
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'current_missing' });
    expect(await eventsOfGrant(grantId)).toEqual([
      ['invitation.finished', undefined],
      ['grant.parked', 'current_missing'],
    ]);
  });

  test('ticked at Exact and checked again is sealed, with no token spent and every look on record', async () => {
    const { asked, grantId, trip, registration } = await consented([sanne.other]);
    await manageDivisions(registration, sanne.user, [sanne.open, sanne.other]);
    const spent = (await tokenCalls(registration)).length;

    expect(await lookAgain(await opened(asked), trip)).toBe('seen');

    const grant = await grantOf(ctx, grantId);
    expect(grant).toMatchObject({ custody: 'sealed', parkedReason: null, spends: 0, generation: 0 });
    expect((grant.divisions as { code: number }[]).map(({ code }) => code)).toEqual([sanne.open, sanne.other]);
    expect(await looksOf(grantId)).toEqual([
      { field: 'access_token', authorizationRequestId: trip, handoffId: null, renewalId: null },
    ]);
    expect((await eventsOfGrant(grantId)).at(-1)).toEqual(['grant.sealed', undefined]);
    expect((await tokenCalls(registration)).length).toBe(spent);
  });

  test('unticked later and checked again is parked: a look goes by what it sees', async () => {
    const { asked, grantId, trip, registration } = await consented([sanne.open, sanne.other]);
    await manageDivisions(registration, sanne.user, [sanne.other]);
    await lookAgain(await opened(asked), trip);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'current_missing' });
  });

  test('two looks at once release it once', async () => {
    const { asked, grantId, trip, registration } = await consented([sanne.other]);
    await manageDivisions(registration, sanne.user, [sanne.open]);
    const visit = await opened(asked);
    expect(await Promise.all([lookAgain(visit, trip), lookAgain(visit, trip)])).toEqual(['seen', 'seen']);
    const sealed = (await eventsOfGrant(grantId)).filter(([type]) => type === 'grant.sealed');
    expect([sealed.length, (await grantOf(ctx, grantId)).custody]).toEqual([1, 'sealed']);
  });

  test('what a member parked is not released by a look', async () => {
    const { asked, grantId, trip } = await consented([sanne.open]);
    const of = { id: grantId, connectionId: asked.connectionId };
    await inTenant(ctx.partnerId, (tx) => parkGrant(tx, ctx, of, 'member_doubts'));
    await lookAgain(await opened(asked), trip);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'member_doubts' });
  });

  test('an older consent keeps its place until the new one fits', async () => {
    const registration = await aRegistration(ctx);
    const customer = { name: 'Twice', external_id: 'twice' };
    const first = await anInvitation(ctx, registration, { customer });
    const before = await connect(first, registration, { user: 'j.jansen' });
    const again = await anInvitation(ctx, registration, { customer });
    const { id, grantId } = await connect(again, registration, { user: sanne.user, divisions: [sanne.other] });
    const custodies = async () => [
      (await grantOf(ctx, before.grantId ?? '')).custody,
      (await grantOf(ctx, grantId ?? '')).custody,
    ];
    expect(await custodies()).toEqual(['sealed', 'parked']);
    await manageDivisions(registration, sanne.user, [sanne.open]);
    await lookAgain(await opened(again), id);
    expect(await custodies()).toEqual(['superseded', 'sealed']);
  });
});

describe('a look that goes wrong, or comes too late', () => {
  /** An older consent of another user, good and sealed, and a newer one that leaves out what is open. */
  async function twoConsents(name: string) {
    const registration = await aRegistration(ctx);
    const customer = { name, external_id: name };
    const before = await connect(await anInvitation(ctx, registration, { customer }), registration, {
      user: 'j.jansen',
    });
    const asked = await anInvitation(ctx, registration, { customer });
    const { id: trip, grantId } = await connect(asked, registration, { user: sanne.user, divisions: [sanne.other] });
    const custodies = async () => [
      (await grantOf(ctx, before.grantId ?? '')).custody,
      (await grantOf(ctx, grantId ?? '')).custody,
    ];
    return { registration, asked, trip, grantId: grantId ?? '', custodies };
  }

  test.each([
    { kind: 'status', when: 'before', status: 503 },
    { kind: 'refuse', when: 'before', status: 429, body: '' },
    { kind: 'refuse', when: 'before', status: 200, body: '<xml/>' },
  ])('a list that cannot be read (%j) releases nothing and ends nothing', async (fault) => {
    const { registration, asked, trip, grantId, custodies } = await twoConsents(`unread-${fault.kind}-${fault.status}`);
    const before = await grantOf(ctx, grantId);
    await control('POST', 'faults', { client_id: registration.clientId, endpoint: 'divisions', times: 1, ...fault });
    expect(await lookAgain(await opened(asked), trip)).toBe('unreadable');
    expect(await custodies()).toEqual(['sealed', 'parked']);
    expect(await grantOf(ctx, grantId)).toEqual(before);
  });

  const seenWhole = (grant: { exactUser: unknown }) => ({
    user: grant.exactUser as never,
    divisions: [],
    current: { code: sanne.open, customer: null, granted: true },
  });

  test('what was left out has to be seen to be there: a list that was read in part mends nothing', async () => {
    const { grantId, custodies } = await twoConsents('in part');
    const seen = seenWhole(await grantOf(ctx, grantId));
    const inPart = { ...seen, current: { ...seen.current, granted: null } };
    await inTenant(ctx.partnerId, (tx) => identifyAgain(tx, ctx, grantId, inPart, noDemands));
    expect(await custodies()).toEqual(['sealed', 'parked']);
  });

  test('declined while the provider was asked: it stays shredded, and the older one stands', async () => {
    const { asked, grantId, custodies } = await twoConsents('declined meanwhile');
    const seen = seenWhole(await grantOf(ctx, grantId));
    const of = { id: grantId, connectionId: asked.connectionId, custody: 'parked' };
    await inTenant(ctx.partnerId, (tx) => discardGrant(tx, ctx, of, 'declined'));
    await inTenant(ctx.partnerId, (tx) => identifyAgain(tx, ctx, grantId, seen, noDemands));
    expect(await custodies()).toEqual(['sealed', 'shredded']);
  });

  test('one that somebody doubts ends nothing, whatever is seen', async () => {
    const { grantId, custodies } = await twoConsents('doubted');
    const seen = seenWhole(await grantOf(ctx, grantId));
    await house.admin.query(`UPDATE token_grant SET parked_reason = 'member_doubts' WHERE id = $1`, [grantId]);
    await inTenant(ctx.partnerId, (tx) => identifyAgain(tx, ctx, grantId, seen, noDemands));
    expect(await custodies()).toEqual(['sealed', 'parked']);
  });
});

describe('looking again', () => {
  test('works for ten minutes, no longer, and opens nothing then', async () => {
    const own = await aPartner();
    const registration = await aRegistration(own);
    const asked = await anInvitation(own, registration, { expect: { division: sanne.other } });
    const trip = await connect(asked, registration, { user: sanne.user, divisions: [sanne.open] });
    expect((await opened(asked)).standing?.lookable).toBe(true);
    await later(own, 590);
    expect((await opened(asked)).standing?.lookable).toBe(false);
    expect(await lookAgain(await opened(asked), trip.id)).toBe('too_late');
    const openings = await inTenant(own.partnerId, (tx) => tx.opening.count({ where: { partnerId: own.partnerId } }));
    expect(openings).toBe(0);
  });

  test('an expected administration that is ticked afterwards is found', async () => {
    const { asked, grantId, trip, registration } = await consented([sanne.open], { expect: { division: sanne.other } });
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'wrong_company' });
    await manageDivisions(registration, sanne.user, [sanne.open, sanne.other]);
    await lookAgain(await opened(asked), trip);
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
  });

  test('with the pre-flight off nothing is ever asked', async () => {
    const { asked, trip, registration } = await consented([sanne.open], { more: { preflight: false } });
    expect(await lookAgain(await opened(asked), trip)).toBe('too_late');
    expect((await journal(registration)).filter(({ path }) => path.startsWith('/api/v1/'))).toEqual([]);
  });

  test('is for the browser that consented, and for twenty looks', async () => {
    const { asked, trip } = await consented([sanne.other], { expect: { division: 1 } });
    const visit = await opened(asked);
    expect(await ownTrip(visit, browser)).toBe(trip);
    for (const other of ['another browser', '', null]) expect(await ownTrip(visit, other)).toBeNull();
    const looks: string[] = [];
    for (let each = 0; each < 21; each += 1) looks.push(await lookAgain(visit, trip));
    expect(looks.at(-1)).toBe('too_late');
    expect(looks.slice(0, 20)).not.toContain('too_late');
  });
});

describe('is this the right account?', () => {
  test('asked, a yes is noted once and changes nothing else', async () => {
    const { asked, grantId } = await consented([sanne.open]);
    expect(isQuestionOpen(await opened(asked))).toBe(true);
    expect(await confirmAccount(await opened(asked))).toBe(true);
    expect(await confirmAccount(await opened(asked))).toBe(false);
    expect(isQuestionOpen(await opened(asked))).toBe(false);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed', confirmedAt: expect.any(Date) });
    expect((await eventsOfGrant(grantId)).map(([type]) => type)).toEqual(['invitation.finished', 'grant.sealed']);
  });

  test('required, silence parks it and a yes seals it', async () => {
    const { asked, grantId } = await consented([sanne.open], { more: { confirmation: 'require' } });
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'not_confirmed' });
    expect(isQuestionOpen(await opened(asked))).toBe(true);
    await confirmAccount(await opened(asked));
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
    expect((await eventsOf(ctx)).at(-1)).toMatchObject({ type: 'grant.sealed', data: { confirmed: true } });
  });

  test('a yes releases nothing that was parked for another reason', async () => {
    const { asked, grantId } = await consented([sanne.open], {
      expect: { exact_user: 'j.jansen' },
      more: { confirmation: 'require' },
    });
    await confirmAccount(await opened(asked));
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'wrong_user' });
  });

  test('put right first, a required yes is still asked for', async () => {
    const { asked, grantId, trip, registration } = await consented([sanne.other], {
      more: { confirmation: 'require' },
    });
    await manageDivisions(registration, sanne.user, [sanne.open]);
    await lookAgain(await opened(asked), trip);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'not_confirmed' });
    await confirmAccount(await opened(asked));
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
  });

  test('skipped, or with nothing to see, nobody is asked', async () => {
    for (const more of [{ confirmation: 'skip' }, { preflight: false }]) {
      const { asked } = await consented([sanne.open], { more });
      expect(isQuestionOpen(await opened(asked))).toBe(false);
    }
  });
});

describe('a claim before anybody has looked', () => {
  test('is refused for the moment, so that what is demanded of a consent cannot be outrun', async () => {
    const { asked, grantId, registration } = await consented([sanne.open], { more: { confirmation: 'require' } });
    await house.admin.query(
      `UPDATE token_grant SET custody = 'sealed', parked_reason = NULL, identity = 'pending' WHERE id = $1`,
      [grantId],
    );
    const { ctx: machine } = await anApiKey(await later(ctx, 60));
    await house.admin.query(`UPDATE token_grant SET identity = 'pending' WHERE id = $1`, [grantId]); // the sweep had settled it
    await house.admin.query(`UPDATE token_grant SET issued_at = issued_at - interval '20 minutes' WHERE id = $1`, [
      grantId,
    ]);
    const claim = () =>
      claimHandoff(machine, { connectionId: asked.connectionId, target: 'redeem', recipientKeyId: undefined });
    await expect(claim()).rejects.toMatchObject({ code: 'not_claimable' });
    expect(registration.confirmation).toBe('require');
    await house.admin.query(`UPDATE token_grant SET identity = 'known' WHERE id = $1`, [grantId]);
    expect((await claim()).status).toBe('claimed');
  });
});

describe('one trip at a time in one browser', () => {
  test('an older one that comes back spends nothing and says that it was replaced', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const older = await leave(asked, browser);
    const newer = await leave(asked, browser);
    const answer = await comeBack(registration, await decide(older.authorizeUrl), browser);
    expect((await tripOf(answer)).outcome).toBe('replaced');
    expect(await tokenCalls(registration)).toEqual([]);
    expect((await tripOf(await comeBack(registration, await decide(newer.authorizeUrl), browser))).outcome).toBe(
      'sealed',
    );
  });

  test('another browser is not in the way', async () => {
    const registration = await aRegistration(ctx);
    const asked = await anInvitation(ctx, registration);
    const mine = await leave(asked, browser);
    await leave(asked, 'another browser');
    expect((await tripOf(await comeBack(registration, await decide(mine.authorizeUrl), browser))).outcome).toBe(
      'sealed',
    );
  });

  test('one that has been answered keeps its outcome', async () => {
    const { asked, trip } = await consented([sanne.open]);
    await startAuthorization(await opened(asked), browser, true);
    expect((await readTrip(await opened(asked), trip, browser))?.outcome).toBe('sealed');
  });
});

describe('before leaving', () => {
  test('an app that the provider refused a moment ago sends nobody away, until it is changed or time has passed', async () => {
    const own = await aPartner();
    const registration = await aRegistration(own);
    await control('PUT', 'clients', {
      client_id: registration.clientId,
      client_secret: 'another one',
      redirect_uri: registration.redirectUri,
      site: 'nl',
      name: registration.name,
      realm: own.partnerId,
    });
    const asked = await anInvitation(own, registration);
    expect((await connect(asked, registration)).outcome).toBe('app_not_ready');
    const next = await anInvitation(own, registration);
    expect(isTurnedAway(await opened(next))).toBe(true);
    const told = async () => (await eventsOf(own)).filter(({ type }) => type === 'registration.check_failed').length;
    const before = await told();
    for (let each = 0; each < 3; each += 1) await noteTurnedAway(await opened(next));
    expect(await told()).toBe(before + 1);
    expect(isTurnedAway(await opened(asked))).toBe(false); // whoever met the refusal may see whether it stands
    await changeRegistration(own, registration.id, {
      ...{ name: 'Mended', site: 'nl', client_id: registration.clientId, client_secret: 'another one' },
      ...{ preflight: true, pkce: true },
    });
    expect(isTurnedAway(await opened(next))).toBe(false);
  });

  test('an error that an address brought says nothing about others', async () => {
    const registration = await aRegistration(ctx);
    const { state } = await leave(await anInvitation(ctx, registration));
    await comeBack(registration, { state, error: 'unauthorized_client' });
    expect(isTurnedAway(await opened(await anInvitation(ctx, registration)))).toBe(false);
  });

  test('fifteen minutes later somebody tries it', async () => {
    const visit = await opened(await anInvitation(ctx, await aRegistration(ctx)));
    const refused = (ago: number) => ({
      ...visit,
      registration: { ...visit.registration, refusedAt: new Date(visit.ctx.clock.now().getTime() - ago) },
    });
    expect([isTurnedAway(refused(minutes(14))), isTurnedAway(refused(minutes(16)))]).toEqual([true, false]);
  });

  test('a provider that is closed is known to be; one that answers anything else is open', async () => {
    await control('POST', 'switches', { maintenance: 'now' });
    expect(await isClosed('be', ctx)).toBe(true);
    await control('POST', 'switches', { maintenance: 'off' });
    expect(await isClosed('be', ctx)).toBe(false);
  });
});

describe('no for good, and keeping it', () => {
  test('declining is told once and leaves the link open', async () => {
    const asked = await anInvitation(ctx, await aRegistration(ctx));
    await declineForGood(await opened(asked));
    await declineForGood(await opened(asked));
    const told = (await eventsOf(ctx)).filter(({ data }) => data['invitation_id'] === asked.id);
    expect(told).toMatchObject([{ type: 'invitation.finished', data: { outcome: 'declined' } }]);
    expect((await opened(asked)).state).toBe('open');
  });

  test('keeping is told and touches nothing', async () => {
    const { asked, grantId } = await consented([sanne.open]);
    const before = await grantOf(ctx, grantId);
    const { id } = await inviteAgain(ctx, asked.connectionId, 'redirect');
    const visit = await visitOf(ctx.partnerId, id);
    if (!visit) throw new Error('the invitation leads nowhere');
    await keepStanding(visit);
    await keepStanding(visit); // told once
    expect(await grantOf(ctx, grantId)).toEqual(before);
    expect((await eventsOf(ctx)).filter(({ data }) => data['outcome'] === 'kept')).toHaveLength(1);
    expect((await eventsOf(ctx)).at(-1)).toMatchObject({ type: 'invitation.finished', data: { outcome: 'kept' } });
  });
});

describe('a link that leaves the country open', () => {
  const chosen = async (visit: Visit, site: string | null): Promise<Visit> => {
    const choice = await chooseSite(visit, site);
    if (choice.kind !== 'chosen') throw new Error(`the choice ended as ${choice.kind}`);
    return choice.visit;
  };

  test('offers the sites there is an app for, and moves to the one chosen', async () => {
    const own = await aPartner();
    const nl = await aRegistration(own);
    const be = await aRegistration(own, { site: 'be' });
    const asked = await anInvitation(own, nl, { choose_site: true, customer: { name: 'Antwerp', locale: 'nl' } });
    expect(await siteChoices(await opened(asked))).toEqual(['nl', 'be']);

    const moved = await chosen(await opened(asked), 'be');
    expect(moved.registration.id).toBe(be.id);
    expect(moved.invitation).toMatchObject({
      locale: 'nl',
      chooseSite: true,
      expiresAt: (await opened(asked)).invitation.expiresAt,
    });
    expect(await opened(asked)).toMatchObject({ state: 'withdrawn', invitation: { movedTo: moved.invitation.id } });
  });

  test('stays where it is for the same site, and refuses one that is not offered or a link that is over', async () => {
    const own = await aPartner();
    const nl = await aRegistration(own);
    await aRegistration(own, { site: 'be' });
    const asked = await anInvitation(own, nl, { choose_site: true });
    const visit = await opened(asked);
    expect(await chosen(visit, 'nl')).toBe(visit);
    expect(await chosen(visit, null)).toBe(visit);
    expect(await chooseSite(visit, 'fr')).toEqual({ kind: 'not_offered' });
    const { invitation } = await chosen(visit, 'be');
    expect(await chooseSite(visit, 'be')).toEqual({ kind: 'over' });
    expect((await opened(asked)).invitation.movedTo).toBe(invitation.id);
  });

  test('taken back by the id the partner knows, it is taken back where it moved to; and read as what it became', async () => {
    const own = await aPartner();
    const nl = await aRegistration(own);
    const be = await aRegistration(own, { site: 'be' });
    const asked = await anInvitation(own, nl, { choose_site: true });
    const moved = await chosen(await opened(asked), 'be');
    expect((await readInvitation(own, asked.id)).state).toBe('open');
    expect(await withdrawInvitation(own, asked.id)).toBe(true);
    expect((await visitOf(own.partnerId, moved.invitation.id))?.state).toBe('withdrawn');
    expect((await readInvitation(own, asked.id)).state).toBe('withdrawn');
    expect(await withdrawInvitation(own, asked.id)).toBe(false);
    expect(be.site).toBe('be');
  });

  test('is changed five times at most', async () => {
    const own = await aPartner();
    const nl = await aRegistration(own);
    await aRegistration(own, { site: 'be' });
    let visit = await opened(await anInvitation(own, nl, { choose_site: true }));
    for (let each = 0; each < 5; each += 1) visit = await chosen(visit, each % 2 ? 'nl' : 'be');
    expect(await chooseSite(visit, 'nl')).toEqual({ kind: 'changed_often' });
    expect((await visitOf(own.partnerId, visit.invitation.id))?.state).toBe('open');
  });

  test('a link that does not leave it open has nothing to choose', async () => {
    const own = await aPartner();
    const nl = await aRegistration(own);
    await aRegistration(own, { site: 'be' });
    const visit = await opened(await anInvitation(own, nl));
    expect(await siteChoices(visit)).toEqual([]);
    expect(await chosen(visit, 'be')).toBe(visit);
  });

  test('is nothing for an embedded one', async () => {
    const registration = await aRegistration(ctx);
    const input = {
      customer: { name: 'x' },
      client_registration_id: registration.id,
      channel: 'embed',
      choose_site: true,
    } as const;
    await expect(createInvitation(ctx, input)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await visitInvitation('wxi_nothing')).toBeNull();
  });
});
