import type { PersonaId } from './core/personas.ts';
import type { RuleId, Site } from './core/vocabulary.ts';

export const VERDICTS = ['issued', 'served', 'refused', 'denied', 'failed'] as const;

export type JournalEntry = {
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
  /** `failed`: a fault answered, or nobody did, and the rules never saw the request. */
  readonly verdict: (typeof VERDICTS)[number];
  readonly rule: RuleId | null;
  /** Of the rules' own answer, also when it was lost; else of what a fault sent, null when that was nothing. */
  readonly status: number | null;
  /** The refresh token had succeeded before. */
  readonly repeated: boolean;
  readonly fault: { readonly id: string; readonly kind: string; readonly when: string | null } | null;
  /** Whether the rules saw the request. */
  readonly processed: boolean;
  /** Whether the answer with this status left whole; null while it is under way, or for good when we were stopped meanwhile. */
  readonly delivered: boolean | null;
};

/** What an endpoint has to tell; the journal and the server know the rest. */
export type Noted = Pick<JournalEntry, 'verdict'> &
  Partial<
    Pick<
      JournalEntry,
      | 'client_id'
      | 'user_id'
      | 'chain'
      | 'generation'
      | 'grant_type'
      | 'token_fingerprint'
      | 'issued_fingerprint'
      | 'persona'
      | 'rule'
    >
  >;

type JournalFilter = {
  readonly after?: number | undefined;
  readonly client_id?: string | undefined;
  readonly chain?: string | undefined;
  readonly rule?: string | undefined;
  readonly verdict?: string | undefined;
  /** The beginning of a path. */
  readonly path?: string | undefined;
  /** The newest ones of those that fit. */
  readonly limit?: number | undefined;
};

/** Enough for any test run; older entries fall off rather than filling memory in a long one. */
const KEPT_ENTRIES = 20_000;

/** The latest requests in a map by number, so that a store can keep them like everything else. */
export class Journal {
  readonly #entries: Map<string, JournalEntry>;
  #nextSeq = 1;

  constructor(entries: Map<string, JournalEntry>) {
    this.#entries = entries;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Numbering goes on behind the entries kept, and never before `from`. */
  goOn(from: number): void {
    this.#nextSeq = from;
    for (const { seq } of this.#entries.values()) this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
  }

  add(entry: Omit<JournalEntry, 'seq'>): JournalEntry {
    const numbered = { seq: this.#nextSeq++, ...entry };
    this.#entries.set(String(numbered.seq), numbered);
    this.#entries.delete(String(numbered.seq - KEPT_ENTRIES));
    return numbered;
  }

  /** Says what became of an answer, unless the entry has been forgotten meanwhile. */
  settle({ seq }: JournalEntry, delivered: boolean): void {
    const entry = this.#entries.get(String(seq));
    if (entry !== undefined) this.#entries.set(String(seq), { ...entry, delivered });
  }

  list(filter: JournalFilter): JournalEntry[] {
    const { after = 0, limit = KEPT_ENTRIES } = filter;
    const found: JournalEntry[] = [];
    for (let seq = this.#nextSeq - 1; seq > after && found.length < limit; seq--) {
      const entry = this.#entries.get(String(seq));
      if (entry === undefined) break; // forgotten, and so are all before it
      if (fits(entry, filter)) found.push(entry);
    }
    return found.reverse();
  }

  /** Numbers go on, so a reader that remembers the last one it saw misses nothing. */
  clear(): void {
    this.#entries.clear();
  }
}

function fits(entry: JournalEntry, { client_id, chain, rule, verdict, path }: JournalFilter): boolean {
  return (
    (client_id === undefined || entry.client_id === client_id) &&
    (chain === undefined || entry.chain === chain) &&
    (rule === undefined || entry.rule === rule) &&
    (verdict === undefined || entry.verdict === verdict) &&
    (path === undefined || entry.path.startsWith(path))
  );
}
