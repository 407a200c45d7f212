import { setImmediate as afterThisBreath } from 'node:timers/promises';
import type { Store, StoredRecord } from './store.ts';

/** For changes no answer waits for, and for the next try after a failure. */
const LATER_MS = 500;

/** Knows which records changed since they were last written, and takes them to the store in batches. */
export class Keeper {
  readonly #store: Store;
  readonly #maps = new Map<string, NotedMap<unknown>>();
  #next: Promise<void> | null = null;
  #writing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #failing = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A map whose every change is written under this name. */
  collection<V>(name: string): Map<string, V> {
    const map = new NotedMap<V>();
    this.#maps.set(name, map);
    return map;
  }

  /** Fills the collections. What belongs to none of them was written by another version, and is left alone. */
  async load(): Promise<void> {
    for (const { collection, key, value } of await this.#store.load()) this.#maps.get(collection)?.restore(key, value);
  }

  /**
   * Resolves once everything changed until now is in the store. Whoever asks while a batch is being written shares the
   * next one. Rejects when the store would not take it: the changes are kept for the next try.
   */
  written(): Promise<void> {
    this.#next ??= this.#writeNext();
    return this.#next;
  }

  /** For changes that may wait: they go with the next batch, or on their own before long. */
  writtenLater(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.written().catch(() => {}); // said, and scheduled again, where it failed
    }, LATER_MS).unref();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    try {
      await this.written();
    } finally {
      await this.#store.close();
    }
  }

  async #writeNext(): Promise<void> {
    await this.#writing;
    await afterThisBreath(); // requests that came in together are handled before this returns, and ride along
    this.#next = null;
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    const written = this.#store.write(batch);
    this.#writing = written.catch(() => {});
    try {
      await written;
      this.#say(false, 'Exact Online simulator: the store works again.');
    } catch (error) {
      for (const { collection, key } of batch) this.#maps.get(collection)?.changed.add(key);
      this.#say(true, `Exact Online simulator: the store failed, changes are kept for the next try: ${error}`);
      this.writtenLater();
      throw error;
    }
  }

  #takeBatch(): StoredRecord[] {
    const batch: StoredRecord[] = [];
    for (const [collection, map] of this.#maps) {
      for (const key of map.changed) batch.push({ collection, key, value: map.get(key) ?? null });
      map.changed.clear();
    }
    return batch;
  }

  /** Once when it starts failing and once when it is over, however many tries lie between. */
  #say(failing: boolean, sentence: string): void {
    if (failing !== this.#failing) process.stderr.write(`${sentence}\n`);
    this.#failing = failing;
  }
}

/** A map that remembers which keys were touched. Its records are replaced, never altered in place. */
class NotedMap<V> extends Map<string, V> {
  readonly changed = new Set<string>();

  override set(key: string, value: V): this {
    this.changed.add(key);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    if (this.has(key)) this.changed.add(key);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of this.keys()) this.changed.add(key);
    super.clear();
  }

  /** As it came from the store: nothing to write. */
  restore(key: string, value: V): void {
    super.set(key, value);
  }
}
