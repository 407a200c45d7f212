import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessState } from '#components/customer/my-access.tsx';
import { sampleTokens } from '#components/customer/samples.tsx';
import {
  confirmAccount,
  doubtGrant,
  inviteAgain,
  lookAgain,
  openLink,
  withdrawConsent as takeBack,
  visitAccess,
} from '#lib/consent/index.ts';
import { acceptGrant, discardGrant, renewGrant } from '#lib/custody/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { cancelHandoff, claimHandoff, confirmHandoff, redeemHandoff } from '#lib/handoff/index.ts';
import { messages } from '#lib/i18n/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { createTarget } from '#lib/targets/index.ts';
import { deleteOne } from '#lib/tenancy/delete.ts';
import { axeFaults, bringAxe } from '#lib/testing/accessible.ts';
import { browserPage } from '#lib/testing/browser.ts';
import {
  anInvitation,
  aSealedConnection,
  comeBack,
  connect,
  decide,
  leave,
  opened,
  type SealedConnection,
} from '#lib/testing/journey.ts';
import { control, manageDivisions } from '#lib/testing/provider.ts';
import { aTargetInput } from '#lib/testing/recipient.ts';
import { aDueRenewal } from '#lib/testing/renewals.ts';
import { again, anApiKey, aPartner, aRegistration, later, type World, world } from '#lib/testing/world.ts';
import { POST as connectAgain } from './[token]/again/route.ts';
import { GET as result } from './[token]/result/route.tsx';
import { GET as look } from './[token]/route.tsx';
import { POST as confirmWithdrawal } from './[token]/withdraw/confirm/route.tsx';
import { POST as withdraw } from './[token]/withdraw/route.tsx';

let house: World;
let screen: Page;
beforeAll(async () => {
  house = await world();
  screen = await browserPage();
  await screen.setViewportSize({ width: 320, height: 800 });
}, 300_000);
afterAll(async () => {
  await screen.context().browser()?.close();
  await house.close();
});

const address = (token: string, rest = '') => `http://localhost:3999/connect/${token}${rest}`;
const route = (token: string) => ({ params: Promise.resolve({ token }) });
const linkOf = async (partner: Ctx, connectionId: string) =>
  (await openLink(partner, { connectionId }))?.reveal() ?? '';

/** The lasting page as a browser gets it; `cookie` is the browser that connected. */
async function pageOf(partner: Ctx, connectionId: string, cookie: string | null = null) {
  const token = await linkOf(partner, connectionId);
  const headers = cookie === null ? {} : { cookie: `__Host-waxseal-browser=${cookie}` };
  const answer = await look(new Request(address(token, '?lang=en'), { headers }), route(token));
  return { token, answer, html: await answer.text() };
}

/** A form of the lasting page, pressed. */
async function press(action: typeof withdraw, token: string, html: string, rest: string): Promise<Response> {
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const body = new URLSearchParams({ csrf, lang: 'en' });
  return action(new Request(address(token, rest), { method: 'POST', body }), route(token));
}

/** What stands on it, as a reader finds it. */
async function readIn(html: string) {
  await screen.setContent(html);
  const texts = (selector: string) => screen.locator(selector).allInnerTexts();
  const rows = await screen
    .locator('dl.panel > div')
    .evaluateAll((all) =>
      all.map((row) => [row.querySelector('dt')?.textContent, row.querySelector('dd')?.textContent]),
    );
  return {
    heading: await screen.locator('h1').innerText(),
    facts: Object.fromEntries(rows) as Record<string, string>,
    past: (await texts('.past li')).map((line) => line.split('\n')[0]?.trim()),
    buttons: (await texts('main button')).map((text) => text.trim()),
    revokeInSight: await screen.locator('details.fold').last().getAttribute('open'),
  };
}

const { access, confirm, label } = messages.en;
const partnerName = 'Korenaar Software';
const plain = (text: string) => text.replace(/<\/?n>/g, '').replace('{partner}', partnerName);
const past = (...names: (keyof typeof access.past)[]) => names.map((name) => plain(access.past[name]));

/** A partner with a brand, which is the name that customers read. */
async function aBrandedPartner() {
  const partner = await aPartner();
  await wearBrand(partner);
  return partner;
}
const wearBrand = ({ partnerId }: Ctx) =>
  house.admin.query('UPDATE partner SET theme = $1 WHERE partner_id = $2', [
    { ...sampleTokens, displayName: partnerName },
    partnerId,
  ]);

async function aCustomer() {
  const partner = await aBrandedPartner();
  return { partner, ...(await aSealedConnection(partner)) };
}
type Customer = { partner: Ctx } & Pick<SealedConnection, 'connectionId' | 'grantId' | 'asked'>;

