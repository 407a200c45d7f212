import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Api } from './api.ts';
import type { Connection, Delivery, History, Issue, Presented } from './history.ts';
import type { House } from './house.ts';
import type { Load } from './load.ts';
import type { Recorder } from './recorder.ts';
import { type Chain, command, type LogEntry } from './simulator.ts';

/** Everything of the checker's time limit: abandoned trips are long over, open claims and confirm windows too. */
const limitSeconds = [20 * 60, 25 * 3600, 3600];

/** Holds, in one sandbox after another, what the product still claims to hold against what it can hand out. */
async function settle(load: Load, onWay: (line: string) => void): Promise<Connection[]> {
  for (const seconds of limitSeconds)
    if (!(await load.advance(seconds))) onWay('a clock could not be pushed; the time limit was not lived through');
  const ids = [...load.connections];
  const refused = new Map<string, string | null>();
  const late: string[] = [];
  for (const id of ids) {
    const shown = await load.api.read<{ status: string }>(`/connections/${id}`);
    if (!shown || !['sealed', 'expiring', 'claimed'].includes(shown.status)) continue;
    const said = await load.register(id, true);
    refused.set(id, said);
    if (said && /too_early|not_claimable/.test(said)) late.push(id);
  }
  for (const id of late) refused.set(id, await load.registerLate(id)); // last, because it takes the clock along
  const events = await readEvents(load.api);
  const connections: Connection[] = [];
  for (const id of ids) {
    const shown = await load.api.read<{ status: string }>(`/connections/${id}`);
    await load.api.read(`/connections/${id}/timeline`); // looked through like everything else
    if (!shown) onWay(`${id} could not be read`);
    connections.push({
      id,
      partnerId: load.tenant.partnerId,
      status: shown?.status ?? 'unreadable',
      events: events.filter(({ connection_id }) => connection_id === id),
      refused: refused.get(id) ?? null,
    });
  }
  return connections;
}

type Event = { type: string; at: string; connection_id: string | null };

/** The whole feed of a partner, page by page, as its own server would read it. */
async function readEvents(api: Api): Promise<Event[]> {
  const all: Event[] = [];
  for (let cursor = ''; ; ) {
    const page = await api.read<{ items: Event[]; next_cursor: string | null }>(
      `/events?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    if (!page) throw new Error('the event feed could not be read');
    all.push(...page.items);
    if (!page.next_cursor || page.items.length === 0) return all;
    cursor = page.next_cursor;
  }
}

/** What the judge saw since the last time. */
export class SimulatorLog {
  readonly #entries: LogEntry[] = [];
  #after = 0;

  async read(house: House, renewing: ReadonlySet<string>) {
    const { requests } = await command<{ requests: LogEntry[] }>(
      house.simulatorUrl,
      'GET',
      `/requests?after=${this.#after}&path=/api/oauth2/token`,
    );
    this.#entries.push(...requests);
    this.#after = this.#entries.at(-1)?.seq ?? 0;
    const chains = await command<Chain[]>(house.simulatorUrl, 'GET', '/chains');
    const alive = new Set(chains.filter(({ live_tokens }) => live_tokens > 0).map(({ chain }) => chain));
    return {
      issues: this.#entries.flatMap((entry) => issueOf(entry, alive)),
      chains: new Map(
        this.#entries.flatMap(({ issued_fingerprint: token, chain }) =>
          token && chain ? [[token, chain] as const] : [],
        ),
      ),
      presented: this.#presented(renewing),
    };
  }

  /** Every presentation that the rules saw; one that a fault answered before them is none. */
  #presented(renewing: ReadonlySet<string>): Map<string, Presented> {
    const seen = new Map<string, Presented>();
    for (const { grant_type, token_fingerprint: token, processed, verdict, client_id } of this.#entries) {
      if (grant_type !== 'refresh_token' || !token || !processed) continue;
      const { times, worked } = seen.get(token) ?? { times: 0, worked: 0 };
      const renews = renewing.has(client_id ?? '');
      seen.set(token, { times: times + 1, worked: worked + (verdict === 'issued' ? 1 : 0), renews });
    }
    return seen;
  }

  /** The same delivery with what the rules said to its token. Too early (T10, T11) is no verdict: it works later. */
  judged(delivery: Delivery): Delivery {
    const uses = this.#entries.filter(
      ({ grant_type, token_fingerprint, processed, rule }) =>
        grant_type === 'refresh_token' &&
        token_fingerprint === delivery.tokenFingerprint &&
        processed &&
        !['T10', 'T11'].includes(rule ?? ''),
    );
    const ok = uses.some(({ verdict }) => verdict === 'issued');
    return { ...delivery, spent: uses.length === 0 ? null : { ok, rule: uses.at(-1)?.rule ?? null } };
  }
}

