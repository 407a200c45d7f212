import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { useConfig } from '../config/index.ts';
import { minutes, plus, seconds, wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { readMailbox } from '../mail/index.ts';
import { type Action, addMember, type Role } from '../tenancy/index.ts';
import { hostileTargets } from '../testing/hostile.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import {
  consoleJson,
  consolePost,
  csrfOf,
  currentMember,
  goTo,
  isFresh,
  requestLink,
  requireFresh,
  returnPath,
  type Session,
  signIn,
  signOut,
} from './index.ts';

/** What the browser at hand sends along. */
const jar = new Map<string, string>();
vi.mock('next/headers', () => ({
  cookies: async () => ({ get: (name: string) => (jar.has(name) ? { value: jar.get(name) } : undefined) }),
}));
vi.mock('next/navigation', () => ({
  redirect: (to: string) => {
    throw new Error(`redirect ${to}`);
  },
}));

let house: World;
const mailFolder = mkdtempSync(path.join(tmpdir(), 'waxseal-test-sign-in-'));
beforeAll(async () => {
  house = await world();
  useConfig({ ...house.config, mail: { kind: 'mailbox', folder: mailFolder, from: 'test@example.test' } });
});
beforeEach(() => jar.clear());
afterAll(async () => {
  rmSync(mailFolder, { recursive: true, force: true });
  await house.close();
});

/** Puts a cookie that the browser was told to keep into the jar. */
function keep(cookie: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
  jar.set(name, value);
}

const anAddress = () => `${randomUUID()}@example.test`;

/** A member, signed in by this browser. */
async function signedIn(ctx: Ctx, role: Role = 'admin', expires = plus(wallClock.now(), seconds(600))) {
  const email = anAddress();
  await addMember(ctx, { email, name: 'Ann', role });
  const token = randomBytes(16).toString('hex');
  await house.admin.query('INSERT INTO identity_user (id, email) VALUES ($1, $1)', [email]);
  await house.admin.query(
    'INSERT INTO identity_session (id, session_token, user_id, expires) VALUES ($1, $2, $3, $4)',
    [randomUUID(), Buffer.from(sha256(token)).toString('hex'), email, expires],
  );
  jar.set('__Host-waxseal-session', token);
  return email;
}

async function member(): Promise<Session> {
  const found = await currentMember();
  if (!found) throw new Error('nobody is signed in');
  return found;
}

const route = { params: Promise.resolve({}) };

