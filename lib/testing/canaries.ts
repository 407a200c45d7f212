import type pg from 'pg';

/** Base64 of something that holds the bytes anywhere: what three ways of falling into its groups have in common. */
const inBase64 = (bytes: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const known = Math.floor(((before + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((before * 8) / 6), known);
  });

const asUrl = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_');
const everyByteEscaped = (bytes: Buffer) => bytes.toString('hex').replaceAll(/../g, '%$&');

/** Every form in which a secret could lie about, also inside a bytea that is shown as hex. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const wide = Buffer.from(secret, 'utf16le');
  const plain = [
    secret,
    ...inBase64(bytes),
    ...inBase64(bytes).map(asUrl),
    encodeURIComponent(secret),
    everyByteEscaped(bytes),
    JSON.stringify(secret).slice(1, -1),
    [...secret].reverse().join(''),
  ];
  const hex = [...plain.map((form) => Buffer.from(form)), wide].map((form) => form.toString('hex'));
  return [...new Set([...plain, ...hex, ...hex.map((form) => form.toUpperCase())])];
}

/** Whether a text shows a secret in any form. */
export const shows = (text: string, secret: string): boolean => formsOf(secret).some((form) => text.includes(form));

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