async function claimed(from: Customer, target?: string) {
  const due = await later(from.partner, 600);
  const ctx = target === 'invantive-cloud' ? due : (await anApiKey(due)).ctx;
  if (target && ctx !== due) await createTarget(ctx, aTargetInput({ name: target, recipient_key_required: false }));
  const { id } = await claimHandoff(ctx, { connectionId: from.connectionId, ...(target ? { target } : {}) });
  return { ctx, id };
}
async function delivered(from: Customer, target?: string) {
  const { ctx, id } = await claimed(from, target);
  await redeemHandoff(ctx, id, 'k');
  return { ctx, id };
}
const dayInSeconds = 86_400;

type Seen = { state: AccessState; held: string; handedOver: RegExp; past: string[]; buttons: string[] };
const [notYet, never, aMoment] = [/^Not yet$/, /^Never$/, /^\d+ \w+ \d{4}/];
const asked = access.again;

/** Each state, reached the way it is reached, and what the page then says: where it is, who holds it, what can be done. */
const ways: Record<AccessState, { reach: () => Promise<Customer>; seen: Omit<Seen, 'state'> }> = {
  sealed: {
    reach: () => aCustomer(),
    seen: { held: 'Waxseal, sealed', handedOver: notYet, past: past('connected'), buttons: [asked, 'Withdraw'] },
  },
  expiring: {
    reach: async () => {
      const it = await aCustomer();
      await later(it.partner, 25 * dayInSeconds);
      return it;
    },
    seen: { held: 'Waxseal, sealed', handedOver: notYet, past: past('connected'), buttons: [asked, 'Withdraw'] },
  },
  parked: {
    reach: async () => {
      const it = await aCustomer();
      await doubtGrant(await opened(it.asked));
      return it;
    },
    seen: {
      held: 'Waxseal, sealed',
      handedOver: notYet,
      past: past('doubted', 'connected'),
      buttons: [asked, 'Withdraw'],
    },
  },
  claimed: {
    reach: async () => {
      const it = await aCustomer();
      await claimed(it);
      return it;
    },
    seen: {
      held: 'Waxseal, sealed',
      handedOver: notYet,
      past: past('claimed', 'connected'),
      buttons: [asked, 'Withdraw'],
    },
  },
  handed_over: {
    reach: async () => {
      const it = await aCustomer();
      await delivered(it, 'invantive-cloud');
      return it;
    },
    seen: {
      held: 'Invantive Cloud',
      handedOver: aMoment,
      past: past('handed_over_cloud', 'claimed', 'connected'),
      buttons: [asked],
    },
  },
  registered: {
    reach: async () => {
      const it = await aCustomer();
      const { ctx, id } = await delivered(it, 'Our ERP');
      await confirmHandoff(ctx, id, { outcome: 'accepted' });
      return it;
    },
    seen: {
      held: partnerName,
      handedOver: aMoment,
      past: past('registered', 'handed_over', 'claimed', 'connected'),
      buttons: [asked],
    },
  },
  rejected: {
    reach: async () => {
      const it = await aCustomer();
      const { ctx, id } = await delivered(it, 'invantive-cloud');
      await confirmHandoff(ctx, id, { outcome: 'rejected', code: 'itgenoauth' });
      return it;
    },
    seen: {
      held: 'Invantive Cloud',
      handedOver: aMoment,
      past: past('rejected', 'handed_over_cloud', 'claimed', 'connected'),
      buttons: [asked],
    },
  },
  unconfirmed: {
    reach: async () => {
      const it = await aCustomer();
      const { ctx } = await delivered(it);
      await later(ctx, dayInSeconds + 60);
      return it;
    },
    seen: {
      held: partnerName,
      handedOver: aMoment,
      past: past('unconfirmed', 'handed_over', 'claimed', 'connected'),
      buttons: [asked],
    },
  },
  declined: {
    reach: async () => {
      const it = await aCustomer();
      await doubtGrant(await opened(it.asked));
      const grant = { id: it.grantId, connectionId: it.connectionId, custody: 'parked' };
      await inTenant(it.partner.partnerId, (tx) => discardGrant(tx, it.partner, grant, 'declined'));
      return it;
    },
    seen: {
      held: 'Nobody any more',
      handedOver: never,
      past: past('declined', 'doubted', 'connected'),
      buttons: [asked],
    },
  },
  lapsed: {
    reach: async () => {
      const it = await aCustomer();
      await later(it.partner, 31 * dayInSeconds);
      return it;
    },
    seen: { held: 'Nobody any more', handedOver: never, past: past('lapsed', 'connected'), buttons: [asked] },
  },
  superseded: {
    reach: async () => {
      const it = await aCustomer();
      await later(it.partner, 60);
      await aSealedConnection(await again(it.partner), { registration: it.registration }); // the same user, for another customer
      return it;
    },
    seen: { held: 'Nobody any more', handedOver: never, past: past('superseded', 'connected'), buttons: [asked] },
  },
  withdrawn: {
    reach: async () => {
      const it = await aCustomer();
      await takeBack(await opened(it.asked));
      return it;
    },
    seen: { held: 'Nobody any more', handedOver: never, past: past('withdrawn', 'connected'), buttons: [asked] },
  },
  dead: {
    reach: async () => {
      const due = await aDueRenewal('legacy');
      await control('POST', 'endings', { client_id: due.registration.clientId, user: 'j.jansen', kind: 'withdrawn' });
      await renewGrant(due.ctx, due.grantId);
      await wearBrand(due.ctx);
      return { ...due, partner: due.ctx };
    },
    seen: { held: 'Nobody any more', handedOver: never, past: past('dead', 'connected'), buttons: [asked] },
  },
};

