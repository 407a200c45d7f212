import { connectionStringFlaw, connectionStringOf } from './connection-string.ts';
import { type FileRecord, singleUse } from './record.ts';
import { type Flaw, flawOf, xmlCharacters } from './values.ts';
import { element } from './xml.ts';

export const settingsXmlFlaw = (record: FileRecord): Flaw | null =>
  connectionStringFlaw(record) ??
  flawOf({ client_id: record.clientId, client_secret: record.clientSecret, refresh_token: record.refreshToken }, [
    xmlCharacters,
  ]) ??
  flawOf({ redirect_url: record.redirectUri }, [xmlCharacters]);

const databaseOf = (record: FileRecord, at: number): string =>
  element('database', {
    order: String((at + 1) * 10),
    alias: at === 0 ? 'eol' : `eol${at + 1}`,
    provider: 'ExactOnlineAll',
    userLogonCodeMode: 'Hidden',
    passwordMode: 'Hidden',
    connectionString: connectionStringOf(record),
    AllowConnectionStringRewrite: 'false',
  });

/** Reference 8.4, a preview: a fragment for a settings file of an on-premise product. */
export const settingsXml = (records: readonly FileRecord[]): string =>
  [
    `<!-- ${singleUse} -->`,
    '<!-- Preview: not compared with a file of Invantive’s own. Encrypt it on the machine it is for. -->',
    ...records.map(databaseOf),
    '',
  ].join('\n');
