import { clientNow, emptyLedger, type Ledger } from './core/ledger.ts';
import type { Policy } from './core/policy.ts';
import type { Instant } from './core/vocabulary.ts';
import { Journal } from './journal.ts';
import { seedUsers } from './seed.ts';
import { loadSnapshot, saveSnapshot } from './snapshot.ts';

/** Writing happens shortly after a change and rests ten times as long as it took, so a big ledger cannot stall answers. */
const SAVE_DELAY_MS = 50;

/** Everything one simulator remembers, shared by its seven sites. The only place here that knows real time. */
export class World {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly #startPolicy: Policy;
  readonly #stateFile: string | null;
  #timer: NodeJS.Timeout | null = null;
  #lastSaveMs = 0;

  constructor({ policy, stateFile }: { policy: Policy | null; stateFile: string | null }) {
    const kept = stateFile === null ? null : loadSnapshot(stateFile);
    this.#startPolicy = policy ?? kept?.ledger.policy ?? 'overlap';
    this.#stateFile = stateFile;
    this.ledger = kept?.ledger ?? emptyLedger(this.#startPolicy, seedUsers());
    this.ledger.policy = this.#startPolicy;
    this.journal = new Journal(kept?.nextSeq);
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
    Object.assign(this.ledger, emptyLedger(this.#startPolicy, seedUsers()));
    this.journal.clear();
    this.changed();
  }

  /** Call after every change that must outlive a restart. */
  changed(): void {
    if (this.#stateFile === null || this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#saveOrSay(), Math.max(SAVE_DELAY_MS, this.#lastSaveMs * 10));
  }

  save(): void {
    if (this.#stateFile === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const startedAt = performance.now();
    saveSnapshot(this.#stateFile, { ledger: this.ledger, nextSeq: this.journal.nextSeq });
    this.#lastSaveMs = performance.now() - startedAt;
  }

  /** A full disk must not take the provider down in the middle of someone's test. */
  #saveOrSay(): void {
    try {
      this.save();
    } catch (error) {
      process.stderr.write(`Exact Online simulator: the state file was not written: ${error}\n`);
    }
  }
}