/** The link itself as it is opened later, and what the browser is sent on to; `cookie` is the browser that connected. */
async function linkOpened({ asked: { token } }: Customer, cookie: string | null): Promise<string> {
  const headers = cookie === null ? {} : { cookie: `__Host-waxseal-browser=${cookie}` };
  const first = await look(new Request(address(token, '?lang=en'), { headers }), route(token));
  const on = first.headers.get('location');
  const last = on ? await result(new Request(`http://localhost:3999${on}`, { headers }), route(token)) : first;
  expect(last.status).toBe(200);
  return last.text();
}

const headingOf = (html: string) => /<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1];

/** To whoever has it: where it stands now, without whose it was or a way to act on it. To the browser that connected: that way too. */
async function expectUsedLink(customer: Customer, state: AccessState): Promise<void> {
  const waits = doneWords[state] !== undefined;
  for (const cookie of [null, 'another browser']) {
    const html = await linkOpened(customer, cookie);
    expect(headingOf(html)).toBe(doneWords[state] ?? access[state]);
    expect(html).not.toMatch(/jansen|wxa_/i);
    expect(html.includes('can finish the set-up until')).toBe(waits && state !== 'parked');
  }
  const own = await linkOpened(customer, 'this browser');
  const question = state === 'sealed' || state === 'expiring';
  expect(headingOf(own)).toBe(question ? confirm.heading : (doneWords[state] ?? access[state]));
  expect(own.includes('/connect/wxa_')).toBe(!question);
  // Their result's address in other hands.
  const { token } = customer.asked;
  const cookie = '__Host-waxseal-browser=this browser';
  const sentOn = await look(new Request(address(token, '?lang=en'), { headers: { cookie } }), route(token));
  const other = await result(new Request(`http://localhost:3999${sentOn.headers.get('location')}`), route(token));
  expect(await other.text()).not.toMatch(/jansen|wxa_/i);
}

/** What a used link says as long as the customer is done and the rest is the partner's; in all other states their own words. */
const doneWords: Partial<Record<AccessState, string>> = {
  sealed: messages.en.done.heading,
  expiring: messages.en.done.heading,
  parked: messages.en.done.headingParked,
};

describe('my access, in every state reached for real', () => {
  test.each(Object.entries(ways))('%s', { timeout: 60_000 }, async (state, { reach, seen }) => {
    const customer = await reach();
    const { partner, connectionId } = customer;
    const { answer, html } = await pageOf(partner, connectionId);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const read = await readIn(html);
    expect(read).toMatchObject({ heading: access[state as AccessState], past: seen.past, buttons: seen.buttons });
    expect(read.facts[label.heldBy]).toBe(seen.held);
    expect(read.facts[label.handedOverOn]).toMatch(seen.handedOver);
    expect(read.revokeInSight !== null).toBe(seen.handedOver === aMoment);
    await bringAxe(screen);
    expect(await axeFaults(screen)).toEqual([]);
    await expectUsedLink(customer, state as AccessState);
  });
});

