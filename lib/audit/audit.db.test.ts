import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeAnchor } from '../anchor/index.ts';
import { acceptGrant, parkGrant } from '../custody/index.ts';
import { inTenant, inTenantApart } from '../db/index.ts';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aSealedConnection, grantOf } from '../testing/journey.ts';
import { manySealed } from '../testing/many.ts';
import { anApiKey, aPartner, later, type World, world } from '../testing/world.ts';
import { audit, readSignedHead, recordAll, signHead, verifyChain } from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const deed = (ctx: Ctx, n: number | string, more: Record<string, string | number | boolean | null> = {}) =>
  inTenant(ctx.partnerId, (tx) => audit(tx, ctx, `test.${n}`, {}, { n, ...more }));
const deeds = async (ctx: Ctx, count: number) => {
  for (let n = 0; n < count; n++) await deed(ctx, n);
};
const seqs = async (ctx: Ctx) =>
  (await house.admin.query('SELECT seq FROM audit_event WHERE partner_id = $1 ORDER BY seq', [ctx.partnerId])).rows.map(
    ({ seq }) => Number(seq),
  );
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
/** Work of somebody with all rights on the database: triggers, checks and indexes are no obstacle. */
const tamper = async (sql: string, values: unknown[] = []) => {
  await house.admin.query('BEGIN');
  await house.admin.query('SET LOCAL session_replication_role = replica');
  await house.admin.query(sql, values);
  await house.admin.query('COMMIT');
};
const found = async (ctx: Ctx, signed: Parameters<typeof verifyChain>[1] = null) =>
  (await verifyChain(ctx.partnerId, signed)).findings.map(({ kind, seq }) => `${kind} ${seq}`);

