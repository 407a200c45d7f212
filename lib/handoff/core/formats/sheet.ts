import { type FileRecord, registrationForm, singleUse } from './record.ts';
import { siteNames } from './sites.ts';
import { type Flaw, flawOf, noBlanksAround, oneLine, readsAsItIs } from './values.ts';

const line = (at: string, label: string, value: string): string =>
  `${at.padEnd(3)}${label.padEnd(21)}${value}`.trimEnd();

/** What is typed over or copied line by line must be one line, and nothing a reader would drop. */
export const sheetFlaw = (record: FileRecord): Flaw | null =>
  flawOf(
    {
      client_id: record.clientId,
      client_secret: record.clientSecret,
      redirect_url: record.redirectUri,
      access_token: record.accessToken,
      refresh_token: record.refreshToken,
      customer_name: record.customerName,
      authorised_user: record.exactUser?.name ?? null,
    },
    [oneLine, noBlanksAround, readsAsItIs],
  );

const sheetOf = (record: FileRecord): string =>
  [
    'Registration sheet for Invantive Cloud',
    singleUse,
    '',
    line('1', 'Open', registrationForm.url),
    line('2', 'Country', siteNames[record.site] ?? record.site),
    line('3', 'Method', registrationForm.method),
    line('4', 'Client ID', record.clientId),
    line('', 'Client secret', record.clientSecret),
    line('', 'Redirect URL', record.redirectUri),
    line('5', 'Credential', registrationForm.credentialKind),
    line('6', 'Access token', record.accessToken ?? ''),
    line('', 'Refresh token', record.refreshToken),
    line('7', 'Continue', ''),
    '',
    'For information',
    line('', 'Customer', record.customerName),
    line('', 'Exact user', record.exactUser?.name ?? ''),
    line('', 'Consent', record.consentedAt),
    line('', 'Not before', record.refreshNotBefore),
    line('', 'Use before', record.refreshTokenExpiresAt),
    line('', 'Handoff', record.handoffId),
    '',
  ].join('\n');

/** Reference 8.1: the fields of the form in its order, for the eye and the clipboard. */
export const sheet = (records: readonly FileRecord[]): string => records.map(sheetOf).join('\n');
