import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { BrandFields } from '#components/console/brand-form.tsx';
import { houseTheme, ThemeTokens } from '#lib/branding/index.ts';
import { locales } from '#lib/i18n/index.ts';

/** The form of the brand as texts, and back: one name per field, the same ones in the form, in an address and in a fault. */

const places = { purpose: 'purpose', before: 'beforeWords', done: 'doneWords' } as const;
const placeNames = Object.keys(places) as (keyof typeof places)[];

/** A field of the form and where its text lives in a theme. */
const simple = {
  display_name: 'displayName',
  accent: 'accent',
  radius: 'radius',
  font: 'font',
  logo: 'logoUrl',
  logo_dark: 'logoDarkUrl',
  support_email: 'supportEmail',
  support_url: 'supportUrl',
  privacy_url: 'privacyUrl',
  terms_url: 'termsUrl',
  sender_name: 'senderName',
  reply_to: 'replyTo',
} as const satisfies Record<string, keyof ThemeTokens>;

const neverEmpty = new Set(['display_name', 'accent', 'radius', 'font']);
const names = Object.keys(simple) as (keyof typeof simple)[];
const wordFields = placeNames.flatMap((place) =>
  locales.map((locale) => ({ place, locale, name: `${place}_${locale}` })),
);

/** What a theme says, as texts of the form; what it does not say is empty. */
export function fieldsOf(tokens: ThemeTokens | null, partnerName: string): BrandFields {
  const theme: ThemeTokens = tokens ?? { ...houseTheme, displayName: partnerName, purpose: {} };
  const plain = names.map((name) => [name, theme[simple[name]] ?? '']);
  const words = wordFields.map(({ place, locale, name }) => [name, theme[places[place]]?.[locale] ?? '']);
  return Object.fromEntries([...plain, ...words]);
}

const longestText = 600;

/** Travels with the form: the stamp of the brand that was typed over. */
export const typedOver = 'typed_over';

/** The fields of a form, each as one text; nobody's business what else was sent. A line break in a sentence is a space. */
export function fieldsFrom(form: Pick<URLSearchParams, 'get'>): BrandFields {
  const text = (name: string) => (form.get(name) ?? '').slice(0, longestText);
  const plain = names.map((name) => [name, text(name)]);
  const words = wordFields.map(({ name }) => [name, text(name).replace(/\s*[\r\n]+\s*/g, ' ')]);
  return Object.fromEntries([...plain, ...words, [typedOver, text(typedOver)]]);
}

type Input = Record<string, unknown>;

/** Fields as a theme that is yet to be checked: what is empty is not there. A logo for dark screens needs the other one. */
function inputOf(fields: BrandFields): Input {
  const value = (name: keyof typeof simple) => {
    const text = fields[name]?.trim() ?? '';
    return text === '' && !neverEmpty.has(name) ? null : text;
  };
  const plain = Object.fromEntries(names.map((name) => [simple[name], value(name)]));
  const wordsOf = (place: (typeof placeNames)[number]) =>
    Object.fromEntries(
      locales.flatMap((locale) => {
        const text = fields[`${place}_${locale}`]?.trim();
        return text ? [[locale, text]] : [];
      }),
    );
  const words = Object.fromEntries(placeNames.map((place) => [places[place], wordsOf(place)]));
  return { ...plain, ...words, logoDarkUrl: plain['logoUrl'] ? plain['logoDarkUrl'] : null };
}

const fieldAt = ([field, locale]: readonly PropertyKey[]): string => {
  const place = placeNames.find((name) => places[name] === field);
  return place ? `${place}_${String(locale)}` : (names.find((name) => simple[name] === field) ?? '');
};

export type Faults = Readonly<Record<string, string>>;

/** What was typed as a theme, or what is wrong with it, by field. */
export function readFields(fields: BrandFields): { tokens: ThemeTokens | null; faults: Faults } {
  const parsed = ThemeTokens.safeParse(inputOf(fields));
  if (parsed.success) return { tokens: parsed.data, faults: {} };
  const faults = parsed.error.issues.map(({ path, message }) => [fieldAt(path), message] as const).reverse();
  return { tokens: null, faults: Object.fromEntries(faults) };
}

/** What was typed where it can be shown, and what is saved elsewhere: enough to draw a preview from. */
export function drawable(fields: BrandFields, saved: BrandFields): { tokens: ThemeTokens; faults: Faults } {
  const { tokens, faults } = readFields(fields);
  const replaced = Object.fromEntries(Object.keys(faults).map((name) => [name, saved[name] ?? '']));
  const rest = tokens ?? readFields({ ...fields, ...replaced }).tokens;
  return { tokens: rest ?? { ...houseTheme, purpose: {} }, faults };
}

/** What an address may carry: a person's own texts of a form, not a book. */
const longestPacked = 8_000;
const largestUnpacked = 64 * 1024;

/** What was typed, for the address of the page that shows it again; without the words when they would not fit. */
export function packed(fields: BrandFields): string {
  const pack = (some: object) => deflateRawSync(JSON.stringify(some), { level: 9 }).toString('base64url');
  const whole = pack(fields);
  return whole.length <= longestPacked
    ? whole
    : pack(Object.fromEntries([...names, typedOver].map((name) => [name, fields[name]?.slice(0, 100) ?? ''])));
}

/** Null for what is not such a text. */
export function unpacked(text: string | null): BrandFields | null {
  if (!text || text.length > longestPacked) return null;
  try {
    const json = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: largestUnpacked }).toString('utf8');
    const fields = new Map(Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(json))));
    return fieldsFrom({ get: (name) => fields.get(name) ?? null });
  } catch {
    return null;
  }
}
