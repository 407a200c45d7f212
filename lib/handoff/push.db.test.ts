import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeAnchor } from '../anchor/index.ts';
import { config, useConfig } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { knock, post } from '../http/index.ts';
import { clockAt, hours, plus, seconds, wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { callersOf, sweep } from '../sweep/index.ts';
import {
  addRecipientKey,
  archiveTarget,
  createTarget,
  retireRecipientKey,
  rotatePushSecret,
  TargetInput,
} from '../targets/index.ts';
import { tablesWith } from '../testing/canaries.ts';
import { anEndpoint, confirms, type Endpoint, hashOf, says } from '../testing/endpoint.ts';
import { aSealedConnection, eventTypes, grantOf } from '../testing/journey.ts';
import { asksWho, refresh } from '../testing/provider.ts';
import { aRecipientKey, decrypted } from '../testing/recipient.ts';
import { again, anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import {
  approveHandoff,
  cancelHandoff,
  claimHandoff,
  confirmHandoff,
  type PushHost,
  prepareClaim,
  pushHandoff,
  readHandoff,
  redeemHandoff,
  viewHandoff,
} from './index.ts';

let house: World;
const endpoints: Endpoint[] = [];
beforeAll(async () => {
  house = await world();
});
beforeEach(() => useConfig(house.config));
afterAll(async () => {
  for (const endpoint of endpoints) endpoint.close();
  await house.close();
});

const at = (ctx: Ctx, instant: Date): Ctx => ({ ...ctx, clock: clockAt(instant) });
const fail = (error: unknown) => {
  throw error;
};
const host = (more: Partial<PushHost> = {}): PushHost => ({ clock: wallClock, knock, post, ...more });

async function aPush(more: object = {}) {
  const endpoint = await anEndpoint();
  endpoints.push(endpoint);
  const partner = await aPartner();
  const connection = await aSealedConnection(partner);
  const { ctx } = await anApiKey(await later(partner, 570));
  const input = { name: 'Our ERP', kind: 'push', push: { url: endpoint.url }, ...more };
  const target = await createTarget(ctx, TargetInput.parse(input));
  const machine = aRecipientKey();
  const key = target.recipientKeyRequired ? await addRecipientKey(ctx, target.id, machine.input) : null;
  const claim = () => claimHandoff(ctx, { connectionId: connection.connectionId, target: target.id });
  return { ctx, endpoint, target, machine, key, secret: target.secret?.reveal() ?? '', claim, ...connection };
}

type Row = { action: string; detail: Record<string, unknown> };
const failures = async (ctx: Ctx): Promise<Record<string, unknown>[]> =>
  (
    await house.admin.query<Row>(
      `SELECT action, detail FROM audit_event WHERE partner_id = $1 AND action = 'handoff.push_failed' ORDER BY seq`,
      [ctx.partnerId],
    )
  ).rows.map(({ detail }) => detail);
const verify = (secret: string, { headers, body }: Endpoint['got'][number]) =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

describe('what arrives', () => {
  test('is the bundle, encrypted to the newest key of the target and signed; the hash of it confirms', async () => {
    const { ctx, endpoint, machine, secret, claim, grantId, registration, key } = await aPush();
    const handoff = await claim();
    expect(handoff).toMatchObject({ status: 'claimed', recipientKeyId: key?.id });

    await sweep(fail, 'endpoint');

    const [arrived] = endpoint.got;
    if (!arrived) throw new Error('nothing arrived');
    expect(endpoint.got).toHaveLength(1);
    expect(arrived.path).toBe('/waxseal');
    expect(arrived.headers).toMatchObject({ 'webhook-id': handoff.id, 'content-type': 'application/json' });
    expect(verify(secret, arrived)).toEqual(JSON.parse(arrived.body));
    const { bundle } = await decrypted(machine, arrived.body);
    const token = String(bundle['refresh_token']);
    expect(bundle).toMatchObject({ handoff_id: handoff.id, token_fingerprint: fingerprint(token), version: 1 });
    const ended = await readHandoff(ctx, handoff.id);
    expect(ended).toMatchObject({ status: 'confirmed', envelope: null, pushDueAt: null, pushTries: 1 });
    expect(ended.receipt).toMatch(/^ey/);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'shredded', refreshToken: null, spends: 0 });
    const told = (await eventTypes(ctx)).filter((type) => type.startsWith('handoff'));
    expect(told).toEqual(['handoff.claimed', 'handoff.delivered', 'handoff.confirmed']);
    const { clientId: client_id } = registration;
    const spent = {
      client_id,
      client_secret: String(bundle['client_secret']),
      refresh_token: token,
      site: 'nl' as const,
    };
    expect((await refresh(spent)).status).toBe(200);
  });

  test('is plain JSON only where the target says so and has no key', async () => {
    const { ctx, endpoint, secret, claim, target } = await aPush({ recipient_key_required: false });
    await claim();
    await sweep(fail, 'endpoint');
    const [arrived] = endpoint.got;
    if (!arrived) throw new Error('nothing arrived');
    expect(verify(secret, arrived)).toHaveProperty('refresh_token');
    const other = await aSealedConnection(await again(ctx), { user: 's.devries' });
    const machine = aRecipientKey();
    await addRecipientKey(ctx, target.id, machine.input);
    const later570 = await later(ctx, 570);
    await claimHandoff(later570, { connectionId: other.connectionId, target: target.id });
    await sweep(fail, 'endpoint');
    expect(await decrypted(machine, endpoint.got[1]?.body ?? '')).toHaveProperty('bundle');
  });

  test('may be a fresh pair, whose access token works when it arrives', async () => {
    const { ctx, endpoint, claim, connectionId, target } = await aPush({
      fresh_pair: true,
      recipient_key_required: false,
    });
    await prepareClaim(ctx, { connectionId, target: target.id });
    expect(await claim()).toMatchObject({ freshPair: true });
    await sweep(fail, 'endpoint');
    const { access_token: works } = JSON.parse(endpoint.got[0]?.body ?? '{}') as { access_token?: string };
    expect(await asksWho(works ?? '')).toBe(200);
  });

  test('without a key where one is required nothing can be claimed', async () => {
    const { ctx, key, claim } = await aPush();
    await retireRecipientKey(ctx, key?.id ?? '');
    await expect(claim()).rejects.toMatchObject({ code: 'recipient_key_required' });
  });

  test('nobody else can fetch it: neither before it was sent nor after', async () => {
    const { ctx, endpoint, claim } = await aPush();
    endpoint.answers(says(500));
    const { id } = await claim();
    await expect(redeemHandoff(ctx, id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    await sweep(fail, 'endpoint');
    const { status } = await readHandoff(ctx, id);
    expect(status).toBe('delivered');
    for (const key of ['k', id, null])
      await expect(redeemHandoff(ctx, id, key)).rejects.toMatchObject({ code: 'not_redeemable' });
  });

  test('a member may have it pushed, and does not get to see it', async () => {
    const { ctx, endpoint, target, connectionId } = await aPush();
    const as = (role: string): Ctx => ({ ...ctx, actor: { kind: 'member', id: 'mbr_1', sessionHash: 's', role } });
    const claim = (role: string) => claimHandoff(as(role), { connectionId, target: target.id });
    await expect(claim('auditor')).rejects.toMatchObject({ code: 'target_not_allowed' });
    const { id } = await claim('staff');
    await expect(viewHandoff(as('staff'), id)).rejects.toMatchObject({ code: 'not_redeemable' });
    await sweep(fail, 'endpoint');
    expect(endpoint.got).toHaveLength(1);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed', claimedByKind: 'member' });
  });

  test('a byte altered, a signature of another secret, a request of five minutes ago: the reference verifier refuses', async () => {
    const { endpoint, secret, claim } = await aPush();
    await claim();
    await sweep(fail, 'endpoint');
    const [arrived] = endpoint.got;
    if (!arrived) throw new Error('nothing arrived');
    const { headers, body } = arrived;
    const old = String(Number(headers['webhook-timestamp']) - 301);
    for (const [key, got] of [
      [secret, { ...arrived, body: body.replace('"', ' "') }],
      [`whsec_${Buffer.alloc(32).toString('base64')}`, arrived],
      [secret, { ...arrived, headers: { ...headers, 'webhook-id': 'hof_other' } }],
      [secret, { ...arrived, headers: { ...headers, 'webhook-timestamp': old } }],
    ] as const)
      expect(() => verify(key, got)).toThrow();
  });
});

describe('the secret', () => {
  test('is 32 random bytes, told once, and lies nowhere in the open', async () => {
    const { secret } = await aPush();
    expect(secret).toMatch(/^whsec_/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    expect(await tablesWith(house.admin, [secret, secret.slice(6)])).toEqual([]);
  });

  test('rotation signs with both for 24 hours, then with the new one alone; a second one ends the first at once', async () => {
    const { ctx, endpoint, secret: first, claim, target } = await aPush();
    endpoint.answers(says(500));
    const { id } = await claim();
    const { secret, previousUntil } = await rotatePushSecret(ctx, target.id);
    const second = secret.reveal();
    expect(Math.abs(previousUntil.getTime() - plus(ctx.clock.now(), hours(24)).getTime())).toBeLessThan(1000);
    await sweep(fail, 'endpoint');
    const [both] = endpoint.got;
    if (!both) throw new Error('nothing arrived');
    for (const key of [first, second]) verify(key, both);
    expect(String(both.headers['webhook-signature']).split(' ')).toHaveLength(2);

    const delivered = await readHandoff(ctx, id);
    const over = at(ctx, plus(previousUntil, -1));
    await pushHandoff(over, id);
    verify(first, endpoint.got[1] ?? both);
    await house.admin.query('UPDATE handoff SET push_due_at = $1, confirm_before = $2 WHERE id = $3', [
      delivered.deliveredAt,
      plus(previousUntil, hours(1)),
      id,
    ]);
    await pushHandoff(at(ctx, previousUntil), id);
    const last = endpoint.got[2];
    if (!last) throw new Error('nothing arrived');
    expect(() => verify(first, last)).toThrow();
    verify(second, last);

    const third = (await rotatePushSecret(ctx, target.id)).secret.reveal();
    const fourth = (await rotatePushSecret(ctx, target.id)).secret.reveal();
    await house.admin.query('UPDATE handoff SET push_due_at = now() WHERE id = $1', [id]);
    await pushHandoff(ctx, id);
    const now = endpoint.got[3];
    if (!now) throw new Error('nothing arrived');
    expect(() => verify(second, now)).toThrow();
    for (const key of [third, fourth]) verify(key, now);
    await expect(rotatePushSecret(await aPartner(), target.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('until it is confirmed', () => {
  test('the same bytes under the same id, signed anew; only a 2xx that names their hash ends it', async () => {
    const { ctx, endpoint, secret, claim } = await aPush();
    const { id } = await claim();
    const answers = [
      says(200),
      says(204),
      says(200, {}, '{"sha256":"00"}'),
      says(200, {}, '{"sha256":["x"]}'),
      says(200, {}, 'x'.repeat(70_000)),
      says(500, {}, JSON.stringify({ sha256: 'x' })),
      ((response, { body }) =>
        void response
          .writeHead(302, { location: endpoint.url })
          .end(JSON.stringify({ sha256: hashOf(body) }))) satisfies Parameters<Endpoint['answers']>[0],
    ];
    let now = ctx;
    for (const answer of answers) {
      endpoint.answers(answer);
      await pushHandoff(now, id);
      const row = await readHandoff(ctx, id);
      expect(row).toMatchObject({ status: 'delivered' });
      now = at(ctx, row.pushDueAt ?? new Date(0));
    }
    endpoint.answers(
      (response, { body }) => void response.writeHead(202).end(JSON.stringify({ sha256: hashOf(body).toUpperCase() })),
    );
    await pushHandoff(now, id);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed', pushTries: answers.length + 1 });
    expect(endpoint.got).toHaveLength(answers.length + 1); // the redirect was not followed
    expect(new Set(endpoint.got.map(({ body }) => body)).size).toBe(1);
    expect(new Set(endpoint.got.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));
    for (const got of endpoint.got) verify(secret, got);
    expect((await failures(ctx)).map(({ problem, tries }) => [tries, problem])).toEqual([
      [1, 'not_confirmed'],
      [2, 'not_confirmed'],
      [3, 'not_confirmed'],
      [4, 'not_confirmed'],
      [5, 'no_answer'],
      [6, 'status_500'],
      [7, 'status_302'],
    ]);
  });

  test('ten tries within 24 hours, as the clock brings them; then the sweep ends it unconfirmed', async () => {
    const { ctx, endpoint, claim, grantId } = await aPush();
    endpoint.answers(says(500, {}, 'a secret of the provider'));
    const { id } = await claim();
    await sweep(fail);
    const { deliveredAt } = await readHandoff(ctx, id);
    await later(ctx, 86_400 - 60);
    expect(endpoint.got).toHaveLength(10);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'delivered', pushDueAt: null, pushTries: 10 });
    await later(ctx, 120);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'unconfirmed', envelope: null });
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'shredded' });
    expect(endpoint.got).toHaveLength(10);
    expect(JSON.stringify(await failures(ctx))).not.toContain('secret of the provider');
    const { rows } = await house.admin.query<{ at: Date }>(
      `SELECT at FROM audit_event WHERE partner_id = $1 AND action = 'handoff.push_failed' ORDER BY seq`,
      [ctx.partnerId],
    );
    const after = rows.map(({ at: when }) => (when.getTime() - (deliveredAt?.getTime() ?? 0)) / 1000);
    for (const [index, slot] of [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 82_800].entries()) {
      expect(after[index]).toBeGreaterThanOrEqual(slot);
      expect(after[index]).toBeLessThan(slot * 1.1 + 3);
    }
  });

  test('429 and 503 are waited for as they ask; 410 ends it and archives the target, and the partner may still tell', async () => {
    const { ctx, endpoint, claim, target } = await aPush();
    const { id } = await claim();
    for (const status of [429, 503]) {
      endpoint.answers(says(status, { 'retry-after': '3600' }));
      const { pushDueAt } = await readHandoff(ctx, id);
      const now = at(ctx, plus(pushDueAt ?? new Date(0), 1));
      await pushHandoff(now, id);
      const row = await readHandoff(ctx, id);
      expect(row).toMatchObject({ pushProblem: `status_${status}` });
      expect(row.pushDueAt?.getTime()).toBeGreaterThanOrEqual(plus(now.clock.now(), hours(1)).getTime());
    }
    endpoint.answers(says(410));
    const { pushDueAt } = await readHandoff(ctx, id);
    await pushHandoff(at(ctx, pushDueAt ?? new Date(0)), id);
    const row = await readHandoff(ctx, id);
    expect(row).toMatchObject({ status: 'delivered', pushDueAt: null, pushProblem: 'status_410' });
    await expect(claimHandoff(ctx, { connectionId: row.connectionId, target: target.id })).rejects.toMatchObject({
      code: 'target_archived',
    });
    expect(await eventTypes(ctx)).toContain('target.archived');
    expect(await confirmHandoff(ctx, id, { outcome: 'rejected', code: 'gone' })).toMatchObject({ status: 'rejected' });
  });

  test('an outcome that the partner tells ends it; a confirmation that comes late changes nothing', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    endpoint.answers((response, got) => {
      void confirmHandoff(ctx, id, { outcome: 'rejected', code: 'no_license' }).then(() => confirms(response, got));
    });
    await pushHandoff(ctx, id);
    expect(await readHandoff(ctx, id)).toMatchObject({
      status: 'rejected',
      outcomeCode: 'no_license',
      pushDueAt: null,
    });
    await pushHandoff(at(ctx, plus(ctx.clock.now(), hours(1))), id);
    expect(endpoint.got).toHaveLength(1);
  });
});

describe('before anything has left', () => {
  test('while its endpoint cannot be dialled, a claim says why, is not sent and can be cancelled', async () => {
    const { ctx, endpoint, claim, grantId } = await aPush();
    const { id } = await claim();
    useConfig({ ...house.config, pushOrigins: [] });
    await sweep(fail, 'endpoint');
    let row = await readHandoff(ctx, id);
    expect(row).toMatchObject({ status: 'claimed', pushProblem: 'not_https', pushTries: 0 });
    expect(endpoint.connections).toBe(0);
    // A minute later it is the same, which is not told again; and it is not forgotten.
    await pushHandoff(at(ctx, row.pushDueAt ?? new Date(0)), id);
    expect(await failures(ctx)).toEqual([{ handoff_id: id, tries: 0, problem: 'not_https' }]);
    row = await readHandoff(ctx, id);
    expect(row.pushDueAt).not.toBeNull();
    await cancelHandoff(ctx, id);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'cancelled', pushDueAt: null });
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed', spends: 0 });
  });

  test('nobody listens: the claim waits, and is pushed as soon as somebody does', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    await pushHandoff(ctx, id, host({ knock: async () => 'unreachable' }));
    const row = await readHandoff(ctx, id);
    expect(row).toMatchObject({ status: 'claimed', pushProblem: 'unreachable' });
    await pushHandoff(at(ctx, row.pushDueAt ?? new Date(0)), id);
    expect(endpoint.got).toHaveLength(1);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed' });
  });

  test('an archived target and a retired key stop it for good, and say so', async () => {
    for (const [stop, code] of [
      [({ ctx, target }: Awaited<ReturnType<typeof aPush>>) => archiveTarget(ctx, target.id), 'target_archived'],
      [
        ({ ctx, key }: Awaited<ReturnType<typeof aPush>>) => retireRecipientKey(ctx, key?.id ?? ''),
        'recipient_key_retired',
      ],
    ] as const) {
      const push = await aPush();
      const { ctx, endpoint, claim, grantId } = push;
      const { id } = await claim();
      await stop(push);
      await sweep(fail, 'endpoint');
      expect(await readHandoff(ctx, id)).toMatchObject({ status: 'claimed', pushProblem: code, pushDueAt: null });
      expect(await eventTypes(ctx)).toContain('handoff.refused');
      expect(endpoint.got).toHaveLength(0);
      await cancelHandoff(ctx, id);
      expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed' });
    }
  });

  test('a claim that needs four eyes waits for the second member, and is sent as soon as they agree', async () => {
    const { ctx, endpoint, claim, grantId } = await aPush({ four_eyes: true });
    const { id } = await claim();
    expect(await readHandoff(ctx, id)).toMatchObject({ pushProblem: 'approval_needed', pushDueAt: null });
    await sweep(fail, 'endpoint');
    // Nor when it comes up all the same.
    await house.admin.query('UPDATE handoff SET push_due_at = now() WHERE id = $1', [id]);
    await pushHandoff(ctx, id);
    expect(endpoint.got).toHaveLength(0);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'claimed' });
    await approveHandoff({ ...ctx, actor: { kind: 'member', id: 'mbr_2', sessionHash: 's', role: 'staff' } }, id);
    await sweep(fail, 'endpoint');
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed', approvedBy: 'mbr_2' });
  });

  test('while the journal outside the database cannot be written, nothing is sent', async () => {
    const { ctx, endpoint, claim, grantId } = await aPush();
    const { id } = await claim();
    useConfig({ ...config(), anchorDir: '/dev/null/journals' });
    await expect(pushHandoff(ctx, id)).rejects.toMatchObject({ code: 'unavailable' });
    useConfig({ ...config(), anchorDir: null });
    await closeAnchor();
    expect(endpoint.got).toHaveLength(0);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'claimed' });
    await cancelHandoff(ctx, id);
  });

  test('a claim whose day is over goes back into custody unseen', async () => {
    const { ctx, endpoint, claim, grantId } = await aPush();
    const { id } = await claim();
    useConfig({ ...house.config, pushOrigins: [] });
    const after = await later(ctx, 86_400 + 60);
    expect(await readHandoff(after, id)).toMatchObject({ status: 'cancelled', outcomeCode: 'not_redeemed' });
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed' });
    expect(endpoint.connections).toBe(0);
  });
});

