import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { useConfig } from '../../config/index.ts';
import { type Visit, withdrawConsent } from '../../consent/index.ts';
import type { RenewalPorts } from '../../custody/core/flow.ts';
import { drainAnswers, identifyGrant, noDemands, planRenewals, renewedBy, sealGrant } from '../../custody/index.ts';
import { type Host, type Job as ProductJob, renewalPorts } from '../../custody/renew.ts';
import { tokenPlace } from '../../custody/seal.ts';
import { inTenant, pools, type Tx } from '../../db/index.ts';
import { cancelHandoff, claimHandoff, confirmHandoff, redeemHandoff } from '../../handoff/index.ts';
import type { OutboundRequest, Sent } from '../../http/index.ts';
import { minutes, plus } from '../../kernel/clock.ts';
import type { Ctx } from '../../kernel/ctx.ts';
import { AppError } from '../../kernel/errors.ts';
import { fingerprint } from '../../kernel/hash.ts';
import { newId } from '../../kernel/ids.ts';
import { Secret } from '../../kernel/secret.ts';
import { doRun } from '../../sweep/deeds.ts';
import { type Due, type Found, nextRun } from '../../sweep/due.ts';
import { doOutside } from '../../sweep/outside.ts';
import { createPartner, createRegistration } from '../../tenancy/index.ts';
import { open } from '../../vault/index.ts';
import type { World } from '../world.ts';
import type { CustodyHouse, Job, Planted, Seen, SeenGrant, Weather } from './custody.ts';
import type { Came, Exact } from './exact.ts';

type Laid = Job & { own: ProductJob };

/** Where a transaction begins: several houses may stand side by side, each in its own weather and with its own disk. */
type Ground = { weather: Weather; spoolDir: string };
const ground = new AsyncLocalStorage<Ground>();

/** Where houses are built; `admin` is bound by no row-level security. */
export type Plot = { admin: pg.Pool; spoolDir: string; close(): Promise<void> };

/**
 * Makes a test's database one whose own time is that of the walk (leases run on it), and lets the weather into every
 * transaction of this process. Before the first query.
 */
export async function plotIn({ urls, config }: World): Promise<Plot> {
  const admin = new pg.Pool({ connectionString: urls.admin, max: 4 });
  const database = urls.app.split('/').at(-1) ?? '';
  await admin.query(`
    CREATE SCHEMA model; GRANT USAGE ON SCHEMA model TO PUBLIC;
    CREATE TABLE model.time (partner_id text PRIMARY KEY, at timestamptz NOT NULL); GRANT SELECT ON model.time TO PUBLIC;
    CREATE FUNCTION model.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
      $$ SELECT coalesce((SELECT at FROM model.time WHERE partner_id = current_partner()), now()) $$;
    ALTER DATABASE ${database} SET search_path = model, public, pg_catalog`);
  const spoolDir = { get: () => ground.getStore()?.spoolDir ?? config.spoolDir };
  useConfig(Object.defineProperty({ ...config }, 'spoolDir', spoolDir));
  const { app } = pools();
  Object.assign(pools(), { app: underWeather(app) });
  return { admin, spoolDir: config.spoolDir ?? '', close: () => admin.end() };
}

type Client = ReturnType<typeof pools>['app'];

const underWeather = (client: Client): Client =>
  new Proxy(client, {
    get(target, name) {
      if (name !== '$transaction') return Reflect.get(target, name);
      return async (...work: Parameters<Client['$transaction']>) => {
        const { weather } = ground.getStore() ?? { weather: fair() };
        const befalls = weather.hiccup;
        weather.hiccup = null;
        if (weather.away || befalls === 'refuses') throw new Error('the database refuses');
        const done = await target.$transaction(...work);
        if (befalls === 'commit_lost') throw new Error('the connection was lost after the commit');
        return done;
      };
    },
  });

