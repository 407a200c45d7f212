type Hold = { readonly faultId: string; readonly release: () => void };

/** Requests that a fault keeps waiting, and the ways to set them free. */
export class Holds {
  readonly #holds = new Set<Hold>();

  /** Resolves after the time is up, when the fault is released, or when whoever waits has gone. */
  wait(faultId: string, ms: number, gone: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const release = () => {
        clearTimeout(timer);
        this.#holds.delete(hold);
        resolve();
      };
      const hold = { faultId, release };
      const timer = setTimeout(release, ms);
      this.#holds.add(hold);
      void gone.then(release);
    });
  }

  /** Those of one fault, or all. */
  release(faultId?: string): void {
    for (const hold of this.#holds) if (faultId === undefined || hold.faultId === faultId) hold.release();
  }
}
