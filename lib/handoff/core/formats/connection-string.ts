import { apiUrlOf, type FileRecord } from './record.ts';
import { type Flaw, flawOf, noBlanksAround, noSemicolon, oneLine } from './values.ts';

/** Reference 4.6: a value with a semicolon, a control character or blanks around it cannot be written. */
export const connectionStringFlaw = (record: FileRecord): Flaw | null =>
  flawOf(
    {
      client_id: record.clientId,
      client_secret: record.clientSecret,
      redirect_url: record.redirectUri,
      refresh_token: record.refreshToken,
    },
    [oneLine, noBlanksAround, noSemicolon],
  );

/** Reference 4.5: `name=value` pairs between semicolons. The name `api-refresh-token` is not confirmed. */
export const connectionStringOf = (record: FileRecord): string =>
  Object.entries({
    'api-url': apiUrlOf(record),
    'api-client-id': record.clientId,
    'api-client-secret': record.clientSecret,
    'api-redirect-url': record.redirectUri,
    'api-refresh-token': record.refreshToken,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join(';');

/** Reference 8.7, one to a line. There is no place in it to say that it is for one use; its file name does. */
export const connectionStrings = (records: readonly FileRecord[]): string =>
  `${records.map(connectionStringOf).join('\n')}\n`;