describe('the chain', () => {
  test('counts every row of a partner without a gap, one deed or many in one, and holds', async () => {
    const ctx = await aPartner();
    await deeds(ctx, 3);
    await inTenant(ctx.partnerId, async (tx) => {
      await audit(tx, ctx, 'test.first', {});
      const changes = upTo(200).map((n) => ({
        type: 'test.many',
        at: ctx.clock.now(),
        about: {},
        data: { n, odd: 0.1 + n, big: 1e21, minus: -0, text: '\u2028 "é"\\ \u{1F511}', none: null, yes: true },
      }));
      await recordAll(tx, ctx, changes as unknown as Parameters<typeof recordAll>[2]); // any facts will do for the chain
      await audit(tx, ctx, 'test.last', {});
    });
    const all = await seqs(ctx);
    expect(all).toEqual(upTo(all.length));
    expect(await verifyChain(ctx.partnerId)).toMatchObject({
      intact: true,
      checked: all.length,
      beforeChain: 0,
      findings: [],
    });
    expect(all.length).toBeGreaterThan(205);
  });

  test('a deed that is undone leaves neither row nor gap', async () => {
    const ctx = await aPartner();
    await deed(ctx, 1);
    await expect(
      inTenant(ctx.partnerId, async (tx) => {
        await audit(tx, ctx, 'test.undone', {});
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await deed(ctx, 2);
    const all = await seqs(ctx);
    expect(all).toEqual(upTo(all.length));
    expect(await found(ctx)).toEqual([]);
  });

  test('what is told apart joins the chain although the deed around it was undone', async () => {
    const ctx = await aPartner();
    const before = (await seqs(ctx)).length;
    await expect(
      inTenant(ctx.partnerId, async () => {
        await inTenantApart(ctx.partnerId, (tx) => audit(tx, ctx, 'test.apart', {}));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await seqs(ctx)).toEqual(upTo(before + 1));
  });

  test('outside a running transaction there is no deed to write down', async () => {
    const ctx = await aPartner();
    const tx = await inTenant(ctx.partnerId, async (inner) => inner);
    await expect(audit(tx, ctx, 'test.late', {})).rejects.toThrow('only a running transaction has an end');
  });

  test('rows from before the chain are counted into its first link', async () => {
    const ctx = await aPartner();
    await tamper('DELETE FROM audit_head WHERE partner_id = $1', [ctx.partnerId]);
    await house.admin.query('ALTER TABLE audit_event DROP CONSTRAINT audit_event_chained');
    await tamper('UPDATE audit_event SET seq = NULL, hash = NULL WHERE partner_id = $1', [ctx.partnerId]);
    await house.admin.query(
      'ALTER TABLE audit_event ADD CONSTRAINT audit_event_chained CHECK (seq IS NOT NULL AND hash IS NOT NULL AND length(hash) = 32) NOT VALID',
    );
    const old = (await house.admin.query('SELECT id FROM audit_event WHERE partner_id = $1', [ctx.partnerId])).rows;
    expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true, beforeChain: old.length, head: null });
    await closeAnchor(); // a process that saw the chain before would act no more
    await deeds(ctx, 2);
    expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true, beforeChain: old.length, checked: 2 });
    await tamper('DELETE FROM audit_event WHERE id = $1', [old[0].id]);
    expect(await found(ctx)).toEqual(['missing null']);
  });
});

describe('twenty deeds of one partner at once', () => {
  /** Locked in one order, as custody does; but each writes its audit row in between. With the head locked there, two could wait for each other. */
  test('that audit between their locks never wait in a circle: nothing is run twice', async () => {
    const ctx = await aPartner();
    const before = (await seqs(ctx)).length;
    const grants = (await manySealed(ctx, 3)).map(({ id }) => id).sort();
    let runs = 0;
    await Promise.all(
      upTo(20).map((n) =>
        inTenant(ctx.partnerId, async (tx) => {
          runs += 1;
          for (const id of grants.slice(n % 3)) {
            await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id }, data: { spends: n } });
            await audit(tx, ctx, 'test.touched', {}, { id, n });
          }
        }),
      ),
    );
    expect(runs).toBe(20);
    const all = await seqs(ctx);
    expect(all.length).toBeGreaterThan(before + 20);
    expect(all).toEqual(upTo(all.length));
    expect(await found(ctx)).toEqual([]);
  });

  test('that take grants in opposite orders all happen, and the chain holds', async () => {
    const ctx = await aPartner();
    const grants = (await manySealed(ctx, 20)).map(({ id, connectionId }) => ({ id, connectionId }));
    await Promise.all(
      upTo(20).map((n) => {
        const pair = Math.floor((n - 1) / 2) * 2;
        const two = grants.slice(pair, pair + 2);
        return inTenant(ctx.partnerId, async (tx) => {
          for (const grant of n % 2 ? two : two.reverse()) {
            if (!(await parkGrant(tx, ctx, grant, 'member_doubts'))) await acceptGrant(tx, ctx, grant.id);
          }
        });
      }),
    );
    const { rows } = await house.admin.query(
      `SELECT count(*) FILTER (WHERE action = 'grant.parked') AS parked, count(*) FILTER (WHERE detail ? 'accepted') AS accepted
       FROM audit_event WHERE partner_id = $1`,
      [ctx.partnerId],
    );
    expect(rows).toEqual([{ parked: '20', accepted: '20' }]);
    const all = await seqs(ctx);
    expect(all).toEqual(upTo(all.length));
    expect(await found(ctx)).toEqual([]);
  });
});

test('a signed head is its partner’s, whole, and no receipt', async () => {
  const [one, two] = [await aPartner(), await aPartner()];
  await Promise.all([deed(one, 1), deed(two, 1)]);
  const head = (await signHead(one.partnerId, one.clock.now())) ?? '';
  expect(await readSignedHead(one.partnerId, head)).not.toBeNull();
  expect(await readSignedHead(two.partnerId, head)).toBeNull();
  const [, payload = ''] = head.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const altered = head.replace(payload, Buffer.from(JSON.stringify({ ...claims, seq: '1' })).toString('base64url'));
  expect(await readSignedHead(one.partnerId, altered)).toBeNull();
});

test('a signed head of a trail that is not there is one that was cut off whole', async () => {
  const ctx = await aPartner();
  const signed = await readSignedHead(ctx.partnerId, (await signHead(ctx.partnerId, ctx.clock.now())) ?? '');
  await tamper('DELETE FROM audit_event WHERE partner_id = $1', [ctx.partnerId]);
  await tamper('DELETE FROM audit_head WHERE partner_id = $1', [ctx.partnerId]);
  expect(await found(ctx)).toEqual([]); // a chain alone cannot know
  expect(await found(ctx, signed)).toEqual(['truncated null']);
});