describe('when its time is over, and the sweep has not come by', () => {
  test('a claim is not dialled any more', async () => {
    const { ctx, claim } = await aPush();
    const { id, redeemBefore } = await claim();
    let dialled = 0;
    const counted: PushHost['knock'] = async () => {
      dialled += 1;
      return 'unreachable';
    };
    await pushHandoff(at(ctx, plus(redeemBefore, -1)), id, host({ knock: counted }));
    await house.admin.query('UPDATE handoff SET push_due_at = now() WHERE id = $1', [id]);
    await pushHandoff(at(ctx, redeemBefore), id, host({ knock: counted }));
    expect([dialled, (await readHandoff(ctx, id)).pushDueAt]).toEqual([1, null]);
  });

  test('what was delivered is not sent any more, and nothing is told of it', async () => {
    const { ctx, endpoint, claim } = await aPush();
    endpoint.answers(says(500));
    const { id } = await claim();
    await pushHandoff(ctx, id);
    const { confirmBefore } = await readHandoff(ctx, id);
    const before = await eventTypes(ctx);
    await pushHandoff(at(ctx, confirmBefore ?? new Date(0)), id);
    expect([endpoint.got.length, (await readHandoff(ctx, id)).pushDueAt]).toEqual([1, null]);
    expect(await eventTypes(ctx)).toEqual(before);
  });
});

