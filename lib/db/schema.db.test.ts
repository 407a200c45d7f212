import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cloneTemplate } from '../testing/cluster.ts';

let admin: pg.Client;
beforeAll(async () => {
  const { adminUrl, templateUrls } = inject('postgres');
  const urls = await cloneTemplate(adminUrl, templateUrls, `schema_${randomBytes(4).toString('hex')}`);
  admin = new pg.Client({ connectionString: urls.admin });
  await admin.connect();
});
afterAll(() => admin.end());

/** A question to the catalogue whose right answer is: no exceptions. */
const exceptions = async (sql: string, values: unknown[] = []) =>
  (await admin.query<{ what: string }>(sql, values)).rows.map(({ what }) => what).sort();

const globals = [
  'identity_user',
  'identity_account',
  'identity_session',
  'identity_verification_token',
  'membership',
  '_prisma_migrations',
  'instance_fact',
  'root_key',
  'anchor_era',
];
/** Of the migrations and the operator; nobody the product connects as may look. */
const ownerOnly = ['_prisma_migrations', 'instance_fact'];
const appRoles = [
  'waxseal_app',
  'waxseal_sweeper',
  'waxseal_directory',
  'waxseal_jobs',
  'waxseal_simulator',
  'waxseal_web',
];
const inPublic = `relnamespace = 'public'::regnamespace`;