describe('the database keeps the chain too', () => {
  test('the app can neither change nor remove a row, nor set a head back, forward past its rows, or anywhere else', async () => {
    const ctx = await aPartner();
    await deeds(ctx, 3);
    const refused = (sql: string) =>
      inTenant(ctx.partnerId, (tx) => tx.$executeRawUnsafe(sql)).then(
        () => 'done',
        (error: Error) => /permission denied|only goes forward|violates|starts at nothing/.exec(error.message)?.[0],
      );
    expect(await refused('UPDATE audit_event SET action = action')).toBe('permission denied');
    expect(await refused('DELETE FROM audit_event')).toBe('permission denied');
    expect(await refused('DELETE FROM audit_head')).toBe('permission denied');
    expect(await refused('UPDATE audit_head SET unchained = 0')).toBe('permission denied');
    expect(await refused('UPDATE audit_head SET seq = seq - 1')).toBe('only goes forward');
    expect(await refused('UPDATE audit_head SET seq = seq')).toBe('only goes forward');
    expect(await refused('UPDATE audit_head SET seq = seq + 1')).toBe('only goes forward');
    expect(await found(ctx)).toEqual([]);
  });

  test('a row outside the chain, and a chain that starts in the middle, are refused', async () => {
    const ctx = await aPartner();
    await expect(
      inTenant(
        ctx.partnerId,
        (
          tx,
        ) => tx.$executeRaw`INSERT INTO audit_event (partner_id, id, at, actor_kind, actor_id, action, detail, request_id)
          VALUES (${ctx.partnerId}, 'aud_x', now(), 'x', 'x', 'x', '{}', 'x')`,
      ),
    ).rejects.toThrow(/audit_event_chained/);
    await tamper('DELETE FROM audit_head WHERE partner_id = $1', [ctx.partnerId]);
    await expect(
      inTenant(
        ctx.partnerId,
        (tx) => tx.$executeRaw`INSERT INTO audit_head VALUES (${ctx.partnerId}, 5, ${Buffer.alloc(32)}, 0)`,
      ),
    ).rejects.toThrow(/starts at nothing/);
  });
});

describe('no audit, no release (B-6)', () => {
  /** Makes every audit row impossible, as a full disk or a revoked right would. */
  async function withoutAudit(work: () => Promise<void>): Promise<void> {
    await house.admin.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit is blocked'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    try {
      await work();
    } finally {
      await house.admin.query('DROP TRIGGER refuse ON audit_event; DROP FUNCTION refuse()');
    }
  }

  test('neither a claim nor a redemption happens while the trail cannot be written; afterwards both do', async () => {
    const partner = await aPartner();
    const { connectionId, grantId } = await aSealedConnection(partner);
    const { ctx } = await anApiKey(await later(partner, 570));
    await withoutAudit(async () => {
      await expect(claimHandoff(ctx, { connectionId })).rejects.toThrow(/audit is blocked/);
    });
    expect((await grantOf(ctx, grantId)).custody).toBe('sealed');
    const { id } = await claimHandoff(ctx, { connectionId });
    const before = await grantOf(ctx, grantId);
    await withoutAudit(async () => {
      await expect(redeemHandoff(ctx, id, 'k')).rejects.toThrow(/audit is blocked/);
    });
    expect(await grantOf(ctx, grantId)).toEqual(before); // claimed, its sealed bytes as they were
    expect(await inTenant(ctx.partnerId, (tx) => tx.opening.count())).toBe(0);
    expect(JSON.parse((await redeemHandoff(ctx, id, 'k')).reveal())).toHaveProperty('refresh_token');
  });
});

