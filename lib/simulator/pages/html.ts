/** Markup that has been escaped already, so it may be put into more markup as it is. */
export class Markup {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

type Part = string | number | Markup | readonly Markup[] | null;

/** Every value is escaped unless it is markup; `null` leaves nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((page, literal, index) => page + write(parts[index - 1] ?? null) + literal));
}

function write(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'object') return part.join('');
  return String(part)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;'); // attributes here always stand in double quotes, and A1 and A3 carry single ones
}
