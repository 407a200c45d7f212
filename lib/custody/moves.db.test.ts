import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aSealedConnection } from '../testing/journey.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import { type Custody, custodies, holdsToken, moves } from './core/custody.ts';

let house: World;
let grantId: string;
beforeAll(async () => {
  house = await world();
  ({ grantId } = await aSealedConnection(await aPartner()));
});
afterAll(() => house.close());

/** The columns that go with a custody. */
const dressed = (custody: Custody): string =>
  [
    `custody = '${custody}'`,
    holdsToken(custody) ? `refresh_token = '\\x01'` : 'refresh_token = NULL, access_token = NULL',
    ['lapsed', 'superseded', 'dead', 'shredded'].includes(custody) ? 'ended_at = now()' : 'ended_at = NULL',
    custody === 'parked' ? `parked_reason = 'wrong_user'` : 'parked_reason = NULL',
  ].join(', ');

/** Runs updates of the one grant one after the other, in a transaction that leaves nothing behind. The last one's error code, or 'done'. */
async function updating(...updates: string[]): Promise<string> {
  await house.admin.query('BEGIN');
  try {
    // Where a test needs the grant to stand first is not for the trigger to judge.
    await house.admin.query('ALTER TABLE token_grant DISABLE TRIGGER custody_move');
    for (const update of updates.slice(0, -1))
      await house.admin.query(`UPDATE token_grant SET ${update} WHERE id = '${grantId}'`);
    await house.admin.query('ALTER TABLE token_grant ENABLE TRIGGER custody_move');
    await house.admin.query(`UPDATE token_grant SET ${updates.at(-1)} WHERE id = '${grantId}'`);
    return 'done';
  } catch (error) {
    return String((error as { code?: string }).code);
  } finally {
    await house.admin.query('ROLLBACK');
  }
}
const refused = '23514';

/** The table of design §2, typed out again: neither the code nor the database may drift from it alone. */
const design: Record<Custody, string> = {
  parked: 'lapsed sealed shredded superseded',
  sealed: 'claimed dead lapsed parked renewing superseded',
  renewing: 'dead sealed superseded',
  claimed: 'handed_over sealed superseded',
  handed_over: 'shredded',
  lapsed: '',
  superseded: '',
  dead: 'sealed', // row 12: by a successor that came late
  shredded: '',
};

test('the moves in code are those of the design', () => {
  for (const from of custodies) expect([from, moves[from].toSorted().join(' ')]).toEqual([from, design[from]]);
});

for (const from of custodies) {
  test(`from ${from} the database allows what the code allows, and nothing else`, async () => {
    for (const to of custodies.filter((custody) => custody !== from)) {
      const legal = (moves[from] as readonly Custody[]).includes(to);
      const successor = from === 'dead' && to === 'sealed' ? ', generation = generation + 1' : '';
      const done = await updating(dressed(from), dressed(to) + successor);
      expect([from, to, done]).toEqual([from, to, legal ? 'done' : refused]);
    }
  });
}

test('what is dead does not come back by the token that was refused', async () => {
  expect(await updating(dressed('dead'), dressed('sealed'))).toBe(refused);
});

