/** Markup that is known to be ours, as opposed to text that still has to be escaped. */
export type Markup = { readonly markup: string };
type Value = string | Markup | null | readonly Markup[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}

function written(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return escaped(value);
  if ('markup' in value) return value.markup;
  return value.map((part) => part.markup).join('');
}

/** A template whose values are text unless they came from another such template. There is no way to pass raw markup in. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { markup: parts.map((part, index) => part + written(values[index] ?? null)).join('') };
}
