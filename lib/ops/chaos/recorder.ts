import type { Consent, Delivery, Sighting, Unheard } from './history.ts';
import { type Known, Sieve, watchStream } from './sieve.ts';

/** What a body was, and who was looking: a partner by its key or its customers' links, null for nobody in particular. */
export type View = { where: string; viewer: string | null; allowed?: 'bundle' };

/** Keeps what robots and recipients saw, and looks through every byte as it comes. */
export class Recorder {
  readonly sieve = new Sieve();
  consents: Consent[] = [];
  deliveries: Delivery[] = [];
  unheard: Unheard[] = [];
  presentedByUs = new Map<string, number>();
  readonly sightings = new Map<string, Sighting>();
  readonly sealedAt: number[] = [];
  readonly #marks = new Map<string, string>();
  readonly #streams = new Map<string, (chunk: Buffer) => void>();
  readonly counts = new Map<string, number>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  learn(secret: string, name: string, owner: string | null): void {
    this.sieve.add(secret, { name, owner });
  }

  /** A text that only this tenant may ever see. */
  mark(text: string, partnerId: string): void {
    this.#marks.set(text, partnerId);
  }

  /** Output of a process of the product; all of it is read, none of it kept. */
  output(part: string, chunk: Buffer): void {
    const where = `output of ${part}`;
    const watch = this.#streams.get(part) ?? watchStream(this.sieve, (known) => this.#sight('LEAK', where, known.name));
    this.#streams.set(part, watch);
    watch(chunk);
  }

  /** A body, header or file that somebody received or could read. */
  look(text: string, { where, viewer, allowed }: View): void {
    for (const known of this.sieve.find(text)) {
      if (allowed !== 'bundle') this.#sight('LEAK', where, known.name);
      if (this.#isForeign(known, viewer)) this.#sight('XTEN', where, `${known.name} of another tenant`);
    }
    if (viewer === null) return;
    for (const [mark, owner] of this.#marks)
      if (owner !== viewer && text.includes(mark)) this.#sight('XTEN', where, `a mark of ${owner} for ${viewer}`);
  }

  #isForeign({ owner }: Known, viewer: string | null): boolean {
    return viewer !== null && owner !== null && owner !== viewer;
  }

  /** The same thing in the same place is one finding. */
  #sight(verdict: Sighting['verdict'], where: string, what: string): void {
    this.sightings.set(`${verdict} ${where} ${what}`, { verdict, where, what });
  }

  presented(token: string): void {
    this.presentedByUs.set(token, (this.presentedByUs.get(token) ?? 0) + 1);
  }
}