describe('cut off, and twice at once', () => {
  const killed = async () => {
    throw new Error('killed');
  };
  const minute = (ctx: Ctx) => at(ctx, plus(ctx.clock.now(), seconds(61)));

  test('killed before custody is given up: nothing has left, and it is taken up a minute later', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    await expect(pushHandoff(ctx, id, host({ knock: killed }))).rejects.toThrow('killed');
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'claimed' });
    await pushHandoff(ctx, id);
    expect(endpoint.got).toHaveLength(0);
    await pushHandoff(minute(ctx), id);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed' });
  });

  test('killed with custody given up and not a byte sent: the next sweep sends what was sealed', async () => {
    const { ctx, endpoint, machine, claim, grantId } = await aPush();
    const { id } = await claim();
    await expect(pushHandoff(ctx, id, host({ post: killed }))).rejects.toThrow('killed');
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'delivered', pushTries: 1 });
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'handed_over', refreshToken: null });
    await expect(cancelHandoff(ctx, id)).rejects.toMatchObject({ code: 'not_cancellable' });
    await later(ctx, 61);
    expect(endpoint.got).toHaveLength(1);
    expect((await decrypted(machine, endpoint.got[0]?.body ?? '')).bundle).toMatchObject({ handoff_id: id });
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed', pushTries: 2 });
    const openings = await inTenant(ctx.partnerId, (tx) => tx.opening.count({ where: { grantId } }));
    expect(openings).toBe(2); // refresh token and access token, once each
  });

  test('killed between a 2xx and its settling: the same id and bytes arrive again, and it is confirmed', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    const lost: PushHost['post'] = async (...request) => {
      await post(...request);
      return killed();
    };
    await expect(pushHandoff(ctx, id, host({ post: lost }))).rejects.toThrow('killed');
    await pushHandoff(minute(ctx), id);
    const [one, two] = endpoint.got;
    expect([two?.body, two?.headers['webhook-id']]).toEqual([one?.body, one?.headers['webhook-id']]);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'confirmed' });
  });

  test('ten workers at once: one sends', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    await Promise.all(Array.from({ length: 10 }, () => pushHandoff(ctx, id)));
    expect(endpoint.got).toHaveLength(1);
    expect((await eventTypes(ctx)).filter((type) => type === 'handoff.delivered')).toHaveLength(1);
  });

  test('a worker that was overtaken sends the same bytes, and what it heard decides nothing unless it is a yes', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    const held: (() => void)[] = [];
    endpoint.answers((response) => void held.push(() => response.writeHead(410).end()));
    const slow = pushHandoff(ctx, id);
    await expect.poll(() => held.length).toBe(1);
    endpoint.answers(says(503, { 'retry-after': '7200' }));
    await pushHandoff(minute(ctx), id);
    const before = await readHandoff(ctx, id);
    held[0]?.();
    await slow;
    expect(await readHandoff(ctx, id)).toEqual(before);
    expect(endpoint.got[1]?.body).toBe(endpoint.got[0]?.body);
    expect(await eventTypes(ctx)).not.toContain('target.archived');
  });

  test('cancelled while the endpoint is dialled: nothing leaves', async () => {
    const { ctx, endpoint, claim } = await aPush();
    const { id } = await claim();
    const meanwhile: PushHost['knock'] = async () => {
      await cancelHandoff(ctx, id);
      return null;
    };
    await pushHandoff(ctx, id, host({ knock: meanwhile }));
    expect(endpoint.got).toHaveLength(0);
    expect(await readHandoff(ctx, id)).toMatchObject({ status: 'cancelled', pushDueAt: null });
  });

  test('one partner’s endpoint hangs: another’s push is sent at once (D25)', async () => {
    const [stuck, other] = [await aPush(), await aPush()];
    useConfig({ ...house.config, pushOrigins: [stuck.endpoint.origin, other.endpoint.origin] });
    let release = () => {};
    stuck.endpoint.answers((response, got) => {
      release = () => confirms(response, got);
    });
    await stuck.claim();
    const callers = callersOf('endpoint', fail, { lanes: 2, perSecond: 1000 });
    await callers.look();
    await expect.poll(() => stuck.endpoint.got.length, { timeout: 5_000 }).toBe(1);
    const { id } = await other.claim();
    await callers.look();
    await expect.poll(async () => (await readHandoff(other.ctx, id)).status, { timeout: 5_000 }).toBe('confirmed');
    expect(await sweep(fail, 'inside')).toBe(0);
    release();
    await callers.stop();
  });

  test('no transaction is held while the endpoint is waited for', async () => {
    const { ctx, claim } = await aPush();
    const { id } = await claim();
    const open = async () => {
      const { rows } = await house.admin.query<{ open: string }>(
        `SELECT count(*) AS open FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      );
      return Number(rows[0]?.open);
    };
    const seen: number[] = [];
    await pushHandoff(
      ctx,
      id,
      host({
        knock: async (...where) => {
          seen.push(await open());
          return knock(...where);
        },
        post: async (...request) => {
          seen.push(await open());
          return post(...request);
        },
      }),
    );
    expect(seen).toEqual([0, 0]);
  });
});