describe('columns are tied to custody', () => {
  for (const custody of custodies) {
    test(`${custody}: ${holdsToken(custody) ? 'a token is there' : 'no token is there'}, and the end is dated or not`, async () => {
      const opposite = holdsToken(custody) ? 'refresh_token = NULL, access_token = NULL' : `refresh_token = '\\x01'`;
      const ended = ['lapsed', 'superseded', 'dead', 'shredded'].includes(custody);
      expect(await updating(dressed(custody), 'spends = 0')).toBe('done');
      expect(await updating(dressed(custody), opposite)).toBe(refused);
      expect(await updating(dressed(custody), ended ? 'ended_at = NULL' : 'ended_at = now()')).toBe(refused);
      expect(
        await updating(dressed(custody), custody === 'parked' ? 'parked_reason = NULL' : `parked_reason = 'x'`),
      ).toBe(refused);
      if (!holdsToken(custody)) expect(await updating(dressed(custody), `access_token = '\\x01'`)).toBe(refused);
    });
  }

  test('an unknown custody, a negative generation, a window that ends before it began, a known identity without its index', async () => {
    for (const odd of [
      `custody = 'held'`,
      'generation = -1',
      'lapses_at = issued_at',
      `identity = 'known', exact_user_index = NULL`,
      `identity = 'maybe'`,
    ])
      expect([odd, await updating(odd)]).toEqual([odd, refused]);
  });

  test('a grant keeps its identity: not its id, its connection, nor its token within one generation', async () => {
    for (const change of [`id = 'grt_x'`, `connection_id = 'con_x'`, `partner_id = 'ptn_x'`, `token_fingerprint = 'x'`])
      expect([change, await updating(change)]).toEqual([change, refused]);
    expect(await updating(`token_fingerprint = 'x', generation = generation + 1`)).toBe('done');
  });

  test('one consent gives one grant', async () => {
    await expect(
      house.admin.query(
        `INSERT INTO token_grant SELECT (jsonb_populate_record(g, '{"id": "grt_second"}')).* FROM token_grant g WHERE id = $1`,
        [grantId],
      ),
    ).rejects.toMatchObject({ code: '23505' });
  });
});

describe('a handoff says what it is', () => {
  const insert = (more: Record<string, string | null>) => {
    const row: Record<string, string | null> = {
      partner_id: 'g.partner_id',
      id: `'hof_' || md5(random()::text)`,
      connection_id: 'g.connection_id',
      grant_id: 'g.id',
      status: `'claimed'`,
      target: `'redeem'`,
      claimed_by_kind: `'api_key'`,
      claimed_by_id: `'key_x'`,
      claimed_at: 'now()',
      redeem_before: 'now()',
      token_fingerprint: `'x'`,
      due_at: 'now()',
      ...more,
    };
    return `INSERT INTO handoff (${Object.keys(row)}) SELECT ${Object.values(row).map((value) => value ?? 'NULL')} FROM token_grant g WHERE g.id = '${grantId}'`;
  };
  async function inserting(...rows: Record<string, string | null>[]): Promise<string> {
    await house.admin.query('BEGIN');
    try {
      for (const row of rows) await house.admin.query(insert(row));
      return 'done';
    } catch (error) {
      return String((error as { code?: string }).code);
    } finally {
      await house.admin.query('ROLLBACK');
    }
  }
  const delivered = { status: `'delivered'`, envelope: `'\\x01'`, delivered_at: 'now()' };
  const ended = { due_at: null, settled_at: 'now()' };

  test('an envelope exists exactly while delivered, an end is dated, and an open one is due', async () => {
    for (const good of [
      {},
      delivered,
      { status: `'confirmed'`, delivered_at: 'now()', ...ended },
      { status: `'cancelled'`, ...ended },
    ])
      expect([good, await inserting(good)]).toEqual([good, 'done']);
    for (const bad of [
      { envelope: `'\\x01'` },
      { ...delivered, envelope: null },
      { ...delivered, delivered_at: null },
      { ...delivered, due_at: null },
      { due_at: null },
      { status: `'confirmed'`, ...ended },
      { status: `'confirmed'`, delivered_at: 'now()', ...ended, settled_at: null },
      { status: `'confirmed'`, delivered_at: 'now()', ...ended, envelope: `'\\x01'` },
      { status: `'cancelled'`, delivered_at: 'now()', ...ended },
      { status: `'lost'` },
    ])
      expect([bad, await inserting(bad)]).toEqual([bad, refused]);
  });

  test('a grant has one handoff; only cancelled ones make room', async () => {
    expect(await inserting({}, {})).toBe('23505');
    expect(await inserting(delivered, {})).toBe('23505');
    expect(await inserting({ status: `'cancelled'`, ...ended }, { status: `'cancelled'`, ...ended }, {})).toBe('done');
  });
});