describe('the history', () => {
  test('of several consents of one connection: each is told, and what the older one became', async () => {
    const partner = await aBrandedPartner();
    const registration = await aRegistration(partner);
    const invitation = { customer: { name: 'x', external_id: 'K-1' } };
    const first = await aSealedConnection(partner, { registration, invitation });
    const { ctx, id } = await claimed({ partner, ...first });
    await cancelHandoff(ctx, id);
    const second = await anInvitation(await again(partner), registration, invitation);
    await connect(second, registration);
    const { html } = await pageOf(await again(partner), first.connectionId);
    expect(await readIn(html)).toMatchObject({
      heading: access.sealed,
      past: past('superseded', 'connected_again', 'not_collected', 'claimed', 'connected'),
    });
  });

  test('of a claim that a newer consent ended says that it was replaced, not that it stayed sealed', async () => {
    const it = await aCustomer();
    await claimed(it);
    const asking = await inviteAgain(await again(it.partner), it.connectionId, 'redirect');
    await connect({ ...it.asked, token: asking.url.reveal().split('/').at(-1) ?? '' }, it.registration);
    const { html } = await pageOf(await again(it.partner), it.connectionId);
    expect((await readIn(html)).past).toEqual(past('superseded', 'connected_again', 'claimed', 'connected'));
  });

  test('of what the partner put aside and let through: by our sentences, without the partner’s reason', async () => {
    const partner = await aBrandedPartner();
    const { connectionId, grantId } = await aSealedConnection(partner, {
      invitation: { expect: { exact_user: 'somebody.else@example.com' } },
    });
    await inTenant(partner.partnerId, (tx) => acceptGrant(tx, partner, grantId));
    const { html } = await pageOf(partner, connectionId);
    expect((await readIn(html)).past).toEqual(past('released', 'put_aside', 'connected'));
    expect(html).not.toContain('somebody.else');
  });

  test('of what the customer put right themselves, and of their yes', async () => {
    const partner = await aBrandedPartner();
    const registration = await aRegistration(partner);
    const asked = await anInvitation(partner, registration);
    const trip = await connect(asked, registration, { user: 's.devries', divisions: [1240119] });
    await manageDivisions(registration, 's.devries', [1240118, 1240119]);
    await lookAgain(await opened(asked), trip.id);
    await confirmAccount(await opened(asked));
    const { html } = await pageOf(partner, asked.connectionId);
    expect((await readIn(html)).past).toEqual(past('confirmed', 'put_right', 'put_aside', 'connected'));
  });

  test('names no member, key or target of the partner, and no word of theirs', async () => {
    const it = await aCustomer();
    const { ctx, id } = await delivered(it, 'Secret project X');
    await confirmHandoff(ctx, id, { outcome: 'rejected', code: 'their own words' });
    const { html } = await pageOf(it.partner, it.connectionId);
    for (const theirs of ['Secret project X', 'their own words', ctx.actor.id, id, it.grantId, it.connectionId])
      expect(html).not.toContain(theirs);
  });

  /** The sweep follows within seconds; nobody is told otherwise meanwhile. */
  test.each(['sealed', 'parked'])(
    'of what is %s ends with its 30 days, not with the sweep that notes it',
    async (custody) => {
      const it = await aCustomer();
      if (custody === 'parked') await doubtGrant(await opened(it.asked));
      await house.admin.query(`UPDATE token_grant SET lapses_at = issued_at + interval '1 millisecond' WHERE id = $1`, [
        it.grantId,
      ]);
      const { html } = await pageOf(it.partner, it.connectionId);
      expect((await readIn(html)).heading).toBe(access.lapsed);
    },
  );

  test('runs on the sandbox’s clock', async () => {
    const it = await aCustomer();
    const then = await later(it.partner, 31 * dayInSeconds);
    const { html } = await pageOf(it.partner, it.connectionId);
    const [newest] = [...html.matchAll(/<small><time dateTime="([^"]+)"/g)].map(([, at]) => new Date(at ?? 0));
    expect(newest && newest > it.partner.clock.now() && newest <= then.clock.now()).toBe(true);
    expect(html).toContain('Exact Online is simulated');
  });
});

