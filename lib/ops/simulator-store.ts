import pg from 'pg';
import type { Store, StoredRecord } from '../simulator/index.ts';

const keep = `INSERT INTO simulator.record (collection, key, value)
  SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[])
  ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value`;
const forget = `DELETE FROM simulator.record r USING unnest($1::text[], $2::text[]) AS gone (collection, key)
  WHERE r.collection = gone.collection AND r.key = gone.key`;

const columns = (records: readonly StoredRecord[]) => [
  records.map(({ collection }) => collection),
  records.map(({ key }) => key),
];

/**
 * The simulator's memory within the product: rows of its own schema, behind a role that sees nothing else. One
 * connection, made anew after a failure, because the simulator never asks for two things at once.
 */
export function postgresStore(databaseUrl: string): Store {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    options: '-c role=waxseal_simulator',
    max: 1,
    connectionTimeoutMillis: 5000,
    statement_timeout: 20_000,
  });
  pool.on('error', () => {}); // an idle connection that broke is replaced; the write that meets it reports
  return {
    async load() {
      const { rows } = await pool.query<StoredRecord>(
        'SELECT collection, key, value FROM simulator.record ORDER BY position',
      );
      return rows;
    },
    async write(batch) {
      const kept = batch.filter(({ value }) => value !== null);
      const gone = batch.filter(({ value }) => value === null);
      const db = await pool.connect();
      let broken: Error | undefined;
      try {
        await db.query('BEGIN');
        if (kept.length) await db.query(keep, [...columns(kept), kept.map(({ value }) => JSON.stringify(value))]);
        if (gone.length) await db.query(forget, columns(gone));
        await db.query('COMMIT');
      } catch (error) {
        broken = error as Error;
        throw error;
      } finally {
        db.release(broken); // a connection that failed in the middle is not used again
      }
    },
    close: () => pool.end(),
  };
}
