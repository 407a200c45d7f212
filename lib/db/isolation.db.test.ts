import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aHousehold } from '../testing/household.ts';
import { type World, world } from '../testing/world.ts';
import { PrismaClient } from './generated/client.ts';
import { connectDatabase, disconnectDatabase, inTenant } from './index.ts';

let house: World;
let one: string;
let two: string;
let app: pg.Client;
let owner: pg.Client;
let tables: string[];
beforeAll(async () => {
  house = await world();
  [one, two] = [(await aHousehold('One')).ctx.partnerId, (await aHousehold('Two')).ctx.partnerId];
  [app, owner] = [
    new pg.Client({ connectionString: house.urls.app }),
    new pg.Client({ connectionString: house.urls.owner }),
  ];
  await Promise.all([app.connect(), owner.connect()]);
  const { rows } = await house.admin.query(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relforcerowsecurity ORDER BY 1`,
  );
  tables = rows.map(({ relname }) => relname);
});
afterAll(async () => {
  await Promise.all([app.end(), owner.end()]);
  await house.close();
});

/** Runs statements as one role and tenant, in a transaction that leaves nothing behind. */
async function as(client: pg.Client, tenant: string | null, work: () => Promise<void>, role?: string): Promise<void> {
  await client.query('BEGIN');
  try {
    if (tenant !== null) await client.query(`SELECT set_config('app.partner_id', $1, true)`, [tenant]);
    if (role) await client.query(`SET LOCAL ROLE ${role}`);
    await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The error code a statement ends with, or how many rows it gave or touched. */
async function ending(client: pg.Client, sql: string, values: unknown[] = []): Promise<string | number> {
  await client.query('SAVEPOINT attempt');
  try {
    return (await client.query(sql, values)).rowCount ?? 0;
  } catch (error) {
    await client.query('ROLLBACK TO attempt');
    return String((error as { code?: string }).code);
  }
}
const denied = '42501';
/** What the app may remove of its own partner, once it is over (lib/sweep/retention.ts), or no longer used. */
const removable = [
  'authorization_request',
  'bulk_claim',
  'bulk_claim_item',
  'idempotency_record',
  'kept_answer',
  'opening',
  'outbox_event',
  'partner_logo',
  'push_secret',
  'renewal',
];

describe('a partner sees its own rows and no others (XTEN)', () => {
  test('there is something to see in every table, for both', async () => {
    for (const tenant of [one, two])
      for (const table of tables) {
        const { rows } = await house.admin.query(`SELECT count(*) FROM ${table} WHERE partner_id = $1`, [tenant]);
        expect([table, Number(rows[0].count) > 0]).toEqual([table, true]);
      }
  });

  test('its own, whole, and nothing else', async () => {
    await as(app, one, async () => {
      for (const table of tables) {
        const { rows } = await app.query(`SELECT DISTINCT partner_id FROM ${table}`);
        expect([table, rows]).toEqual([table, [{ partner_id: one }]]);
      }
    });
  });

  test('unset, empty, foreign or malformed tenants see nothing', async () => {
    const strange = [
      null,
      '',
      ' ',
      'ptn_000000000000000000000000',
      one.toUpperCase(),
      `${one} `,
      '%',
      `${one}','${two}`,
      'null',
    ];
    for (const tenant of strange)
      await as(app, tenant, async () => {
        for (const table of tables)
          expect([tenant, table, await ending(app, `SELECT 1 FROM ${table}`)]).toEqual([tenant, table, 0]);
      });
  });

  test('the owner of the tables is bound too', async () => {
    for (const tenant of [null, one])
      await as(owner, tenant, async () => {
        for (const table of tables) expect([table, await ending(owner, `SELECT 1 FROM ${table}`)]).toEqual([table, 0]);
      });
  });

  test('a row for another partner cannot be written, in any table', async () => {
    for (const table of tables) {
      const { rows } = await house.admin.query(
        `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
         AND is_generated = 'NEVER' AND is_identity = 'NO' AND column_name <> 'partner_id'`,
        [table],
      );
      const columns = rows.map(({ column_name }) => column_name).join(', ');
      await as(app, one, async () => {
        const sql = `INSERT INTO ${table} (partner_id, ${columns}) SELECT $1, ${columns} FROM ${table} LIMIT 1`;
        expect([table, await ending(app, sql, [two])]).toEqual([table, denied]);
      });
    }
  });

  test('a row cannot be given to another partner, nor one of theirs be changed or removed', async () => {
    await as(app, one, async () => {
      for (const table of tables) {
        expect([denied, '23514']).toContain(await ending(app, `UPDATE ${table} SET partner_id = $1`, [two]));
        const reached = await ending(app, `UPDATE ${table} SET partner_id = partner_id WHERE partner_id = $1`, [two]);
        expect([table, [0, denied].includes(reached)]).toEqual([table, true]);
        const removed = await ending(app, `DELETE FROM ${table} WHERE partner_id = $1`, [two]);
        expect([table, removed]).toEqual([table, removable.includes(table) ? 0 : denied]);
      }
    });
  });

  test("another partner's natural key is free for one's own use, and tells nothing", async () => {
    const sameKey = `INSERT INTO customer (partner_id, id, name, external_id, locale, created_at) VALUES ($1, 'cus_same', 'x', 'K-1', 'nl', now())`;
    for (const tenant of [one, two]) await inTenant(tenant, (tx) => tx.$executeRawUnsafe(sameKey, tenant));
    await expect(inTenant(one, (tx) => tx.$executeRawUnsafe(sameKey, one))).rejects.toThrow(/unique|duplicate/i);
  });

  test("a key of one's own cannot hang on a row of another partner", async () => {
    const { rows } = await house.admin.query('SELECT id, connection_id FROM invitation WHERE partner_id = $1', [two]);
    await as(app, one, async () => {
      const sql = `INSERT INTO invitation (partner_id, id, connection_id, channel, token_hash, token_sealed, locale, created_at, expires_at)
                   VALUES ($1, 'inv_x', $2, 'redirect', '\\x01', '\\x01', 'nl', now(), now())`;
      expect(await ending(app, sql, [one, rows[0].connection_id])).toBe('23503');
    });
  });
});

describe('what looks across partners sees the least that works (design §6)', () => {
  /** What of each table a search for due work needs to know. */
  const due: Record<string, string[]> = {
    invitation: ['due_at', 'remind_at'],
    token_grant: ['due_at', 'renew_at'],
    handoff: ['due_at', 'push_due_at'],
    renewal: ['due_at', 'lease_until'],
    kept_answer: ['due_at'],
    authorization_request: ['due_at'],
    bulk_claim: ['due_at'],
  };

  test('the sweeper reads partner, id and due time of what is due, and nothing more', async () => {
    const sweeper = async (work: () => Promise<void>) => as(app, null, work, 'waxseal_sweeper');
    await sweeper(async () => {
      for (const [table, times] of Object.entries(due)) {
        const { rows } = await app.query(`SELECT ${times} FROM ${table}`);
        expect([table, rows.every((row) => times.some((time) => row[time] !== null))]).toEqual([table, true]);
        const { rows: columns } = await house.admin.query(
          `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`,
          [table],
        );
        for (const { column_name: column } of columns) {
          const allowed = ['partner_id', 'id', ...times].includes(column);
          const got = await ending(app, `SELECT ${column} FROM ${table}`);
          expect([table, column, got === denied]).toEqual([table, column, !allowed]);
        }
        expect(await ending(app, `UPDATE ${table} SET due_at = NULL`)).toBe(denied);
        expect(await ending(app, `DELETE FROM ${table}`)).toBe(denied);
      }
      for (const table of tables.filter((name) => !(name in due)))
        expect([table, await ending(app, `SELECT * FROM ${table}`)]).toEqual([table, denied]);
      const clocks = await app.query('SELECT partner_id, clock_offset_ms FROM partner');
      expect(clocks.rowCount).toBeGreaterThanOrEqual(4);
      expect(await ending(app, 'SELECT name FROM partner')).toBe(denied);
      // Heads are compared with the journals outside: where each trail ends, and nothing that it says.
      expect(await ending(app, 'SELECT partner_id, seq, hash FROM audit_head')).toBeGreaterThanOrEqual(2);
      expect(await ending(app, 'SELECT unchained FROM audit_head')).toBe(denied);
    });
    await sweeper(async () => {
      const { rows } = await app.query('SELECT DISTINCT partner_id FROM token_grant');
      expect(rows).toHaveLength(2);
    });
  });

  const global = ['identity_user', 'identity_account', 'identity_session', 'identity_verification_token', 'membership'];

  test('the app itself reads no global table; the directory role reads those and no partner’s', async () => {
    await as(app, one, async () => {
      for (const table of global) expect([table, await ending(app, `SELECT 1 FROM ${table}`)]).toEqual([table, denied]);
      expect(await ending(app, 'SELECT 1 FROM pgboss.job')).toBe(denied);
    });
    await as(
      app,
      one,
      async () => {
        for (const table of global)
          expect([table, typeof (await ending(app, `SELECT 1 FROM ${table}`))]).toEqual([table, 'number']);
        for (const table of tables)
          expect([table, await ending(app, `SELECT 1 FROM ${table}`)]).toEqual([table, denied]);
        expect(await ending(app, 'SELECT 1 FROM pgboss.job')).toBe(denied);
      },
      'waxseal_directory',
    );
  });

  test('the queue’s role reads neither', async () => {
    await as(
      app,
      one,
      async () => {
        for (const table of [...tables, ...global])
          expect([table, await ending(app, `SELECT 1 FROM public.${table}`)]).toEqual([table, denied]);
      },
      'waxseal_jobs',
    );
  });
});

test('on a pool of two, 200 runs of two partners with errors and cancels in between leave no tenant behind', async () => {
  await disconnectDatabase();
  const pool = new pg.Pool({ connectionString: house.urls.app, max: 2 });
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  const holder = globalThis as { waxsealPools?: unknown };
  holder.waxsealPools = { app: client, close: async () => {} };
  try {
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const tenant = n % 2 ? one : two;
        const rows = inTenant(tenant, async (tx) => {
          const found = await tx.connection.findMany({ select: { partnerId: true } });
          if (n % 5 === 1) throw new Error('the work failed');
          if (n % 5 === 2) await tx.$queryRaw`SELECT 1 / 0`;
          if (n % 5 === 3) {
            await tx.$executeRaw`SET LOCAL statement_timeout = 1`;
            await tx.$queryRaw`SELECT pg_sleep(1)::text`;
          }
          return found.map(({ partnerId }) => partnerId);
        }).catch(() => null);
        return { tenant, rows: await rows };
      }),
    );
    const whole = seen.filter(({ rows }) => rows !== null);
    expect(whole).toHaveLength(80);
    for (const { tenant, rows } of whole) expect(new Set(rows)).toEqual(new Set([tenant]));
    const held = await Promise.all([pool.connect(), pool.connect()]);
    for (const connection of held) {
      const { rows } = await connection.query(
        `SELECT current_setting('app.partner_id', true) AS tenant, current_user::text AS role, count(c.*) AS seen FROM (SELECT 1) x LEFT JOIN connection c ON true`,
      );
      expect(rows).toEqual([{ tenant: '', role: 'waxseal_web', seen: '0' }]);
      connection.release();
    }
  } finally {
    delete holder.waxsealPools;
    await client.$disconnect();
    await pool.end();
    connectDatabase(house.urls.app);
  }
});