/** Last in this file: whoever can do this has taken constraints and indexes away as well. */
describe('the verifier finds (TH23)', () => {
  let ctx: Ctx;
  let base: number;
  beforeAll(async () => {
    await house.admin.query('ALTER TABLE audit_event DROP CONSTRAINT audit_event_chained; DROP INDEX audit_event_seq');
    ctx = await aPartner();
    base = (await seqs(ctx)).length;
    await deeds(ctx, 10);
  });
  const at = (n: number) => base + n;
  /** Changes history, looks, and puts it back. */
  async function seenAfter(change: () => Promise<void>, signed: Parameters<typeof verifyChain>[1] = null) {
    await house.admin.query('CREATE TABLE kept_event AS TABLE audit_event; CREATE TABLE kept_head AS TABLE audit_head');
    try {
      await change();
      return await found(ctx, signed);
    } finally {
      await tamper('TRUNCATE audit_event, audit_head');
      await tamper('INSERT INTO audit_event SELECT * FROM kept_event');
      await tamper('INSERT INTO audit_head SELECT * FROM kept_head');
      await house.admin.query('DROP TABLE kept_event, kept_head');
      expect(await found(ctx)).toEqual([]);
    }
  }
  const where = 'WHERE partner_id = $1 AND seq';

  test('any column of a row changed', async () => {
    const changes = [
      `detail = '{"n": 99}'`,
      `detail = detail || '{"more": null}'`,
      `at = at + interval '1 microsecond'`,
      `action = 'test.other'`,
      `actor_kind = 'member'`,
      `actor_id = 'other'`,
      `connection_id = ''`,
      `request_id = 'other'`,
      `id = 'aud_other'`,
    ];
    for (const change of changes)
      expect([
        change,
        await seenAfter(() => tamper(`UPDATE audit_event SET ${change} ${where} = $2`, [ctx.partnerId, at(5)])),
      ]).toEqual([change, [`changed ${at(5)}`]]);
  });

  test('a hash changed, at the row and where the next one leans on it', async () => {
    const zero = `hash = '\\x${'00'.repeat(32)}'`;
    expect(
      await seenAfter(() => tamper(`UPDATE audit_event SET ${zero} ${where} = $2`, [ctx.partnerId, at(5)])),
    ).toEqual([`changed ${at(5)}`, `changed ${at(6)}`]);
  });

  test('a row gone, the first one too', async () => {
    for (const n of [1, at(5)])
      expect(await seenAfter(() => tamper(`DELETE FROM audit_event ${where} = $2`, [ctx.partnerId, n]))).toEqual([
        `missing ${n}`,
      ]);
  });

  test('two rows in each other’s place, next to each other or apart', async () => {
    for (const [one, two] of [
      [at(4), at(5)],
      [at(3), at(8)],
    ] as const)
      expect(
        await seenAfter(async () => {
          for (const [from, to] of [
            [one, 1_000_000],
            [two, one],
            [1_000_000, two],
          ] as const)
            await tamper(`UPDATE audit_event SET seq = $3 ${where} = $2`, [ctx.partnerId, from, to]);
        }),
      ).toEqual([`swapped ${one}`, `swapped ${two}`]);
  });

  test('a row too many: beyond the head, in the place of another, or outside the chain', async () => {
    const copy = (
      seq: string,
    ) => `INSERT INTO audit_event SELECT partner_id, 'aud_~', at, actor_kind, actor_id, action, connection_id, detail,
      request_id, ${seq}, hash FROM audit_event ${where} = $2`;
    const values = [ctx.partnerId, at(5)];
    expect(await seenAfter(() => tamper(copy(String(at(11))), values))).toEqual([`inserted ${at(11)}`]);
    expect(await seenAfter(() => tamper(copy('NULL'), values))).toEqual(['inserted null']);
    expect(await seenAfter(() => tamper(copy('seq'), values))).toEqual([`inserted ${at(5)}`]);
  });

  test('the end cut off: by the head, and where the head was set back too, by one that was signed', async () => {
    const cut = () => tamper(`DELETE FROM audit_event ${where} > $2`, [ctx.partnerId, at(7)]);
    const setBack = () =>
      tamper(
        'UPDATE audit_head h SET seq = e.seq, hash = e.hash FROM audit_event e WHERE h.partner_id = $1 AND e.partner_id = $1 AND e.seq = $2',
        [ctx.partnerId, at(7)],
      );
    const signed = await readSignedHead(ctx.partnerId, (await signHead(ctx.partnerId, ctx.clock.now())) ?? '');
    expect(signed).toMatchObject({ seq: BigInt(at(10)) });
    expect(await found(ctx, signed)).toEqual([]);
    expect(await seenAfter(cut)).toEqual([`truncated ${at(8)}`]);
    const both = async () => {
      await cut();
      await setBack();
    };
    expect(await seenAfter(both)).toEqual([]); // a chain alone cannot know
    expect(await seenAfter(both, signed)).toEqual([`truncated ${at(8)}`]);
    const rewritten = async () => {
      await both();
      await expect(deeds(ctx, 1)).rejects.toMatchObject({ code: 'unavailable' });
      await closeAnchor(); // only a process that never saw the end goes on
      await deeds(ctx, 4); // another history, whole in itself
    };
    expect(await seenAfter(rewritten)).toEqual([]);
    expect(await seenAfter(rewritten, signed)).toEqual([`rewritten ${at(10)}`]);
    expect(await seenAfter(() => tamper('DELETE FROM audit_head WHERE partner_id = $1', [ctx.partnerId]))).toEqual([
      'truncated null',
    ]);
  });
});
