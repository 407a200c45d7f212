import type { FileFormat } from './catalogue.ts';
import { connectionStringFlaw, connectionStrings } from './connection-string.ts';
import { csv, csvFlaw } from './csv.ts';
import { json } from './json.ts';
import type { FileRecord } from './record.ts';
import { settingsXml, settingsXmlFlaw } from './settings-xml.ts';
import { sheet, sheetFlaw } from './sheet.ts';
import type { Flaw } from './values.ts';

type Writer = { flaw: (record: FileRecord) => Flaw | null; text: (records: readonly FileRecord[]) => string };

const writers: Readonly<Record<FileFormat, Writer>> = {
  sheet: { flaw: sheetFlaw, text: sheet },
  json: { flaw: () => null, text: json },
  csv: { flaw: csvFlaw, text: csv },
  settings_xml: { flaw: settingsXmlFlaw, text: settingsXml },
  connection_string: { flaw: connectionStringFlaw, text: connectionStrings },
};

/** Why this format cannot hold this record; null when it can. */
export const flawIn = (format: FileFormat, record: FileRecord): Flaw | null => writers[format].flaw(record);

export type Written = {
  /** Null when no record could be written. */
  content: string | null;
  /** The records that are not in it, by their place in what was given. */
  refused: (Flaw & { at: number })[];
};

/**
 * Writes records into one file. What it holds reads back as exactly what was given; a record with a value that would not is
 * left out and named, and nothing is ever altered to fit but the guard before a customer's text in CSV.
 */
export function writeFile(format: FileFormat, records: readonly FileRecord[]): Written {
  const refused = records.flatMap((record, at) => {
    const flaw = flawIn(format, record);
    return flaw ? [{ ...flaw, at }] : [];
  });
  const sound = records.filter((_, at) => !refused.some((each) => each.at === at));
  return { content: sound.length > 0 ? writers[format].text(sound) : null, refused };
}
