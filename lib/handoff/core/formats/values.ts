/** Why a value cannot stand in a file as it is; names the field, never the value. */
export type Flaw = { field: string; because: string };
/** What is wrong with a value, or null. */
export type Rule = (value: string) => string | null;

const rule =
  (isWrong: (value: string) => boolean, because: string): Rule =>
  (value) =>
    isWrong(value) ? because : null;

/** A control character or line break would end a line, a row or an attribute before its time; half a surrogate pair is in no encoding. */
export const oneLine = rule((value) => /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(value), 'it has a control character in it');

/** What a person or a product strips when it reads. */
export const noBlanksAround = rule((value) => value !== value.trim(), 'it begins or ends with a blank');

/** No way to write one inside a value is documented (reference 4.6). */
export const noSemicolon = rule((value) => value.includes(';'), 'it has a semicolon in it');

/** Characters that no XML 1.0 document may hold, beyond the control characters. */
export const xmlCharacters = rule((value) => /[\ufffe\uffff]/.test(value), 'it has a character in it that XML forbids');

/** Marks that make one text read as another. */
export const readsAsItIs = rule(
  (value) => /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(value),
  'it has marks in it that turn text around',
);

const formulaStart = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/** What a spreadsheet would take for a formula; a token or secret is never altered, so it is refused (reference 8.3). */
export const noFormula = rule((value) => formulaStart.test(value), 'a spreadsheet would take it for a formula');

/** Customer text as a spreadsheet takes it for text: one apostrophe before what begins a formula, however many stand there already. */
export const guarded = (text: string): string => (formulaStart.test(text.replace(/^'+/, '')) ? `'${text}` : text);

/** The first flaw of these fields under these rules. */
export function flawOf(fields: Readonly<Record<string, string | null>>, rules: readonly Rule[]): Flaw | null {
  for (const [field, value] of Object.entries(fields))
    for (const each of rules) {
      const because = value === null ? null : each(value);
      if (because) return { field, because };
    }
  return null;
}
