import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { addRecipientKey, createTarget } from '../targets/index.ts';
import { type Answered, call, type OperationId } from '../testing/api.ts';
import { aSealedConnection } from '../testing/journey.ts';
import { aRecipientKey, aTargetInput } from '../testing/recipient.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import { contracts } from './contracts.ts';

/** Everything a partner can have, with ids of every kind in a state that would let the operation succeed. */
type Belongings = {
  ctx: Ctx;
  key: string;
  con: string;
  inv: string;
  han: string;
  tar: string;
  rec: string;
  grt: string;
  claimed: string;
  bul: string;
};

let house: World;
let ours: Belongings;
let theirs: Belongings;
beforeAll(async () => {
  house = await world();
  [ours, theirs] = [await aHousehold('Ours'), await aHousehold('Theirs')];
});
afterAll(() => house.close());

async function aHousehold(name: string): Promise<Belongings> {
  const partner = await aPartner({ name });
  const [sealed, other, third] = [
    await aSealedConnection(partner),
    await aSealedConnection(partner),
    await aSealedConnection(partner),
  ];
  const ctx = await later(partner, 570);
  const { key } = await anApiKey(ctx);
  const delivered = await call('claimHandoff', { key, id: other.connectionId, body: {} });
  await call('redeemHandoff', { key, id: String(delivered.json['id']), idempotencyKey: 'k' });
  await call('confirmHandoff', { key, id: String(delivered.json['id']), body: { outcome: 'accepted' } });
  const claimed = await call('claimHandoff', { key, id: third.connectionId, body: {} });
  const target = await createTarget(ctx, aTargetInput());
  const recipient = await addRecipientKey(ctx, target.id, aRecipientKey().input);
  const bulk = await call('createBulkClaim', { key, body: { connection_ids: [third.connectionId] } });
  return {
    bul: String(bulk.json['id']),
    ctx,
    key,
    con: sealed.connectionId,
    inv: sealed.asked.id,
    han: String(delivered.json['id']),
    tar: target.id,
    rec: recipient.id,
    grt: sealed.grantId,
    claimed: String(claimed.json['id']),
  };
}

/** By how the paths of its operations begin. */
const kinds = {
  con: 'connection',
  inv: 'invitation',
  han: 'handoff',
  tar: 'target',
  rec: 'recipientKey',
  bul: 'bulkClaim',
} as const;
const keysOfKinds = Object.keys(kinds) as (keyof typeof kinds)[];

const withId = (Object.keys(contracts) as OperationId[]).filter((name) => contracts[name].path.includes('{id}'));
const bodies: Partial<Record<OperationId, unknown>> = {
  claimHandoff: {},
  redeemHandoff: {},
  confirmHandoff: { outcome: 'accepted' },
  cancelHandoff: {},
  addRecipientKey: aRecipientKey().input,
  retireRecipientKey: {},
  rotatePushSecret: {},
};
const ask = (name: OperationId, id: string, key = ours.key): Promise<Answered> =>
  call(name, { key, id, ...(bodies[name] === undefined ? {} : { body: bodies[name] }) });
const rowsOf = async () =>
  (
    await house.admin.query(
      `SELECT (SELECT jsonb_agg(h ORDER BY h.id) FROM handoff h WHERE partner_id = $1) AS handoffs,
              (SELECT jsonb_agg(g ORDER BY g.id) FROM token_grant g WHERE partner_id = $1) AS grants,
              (SELECT jsonb_agg(t ORDER BY t.id) FROM target t WHERE partner_id = $1) AS targets,
              (SELECT jsonb_agg(k ORDER BY k.id) FROM recipient_key k WHERE partner_id = $1) AS recipient_keys,
              (SELECT jsonb_agg(b ORDER BY b.id) FROM bulk_claim b WHERE partner_id = $1) AS bulk_claims,
              (SELECT jsonb_agg(i ORDER BY i.position) FROM bulk_claim_item i WHERE partner_id = $1) AS bulk_claim_items,
              (SELECT count(*) FROM outbox_event WHERE partner_id = $1) AS events`,
      [theirs.ctx.partnerId],
    )
  ).rows;

test('there are operations with an id to try', () => {
  expect(withId.length).toBeGreaterThanOrEqual(12);
});

for (const name of withId) {
  test(`${name}: a foreign id is answered byte for byte like one that never existed (XTEN)`, async () => {
    const before = await rowsOf();
    const kind = contracts[name].path.split('/')[1]?.slice(0, 3) as keyof typeof kinds;
    const strange = [
      newId(kinds[kind]),
      ...keysOfKinds.map((each) => theirs[each]),
      theirs.claimed,
      theirs.grt,
      theirs.ctx.partnerId,
      ours.grt,
      ours.ctx.partnerId,
      ...keysOfKinds.filter((each) => each !== kind).map((each) => ours[each]),
      "' OR '1'='1",
      `${theirs.con}'; DROP TABLE handoff; --`,
      '%',
      '_',
      '*',
      '',
      '../../connections',
      '..%2f',
      ours.con.toUpperCase(),
      `${ours.con} `,
      `\u200b${ours.con}`,
      '-1',
      '9223372036854775808',
      'x'.repeat(300),
      '\ud800',
      '\u0000',
      `${ours.con}\u0000`,
      '__proto__',
      'null',
    ];
    const answers = await Promise.all(strange.map((id) => ask(name, id)));
    const [first] = answers;
    expect(first?.status).toBe(404);
    const others = answers.filter(({ status, text }) => status !== 404 || text !== first?.text);
    expect(others.map((answer) => [strange[answers.indexOf(answer)], answer.status, answer.text])).toEqual([]);
    expect(new Set(answers.map(({ headers }) => headers.get('content-type'))).size).toBe(1);
    expect(await rowsOf()).toEqual(before);
  });
}

test('all operations say it with the same words', async () => {
  const texts = await Promise.all(withId.map(async (name) => (await ask(name, theirs.han)).text));
  expect(new Set(texts).size).toBe(1);
});

test('the same ids work for the one they belong to', async () => {
  for (const [name, id] of [
    ['readInvitation', theirs.inv],
    ['readConnection', theirs.con],
    ['readTimeline', theirs.con],
    ['readHandoff', theirs.han],
    ['readReceipt', theirs.han],
    ['readTarget', theirs.tar],
    ['readBulkClaim', theirs.bul],
    ['listBulkClaimResults', theirs.bul],
  ] as const)
    expect([name, (await ask(name, id, theirs.key)).status]).toEqual([name, 200]);
});

test('lists, events and receipt keys hold nothing of another partner', async () => {
  const names = [theirs.ctx.partnerId, theirs.grt, theirs.claimed, ...keysOfKinds.map((each) => theirs[each])];
  for (const name of ['listConnections', 'listEvents', 'listReceiptKeys', 'listTargets'] as const) {
    const [mine, yours] = [await call(name, { key: ours.key }), await call(name, { key: theirs.key })];
    expect(mine.text).not.toBe(yours.text);
    for (const id of names) expect(mine.text).not.toContain(id);
  }
});

test("a cursor of another partner's list leads into one's own only", async () => {
  for (const name of ['listConnections', 'listEvents'] as const) {
    const { json } = await call(name, { key: theirs.key, query: '?limit=1' });
    const { text, status } = await call(name, { key: ours.key, query: `?cursor=${json['next_cursor']}` });
    expect(status).toBe(200);
    expect(text).not.toContain(theirs.con);
  }
});
