/** The files a target of kind `file` can make. Each holds secrets and is one delivery. */
export const fileFormats = ['sheet', 'json', 'csv', 'settings_xml', 'connection_string'] as const;
export type FileFormat = (typeof fileFormats)[number];

export type FormatFacts = {
  label: string;
  extension: string;
  mediaType: string;
  /** Not compared with the receiver's own output yet. */
  preview: boolean;
  /** What is known of it, and how surely, in a sentence for whoever chooses. */
  confidence: string;
};

/** Facts of section 8 of the export reference, read in November 2026. Twinfield's fragment (8.5) is unconfirmed throughout, and not made. */
export const formatFacts: Readonly<Record<FileFormat, FormatFacts>> = {
  sheet: {
    label: 'Registration sheet',
    extension: 'txt',
    mediaType: 'text/plain; charset=utf-8',
    preview: false,
    confidence: 'The fields of the form at Invantive Cloud in its own order, as Invantive documents it.',
  },
  json: {
    label: 'JSON',
    extension: 'json',
    mediaType: 'application/json',
    preview: false,
    confidence: 'Our own format, for your own software. Nothing at Invantive reads it. Holds any value there is.',
  },
  csv: {
    label: 'CSV work list',
    extension: 'csv',
    mediaType: 'text/csv; charset=utf-8; header=present',
    preview: false,
    confidence: 'Our own format, for people who work through a list. Nothing imports it today.',
  },
  settings_xml: {
    label: 'settings.xml fragment',
    extension: 'xml',
    mediaType: 'application/xml',
    preview: true,
    confidence:
      'For on-premise products. The element and its first attributes are published by Invantive; the name of the refresh token’s attribute is a guess, whether it is accepted without log-on code and password is not known, nor what encloses it. Try it before you rely on it.',
  },
  connection_string: {
    label: 'Connection string',
    extension: 'txt',
    mediaType: 'text/plain; charset=utf-8',
    preview: true,
    confidence:
      'How values are separated is documented by Invantive; that its Cloud takes OAuth secrets through this field is not, and the name of the refresh token’s attribute is a guess. Try it before you rely on it.',
  },
};

/** A format from what a row says. Throws for one that is not made. */
export function formatOf(text: string): FileFormat {
  const found = fileFormats.find((format) => format === text);
  if (!found) throw new Error('no such file format');
  return found;
}

/** A file name of letters, digits, dash, underscore and dot only, which says that the file is for one use. */
export const fileNameOf = (handoffId: string, format: FileFormat, encrypted: boolean): string =>
  `waxseal-${handoffId}-single-use.${formatFacts[format].extension}${encrypted ? '.jwe' : ''}`;
