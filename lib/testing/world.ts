import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, inject } from 'vitest';
import type { z } from 'zod';
import { entries, events } from '../audit/index.ts';
import { type Config, useConfig } from '../config/index.ts';
import { connectDatabase, disconnectDatabase } from '../db/index.ts';
import { closeQueue } from '../jobs/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { Secret } from '../kernel/secret.ts';
import { addRegistration, advanceSandbox } from '../sandbox/index.ts';
import { type Policy, type RunningSimulator, startSimulator } from '../simulator/index.ts';
import {
  actingAs,
  createApiKey,
  createPartner,
  openCtx,
  type RegistrationInput,
  type RegistrationView,
} from '../tenancy/index.ts';
import { cloneTemplate } from './cluster.ts';

/** What one test file stands on: a database of its own, random keys, and an Exact Online of its own. */
export type World = {
  urls: { owner: string; app: string; admin: string };
  config: Config;
  simulator: RunningSimulator;
  /** A client that row-level security does not bind, for looking behind the scenes. */
  admin: pg.Client;
  /** What this file's tests recorded otherwise than the lists of `lib/audit` say; they end with it empty. */
  unlisted(): Promise<string[]>;
  close(): Promise<void>;
};

export async function world(options: { policy?: Policy } = {}): Promise<World> {
  const { adminUrl, templateUrls } = inject('postgres');
  const urls = await cloneTemplate(adminUrl, templateUrls, `waxseal_${randomBytes(6).toString('hex')}`);
  const simulator = await startSimulator({ port: 0, ...options });
  const config: Config = {
    databaseUrl: urls.app,
    publicUrl: 'http://localhost:3999',
    demo: false,
    spoolDir: path.join(tmpdir(), `waxseal-test-spool-${randomUUID()}`),
    anchorDir: null,
    logLevel: 'silent',
    rootKey: new Secret(new Uint8Array(randomBytes(32))),
    oldRootKeys: [],
    sessionSecret: new Secret(randomBytes(32).toString('hex')),
    exactOnlineOrigins: {},
    simulatorOrigins: simulator.origins,
    pushOrigins: [],
    mail: { kind: 'mailbox', folder: path.join(tmpdir(), 'waxseal-test-mail'), from: 'test@example.test' },
  };
  useConfig(config);
  connectDatabase(urls.app);
  const admin = new pg.Client({ connectionString: urls.admin });
  await admin.connect();
  return {
    urls,
    config,
    simulator,
    admin,
    unlisted: () => unlisted(urls.admin),
    async close() {
      const surprises = await unlisted(urls.admin);
      await closeQueue();
      await disconnectDatabase();
      await admin.end();
      await simulator.close();
      if (config.spoolDir) rmSync(config.spoolDir, { recursive: true, force: true });
      expect(surprises).toEqual([]);
    },
  };
}

type Listed = Record<string, { data: z.ZodObject }>;

/**
 * What a file's tests recorded otherwise than the lists of `lib/audit` say: partners write code by those. What tests put there
 * themselves is called `test.…`.
 */
async function unlisted(adminUrl: string): Promise<string[]> {
  const admin = new pg.Client({ connectionString: adminUrl }); // of its own: a test may have closed the other
  await admin.connect();
  const of = async (lists: Listed, sql: string) => {
    const { rows } = await admin.query<{ name: string; data: unknown }>(sql);
    return rows.flatMap(({ name, data }) => {
      const fault = lists[name]
        ? lists[name].data.strict().safeParse(data).error?.issues[0]
        : { path: [], message: 'not listed' };
      return fault ? [`${name} ${fault.path.join('.')}: ${fault.message}`] : [];
    });
  };
  const told = await of(events, "SELECT DISTINCT type AS name, data FROM outbox_event WHERE type NOT LIKE 'test.%'");
  const noted = await of(
    { ...events, ...entries },
    `SELECT DISTINCT action AS name, detail AS data FROM audit_event
     WHERE connection_id IS NOT NULL AND action NOT LIKE 'test.%'`,
  );
  await admin.end();
  return [...new Set([...told, ...noted])];
}

/** A partner of its own; a sandbox one unless said otherwise, so that its Exact Online is the simulator. */
export async function aPartner({ sandbox = true, name = 'Korenaar Software' } = {}): Promise<Ctx> {
  const live = await createPartner({ name, theme: {}, operator: 'test' });
  const id = sandbox
    ? await createPartner({ name: `${name} (sandbox)`, theme: {}, sandboxOf: live, operator: 'test' })
    : live;
  return again({ partnerId: id, actor: { kind: 'system', id: 'test' } });
}

/** The same caller a moment later: a context keeps the clock it was opened with. */
export async function again(ctx: Pick<Ctx, 'partnerId' | 'actor'>): Promise<Ctx> {
  const opened = await openCtx(ctx.partnerId, ctx.actor);
  if (!opened) throw new Error(`no partner ${ctx.partnerId}`);
  return opened;
}

/** An API key, and what its requests act as. */
export async function anApiKey(ctx: Ctx, label = 'test'): Promise<{ key: string; ctx: Ctx }> {
  const { id, key } = await createApiKey(ctx, label);
  return { key: key.reveal(), ctx: actingAs(ctx, { kind: 'api_key', id }) };
}

/** A client registration that the simulator knows too. */
export async function aRegistration(ctx: Ctx, more: Partial<RegistrationInput> = {}): Promise<RegistrationView> {
  return addRegistration(ctx, {
    name: 'Korenaar Connect',
    site: 'nl',
    client_id: randomUUID(),
    client_secret: `wS-${randomBytes(12).toString('base64url')}`,
    preflight: true,
    pkce: true,
    ...more,
  });
}

/** Time passes: the sandbox's clock, its clients' clocks at the simulator, and whatever falls due on the way. */
export async function later(ctx: Ctx, seconds: number): Promise<Ctx> {
  const fail = (error: unknown) => {
    throw error;
  };
  for (let left = seconds; left > 0; ) left = (await advanceSandbox(ctx, left, fail)).secondsLeft;
  return again(ctx);
}

/** Waits until so many statements of this database stand before a lock: the way to hold two acts to an order. */
export async function untilBlocked(admin: pg.Client, count = 1): Promise<void> {
  for (let looks = 0; looks < 5_000; looks++) {
    await admin.query('SELECT pg_stat_clear_snapshot()'); // within a transaction the first look would be the last
    const { rows } = await admin.query<{ waiting: string }>(
      "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if (Number(rows[0]?.waiting) >= count) return;
  }
  throw new Error('nothing ever waited for a lock');
}

/** Makes every insert or update of a table fail until the returned function is called. */
export async function blocked(
  { admin }: Pick<World, 'admin'>,
  table: string,
  when: 'INSERT' | 'UPDATE',
  only = 'true',
): Promise<() => Promise<void>> {
  const name = `block_${randomBytes(4).toString('hex')}`;
  await admin.query(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF ${only} THEN RAISE 'the disk is full'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER ${name} BEFORE ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`);
  return async () => void (await admin.query(`DROP TRIGGER ${name} ON ${table}; DROP FUNCTION ${name}()`));
}
