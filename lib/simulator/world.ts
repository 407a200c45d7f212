import { COLLECTIONS, clientNow, emptyLedger, findClient, type Ledger } from './core/ledger.ts';
import type { Policy } from './core/policy.ts';
import { usualSwitches } from './core/switches.ts';
import { countLostAnswer, countTokenCall, NOTHING_COUNTED, type Tally } from './core/tally.ts';
import type { Instant } from './core/vocabulary.ts';
import { Holds } from './faults/holds.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { Keeper } from './keeper.ts';
import { seedUsers } from './seed.ts';
import type { Store } from './store.ts';

/** What is kept beside the collections, as one record: the ledger's plain fields, and where the journal's numbers go on. */
type Settings = Pick<Ledger, 'policy' | 'offsetSeconds' | 'switches'> & { readonly journalFrom: number };

/** Everything one simulator remembers, shared by its seven sites. The only place here that knows real time. */
export class World {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly holds = new Holds();
  readonly #keeper: Keeper;
  readonly #settings: Map<string, Settings>;
  #startPolicy: Policy = 'overlap';
  #journalFrom = 1;
  #settingsKept = '';
  #changes = 0;

  private constructor(store: Store) {
    this.#keeper = new Keeper(store);
    const maps = COLLECTIONS.map((name) => [name, this.#keeper.collection(name)]);
    this.ledger = { ...emptyLedger(this.#startPolicy), ...Object.fromEntries(maps) };
    this.journal = new Journal(this.#keeper.collection('journal'));
    this.#settings = this.#keeper.collection('settings');
  }

  /** Goes on with what the store knows. A policy given here wins over the kept one. */
  static async open({ policy, store }: { policy: Policy | null; store: Store }): Promise<World> {
    const world = new World(store);
    await world.#keeper.load();
    world.#goOn(policy);
    return world;
  }

  realNow(): Instant {
    return Date.now();
  }

  /** Now on a client's own clock. */
  now(clientId: string | null): Instant {
    return clientNow(this.ledger, clientId, this.realNow());
  }

  /** Back to seed users and the policy it was started with. */
  reset(): void {
    this.holds.release();
    for (const name of COLLECTIONS) this.ledger[name].clear();
    Object.assign(this.ledger, { policy: this.#startPolicy, offsetSeconds: 0, switches: usualSwitches() });
    this.#addSeedUsers();
    this.#journalFrom = this.journal.nextSeq;
    this.journal.clear();
    this.changed();
  }

  /** Call after every change that must outlive a restart: the answer waits until it is written. */
  changed(): void {
    this.#changes++;
  }

  /** Grows with every change, so that whoever looks before and after knows whether there is something to wait for. */
  get changes(): number {
    return this.#changes;
  }

  /** Resolves once every change so far is written; rejects when the store would not take them. */
  written(): Promise<void> {
    this.#noteSettings();
    return this.#keeper.written();
  }

  /** Writes a request into the journal, and a call of the token endpoint into the counters. */
  note(request: Omit<JournalEntry, 'seq'>, { tokenCall }: { tokenCall: boolean }): JournalEntry {
    const entry = this.journal.add(request);
    if (tokenCall && entry.processed) this.#countTokenCall(entry);
    this.changed();
    return entry;
  }

  /** What became of a noted answer. Nobody waits for this to be written: the answer has gone, or never will. */
  settle(entry: JournalEntry, delivered: boolean): void {
    this.journal.settle(entry, delivered);
    if (entry.processed && !delivered) this.#count(entry, countLostAnswer);
    this.#keeper.writtenLater();
  }

  close(): Promise<void> {
    this.#noteSettings();
    return this.#keeper.close();
  }

  #goOn(policy: Policy | null): void {
    const { journalFrom = 1, switches, ...kept } = this.#settings.get('all') ?? {};
    Object.assign(this.ledger, kept);
    Object.assign(this.ledger.switches, switches); // switches added since then keep their usual choice
    this.ledger.policy = policy ?? this.ledger.policy;
    this.#startPolicy = this.ledger.policy;
    this.#journalFrom = journalFrom;
    this.journal.goOn(journalFrom);
    this.#addSeedUsers();
  }

  #noteSettings(): void {
    const { policy, offsetSeconds, switches } = this.ledger;
    const settings = { policy, offsetSeconds, switches, journalFrom: this.#journalFrom };
    const written = JSON.stringify(settings);
    if (written !== this.#settingsKept) this.#settings.set('all', JSON.parse(written));
    this.#settingsKept = written;
  }

  #addSeedUsers(): void {
    const { users } = this.ledger;
    for (const user of seedUsers()) if (!users.has(user.id)) users.set(user.id, user);
  }

  #countTokenCall(entry: JournalEntry): void {
    const { lastCalls } = this.ledger;
    const at = Date.parse(entry.at);
    const previousAt = entry.chain === null ? undefined : lastCalls.get(entry.chain);
    if (entry.chain !== null) lastCalls.set(entry.chain, at);
    const { verdict, repeated } = entry;
    this.#count(entry, (tally) =>
      countTokenCall(tally, { at, previousAt: previousAt ?? null, issued: verdict === 'issued', repeated }),
    );
  }

  /** Client IDs that nobody registered share one row, or made-up ones could fill the memory. */
  #count({ site, client_id: clientId }: JournalEntry, count: (tally: Tally) => Tally): void {
    const { tallies } = this.ledger;
    const row = clientId !== null && findClient(this.ledger, site, clientId) ? clientId : '';
    tallies.set(row, count(tallies.get(row) ?? NOTHING_COUNTED));
  }
}
