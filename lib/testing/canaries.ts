import type pg from 'pg';

/** Every form in which a secret could lie about, also inside a bytea that is shown as hex. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const plain = [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
  return [...new Set([...plain, ...plain.map((form) => Buffer.from(form).toString('hex'))])];
}

/** The tables of a database, ours and the queue's, whose rows contain a secret in any form (TH1). Needs a superuser. */
export async function tablesWith(admin: pg.Client, secrets: string[]): Promise<string[]> {
  const needles = secrets.flatMap(formsOf);
  const { rows: tables } = await admin.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await admin.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    if (rows.some(({ row }) => needles.some((needle) => row.includes(needle)))) found.push(name);
  }
  return found;
}
