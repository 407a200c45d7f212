/** One thing the simulator remembers, as plain JSON under its collection and key. A value of `null` means: forgotten. */
export type StoredRecord = { readonly collection: string; readonly key: string; readonly value: unknown };

/**
 * Where a simulator keeps what it must know again after a restart: clients, tokens, clocks, faults, and its journal.
 * It calls nothing of this twice at the same time.
 */
export type Store = {
  /** Everything kept, in the order in which the keys were first written: lists are shown in it. */
  load(): Promise<readonly StoredRecord[]>;
  /** All of the batch or nothing of it. It holds every key once; an existing key is overwritten. */
  write(batch: readonly StoredRecord[]): Promise<void>;
  close(): Promise<void>;
};

/** For a simulator of its own: what it knows ends with the process. */
export function forgetfulStore(): Store {
  return {
    load: async () => [],
    write: async () => {},
    close: async () => {},
  };
}
