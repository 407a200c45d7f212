/*
 * How the API writes what it has to say (R3, R4, R5): JSON in the OData envelope for those who ask for it, else Atom.
 */

export type Format = 'json' | 'xml';

type Value = string | number | boolean | Date | null;
export type Row = {
  /** Below the site's `/api/v1/`. */
  readonly uri: string;
  readonly type: string;
  /** What rows are in order of, and where the next page goes on. */
  readonly key: string | number;
  readonly fields: Readonly<Record<string, Value>>;
};

export type Query = {
  /** Site origin, for `__metadata` and `__next`. */
  readonly origin: string;
  readonly path: string;
  readonly params: URLSearchParams;
};

type Page = { readonly rows: readonly Row[]; readonly next: string | null };

/** Exact hands out 60 rows at a time. */
const PAGE_ROWS = 60;

export const CONTENT_TYPES = {
  json: 'application/json; charset=utf-8',
  xml: 'application/atom+xml; charset=utf-8',
} as const satisfies Record<Format, string>;

/** R3: nothing but a plain wish for JSON gets JSON. */
export function formatFor(accept: string | undefined): Format {
  const wishes = (accept ?? '').split(',').map((each) => each.split(';', 1)[0]?.trim().toLowerCase());
  return wishes.includes('application/json') ? 'json' : 'xml';
}

/** R4, with OData's `$select` and `$skiptoken`. */
export function rowsBody(format: Format, rows: readonly Row[], query: Query, now: Date): string {
  const page = pageOf(rows, query);
  return format === 'json' ? jsonBody(page, query) : atomBody(page, query, now);
}

/** R5. */
export function errorBody(format: Format, message: string): string {
  if (format === 'json') return JSON.stringify({ error: { code: '', message: { lang: '', value: message } } });
  return `${XML}<error xmlns="${METADATA}"><code></code><message xml:lang="">${escapeXml(message)}</message></error>`;
}

function pageOf(all: readonly Row[], { origin, path, params }: Query): Page {
  const rest = all.toSorted(byKey).filter(isAfter(params.get('$skiptoken')));
  const rows = rest.slice(0, PAGE_ROWS).map((row) => select(row, params.get('$select')));
  const last = rows.at(-1);
  if (rest.length === rows.length || last === undefined) return { rows, next: null };
  const further = new URLSearchParams(params);
  further.set('$skiptoken', String(last.key));
  return { rows, next: `${origin}${path}?${further}` };
}

function byKey(a: Row, b: Row): number {
  return a.key < b.key ? -1 : 1;
}

function isAfter(skipToken: string | null): (row: Row) => boolean {
  if (skipToken === null) return () => true;
  return ({ key }) => !(typeof key === 'number' ? key <= Number(skipToken) : key <= skipToken);
}

/** Names we do not know are passed over. */
function select(row: Row, wanted: string | null): Row {
  if (wanted === null || wanted.trim() === '') return row;
  const names = new Set(wanted.split(',').map((name) => name.trim()));
  return { ...row, fields: Object.fromEntries(Object.entries(row.fields).filter(([name]) => names.has(name))) };
}

function jsonBody({ rows, next }: Page, { origin }: Query): string {
  const results = rows.map(({ uri, type, fields }) => ({
    __metadata: { uri: `${origin}/api/v1/${uri}`, type },
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, jsonValue(value)])),
  }));
  return JSON.stringify({ d: { results, ...(next === null ? {} : { __next: next }) } });
}

/** Dates as OData version 2 writes them (§7.2). */
function jsonValue(value: Value): Value {
  return value instanceof Date ? `/Date(${value.getTime()})/` : value;
}

const XML = '<?xml version="1.0" encoding="utf-8"?>';
const ATOM = 'http://www.w3.org/2005/Atom';
const DATA = 'http://schemas.microsoft.com/ado/2007/08/dataservices';
const METADATA = `${DATA}/metadata`;

function atomBody({ rows, next }: Page, { origin, path }: Query, now: Date): string {
  const title = escapeXml(path.split('/').at(-1) ?? '');
  const entries = rows.map((row) => atomEntry(row, origin, now)).join('');
  const further = next === null ? '' : `<link rel="next" href="${escapeXml(next)}"/>`;
  return `${XML}<feed xml:base="${origin}/api/v1/" xmlns="${ATOM}" xmlns:d="${DATA}" xmlns:m="${METADATA}"><title type="text">${title}</title><id>${escapeXml(origin + path)}</id><updated>${now.toISOString()}</updated><author><name/></author>${entries}${further}</feed>`;
}

function atomEntry({ uri, type, fields }: Row, origin: string, now: Date): string {
  const properties = Object.entries(fields).map(([name, value]) => atomProperty(name, value));
  return `<entry><id>${escapeXml(`${origin}/api/v1/${uri}`)}</id><category term="${escapeXml(type)}" scheme="${DATA}/scheme"/><title/><updated>${now.toISOString()}</updated><content type="application/xml"><m:properties>${properties.join('')}</m:properties></content></entry>`;
}

function atomProperty(name: string, value: Value): string {
  if (value === null) return `<d:${name} m:null="true"/>`;
  if (value instanceof Date) return typed(name, 'Edm.DateTime', value.toISOString().replace('Z', ''));
  if (typeof value === 'number') return typed(name, Number.isInteger(value) ? 'Edm.Int32' : 'Edm.Double', value);
  if (typeof value === 'boolean') return typed(name, 'Edm.Boolean', value);
  return `<d:${name}>${escapeXml(value)}</d:${name}>`;
}

function typed(name: string, type: string, value: string | number | boolean): string {
  return `<d:${name} m:type="${type}">${value}</d:${name}>`;
}

/** Characters that XML 1.0 cannot hold even escaped are left out. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