describe('the catalogue holds no exception (B-4)', () => {
  test('every table but the named global ones carries partner_id, with row-level security enabled and forced', async () => {
    expect(
      await exceptions(
        `SELECT relname AS what FROM pg_class c WHERE ${inPublic} AND relkind IN ('r', 'p') AND relname <> ALL($1)
         AND (NOT relrowsecurity OR NOT relforcerowsecurity OR NOT EXISTS (
           SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'partner_id' AND attnotnull))`,
        [globals],
      ),
    ).toEqual([]);
    expect(
      (await exceptions(`SELECT relname AS what FROM pg_class WHERE ${inPublic} AND relkind = 'r'`)).length,
    ).toBeGreaterThan(20); // the question saw the tables
  });

  test('every policy has a role of ours and a condition; those that write check it too', async () => {
    expect(
      await exceptions(
        `SELECT tablename || ': ' || policyname AS what FROM pg_policies WHERE schemaname = 'public' AND (
           qual IS NULL OR (permissive <> 'PERMISSIVE') <> (cmd = 'DELETE') -- what narrows the right to remove
           OR (cmd NOT IN ('SELECT', 'DELETE') AND with_check IS NULL)
           OR 'public' = ANY (roles::text[]) OR qual = 'true')`,
      ),
    ).toEqual([]);
  });

  test('the roles the product connects as own nothing, bypass nothing and may not change the schema', async () => {
    expect(
      await exceptions(
        `SELECT relname AS what FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE rolname = ANY($1)
         UNION ALL SELECT proname FROM pg_proc JOIN pg_roles r ON r.oid = proowner WHERE rolname = ANY($1)`,
        [appRoles],
      ),
    ).toEqual([]);
    expect(
      await exceptions(
        `SELECT rolname AS what FROM pg_roles WHERE (rolname = ANY($1) OR rolname = 'waxseal_owner')
         AND (rolsuper OR rolbypassrls OR rolreplication OR rolcreatedb)`,
        [appRoles],
      ),
    ).toEqual([]);
    expect(
      await exceptions(
        `SELECT rolname || ' creates in ' || nspname AS what FROM pg_roles, pg_namespace
         WHERE rolname = ANY($1) AND nspname IN ('public', 'pgboss') AND has_schema_privilege(rolname, nspname, 'CREATE')
         UNION ALL SELECT rolname || ' creates schemas' FROM pg_roles
         WHERE rolname = ANY($1) AND has_database_privilege(rolname, current_database(), 'CREATE')`,
        [appRoles],
      ),
    ).toEqual([]);
  });

  test('what belongs to the operator is closed to all of them', async () => {
    expect(
      await exceptions(
        `SELECT rolname || ' reads ' || t AS what FROM pg_roles, unnest($2::text[]) t
         WHERE rolname = ANY($1) AND has_table_privilege(rolname, t, 'SELECT, INSERT, UPDATE, DELETE')`,
        [appRoles, ownerOnly],
      ),
    ).toEqual([]);
    expect(
      await exceptions(
        `SELECT grantee || ' may ' || privilege_type || ' ' || column_name AS what FROM information_schema.column_privileges
         WHERE table_name = 'root_key' AND grantee = ANY($1)`,
        [appRoles],
      ),
    ).toEqual(['waxseal_sweeper may SELECT id']);
    expect(
      await exceptions(
        `SELECT grantee || ' may ' || privilege_type AS what FROM information_schema.table_privileges
         WHERE table_name = 'anchor_era' AND grantee = ANY($1)`,
        [appRoles],
      ),
    ).toEqual(['waxseal_sweeper may INSERT', 'waxseal_sweeper may SELECT']);
  });

  test('what looks further is reached by SET ROLE only, never inherited', async () => {
    const { rows } = await admin.query(
      `SELECT r.rolname AS role, inherit_option, set_option, admin_option FROM pg_auth_members m
       JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles g ON g.oid = m.member
       WHERE g.rolname = 'waxseal_app' ORDER BY 1`,
    );
    expect(rows).toEqual(
      ['waxseal_directory', 'waxseal_jobs', 'waxseal_simulator', 'waxseal_sweeper'].map((role) => ({
        role,
        inherit_option: false,
        set_option: true,
        admin_option: false,
      })),
    );
  });

  test('no function runs with its definer’s rights and no view hides a table', async () => {
    expect(
      await exceptions(
        `SELECT proname AS what FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
         UNION ALL SELECT relname FROM pg_class WHERE ${inPublic} AND relkind IN ('v', 'm')`,
      ),
    ).toEqual([]);
  });

  test('every function of ours has its search path pinned', async () => {
    const ours = `FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'simulator'::regnamespace)`;
    expect(
      await exceptions(
        `SELECT proname AS what ${ours} AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, public, pg_temp'], false)`,
      ),
    ).toEqual([]);
    expect(await exceptions(`SELECT proname AS what ${ours}`)).toEqual([
      'current_partner',
      'guard_audit_head',
      'guard_custody_move',
    ]);
  });

  test('unique means unique within a partner: no index or key tells that another partner has the same', async () => {
    expect(
      await exceptions(
        `SELECT i.indexrelid::regclass::text AS what FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE ${inPublic} AND relname <> ALL($1) AND indisunique AND NOT EXISTS (
           SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
           AND attname IN ('partner_id', 'sandbox_of'))`, // a twin is its own partner's
        [globals],
      ),
    ).toEqual([]);
  });

  test('foreign keys lead to rows of the same partner', async () => {
    expect(
      await exceptions(
        `SELECT c.relname || ': ' || conname AS what FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE ${inPublic} AND contype = 'f' AND relname <> ALL($1) AND relname <> 'partner'
         AND (SELECT attname FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[
               array_position(k.confkey, (SELECT attnum FROM pg_attribute b WHERE b.attrelid = k.confrelid AND attname = 'partner_id'))])
             IS DISTINCT FROM 'partner_id'`,
        [globals],
      ),
    ).toEqual([]);
    const { rows } = await admin.query(`SELECT count(*) FROM pg_constraint WHERE contype = 'f'`);
    expect(Number(rows[0].count)).toBeGreaterThan(20);
  });

  test('history is kept: the app removes only what has a term, within limits, and changes no past', async () => {
    const { rows } = await admin.query(
      `SELECT table_name, array_agg(privilege_type::text ORDER BY privilege_type::text) AS may
       FROM information_schema.table_privileges WHERE grantee = 'waxseal_app' AND table_schema = 'public' GROUP BY 1`,
    );
    const may = Object.fromEntries(rows.map(({ table_name, may }) => [table_name, may.join()]));
    for (const [table, rights] of Object.entries({
      audit_event: 'INSERT,SELECT',
      outbox_event: 'DELETE,INSERT,SELECT',
      opening: 'DELETE,INSERT,SELECT',
    }))
      expect([table, may[table]]).toEqual([table, rights]);
    const { rows: columns } = await admin.query(
      `SELECT column_name FROM information_schema.column_privileges
       WHERE grantee = 'waxseal_app' AND table_name = 'audit_head' AND privilege_type = 'UPDATE' ORDER BY 1`,
    );
    expect([may['audit_head'], columns.map(({ column_name }) => column_name)]).toEqual([
      'INSERT,SELECT',
      ['hash', 'seq'],
    ]);
    const deletable = Object.entries(may).filter(([, rights]) =>
      /DELETE|TRUNCATE|TRIGGER|REFERENCES/.test(String(rights)),
    );
    const limited = await exceptions(
      `SELECT tablename AS what FROM pg_policies WHERE permissive = 'RESTRICTIVE' AND cmd = 'DELETE' AND roles = '{waxseal_app}'`,
    );
    expect(limited).toEqual([
      'authorization_request',
      'bulk_claim',
      'bulk_claim_item',
      'kept_answer',
      'opening',
      'outbox_event',
      'partner_logo',
      'push_secret',
      'renewal',
    ]);
    expect(deletable.map(([table]) => table).sort()).toEqual([...limited, 'idempotency_record'].sort());
  });
});