const fair = (): Weather => ({ away: false, hiccup: null });
const user = { id: randomUUID(), userName: 'j.jansen', fullName: 'Jan Jansen', email: null };

/** The product's custody over Postgres, with nothing of its own but the provider and the weather. */
export class PostgresHouse implements CustodyHouse {
  readonly weather = fair();
  readonly grantIds: string[] = [];
  /** Its disk. */
  readonly spoolDir: string;
  readonly #admin: pg.Pool;
  readonly #exact: Exact;
  readonly #planted: Planted | null;
  readonly #ctx: Ctx;
  readonly #registrationId: string;
  readonly #connectionId = newId('connection');
  readonly #chains = new Map<string, string>();
  /** The names of tokens, by what the house keeps of them in the open. */
  readonly #tokens = new Map<string, string>();

  private constructor(
    admin: pg.Pool,
    exact: Exact,
    planted: Planted | null,
    of: { ctx: Ctx; registrationId: string; spoolDir: string },
  ) {
    this.#admin = admin;
    this.#exact = exact;
    this.#planted = planted;
    this.#ctx = of.ctx;
    this.#registrationId = of.registrationId;
    this.spoolDir = of.spoolDir;
  }

  /** A partner with one customer, and a registration that renews. */
  static async build(plot: Plot, exact: Exact, planted: Planted | null = null, clientSecret = randomUUID() as string) {
    const partnerId = await createPartner({ name: 'A walk', theme: {}, operator: 'test' });
    const clock = { now: () => exact.now() };
    const actor = { kind: 'api_key', id: newId('apiKey') } as const;
    const ctx: Ctx = { partnerId, sandbox: false, actor, clock, requestId: randomUUID() };
    const { id: registrationId } = await createRegistration(ctx, {
      name: 'A walk',
      site: 'nl',
      client_id: randomUUID(),
      client_secret: clientSecret,
      preflight: false,
      pkce: false,
      renew: true,
    });
    const spoolDir = path.join(plot.spoolDir, partnerId);
    const house = new PostgresHouse(plot.admin, exact, planted, { ctx, registrationId, spoolDir });
    await house.#addConnection();
    await plot.admin.query('INSERT INTO model.time VALUES ($1, $2)', [partnerId, exact.now()]);
    return house;
  }

