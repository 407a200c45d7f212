import type { Tx } from '../db/index.ts';
import { type Place, reseal, UnreadableError } from '../vault/index.ts';

type Row = { id: string; generation: number; sealed: Uint8Array<ArrayBuffer> };
type Column = {
  purpose: Place['purpose'];
  table: string;
  column: string;
  /** SQL of what identifies a record within its partner, as the place of the sealed bytes has it. */
  id: string;
  field: string;
  generation: string;
};

const column = (
  purpose: Place['purpose'],
  table: string,
  name: string,
  more: Partial<Pick<Column, 'id' | 'field' | 'generation'>> = {},
): Column => ({ purpose, table, column: name, id: 'id', field: name, generation: '0', ...more });

/**
 * Every column that holds sealed bytes, and the place its room binds into them (`secretPlace`, `tokenPlace`,
 * `envelopePlace`, `linkPlace`, `pushSecretPlace`, the idempotency record's). A test opens one record of each, and fails for a column that is
 * not here.
 */
export const sealedColumns: readonly Column[] = [
  column('client_secret', 'client_registration', 'client_secret'),
  column('token', 'token_grant', 'refresh_token', { generation: 'generation' }),
  column('token', 'token_grant', 'access_token', { generation: 'generation' }),
  column('token', 'kept_answer', 'body'),
  column('token', 'kept_answer', 'refresh_token'),
  column('token', 'kept_answer', 'access_token'),
  column('envelope', 'handoff', 'envelope'),
  column('webhook_secret', 'push_secret', 'secret'),
  column('link', 'invitation', 'token_sealed', { field: 'invitation' }),
  column('link', 'connection', 'access_token_sealed', { field: 'access' }),
  column('idempotency', 'idempotency_record', 'body', { id: `(api_key_id || '|' || key)`, field: 'answer' }),
];

// A sealed record: version, length of the key's id, the id (lib/vault/envelope.ts).
const keyOf = (name: string) =>
  `CASE WHEN length(${name}) > 2 THEN encode(substring(${name} FROM 3 FOR get_byte(${name}, 1)), 'escape') END`;

/** How many records of the partner each key has sealed, by key id. */
export async function recordsByKey(tx: Tx, partnerId: string): Promise<Map<string, number>> {
  const counts = sealedColumns.map(
    ({ table, column: name }) =>
      `SELECT ${keyOf(name)} AS key FROM ${table} WHERE partner_id = $1 AND ${name} IS NOT NULL`,
  );
  const rows = await tx.$queryRawUnsafe<{ key: string | null; count: bigint }[]>(
    `SELECT key, count(*) AS count FROM (${counts.join(' UNION ALL ')}) AS sealed GROUP BY key`,
    partnerId,
  );
  return new Map(rows.map(({ key, count }) => [key ?? '', Number(count)]));
}

const batch = 100;
export type Resealed = { resealed: number; unreadable: number; last: string | null };

/**
 * Seals one batch of a column's records anew, those after `after` that another key than `primary` has sealed. The write
 * says which bytes it replaces, so whatever happened to a record meanwhile stays. Locks records in the order of their ids,
 * as custody does. `last` is null when there are no more.
 */
export async function resealBatch(
  tx: Tx,
  partnerId: string,
  { purpose, table, column: name, id, field, generation }: Column,
  primary: string,
  after: string,
): Promise<Resealed> {
  const rows = await tx.$queryRawUnsafe<Row[]>(
    `SELECT ${id} AS id, ${generation} AS generation, ${name} AS sealed FROM ${table}
     WHERE partner_id = $1 AND ${name} IS NOT NULL AND ${keyOf(name)} IS DISTINCT FROM $2 AND ${id} > $3
     ORDER BY 1 LIMIT ${batch}`,
    partnerId,
    primary,
    after,
  );
  const done: Resealed = { resealed: 0, unreadable: 0, last: rows.length < batch ? null : (rows.at(-1)?.id ?? null) };
  for (const row of rows) {
    const place: Place = { purpose, partnerId, recordId: row.id, field, generation: row.generation };
    const anew = await reseal(tx, row.sealed, place).catch((error: unknown) => {
      if (error instanceof UnreadableError) return null;
      throw error;
    });
    if (anew === null) done.unreadable += 1;
    else
      done.resealed += await tx.$executeRawUnsafe(
        `UPDATE ${table} SET ${name} = $1 WHERE partner_id = $2 AND ${id} = $3 AND ${name} = $4`,
        anew,
        partnerId,
        row.id,
        row.sealed,
      );
  }
  return done;
}