type Column = { type: string; nullable: boolean };
type Tables = Record<string, { columns: Record<string, Column>; key: string[] }>;

const columnTypes: Record<string, string> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  DateTime: 'timestamp with time zone',
  Json: 'jsonb',
  Bytes: 'bytea',
};

/** What schema.prisma says: every model's table, its columns and its key. */
function asPrismaSays(): Tables {
  const tables: Tables = {};
  for (const [, , body = ''] of readFileSync('prisma/schema.prisma', 'utf8').matchAll(
    /^model (\w+) \{\n([\s\S]*?)^\}/gm,
  )) {
    const names: Record<string, string> = {};
    const columns: Record<string, Column> = {};
    let key: string[] = [];
    for (const line of body.split('\n')) {
      const [, field = '', type = '', optional = '', rest = ''] =
        /^ {2}(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line) ?? [];
      const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
      const columnType = columnTypes[type];
      if (field === '' || !columnType) continue; // a relation is no column
      names[field] = column;
      columns[column] = { type: optional === '[]' ? `${columnType}[]` : columnType, nullable: optional === '?' };
      if (/@id\b/.test(rest)) key = [column];
    }
    const together = /@@id\(\[([^\]]+)\]/.exec(body)?.[1];
    if (together) key = together.split(',').map((field) => names[field.trim()] ?? field);
    tables[/@@map\("(\w+)"\)/.exec(body)?.[1] ?? ''] = { columns, key };
  }
  return tables;
}

/** What the migrated database is. */
async function asTheDatabaseIs(): Promise<Tables> {
  const tables: Tables = {};
  const { rows } = await admin.query(
    `SELECT table_name, column_name, is_nullable = 'YES' AS nullable,
       CASE data_type WHEN 'ARRAY' THEN udt_name::regtype::text ELSE data_type END AS data_type
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> ALL($1)`,
    [ownerOnly],
  );
  for (const { table_name, column_name, data_type, nullable } of rows) {
    tables[table_name] ??= { columns: {}, key: [] };
    tables[table_name].columns[column_name] = { type: data_type, nullable };
  }
  const keys = await admin.query(
    `SELECT c.relname, array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) AS key
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     WHERE ${inPublic} AND indisprimary GROUP BY 1`,
  );
  for (const { relname, key } of keys.rows) if (tables[relname]) tables[relname].key = key;
  return tables;
}

test('the Prisma schema and the database say the same, in both directions', async () => {
  const real = await asTheDatabaseIs();
  // Prisma has no name for xid8; the database fills it and only hand-written SQL reads it.
  expect(real['outbox_event']?.columns['tx']).toEqual({ type: 'xid8', nullable: false });
  delete real['outbox_event']?.columns['tx'];
  expect(asPrismaSays()).toEqual(real);
});
