import type { PersonaId } from './core/personas.ts';
import type { RuleId, Site } from './core/vocabulary.ts';

type JournalEntry = {
  readonly seq: number;
  /** On the clock of the client concerned, where one is known. */
  readonly at: string;
  readonly site: Site;
  readonly method: string;
  /** Without the query, which may carry a code or a state. */
  readonly path: string;
  readonly client_id: string | null;
  readonly user_id: string | null;
  readonly chain: string | null;
  readonly generation: number | null;
  readonly grant_type: string | null;
  /** First 12 hex digits of the sha256 of what was presented. */
  readonly token_fingerprint: string | null;
  /** The same for a code or refresh token that left with the answer. */
  readonly issued_fingerprint: string | null;
  /** How the person behaved, once somebody is signed in. */
  readonly persona: PersonaId | null;
  readonly verdict: 'issued' | 'refused' | 'served' | 'denied';
  readonly rule: RuleId | null;
  readonly status: number;
};

/** What an endpoint has to tell; the journal and the server know the rest. */
export type Noted = Pick<JournalEntry, 'verdict'> &
  Partial<Omit<JournalEntry, 'seq' | 'at' | 'site' | 'method' | 'path'>>;

/** Enough for any test run; older entries fall off rather than filling memory in a long one. */
const KEPT_ENTRIES = 20_000;

export class Journal {
  #entries: JournalEntry[] = [];
  #nextSeq: number;

  constructor(nextSeq = 1) {
    this.#nextSeq = nextSeq;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  add(entry: Omit<JournalEntry, 'seq'>): void {
    this.#entries.push({ seq: this.#nextSeq++, ...entry });
    // Cut in batches: shifting one by one would copy the array on every request.
    if (this.#entries.length > KEPT_ENTRIES * 1.1) this.#entries = this.#entries.slice(-KEPT_ENTRIES);
  }

  list(filter: { after: number; clientId: string | null }): JournalEntry[] {
    const { after, clientId } = filter;
    return this.#entries.filter((each) => each.seq > after && (clientId === null || each.client_id === clientId));
  }

  /** Numbers go on, so a reader that remembers the last one it saw misses nothing. */
  clear(): void {
    this.#entries = [];
  }
}
