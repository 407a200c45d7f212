import { apiUrlOf, type FileRecord } from './record.ts';
import { type Flaw, flawOf, guarded, noFormula, oneLine } from './values.ts';

/** Text about the customer, which may be guarded. */
const customerText = (record: FileRecord) => ({
  customer_reference: record.customerReference,
  customer_name: record.customerName,
  authorised_user: record.exactUser?.name ?? null,
});

/** What works only as it is. */
const exactText = (record: FileRecord) => ({
  client_id: record.clientId,
  client_secret: record.clientSecret,
  redirect_url: record.redirectUri,
  access_token: record.accessToken,
  refresh_token: record.refreshToken,
});

export const csvFlaw = (record: FileRecord): Flaw | null =>
  flawOf(customerText(record), [oneLine]) ?? flawOf(exactText(record), [oneLine, noFormula]);

/** Reference 8.3: these columns, in this order. */
const columns: Readonly<Record<string, (record: FileRecord) => string>> = {
  customer_reference: (record) => guarded(record.customerReference ?? ''),
  customer_name: (record) => guarded(record.customerName),
  country: (record) => record.site,
  api_url: apiUrlOf,
  client_id: (record) => record.clientId,
  client_secret: (record) => record.clientSecret,
  redirect_url: (record) => record.redirectUri,
  access_token: (record) => record.accessToken ?? '',
  refresh_token: (record) => record.refreshToken,
  refresh_token_expires_at: (record) => record.refreshTokenExpiresAt,
  authorised_user: (record) => guarded(record.exactUser?.name ?? ''),
};

const row = (fields: readonly string[]): string =>
  `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\r\n`;

const byExpiry = (one: FileRecord, other: FileRecord): number =>
  Date.parse(one.refreshTokenExpiresAt) - Date.parse(other.refreshTokenExpiresAt);

/** Reference 8.3 and RFC 4180: UTF-8, CRLF, a header line, every field quoted; what lapses first stands first. */
export const csv = (records: readonly FileRecord[]): string =>
  [
    row(Object.keys(columns)),
    ...records.toSorted(byExpiry).map((record) => row(Object.values(columns).map((cell) => cell(record)))),
  ].join('');
