import type { Listener } from './proxy.ts';

/**
 * Reads along between product and provider: learns the tokens that must never be seen anywhere else, and how long the
 * product took from a token's arrival to its first use of the access token, which it may not touch before the refresh
 * token is durable (C-1). That is an upper bound of the window of C-4, seen from outside.
 */
export class Wiretap {
  readonly #said = new Map<number, { there: string; back: string }>();
  readonly #arrivals = new Map<string, number>();
  readonly #learn: (token: string, kind: 'access token' | 'refresh token') => void;
  readonly durableMs: number[] = [];

  constructor(learn: (token: string, kind: 'access token' | 'refresh token') => void) {
    this.#learn = learn;
  }

  readonly listen: Listener = (link, way, chunk) => {
    const said = this.#said.get(link) ?? { there: '', back: '' };
    said[way] = `${said[way]}${chunk}`.slice(-16_000);
    this.#said.set(link, said);
    if (way === 'back') said.back = this.#readAnswer(said.back);
    else said.there = this.#readRequest(said.there);
    if (this.#said.size > 1000) this.#said.delete(this.#said.keys().next().value ?? 0);
  };

  /** What arrived before a disturbance is not timed any more. */
  forget(): void {
    this.#arrivals.clear();
  }

  /** Takes the tokens out of what came back; answers with what may still be the beginning of one. */
  #readAnswer(text: string): string {
    const pattern = /"(access|refresh)_token":"([^"]+)"/g;
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      const [whole, kind, token = ''] = match;
      end = match.index + whole.length;
      this.#learn(token, kind === 'access' ? 'access token' : 'refresh token');
      if (kind === 'access') this.#arrivals.set(token, performance.now());
    }
    return text.slice(end);
  }

  #readRequest(text: string): string {
    const match = /authorization: bearer (\S+)\r\n/i.exec(text);
    if (!match) return text;
    const arrived = this.#arrivals.get(match[1] ?? '');
    if (arrived !== undefined) this.durableMs.push(performance.now() - arrived);
    this.#arrivals.delete(match[1] ?? '');
    return text.slice(match.index + match[0].length);
  }
}
