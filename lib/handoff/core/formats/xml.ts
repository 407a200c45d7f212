const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const inAttribute = (value: string): string =>
  value.replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** An empty element, one attribute to a line; values escaped by reference 4.6. They must hold no control character. */
export const element = (name: string, attributes: Readonly<Record<string, string>>): string =>
  [`<${name}`, ...Object.entries(attributes).map(([key, value]) => `  ${key}="${inAttribute(value)}"`), '/>'].join(
    '\n',
  );