/** Posts a form as the console does, to an action that says `done`. */
async function post(action: Action | 'read', fields: Record<string, string>): Promise<string> {
  const request = new Request('http://localhost:3999/console/x', {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  const answer = await consolePost(action, async () => new Response('done'))(request, route);
  return answer.status === 200 ? answer.text() : (answer.headers.get('location') ?? '');
}

/** Asks as a script of the console does. */
async function ask(action: Action, headers: Record<string, string>): Promise<number> {
  const request = new Request('http://localhost:3999/console/x', { method: 'POST', headers });
  return (await consoleJson(action, async () => 'done')(request, route)).status;
}

describe('who is signed in', () => {
  test('is who the session says, until it ends by time or by hand', async () => {
    const partner = await aPartner();
    await addMember(partner, { email: anAddress(), name: 'Bob', role: 'staff' });
    const email = await signedIn(partner);
    await addMember(partner, { email: anAddress(), name: 'Cees', role: 'staff' });
    expect((await member()).member.email).toBe(email);
    await signOut();
    expect(await currentMember()).toBeNull();

    await signedIn(await aPartner(), 'admin', plus(wallClock.now(), -seconds(1)));
    expect(await currentMember()).toBeNull();
  });

  test('looks at a partner of their own, whatever the cookie names', async () => {
    const [mine, theirs] = [await aPartner(), await aPartner()];
    await signedIn(mine);
    jar.set('__Host-waxseal-place', theirs.partnerId);
    expect((await member()).partner.id).toBe(mine.partnerId);
    await expect(goTo(await member(), theirs.partnerId)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('goes to another partner they are a member of, and stays there', async () => {
    const [one, two] = [await aPartner(), await aPartner()];
    const email = await signedIn(one);
    await addMember(two, { email, name: 'Ann', role: 'auditor' });
    keep(await goTo(await member(), two.partnerId));
    expect(await member()).toMatchObject({ partner: { id: two.partnerId }, member: { role: 'auditor' } });
  });
});

test('a sandbox has no sandbox of its own', async () => {
  await signedIn(await aPartner());
  await expect(goTo(await member(), 'sandbox')).rejects.toMatchObject({ code: 'not_found' });
});

describe('a form of the console', () => {
  test('does what the role allows, and nothing else', async () => {
    await signedIn(await aPartner(), 'staff');
    const csrf = csrfOf(await member());
    expect(await post('invite', { csrf })).toBe('done');
    expect(await post('read', { csrf })).toBe('done');
    expect(await post('manage_keys', { csrf })).toContain('Your+role+does+not+allow+this');
  });

  test('is nobody’s when signed out', async () => {
    expect(await post('read', {})).toBe('/sign-in');
  });

  test('left open in one partner does nothing in another of the same person', async () => {
    const [one, two] = [await aPartner(), await aPartner()];
    const email = await signedIn(one);
    await addMember(two, { email, name: 'Ann', role: 'admin' });
    const csrf = csrfOf(await member());
    keep(await goTo(await member(), two.partnerId));
    expect(await post('invite', { csrf })).toContain('error=');
    expect(await post('invite', { csrf: csrfOf(await member()) })).toBe('done');
  });

  test('that is refused leads back into the console, with what was typed and without its secrets', async () => {
    await signedIn(await aPartner(), 'auditor');
    const csrf = csrfOf(await member());
    const pasted = { pasted: 'the form said: S3cret', public_key: 'perhaps-a-Pr1vate-one' };
    const typed = { csrf, name: 'Korenaar', client_secret: 'S3cret', ...pasted };
    const back = await post('edit_registrations', { ...typed, back: '/console/registrations/new' });
    expect(back).toMatch(/^\/console\/registrations\/new\?/);
    expect(back).toContain('f_name=Korenaar');
    for (const secret of ['S3cret', 'Pr1vate']) expect(back).not.toContain(secret);
    expect(back).not.toContain(csrf);
    for (const elsewhere of [...hostileTargets, '/console@evil.example', '/console\\evil.example', '/consoles', ''])
      expect(await post('edit_registrations', { csrf, back: elsewhere }), elsewhere).toMatch(/^\/console\?error=/);
  });
});

describe('a script of the console', () => {
  test('carries the token of its session, and does what the role allows', async () => {
    expect(await ask('register_database', {})).toBe(401);
    await signedIn(await aPartner(), 'staff');
    const token = csrfOf(await member());
    expect(await ask('register_database', { 'x-csrf': token })).toBe(200);
    expect(await ask('register_database', {})).toBe(403);
    expect(await ask('register_database', { 'x-csrf': `${token}x` })).toBe(403);
    expect(await ask('manage_keys', { 'x-csrf': token })).toBe(409);
  });

  test('is asked from our own page', async () => {
    await signedIn(await aPartner());
    const token = { 'x-csrf': csrfOf(await member()) };
    expect(await ask('invite', { ...token, 'sec-fetch-site': 'same-origin' })).toBe(200);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(await ask('invite', { ...token, 'sec-fetch-site': site }), site).toBe(403);
  });
});

describe('what needs a fresh sign-in', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const fresh = (age: number) => isFresh({ signedInAt: plus(now, -age) }, now);

  test('takes one of the last five minutes, and none that is not known', () => {
    expect([0, minutes(5), minutes(5) + 1, minutes(6)].map(fresh)).toEqual([true, true, false, false]);
    expect([-seconds(1), -minutes(6)].map(fresh)).toEqual([true, false]);
    expect(isFresh({ signedInAt: null }, now)).toBe(false);
  });

  const aged = (interval: string | null) =>
    house.admin.query('UPDATE identity_session SET fresh_at = now() - $1::interval', [interval]);
  const guarded = async (fields: Record<string, string>) => {
    const body = new URLSearchParams({ csrf: csrfOf(await member()), ...fields });
    const request = new Request('http://localhost:3999/console/x', { method: 'POST', body });
    return consolePost('read', async (posted) => {
      requireFresh(posted.member);
      return new Response('done');
    })(request, route);
  };

  test('answers a form 401 and leads on to a sign-in, then back to a page of ours', async () => {
    await signedIn(await aPartner());
    const page = '/console/connections/con_0123456789abcdefghjkmnpq/register';
    for (const age of [null, '6 minutes']) {
      await aged(age);
      const answer = await guarded({ back: page });
      expect(answer.status).toBe(401);
      expect(await answer.text()).toContain(`0;url=/sign-in/again?to=${encodeURIComponent(page)}"`);
    }
    expect(await (await guarded({ back: 'https://evil.example/' })).text()).toContain('to=%2Fconsole"');
    await aged('4 minutes');
    expect(await (await guarded({})).text()).toBe('done');
  });

  test('answers a script 401 and says where to go', async () => {
    await signedIn(await aPartner());
    await aged('6 minutes');
    const headers = { 'x-csrf': csrfOf(await member()) };
    const answer = await consoleJson('invite', async (posted) => requireFresh(posted.member))(
      new Request('http://localhost:3999/console/x', { method: 'POST', headers }),
      route,
    );
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ type: '/docs/errors#sign_in_again', again: '/sign-in/again' });
  });

  test('leads back to pages of the list and nowhere else', () => {
    const id = '0123456789abcdefghjkmnpq';
    for (const page of [
      '/console',
      '/console/api-keys',
      `/console/registrations/clr_${id}`,
      `/console/connections/con_${id}`,
      `/console/connections/con_${id}/register`,
      `/console/handoffs/hof_${id}`,
    ])
      expect(returnPath(page), page).toBe(page);
    for (const elsewhere of [
      ...hostileTargets,
      'https://evil.example/console',
      '/console/../sign-in',
      '/console/switch',
      '/console/sign-out',
      `/console/handoffs/hof_${id}/values`,
      `/console/handoffs/hof_${id}?x=1`,
      `/console/handoffs/hof_${id}\n`,
      '/console\n',
      ' /console',
      '',
      null,
      undefined,
    ])
      expect(returnPath(elsewhere), String(elsewhere)).toBeNull();
  });
});

describe('a sign-in link', () => {
  const mailsTo = (email: string) => (readMailbox() ?? []).filter(({ to }) => to === email);

  /** The link that was mailed, as the person's click sends it. */
  async function aLink(email: string, browser: string) {
    const before = mailsTo(email).length;
    await requestLink(email, browser);
    await vi.waitFor(() => expect(mailsTo(email)).toHaveLength(before + 1));
    const [newest] = mailsTo(email);
    const query = new URL(/https?:\S+\/sign-in\/confirm\S+/.exec(newest?.text ?? '')?.[0] ?? '').searchParams;
    return { token: query.get('token') ?? '', email, proof: query.get('proof') ?? '' };
  }
  const aMember = async () => {
    const email = anAddress();
    await addMember(await aPartner(), { email, name: 'Ann', role: 'admin' });
    return email;
  };

  test('works once, in the browser that asked for it, and opens a session that lies hashed in the database', async () => {
    const email = await aMember();
    const link = await aLink(email, 'this browser');
    expect(await signIn({ ...link, browserSecret: null })).toBeNull();
    expect(await signIn({ ...link, browserSecret: 'another browser' })).toBeNull();
    keep((await signIn({ ...link, browserSecret: 'this browser' })) ?? '');
    expect((await member()).member.email).toBe(email);
    expect(isFresh(await member())).toBe(true);
    const token = jar.get('__Host-waxseal-session');
    const { rows } = await house.admin.query('SELECT 1 FROM identity_session WHERE session_token = $1', [token]);
    expect(rows).toEqual([]);
    expect(await signIn({ ...link, browserSecret: 'this browser' })).toBeNull();
  });

  test('is good for ten minutes, and the session it opens for twelve hours', async () => {
    const email = await aMember();
    const link = await aLink(email, 'this browser');
    const minutesLeft = async (table: string, column: string) => {
      const { rows } = await house.admin.query(
        `SELECT round(extract(epoch FROM expires - now()) / 60) AS left FROM ${table} WHERE ${column} = $1`,
        [email],
      );
      return rows.map(({ left }) => Number(left));
    };
    expect(await minutesLeft('identity_verification_token', 'identifier')).toEqual([10]);
    await signIn({ ...link, browserSecret: 'this browser' });
    expect(await minutesLeft('identity_session JOIN identity_user u ON u.id = user_id', 'u.email')).toEqual([720]);
  });

  test('opens a new session and ends the one this browser had', async () => {
    const email = await aMember();
    keep((await signIn({ ...(await aLink(email, 'one')), browserSecret: 'one' })) ?? '');
    const before = jar.get('__Host-waxseal-session') ?? '';
    const refused = { ...(await aLink(email, 'two')), browserSecret: 'three' };
    expect(await signIn(refused)).toBeNull();
    expect((await member()).member.email).toBe(email);
    keep((await signIn({ ...refused, browserSecret: 'two' })) ?? '');
    expect((await member()).member.email).toBe(email);
    jar.set('__Host-waxseal-session', before);
    expect(await currentMember()).toBeNull();
  });

  test('ends the ones before it', async () => {
    const email = await aMember();
    const first = await aLink(email, 'this browser');
    const second = await aLink(email, 'this browser');
    expect(await signIn({ ...first, browserSecret: 'this browser' })).toBeNull();
    expect(await signIn({ ...second, browserSecret: 'this browser' })).not.toBeNull();
  });

  test('is sent to members only', async () => {
    const [stranger, email] = [anAddress(), await aMember()];
    await requestLink(stranger, 'this browser');
    await aLink(email, 'this browser'); // asked for later and here by now
    expect(mailsTo(stranger)).toEqual([]);
  });
});