function issueOf(entry: LogEntry, alive: ReadonlySet<string>): Issue[] {
  const { grant_type, verdict, issued_fingerprint, token_fingerprint, chain } = entry;
  if (grant_type !== 'authorization_code' || verdict !== 'issued') return [];
  if (!issued_fingerprint || !token_fingerprint || !chain) return [];
  return [
    {
      seq: entry.seq,
      codeFingerprint: token_fingerprint,
      tokenFingerprint: issued_fingerprint,
      chain,
      clientId: entry.client_id ?? '',
      userId: entry.user_id ?? '',
      delivered: entry.delivered,
      alive: alive.has(chain),
    },
  ];
}

/** Every row of every table, ours and the queue's, as a backup would hold it; binary columns also as the text they hold. */
async function searchTables(house: House, recorder: Recorder): Promise<void> {
  const admin = new pg.Client({ connectionString: house.adminUrl });
  await admin.connect();
  try {
    const { rows: tables } = await admin.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      const { rows } = await admin.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      for (const { row } of rows) {
        const opened = row.replaceAll(/\\{1,2}x([0-9a-f]+)/g, (_, hex: string) =>
          Buffer.from(hex, 'hex').toString('latin1'),
        );
        recorder.look(`${row}\n${opened}`, { where: `table ${name}`, viewer: null });
      }
    }
  } finally {
    await admin.end();
  }
}

function searchFiles(house: House, recorder: Recorder): void {
  const entries = readdirSync(house.folder, { withFileTypes: true, recursive: true });
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    const isKey = entry.parentPath === house.folder && /\.(key|secret)$/.test(entry.name);
    if (!entry.isFile() || isKey || file.startsWith(house.file('postgres/'))) continue;
    recorder.look(readFileSync(file, 'latin1'), {
      where: `file ${entry.name.replaceAll(/[0-9a-f-]{8,}/g, '…')}`,
      viewer: null,
    });
  }
}

/** Lives through the time limit with nothing disturbed, then tells what happened. */
export async function historyOf(
  house: House,
  recorder: Recorder,
  loads: readonly Load[],
  log: SimulatorLog,
  onWay: (line: string) => void,
): Promise<History> {
  // The spent tokens' chains have moved on by then, so what the judge says of each is asked before anything is claimed.
  const renewing = new Set(
    loads.flatMap(({ tenant }) => tenant.registrations.filter(({ renews }) => renews).map(({ clientId }) => clientId)),
  );
  const before = await log.read(house, renewing);
  const connections = (await Promise.all(loads.map((load) => settle(load, onWay)))).flat();
  await wait(300); // answers under way at the simulator
  const { issues, presented, chains } = await log.read(house, renewing);
  await searchTables(house, recorder);
  searchFiles(house, recorder);
  const aliveBefore = new Set(
    before.issues.filter(({ alive }) => alive).map(({ tokenFingerprint }) => tokenFingerprint),
  );
  return {
    consents: recorder.consents,
    issues: issues.map((issue) => ({ ...issue, alive: issue.alive || aliveBefore.has(issue.tokenFingerprint) })),
    deliveries: recorder.deliveries.map((delivery) => log.judged(delivery)),
    chains,
    unheard: recorder.unheard,
    presented,
    presentedByUs: recorder.presentedByUs,
    connections,
    sightings: [...recorder.sightings.values()],
  };
}
