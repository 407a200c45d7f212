import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../db/migrate.ts';
import { freePort, prepareDatabase, startPostgres } from '../ops/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: Cluster;
  }
}

export type Cluster = { adminUrl: string; templateUrls: { owner: string; app: string } };

/** A throw-away Postgres with a migrated template; `stop` leaves nothing of it. */
export async function raiseCluster(): Promise<Cluster & { stop(): Promise<void> }> {
  const folder = path.join(tmpdir(), `waxseal-test-${process.pid}`);
  mkdirSync(folder, { mode: 0o711 });
  const server = await startPostgres(path.join(folder, 'pg'), await freePort(), 'test-only', false);
  const templateUrls = await prepareDatabase(server, 'waxseal_template', { owner: 'test-only', app: 'test-only' });
  await migrate(templateUrls.owner, templateUrls.app);
  return {
    adminUrl: server.adminUrl('postgres'),
    templateUrls,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * One throw-away Postgres for the run, with a migrated template that each file clones (about 30 ms). Many runs of one
 * schema may share one: WAXSEAL_TEST_CLUSTER is its JSON (lib/ops/mutants.ts).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = process.env['WAXSEAL_TEST_CLUSTER'];
  const { stop, ...cluster } = shared
    ? { ...(JSON.parse(shared) as Cluster), stop: async () => {} }
    : await raiseCluster();
  project.provide('postgres', cluster);
  return stop;
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
