import { afterAll, beforeAll, expect, test } from 'vitest';
import { findGrant, parkGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { hours, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { addRecipientKey, createTarget, retireRecipientKey } from '../targets/index.ts';
import { type Answered, call } from '../testing/api.ts';
import { aSealedConnection, eventsOf, grantOf, type SealedConnection } from '../testing/journey.ts';
import { aRecipientKey, aTargetInput } from '../testing/recipient.ts';
import { again, anApiKey, aPartner, later, type World, world } from '../testing/world.ts';

/** What the API refuses of a handoff, over HTTP: each line with its problem code, and one event that tells of it. */
let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

/** A partner of its own for each line: a sealed connection that can be claimed, a key that claims, and what else is asked for. */
type Scene = { ctx: Ctx; key: string; otherKey: string; sealed: SealedConnection };
async function scene(): Promise<Scene> {
  const partner = await aPartner();
  const sealed = await aSealedConnection(partner);
  const ctx = await later(partner, 570);
  return { ctx, sealed, key: (await anApiKey(ctx)).key, otherKey: (await anApiKey(ctx)).key };
}
type Asked = { key?: string; body?: unknown; idempotencyKey?: string };
const claim = ({ key, sealed }: Scene, body: unknown = {}, id = sealed.connectionId) =>
  call('claimHandoff', { key, id, body });
const claimed = async (at: Scene, body: unknown = {}): Promise<string> => String((await claim(at, body)).json['id']);
const redeem = ({ key }: Scene, id: string, asked: Asked = {}) =>
  call('redeemHandoff', { key, id, body: {}, idempotencyKey: 'k', ...asked });
async function delivered(at: Scene): Promise<string> {
  const id = await claimed(at);
  expect((await redeem(at, id)).status).toBe(200);
  return id;
}
const confirm = ({ key }: Scene, id: string, body: unknown = { outcome: 'accepted' }) =>
  call('confirmHandoff', { key, id, body });
/** The clock is pushed, and nobody has looked yet at what is over. */
const passQuietly = (at: Scene, span: number) =>
  house.admin.query('UPDATE partner SET clock_offset_ms = clock_offset_ms + $1 WHERE partner_id = $2', [
    span,
    at.ctx.partnerId,
  ]);
const readable = async ({ ctx }: Scene) => {
  const target = await createTarget(ctx, aTargetInput());
  return addRecipientKey(ctx, target.id, aRecipientKey().input);
};
async function stranger(): Promise<string> {
  return (await anApiKey(await aPartner({ name: 'Stranger' }))).key;
}

/** What is refused, prepared up to the last step; which step, and the code it ends with. */
type Line = [
  name: string,
  status: number,
  code: string,
  act: string,
  prepare: (at: Scene) => Promise<() => Promise<Answered>>,
];

const lines: Line[] = [
  [
    'claim in the first 570 seconds',
    409,
    'too_early',
    'claim',
    async (at) => {
      const young = await aSealedConnection(await again(at.ctx));
      return () => claim(at, {}, young.connectionId);
    },
  ],
  [
    'claim of a lapsed grant',
    409,
    'needs_consent',
    'claim',
    async (at) => {
      await later(at.ctx, 31 * 86_400);
      return () => claim(at);
    },
  ],
  [
    'claim of a superseded grant, by a newer consent for another customer',
    409,
    'needs_consent',
    'claim',
    async (at) => {
      await aSealedConnection(await again(at.ctx), { registration: at.sealed.registration });
      return () => claim(at);
    },
  ],
  [
    'claim of a parked grant',
    409,
    'not_claimable',
    'claim',
    async (at) => {
      await inTenant(at.ctx.partnerId, async (tx) => {
        const grant = await findGrant(tx, at.ctx, at.sealed.grantId);
        if (grant) await parkGrant(tx, at.ctx, grant, 'member_doubts');
      });
      return () => claim(at);
    },
  ],
  [
    'claim of a claimed grant',
    409,
    'already_claimed',
    'claim',
    async (at) => {
      await claimed(at);
      return () => claim({ ...at, key: at.otherKey });
    },
  ],
  [
    'claim of what was handed over',
    409,
    'already_claimed',
    'claim',
    async (at) => {
      await delivered(at);
      return () => claim(at);
    },
  ],
  [
    'claim of what was confirmed',
    409,
    'needs_consent',
    'claim',
    async (at) => {
      await confirm(at, await delivered(at));
      return () => claim(at);
    },
  ],
  [
    'claim of another partner’s grant',
    404,
    'not_found',
    'claim',
    async (at) => {
      const theirs = await scene();
      return () => claim(at, {}, theirs.sealed.connectionId);
    },
  ],
  ['claim of nothing', 404, 'not_found', 'claim', async (at) => () => claim(at, {}, newId('connection'))],
  [
    'claim one hour before the lapse, and a second',
    409,
    'window_over',
    'claim',
    async (at) => {
      const { lapsesAt } = await grantOf(at.ctx, at.sealed.grantId);
      await passQuietly(at, lapsesAt.getTime() - (await again(at.ctx)).clock.now().getTime() - hours(1) + seconds(1));
      return () => claim(at);
    },
  ],
  [
    'claim for a key of another partner',
    404,
    'not_found',
    'claim',
    async (at) => {
      const { id } = await readable(await scene());
      return () => claim(at, { recipient_key_id: id });
    },
  ],
  [
    'claim for a key of another target',
    404,
    'not_found',
    'claim',
    async (at) => {
      const { id } = await readable(at);
      return () => claim(at, { target: 'redeem', recipient_key_id: id });
    },
  ],
  [
    'claim without the key that is required',
    422,
    'recipient_key_required',
    'claim',
    async (at) => {
      const { targetId } = await readable(at);
      return () => claim(at, { target: targetId });
    },
  ],
  [
    'claim for a key that was retired',
    409,
    'recipient_key_retired',
    'claim',
    async (at) => {
      const { id } = await readable(at);
      await retireRecipientKey(at.ctx, id);
      return () => claim(at, { recipient_key_id: id });
    },
  ],
  [
    'redeem after the key was retired, as when it is changed for another',
    409,
    'recipient_key_retired',
    'redeem',
    async (at) => {
      const { id, targetId } = await readable(at);
      const handoff = await claimed(at, { recipient_key_id: id });
      await addRecipientKey(at.ctx, targetId, aRecipientKey().input);
      await retireRecipientKey(at.ctx, id);
      return () => redeem(at, handoff);
    },
  ],
  [
    'redeem twice, with another Idempotency-Key',
    409,
    'already_redeemed',
    'redeem',
    async (at) => {
      const id = await delivered(at);
      return () => redeem(at, id, { idempotencyKey: 'another' });
    },
  ],
  [
    'redeem by another API key of the partner',
    409,
    'not_redeemable',
    'redeem',
    async (at) => {
      const id = await claimed(at);
      return () => redeem(at, id, { key: at.otherKey });
    },
  ],
  [
    'redeem again by another API key, with the same Idempotency-Key',
    409,
    'already_redeemed',
    'redeem',
    async (at) => {
      const id = await delivered(at);
      return () => redeem(at, id, { key: at.otherKey });
    },
  ],
  [
    'redeem of a cancelled claim',
    409,
    'not_redeemable',
    'redeem',
    async (at) => {
      const id = await claimed(at);
      await call('cancelHandoff', { key: at.key, id, body: {} });
      return () => redeem(at, id);
    },
  ],
  [
    'redeem one second past its window, before anyone looked',
    409,
    'window_over',
    'redeem',
    async (at) => {
      const id = await claimed(at);
      await passQuietly(at, hours(24) + seconds(1));
      return () => redeem(at, id);
    },
  ],
  [
    'redeem one second past its window, after it went back',
    409,
    'not_redeemable',
    'redeem',
    async (at) => {
      const id = await claimed(at);
      await later(at.ctx, 86_401);
      return () => redeem(at, id);
    },
  ],
  [
    'redeem again one second past the confirm window',
    409,
    'already_redeemed',
    'redeem',
    async (at) => {
      const id = await delivered(at);
      await passQuietly(at, hours(24) + seconds(1));
      return () => redeem(at, id);
    },
  ],
  [
    'confirm before anything was delivered',
    409,
    'not_delivered',
    'confirm',
    async (at) => {
      const id = await claimed(at);
      return () => confirm(at, id);
    },
  ],
  [
    'confirm with the hash of another token',
    422,
    'fingerprint_mismatch',
    'confirm',
    async (at) => {
      const id = await delivered(at);
      return () => confirm(at, id, { outcome: 'accepted', token_fingerprint: 'f'.repeat(64) });
    },
  ],
  [
    'confirm twice, with another outcome',
    409,
    'already_confirmed',
    'confirm',
    async (at) => {
      const id = await delivered(at);
      await confirm(at, id);
      return () => confirm(at, id, { outcome: 'rejected' });
    },
  ],
  [
    'confirm one second past its window',
    409,
    'already_confirmed',
    'confirm',
    async (at) => {
      const id = await delivered(at);
      await later(at.ctx, 86_401);
      return () => confirm(at, id);
    },
  ],
  [
    'cancel after delivery',
    409,
    'not_cancellable',
    'cancel',
    async (at) => {
      const id = await delivered(at);
      return () => call('cancelHandoff', { key: at.key, id, body: {} });
    },
  ],
  [
    'cancel twice',
    409,
    'not_cancellable',
    'cancel',
    async (at) => {
      const id = await claimed(at);
      await call('cancelHandoff', { key: at.key, id, body: {} });
      return () => call('cancelHandoff', { key: at.key, id, body: {} });
    },
  ],
];

test.each(lines)(
  '%s: %i %s',
  async (_, status, code, act, prepare) => {
    const at = await scene();
    const last = await prepare(at);
    const before = await eventsOf(at.ctx);
    const answer = await last();
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const since = (await eventsOf(at.ctx)).slice(before.length);
    expect(since.map(({ type, data }) => [type, data['act'], data['code']])).toEqual([['handoff.refused', act, code]]);
  },
  30_000,
);

test.each([
  ['redeem', (key: string, id: string) => call('redeemHandoff', { key, id, body: {}, idempotencyKey: 'k' })],
  ['confirm', (key: string, id: string) => call('confirmHandoff', { key, id, body: { outcome: 'accepted' } })],
  ['cancel', (key: string, id: string) => call('cancelHandoff', { key, id, body: {} })],
] as const)(
  '%s by another partner: 404, one event of whoever asked, which names nothing, and none of the other',
  async (act, ask) => {
    const at = await scene();
    const id = await delivered(at);
    const key = await stranger();
    const { rows } = await house.admin.query('SELECT count(*)::int AS n FROM outbox_event WHERE partner_id = $1', [
      at.ctx.partnerId,
    ]);
    const answer = await ask(key, id);
    expect([answer.status, answer.json['code']]).toEqual([404, 'not_found']);
    const { rows: after } = await house.admin.query(
      'SELECT count(*)::int AS n FROM outbox_event WHERE partner_id = $1',
      [at.ctx.partnerId],
    );
    expect(after).toEqual(rows);
    const { json } = await call('listEvents', { key });
    const [event, ...more] = (json['items'] as { type: string; data: object }[]).filter(({ type }) =>
      type.startsWith('handoff'),
    );
    expect([event?.type, event?.data, more]).toEqual(['handoff.refused', { act, code: 'not_found' }, []]);
  },
);

test('what is asked twice by the same credential is one deed, and one event', async () => {
  const at = await scene();
  const id = await delivered(at);
  expect((await redeem(at, id)).status).toBe(200);
  expect((await confirm(at, id)).status).toBe(200);
  expect((await confirm(at, id)).status).toBe(200);
  const told = (await eventsOf(at.ctx)).map(({ type }) => type).filter((type) => type.startsWith('handoff.'));
  expect(told).toEqual(['handoff.claimed', 'handoff.delivered', 'handoff.confirmed']);
});
