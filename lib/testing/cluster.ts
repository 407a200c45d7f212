import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../db/migrate.ts';
import { freePort, prepareDatabase, startPostgres } from '../ops/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { adminUrl: string; templateUrls: { owner: string; app: string } };
  }
}

/** One throw-away Postgres for the run, with a migrated template that each file clones (about 30 ms). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = path.join(tmpdir(), `waxseal-test-${process.pid}`);
  mkdirSync(folder, { mode: 0o711 });
  const server = await startPostgres(path.join(folder, 'pg'), await freePort(), 'test-only', false);
  const logins = await prepareDatabase(server, 'waxseal_template', { owner: 'test-only', app: 'test-only' });
  await migrate(logins.owner, logins.app);
  project.provide('postgres', { adminUrl: server.adminUrl('postgres'), templateUrls: logins });
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

/** A database of its own for one test file; an empty one from `template0`. */
export async function cloneTemplate(
  adminUrl: string,
  templateUrls: { owner: string; app: string },
  name: string,
  template: 'waxseal_template' | 'template0' = 'waxseal_template',
) {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${template} OWNER waxseal_owner`);
  await admin.end();
  const rename = (url: string) => url.replace(/\/waxseal_template$/, `/${name}`);
  return {
    owner: rename(templateUrls.owner),
    app: rename(templateUrls.app),
    admin: rename(`${adminUrl.replace(/\/postgres$/, '')}/waxseal_template`),
  };
}
