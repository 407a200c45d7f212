/** A secret the harness knows because it made it or received it, and what to call it without showing it. */
export type Known = { name: string; owner: string | null };

const width = 16;
const base = 0x01000193;
const leaving = Array.from({ length: width }).reduce<number>((power) => Math.imul(power, base), 1);

/** The six forms of LEAK: raw, base64, base64url, hex, URL-encoded, JSON-escaped. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret).replaceAll('!', '%21'),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/** Pieces that give a form away even when the rest of it was cut off: near its beginning, its middle, its end. */
function piecesOf(form: string): string[] {
  if (form.length < 3 * width) return [form.slice(-width)];
  return [0.15, 0.5, 0.97].map((at) => {
    const from = Math.min(Math.floor(form.length * at), form.length - width);
    return form.slice(from, from + width);
  });
}

/** Finds known secrets in any text, however many are known: one pass with a rolling hash (Rabin and Karp). */
export class Sieve {
  readonly #pieces = new Map<number, Map<string, Known>>();
  readonly #known = new Set<string>();

  get size(): number {
    return this.#known.size;
  }

  /** Secrets shorter than a piece are refused: they would be found everywhere. */
  add(secret: string, known: Known): void {
    if (secret.length < width) throw new Error(`${known.name} is too short to be looked for`);
    if (this.#known.has(secret)) return;
    this.#known.add(secret);
    for (const piece of new Set(formsOf(secret).flatMap(piecesOf))) {
      const hash = hashOf(piece);
      const same = this.#pieces.get(hash) ?? new Map<string, Known>();
      same.set(piece, known);
      this.#pieces.set(hash, same);
    }
  }

  /** The secrets that a text holds, each once. */
  find(text: string): Known[] {
    const found = new Set<Known>();
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0;
      if (at >= width) hash = (hash - Math.imul(text.charCodeAt(at - width), leaving)) | 0;
      if (at < width - 1) continue;
      const known = this.#pieces.get(hash)?.get(text.slice(at - width + 1, at + 1));
      if (known) found.add(known);
    }
    return [...found];
  }
}

function hashOf(piece: string): number {
  let hash = 0;
  for (let at = 0; at < piece.length; at++) hash = (Math.imul(hash, base) + piece.charCodeAt(at)) | 0;
  return hash;
}

/** Looks through a stream as it comes; what falls on the border of two chunks is found too. */
export function watchStream(sieve: Sieve, found: (known: Known) => void): (chunk: Buffer | string) => void {
  let tail = '';
  return (chunk) => {
    const text = tail + String(chunk);
    for (const known of sieve.find(text)) found(known);
    tail = text.slice(-(width - 1));
  };
}