  async #addConnection(): Promise<void> {
    const values = [this.#ctx.partnerId, newId('customer'), this.#connectionId, this.#registrationId];
    await this.#admin.query(
      `WITH customer AS (INSERT INTO customer (partner_id, id, name, locale, created_at) VALUES ($1, $2, 'Jan', 'en', now()))
       INSERT INTO connection (partner_id, id, customer_id, client_registration_id, created_at) VALUES ($1, $3, $2, $4, now())`,
      values,
    );
  }

  async #addRequest(): Promise<string> {
    const [invitationId, requestId] = [newId('invitation'), newId('authorizationRequest')];
    await this.#admin.query(
      `WITH invited AS (INSERT INTO invitation
         (partner_id, id, connection_id, channel, token_hash, token_sealed, locale, created_at, expires_at, finished_at)
         VALUES ($1, $2, $3, 'redirect', $2::text::bytea, '', 'en', now(), now(), now()))
       INSERT INTO authorization_request
         (partner_id, id, invitation_id, connection_id, registration_id, state_hash, browser_hash, redirect_uri, created_at, expires_at)
       VALUES ($1, $4, $2, $3, $5, $4::text::bytea, '', 'https://app.example.test/', now(), now())`,
      [this.#ctx.partnerId, invitationId, this.#connectionId, requestId, this.#registrationId],
    );
    return requestId;
  }

  async consent(): Promise<void> {
    const token = this.#exact.consent();
    const ctx = this.#ctx;
    const authorizationRequestId = await this.#addRequest();
    const id = await inTenant(ctx.partnerId, async (tx) => {
      const registration = await tx.clientRegistration.findFirstOrThrow({ where: { partnerId: ctx.partnerId } });
      const { site, clientId, redirectUri, unusedDays } = registration;
      const grant = await sealGrant(tx, ctx, {
        ...{ site, clientId, redirectUri, unusedDays, authorizationRequestId },
        connectionId: this.#connectionId,
        tokens: { refreshToken: new Secret(token), accessToken: null, accessLifetimeSeconds: 600 },
        issuedAt: ctx.clock.now(),
      });
      await tx.connection.updateMany({ where: { partnerId: ctx.partnerId }, data: { withdrawnAt: null } });
      await identifyGrant(tx, ctx, grant.id, { user, divisions: null }, noDemands);
      return grant.id;
    });
    this.grantIds.push(id);
    this.#chains.set(id, this.#exact.chainOf(token));
  }

  #exposed = <T>(call: () => Promise<T>): Promise<T> => ground.run(this, call);

  ports(grantId: string): RenewalPorts<Laid, Came> {
    const host: Host = { clock: this.#ctx.clock, send: async (out) => sentOf(this.#exact.present(tokenIn(out))) };
    const ports = renewalPorts(this.#ctx, grantId, host);
    return {
      begin: async () => {
        if (this.#planted === 'probe_at_once') await this.#forgetFlight(grantId);
        const own = await this.#exposed(ports.begin);
        if (typeof own === 'string') return own;
        const { id: renewalId, epoch, begunAt } = own;
        return { renewalId, epoch, begunAt, grantId, token: own.token.reveal(), own };
      },
      present: async ({ own }) => cameOf(await ports.present(own)),
      keep: ({ own }, came) => this.#exposed(() => ports.keep(own, sentOf(came))),
      settle: async ({ own }, answerId, otherwise) => {
        const lease = this.#planted === 'epoch_unchecked' ? await this.#underItsEpoch(own) : own;
        const result = await this.#exposed(() => ports.settle(lease, answerId, otherwise));
        if (result === 'overtaken' && this.#planted === 'candidate_dropped') await this.#drop(answerId);
        return result;
      },
    };
  }

  /** Planted: a worker that is gone is forgotten, and with it that its request may be on its way. */
  async #forgetFlight(grantId: string): Promise<void> {
    if (this.weather.away) return;
    await this.#admin.query(
      `UPDATE renewal SET lease_until = NULL, due_at = $2
       WHERE grant_id = $1 AND lease_until < $2`,
      [grantId, this.#exact.now()],
    );
  }

  /** Planted: whoever settles passes for the owner of the lease. */
  async #underItsEpoch(own: ProductJob): Promise<ProductJob> {
    const { rows } = await this.#admin.query('SELECT epoch FROM renewal WHERE id = $1', [own.id]);
    return { ...own, epoch: rows[0].epoch };
  }

  /** Planted: what a fenced worker kept is thrown away. */
  async #drop(answerId: string | null): Promise<void> {
    await this.#admin.query(
      `UPDATE kept_answer SET role = 'done', body = NULL, due_at = NULL WHERE id = $1 AND role = 'unread'`,
      [answerId],
    );
  }

  async drain(): Promise<void> {
    if (!this.weather.away) await ground.run({ weather: fair(), spoolDir: this.spoolDir }, () => drainAnswers(fail));
  }

  /** The sweep's own deeds as of now, but for renewals: those are the workers'. */
  async age(): Promise<void> {
    const values = [this.#ctx.partnerId, this.#exact.now()];
    await this.#admin.query('UPDATE model.time SET at = $2 WHERE partner_id = $1', values);
    if (!this.weather.away) await this.#sweep();
  }

  async #sweep(): Promise<void> {
    const ctx: Ctx = { ...this.#ctx, actor: { kind: 'system', id: 'sweep' } };
    const { partnerId } = ctx;
    for (let last: Found | null = null; ; ) {
      const run: Found[] = await nextRun(this.#overview, partnerId, ctx.clock.now(), last);
      const [first] = run;
      if (!first) return;
      if (first.kind === 'answer') await this.#endAnswer(ctx, first);
      else if (first.kind !== 'renew') await inTenant(partnerId, (tx) => doRun(tx, ctx, run));
      last = run.at(-1) ?? null;
    }
  }

  /** The question of what is due, asked without a transaction of its own: most walks ask it a hundred times. */
  readonly #overview = {
    $queryRawUnsafe: async (text: string, ...values: unknown[]) => (await this.#admin.query(text, values)).rows,
  } as unknown as Tx;

  async #endAnswer(ctx: Ctx, due: Due): Promise<void> {
    const { rows } = await this.#admin.query('SELECT renewal_id FROM kept_answer WHERE id = $1', [due.id]);
    const running = await inTenant(ctx.partnerId, (tx) => renewedBy(tx, ctx, rows[0].renewal_id));
    if (!running) await doOutside(ctx, due);
  }

  async opt(renew: boolean): Promise<void> {
    if (this.weather.away) return;
    const [ctx, id] = [this.#ctx, this.#registrationId];
    await inTenant(ctx.partnerId, async (tx) => {
      await tx.clientRegistration.updateMany({ where: { partnerId: ctx.partnerId, id }, data: { renew } });
      await planRenewals(tx, ctx, id, renew);
    });
  }

  /** One verb of the handoff; a refusal is an answer, too. */
  async #ask<T>(verb: () => Promise<T>): Promise<T | null> {
    if (this.weather.away) return null;
    try {
      return await verb();
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  async #handoffOf(grantId: string): Promise<string> {
    const { rows } = await this.#admin.query(
      'SELECT id FROM handoff WHERE grant_id = $1 ORDER BY claimed_at DESC, settled_at DESC NULLS FIRST LIMIT 1',
      [grantId],
    );
    return rows[0]?.id ?? 'none';
  }

  async claim(): Promise<void> {
    await this.#ask(() => claimHandoff(this.#ctx, { connectionId: this.#connectionId }));
  }

  async cancel(grantId: string): Promise<void> {
    const id = await this.#handoffOf(grantId);
    await this.#ask(() => cancelHandoff(this.#ctx, id));
  }

  async redeem(grantId: string): Promise<string | null> {
    const id = await this.#handoffOf(grantId);
    const bundle = await this.#ask(() => redeemHandoff(this.#ctx, id, null));
    return bundle && (JSON.parse(bundle.reveal()) as { refresh_token: string }).refresh_token;
  }

  async confirm(grantId: string): Promise<void> {
    const id = await this.#handoffOf(grantId);
    await this.#ask(() => confirmHandoff(this.#ctx, id, { outcome: 'accepted' }));
  }

  async takeBack(): Promise<void> {
    if (this.weather.away) return;
    const connection = { id: this.#connectionId };
    await withdrawConsent({ ctx: this.#ctx, connection, standing: null } as Visit);
  }

  async nextWork(): Promise<Date | null> {
    const { rows } = await this.#admin.query<{ at: Date | null }>(
      `SELECT min(at) AS at FROM (
         SELECT renew_at AS at FROM token_grant WHERE partner_id = $1 AND custody = 'sealed'
         UNION ALL SELECT coalesce(lease_until + interval '1 second', due_at) FROM renewal
           WHERE partner_id = $1 AND settled_at IS NULL
         UNION ALL SELECT kept_at + interval '1 minute' FROM kept_answer
           WHERE partner_id = $1 AND role = 'unread' AND kept_at > $2) AS moments`,
      [this.#ctx.partnerId, plus(this.#exact.now(), -minutes(1))],
    );
    return rows[0] ? rows[0].at : null;
  }

  async see(): Promise<Seen> {
    const { rows } = await this.#admin.query(question, [this.#ctx.partnerId]);
    const { grants, renewals, handoffs, held } = rows[0];
    const order = (a: { id: string }, b: { id: string }) => this.grantIds.indexOf(a.id) - this.grantIds.indexOf(b.id);
    return { grants: grants.map(this.#shown).toSorted(order), renewals, handoffs, held };
  }

  #shown = ({ fingerprint: known, ...grant }: Row): SeenGrant => ({
    ...grant,
    chain: this.#chains.get(grant.id) ?? '',
    token: this.#named(known),
    issuedAt: new Date(grant.issuedAt),
    lapsesAt: new Date(grant.lapsesAt),
    renewAt: grant.renewAt === null ? null : new Date(grant.renewAt),
  });

  #named(known: string): string {
    for (const { token } of this.#exact.issues.slice(this.#tokens.size)) this.#tokens.set(fingerprint(token), token);
    return this.#tokens.get(known) ?? 'a token that Exact never issued';
  }

  /** The tokens that are sealed now, opened from their own bytes, by grant. */
  opened(): Promise<Record<string, string>> {
    const { partnerId } = this.#ctx;
    return inTenant(partnerId, async (tx) => {
      const found: Record<string, string> = {};
      for (const { id, refreshToken, generation } of await tx.grant.findMany({ where: { partnerId } }))
        if (refreshToken)
          found[id] = (await open(tx, refreshToken, tokenPlace(partnerId, id, 'refresh_token', generation))).reveal();
      return found;
    });
  }
}

type Row = Omit<SeenGrant, 'chain' | 'token' | 'issuedAt' | 'lapsesAt' | 'renewAt'> & {
  fingerprint: string;
  issuedAt: string;
  lapsesAt: string;
  renewAt: string | null;
};

const question = `SELECT
  (SELECT json_agg(json_build_object('id', id, 'custody', custody, 'generation', generation,
      'fingerprint', token_fingerprint, 'issuedAt', issued_at, 'lapsesAt', lapses_at, 'renewAt', renew_at, 'outrun', outrun_at IS NOT NULL,
      'fruitless', fruitless_tries, 'cause', CASE
        WHEN custody IN ('lapsed', 'superseded') AND EXISTS (SELECT FROM outbox_event e WHERE e.partner_id = $1
          AND e.type = 'grant.' || custody AND e.data->>'grant_id' = g.id) THEN custody
        WHEN custody = 'dead' THEN (SELECT data->>'cause' FROM outbox_event e WHERE e.partner_id = $1
          AND e.type = 'grant.dead' AND e.data->>'grant_id' = g.id ORDER BY seq DESC LIMIT 1) END))
    FROM token_grant g WHERE partner_id = $1) AS grants,
  (SELECT coalesce(json_agg(json_build_object('id', id, 'grantId', grant_id, 'outcome', outcome, 'epoch', epoch,
      'presentations', presentations) ORDER BY started_at, id), '[]') FROM renewal WHERE partner_id = $1) AS renewals,
  (SELECT coalesce(json_agg(json_build_object('grantId', grant_id, 'status', status, 'delivered', delivered_at IS NOT NULL)
      ORDER BY claimed_at, settled_at NULLS LAST), '[]') FROM handoff WHERE partner_id = $1) AS handoffs,
  (SELECT coalesce(json_agg(role ORDER BY role), '[]') FROM kept_answer
    WHERE partner_id = $1 AND role NOT IN ('done', 'unreadable')) AS held`;

const fail = (error: unknown) => {
  throw error;
};
const tokenIn = ({ body }: OutboundRequest): string => new URLSearchParams(body).get('refresh_token') ?? '';

const sentOf = ({ kind, response }: Came): Sent => {
  if (kind === 'unsent') return { kind };
  if (kind === 'unknown') return { kind, partial: response };
  if (!response) throw new Error('an answer is something');
  return { kind, response };
};
const cameOf = (sent: Sent): Came => ({
  kind: sent.kind,
  response: sent.kind === 'answered' ? sent.response : sent.kind === 'unknown' ? sent.partial : null,
});