describe('the link as a right', () => {
  test('shows whoever has only the link no name of who signed in, and the browser that connected all of it', async () => {
    const { partner, connectionId } = await aCustomer();
    const bearer = await pageOf(partner, connectionId);
    const stranger = await pageOf(partner, connectionId, 'another browser');
    for (const { html } of [bearer, stranger]) {
      const { facts } = await readIn(html);
      expect(Object.keys(facts)).not.toContain(label.signedInAs);
      expect(facts[label.administrations]).toMatch(/^\d+$/);
      expect(html).not.toMatch(/jansen/i);
      expect(html).toContain(access.hidden);
      expect(html).toContain(access.private);
    }
    const own = await pageOf(partner, connectionId, 'this browser');
    expect((await readIn(own.html)).facts[label.signedInAs]).toMatch(/jansen/i);
    expect(own.html).not.toContain(access.hidden);
  });

  test('a browser that gave an earlier consent is not the one of the consent that stands', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const invitation = { customer: { name: 'x', external_id: 'K-1' } };
    const { connectionId } = await aSealedConnection(partner, { registration, invitation });
    const asking = await anInvitation(await again(partner), registration, invitation);
    const { authorizeUrl } = await leave(asking, 'their browser');
    await comeBack(registration, await decide(authorizeUrl, { user: 's.devries' }), 'their browser');
    expect((await pageOf(partner, connectionId, 'this browser')).html).not.toMatch(/vries|jansen/i);
    const theirs = await pageOf(partner, connectionId, 'their browser');
    expect((await readIn(theirs.html)).facts[label.signedInAs]).toMatch(/vries/i);
  });

  test('connect again makes a fresh invitation of the same connection and goes there', async () => {
    const it = await aCustomer();
    await later(it.partner, 31 * dayInSeconds);
    const { token, html } = await pageOf(it.partner, it.connectionId);
    const answer = await press(connectAgain, token, html, '/again');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/connect\/wxi_/)]);
    const asking = /wxi_\w+/.exec(answer.headers.get('location') ?? '')?.[0] ?? '';
    await connect({ ...it.asked, token: asking }, it.registration);
    const { html: after } = await pageOf(await again(it.partner), it.connectionId);
    expect(await readIn(after)).toMatchObject({
      heading: access.sealed,
      past: past('connected_again', 'lapsed', 'connected'),
    });
    expect((await pageOf(await again(it.partner), it.connectionId)).token).toBe(token);
  });

  test('withdrawing asks first, then shreds, and says so', async () => {
    const it = await aCustomer();
    const { token, html } = await pageOf(it.partner, it.connectionId);
    const asking = await press(confirmWithdrawal, token, html, '/withdraw/confirm');
    expect(await asking.text()).toContain(messages.en.withdraw.yes);
    expect((await readIn((await pageOf(it.partner, it.connectionId)).html)).heading).toBe(access.sealed);
    const done = await press(withdraw, token, html, '/withdraw');
    expect(await done.text()).toContain(messages.en.withdraw.doneHeading);
    expect((await readIn((await pageOf(it.partner, it.connectionId)).html)).heading).toBe(access.withdrawn);
  });

  /** A page that was open in a tab before the handover must not promise what it can no longer keep. */
  test('an old tab that withdraws after the handover is told where to stop it, not that it was withdrawn', async () => {
    const it = await aCustomer();
    const { token, html } = await pageOf(it.partner, it.connectionId);
    await delivered(it);
    for (const [action, rest] of [
      [confirmWithdrawal, '/withdraw/confirm'],
      [withdraw, '/withdraw'],
    ] as const) {
      const answer = await press(action, token, html, rest);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `/connect/${token}?lang=en`]);
    }
    expect(await readIn((await pageOf(it.partner, it.connectionId)).html)).toMatchObject({
      heading: access.handed_over,
      past: past('withdrawn', 'handed_over', 'claimed', 'connected'),
      revokeInSight: '',
    });
  });

  test('nobody is asked whether the account is right once there is nothing left to say it of', async () => {
    const partner = await aBrandedPartner();
    const registration = await aRegistration(partner, { confirmation: 'require' });
    const it = { partner, ...(await aSealedConnection(partner, { registration })) };
    expect(headingOf(await linkOpened(it, 'this browser'))).toBe(confirm.heading);
    // The moment before the sweep notes it counts, too.
    await house.admin.query(`UPDATE token_grant SET lapses_at = issued_at + interval '1 millisecond' WHERE id = $1`, [
      it.grantId,
    ]);
    expect(headingOf(await linkOpened(it, 'this browser'))).toBe(access.lapsed);
  });

  test('a permission that is being renewed when it is withdrawn is withdrawn from there on', async () => {
    const due = await aDueRenewal('legacy');
    await house.admin.query(`UPDATE token_grant SET custody = 'renewing' WHERE id = $1`, [due.grantId]);
    await takeBack(await opened(due.asked));
    expect((await readIn((await pageOf(due.ctx, due.connectionId)).html)).heading).toBe(access.withdrawn);
  });

  test('of a partner that was deleted leads where an unknown one leads', async () => {
    const it = await aCustomer();
    const token = await linkOf(it.partner, it.connectionId);
    await deleteOne(it.partner);
    const answer = await look(new Request(address(token)), route(token));
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain(partnerName);
    expect(await visitAccess(token)).toBeNull();
  });
});
