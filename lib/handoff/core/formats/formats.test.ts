import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FileFormat, fileFormats, fileNameOf, formatFacts } from './catalogue.ts';
import { credentialsXml } from './credentials-xml.ts';
import { receiptText } from './receipt-text.ts';
import type { FileRecord } from './record.ts';
import { writeFile } from './write.ts';

/** The dummies of the reference's section 8. */
const sample: FileRecord = {
  handoffId: 'hof_0001',
  partnerId: 'ptn_0001',
  connectionId: 'c_0001',
  customerReference: 'K-1001',
  customerName: 'Bakkerij Voorbeeld BV',
  site: 'nl',
  clientId: '00000000-0000-4000-8000-000000000001',
  clientSecret: 'DummySecret01',
  redirectUri: 'https://connect.partner.example/oauth/exact/callback',
  accessToken: 'DUMMY.ACCESS.TOKEN.EXPIRED',
  accessTokenExpiresAt: '2030-01-10T09:25:00.000Z',
  refreshToken: 'DUMMY!REFRESH-TOKEN-0001',
  refreshTokenIssuedAt: '2030-01-10T09:15:00.000Z',
  refreshTokenExpiresAt: '2030-02-09T09:15:00.000Z',
  refreshNotBefore: '2030-01-10T09:24:30.000Z',
  consentedAt: '2030-01-10T09:15:00.000Z',
  exactUser: { id: '00000000-0000-4000-8000-0000000000aa', name: 'voorbeeld@example.test' },
  tokenFingerprint: '3f9a1c0b77de',
  generation: 0,
};
const one = (format: FileFormat, more: Partial<FileRecord> = {}) => writeFile(format, [{ ...sample, ...more }]);

type Read = Record<string, string>;

/** RFC 4180 §2 by its grammar, apart from what wrote it. */
function readCsv(text: string): Read[] {
  const rows: string[][] = [];
  for (let rest = text; rest !== ''; ) {
    const row: string[] = [];
    for (let ended = false; !ended; ) {
      const [all, field = '', after] = /^"((?:[^"]|"")*)"(,|\r\n)/.exec(rest) ?? [];
      if (all === undefined) throw new Error('this is no CSV');
      row.push(field.replaceAll('""', '"'));
      rest = rest.slice(all.length);
      ended = after !== ',';
    }
    rows.push(row);
  }
  const [header = [], ...body] = rows;
  return body.map((row) => {
    if (row.length !== header.length) throw new Error('a row of another length');
    return Object.fromEntries(header.map((name, at) => [name, row[at] ?? '']));
  });
}
const unguarded = (text: string) => (/^'+[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) ? text.slice(1) : text);

/** The attributes of empty elements, with the five entities of XML 1.0 and its rules for an attribute's value (§3.3.3). */
function readXml(text: string): Read[] {
  let rest = text.replace(/<!--(?:(?!--)[\s\S])*-->/g, '').trim();
  const elements: Read[] = [];
  while (rest !== '') {
    const [all, body = ''] = /^<[a-z]+((?:\s+[A-Za-z]+="[^"<]*")*)\s*\/>\s*/.exec(rest) ?? [];
    if (all === undefined) throw new Error('this is no XML');
    elements.push(
      Object.fromEntries(
        [...body.matchAll(/\s([A-Za-z]+)="([^"<]*)"/g)].map(([, name = '', value = '']) => {
          if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(value)) throw new Error('a bare ampersand');
          return [name, value.replace(/[\t\n\r]/g, ' ').replace(/&(\w+);/g, (_, entity) => entities[entity] ?? '')];
        }),
      ),
    );
    rest = rest.slice(all.length);
  }
  return elements;
}
const entities: Read = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** As documented: pairs between semicolons; blanks around a value do not count. */
const readConnectionString = (text: string): Read =>
  Object.fromEntries(
    text.split(';').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1).trim()]),
  );

/** By its columns: number, label, value; whatever any reader takes for the end of a line ends one. */
const readSheet = (text: string): Read =>
  Object.fromEntries(
    text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/).map((line) => [line.slice(3, 24).trim(), line.slice(24).trim()]),
  );

const fromConnectionString = (read: Read) => ({
  clientId: read['api-client-id'],
  clientSecret: read['api-client-secret'],
  redirectUri: read['api-redirect-url'],
  refreshToken: read['api-refresh-token'],
  apiUrl: read['api-url'],
});

/** Reads a file of each format back to what the record said. */
const readers: Record<FileFormat, (text: string) => Record<string, unknown>> = {
  sheet: (text) => {
    const read = readSheet(text);
    return {
      clientId: read['Client ID'],
      clientSecret: read['Client secret'],
      redirectUri: read['Redirect URL'],
      accessToken: read['Access token'],
      refreshToken: read['Refresh token'],
      customerName: read['Customer'],
      exactUserName: read['Exact user'],
      expiresAt: read['Use before'],
    };
  },
  json: (text) => {
    const read = JSON.parse(text);
    expect([read.redirect_uri, read.site]).toEqual([read.redirect_url, read.country]);
    return {
      apiUrl: read.api_url,
      clientId: read.client_id,
      clientSecret: read.client_secret,
      redirectUri: read.redirect_url,
      accessToken: read.access_token ?? '',
      refreshToken: read.refresh_token,
      customerName: read.customer_name,
      customerReference: read.customer_reference ?? '',
      exactUserName: read.authorised_user?.name ?? '',
      expiresAt: read.refresh_token_expires_at,
    };
  },
  csv: (text) => {
    const [read = {}, ...more] = readCsv(text);
    expect(more).toEqual([]);
    return {
      apiUrl: read['api_url'],
      clientId: read['client_id'],
      clientSecret: read['client_secret'],
      redirectUri: read['redirect_url'],
      accessToken: read['access_token'],
      refreshToken: read['refresh_token'],
      customerName: unguarded(read['customer_name'] ?? ''),
      customerReference: unguarded(read['customer_reference'] ?? ''),
      exactUserName: unguarded(read['authorised_user'] ?? ''),
      expiresAt: read['refresh_token_expires_at'],
    };
  },
  settings_xml: (text) => {
    const [read = {}, ...more] = readXml(text);
    expect(more).toEqual([]);
    return fromConnectionString(readConnectionString(read['connectionString'] ?? ''));
  },
  connection_string: (text) => fromConnectionString(readConnectionString(text.replace(/\n$/, ''))),
};

const wanted = (record: FileRecord): Record<string, unknown> => ({
  apiUrl: `https://start.exactonline.${record.site === 'uk' ? 'co.uk' : 'nl'}`,
  clientId: record.clientId,
  clientSecret: record.clientSecret,
  redirectUri: record.redirectUri,
  accessToken: record.accessToken ?? '',
  refreshToken: record.refreshToken,
  customerName: record.customerName,
  customerReference: record.customerReference ?? '',
  exactUserName: record.exactUser?.name ?? '',
  expiresAt: record.refreshTokenExpiresAt,
});

/** Rows of E-8 and more, as parts that texts are put together from. */
const hostile = [
  ...['<script>alert(1)</script>', '"><svg onload=alert(1)>', '</style>', 'url(javascript:alert(1))', 'expression(1)'],
  ...[
    '\u202egnp.exe',
    '\u2067x\u2069',
    '😀',
    'שלום',
    '"',
    "'",
    '`',
    '{{7*7}}',
    ['$', '{7*7}'].join(''),
    '=cmd|calc!A0',
    '+1',
    '-1',
    '@SUM',
  ],
  ...[
    '\r\nBcc: x@example.test',
    '\n',
    '\t',
    '\0',
    '\u0085',
    '\u2028',
    ';',
    ',',
    '""',
    '&',
    '&amp;',
    '<',
    '>',
    ']]>',
    '-->',
  ],
  ...[
    'api-url=https://evil.example',
    '=',
    ' ',
    '\u00a0',
    '\ufeff',
    '\ud800',
    '\ufffe',
    '\uff1d1',
    "'=1",
    "''=1",
    '%21',
    '!',
    '\\',
  ],
  'x'.repeat(5_000),
];
const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
  fc
    .array(fc.oneof(fc.constantFrom(...hostile), fc.stringMatching(/^[\w.!-]{1,8}$/)), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('')),
);
/** Mostly ordinary, or hardly a record would be writable. */
const seldom = (usual: string) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: text });
const records: fc.Arbitrary<FileRecord> = fc.record({
  ...Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, fc.constant(value)])),
  site: fc.constantFrom('nl', 'uk'),
  clientId: seldom(sample.clientId),
  clientSecret: seldom(sample.clientSecret),
  redirectUri: seldom(sample.redirectUri),
  refreshToken: seldom(sample.refreshToken),
  accessToken: fc.oneof(fc.constant(null), seldom('gAAAAB')),
  customerName: text,
  customerReference: fc.oneof(fc.constant(null), seldom('K-1')),
  exactUser: fc.oneof(
    fc.constant(null),
    seldom('j.jansen').map((name) => ({ id: 'u', name })),
  ),
}) as fc.Arbitrary<FileRecord>;

describe('a file reads back as exactly what was written, or is not written', () => {
  for (const format of fileFormats)
    test(`${format}: whatever the values are`, () => {
      let written = 0;
      let refused = 0;
      fc.assert(
        fc.property(records, (record) => {
          const { content, refused: flaws } = writeFile(format, [record]);
          if (content === null) {
            refused += 1;
            expect(flaws).toHaveLength(1);
            expect(flaws[0]?.field).toMatch(/^[a-z_]+$/);
            return;
          }
          written += 1;
          expect(flaws).toEqual([]);
          const bytes = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
            new TextEncoder().encode(content),
          );
          const read = readers[format](bytes);
          const expected = wanted(record);
          expect(read).toEqual(Object.fromEntries(Object.keys(read).map((name) => [name, expected[name]])));
        }),
        { numRuns: 2_000 },
      );
      expect(written).toBeGreaterThan(100); // both ends were tried
      expect(refused > 100).toBe(format !== 'json');
    });

  test('a refusal names the field and the reason, and holds nothing of the value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fileFormats), text, (format, value) => {
        const told = ['clientSecret', 'refreshToken', 'accessToken'].flatMap(
          (name) => one(format, { [name]: value }).refused,
        );
        const known = new Set([
          'it has a control character in it',
          'it begins or ends with a blank',
          'it has a semicolon in it',
          'it has a character in it that XML forbids',
          'it has marks in it that turn text around',
          'a spreadsheet would take it for a formula',
        ]);
        for (const { field, because } of told) {
          expect(['client_secret', 'refresh_token', 'access_token']).toContain(field);
          expect(known).toContain(because);
        }
      }),
    );
  });
});

describe('what the reference shows, byte by byte', () => {
  test('8.1 the sheet has the fields of the form in its order', () => {
    expect(
      one('sheet').content,
    ).toContain(`1  Open                 https://cloud.invantive.com/app/setup/databases/new/exactonline
2  Country              Netherlands
3  Method               Preauthenticated Credentials
4  Client ID            00000000-0000-4000-8000-000000000001
   Client secret        DummySecret01
   Redirect URL         https://connect.partner.example/oauth/exact/callback
5  Credential           access token / refresh token
6  Access token         DUMMY.ACCESS.TOKEN.EXPIRED
   Refresh token        DUMMY!REFRESH-TOKEN-0001
7  Continue
`);
  });

  test('8.2 JSON has its fields, and those of the redeem bundle', () => {
    expect(JSON.parse(one('json').content ?? '')).toMatchObject({
      format: 'preauth-handoff',
      version: 1,
      connection_id: 'c_0001',
      customer_reference: 'K-1001',
      customer_name: 'Bakkerij Voorbeeld BV',
      platform: 'exactonline',
      country: 'nl',
      api_url: 'https://start.exactonline.nl',
      client_id: '00000000-0000-4000-8000-000000000001',
      client_secret: 'DummySecret01',
      redirect_url: 'https://connect.partner.example/oauth/exact/callback',
      access_token: 'DUMMY.ACCESS.TOKEN.EXPIRED',
      access_token_expires_at: '2030-01-10T09:25:00.000Z',
      refresh_token: 'DUMMY!REFRESH-TOKEN-0001',
      refresh_token_issued_at: '2030-01-10T09:15:00.000Z',
      refresh_token_expires_at: '2030-02-09T09:15:00.000Z',
      refresh_token_state: 'unused',
      authorised_user: { id: '00000000-0000-4000-8000-0000000000aa', name: 'voorbeeld@example.test' },
      invantive: {
        registration_url: 'https://cloud.invantive.com/app/setup/databases/new/exactonline',
        method: 'Preauthenticated Credentials',
        credential_kind: 'access token / refresh token',
      },
      single_use: true,
      site: 'nl',
      redirect_uri: 'https://connect.partner.example/oauth/exact/callback',
      token_fingerprint: '3f9a1c0b77de',
    });
    expect(JSON.parse(one('json', { accessToken: null }).content ?? '')).not.toHaveProperty('access_token');
  });

  test('8.3 CSV: the columns, every field quoted, CRLF', () => {
    expect(one('csv').content).toBe(
      '"customer_reference","customer_name","country","api_url","client_id","client_secret","redirect_url","access_token","refresh_token","refresh_token_expires_at","authorised_user"\r\n' +
        '"K-1001","Bakkerij Voorbeeld BV","nl","https://start.exactonline.nl","00000000-0000-4000-8000-000000000001","DummySecret01","https://connect.partner.example/oauth/exact/callback","DUMMY.ACCESS.TOKEN.EXPIRED","DUMMY!REFRESH-TOKEN-0001","2030-02-09T09:15:00.000Z","voorbeeld@example.test"\r\n',
    );
  });

  test('8.4 XML: its attributes, the secret escaped', () => {
    const { content } = one('settings_xml', { clientSecret: 'Dummy&Secret01' });
    expect(content).toContain(`<database
  order="10"
  alias="eol"
  provider="ExactOnlineAll"
  userLogonCodeMode="Hidden"
  passwordMode="Hidden"
  connectionString="api-url=https://start.exactonline.nl;api-client-id=00000000-0000-4000-8000-000000000001;api-client-secret=Dummy&amp;Secret01;api-redirect-url=https://connect.partner.example/oauth/exact/callback;api-refresh-token=DUMMY!REFRESH-TOKEN-0001"
  AllowConnectionStringRewrite="false"
/>`);
  });

  test('8.6 credentials: what is published, placeholders for what is not ours', () => {
    expect(credentialsXml({ customerName: 'Bakkerij & "Zn" <BV>', database: 'bakkerij-voorbeeld' })).toBe(`<credentials
  order="10"
  description="Bakkerij &amp; &quot;Zn&quot; &lt;BV&gt;"
  database="bakkerij-voorbeeld"
  datacontainers="*"
  userLogonCodeMode="Hidden"
  passwordMode="Hidden"
  defaultUserLogonCode="FILL-IN"
  defaultPassword="FILL-IN"
/>
`);
    expect(credentialsXml({ customerName: 'a\nb', database: null })).toEqual({
      field: 'description',
      because: 'it has a control character in it',
    });
    fc.assert(
      fc.property(text, text, (customerName, database) => {
        const made = credentialsXml({ customerName, database });
        if (typeof made !== 'string') return;
        expect(readXml(made)).toMatchObject([{ description: customerName, database }]);
      }),
    );
  });

  test('8.7 the connection string, not XML-escaped', () => {
    expect(one('connection_string', { clientSecret: 'Dummy&Secret01' }).content).toBe(
      'api-url=https://start.exactonline.nl;api-client-id=00000000-0000-4000-8000-000000000001;api-client-secret=Dummy&Secret01;api-redirect-url=https://connect.partner.example/oauth/exact/callback;api-refresh-token=DUMMY!REFRESH-TOKEN-0001\n',
    );
  });

  test('8.8 the receipt, with four characters of the client ID and twelve of the fingerprint', () => {
    const facts = {
      connectionId: 'c_0001',
      customerName: 'Bakkerij\nVoorbeeld BV',
      site: 'nl',
      clientId: sample.clientId,
      exactUser: 'voorbeeld@example.test',
      consentedAt: '2030-01-10T09:15:00Z',
      lapsesAt: '2030-02-09T09:15:00Z',
      by: 'partner user p_07',
      releasedAt: '2030-01-12T08:00:00Z',
      as: 'registration sheet',
      tokenFingerprint: `3f9a1c0b77de${'0'.repeat(52)}`,
      outcome: 'confirmed',
      settledAt: '2030-01-12T08:10:00Z',
    } as const;
    expect(receiptText(facts)).toBe(`Connection c_0001 / Bakkerij Voorbeeld BV / Exact Online nl / client ID ...0001
Authorised by voorbeeld@example.test at 2030-01-10T09:15:00Z, valid until 2030-02-09T09:15:00Z
Exported by partner user p_07 at 2030-01-12T08:00:00Z as registration sheet; token fingerprint 3f9a1c0b77de
Registration: confirmed at 2030-01-12T08:10:00Z
`);
  });
});

describe('what cannot be written safely', () => {
  const refusal = (format: FileFormat, more: Partial<FileRecord>) => {
    const { content, refused } = one(format, more);
    return content === null ? [refused[0]?.field, refused[0]?.because] : 'written';
  };

  test('a semicolon, a control character or blanks around a value, in a connection string', () => {
    for (const format of ['connection_string', 'settings_xml'] as const) {
      expect(refusal(format, { clientSecret: 'a;b' })).toEqual(['client_secret', 'it has a semicolon in it']);
      expect(refusal(format, { refreshToken: 'a\tb' })).toEqual(['refresh_token', 'it has a control character in it']);
      expect(refusal(format, { clientSecret: ' a' })).toEqual(['client_secret', 'it begins or ends with a blank']);
      expect(refusal(format, { redirectUri: 'https://a.example/\u00a0' })).toEqual([
        'redirect_url',
        'it begins or ends with a blank',
      ]);
      expect(refusal(format, { clientSecret: 'a=b!c' })).toBe('written');
    }
    expect(refusal('settings_xml', { clientSecret: 'a\ufffeb' })).toEqual([
      'client_secret',
      'it has a character in it that XML forbids',
    ]);
  });

  test('in CSV a secret that begins a formula, while customer text is guarded', () => {
    for (const start of ['=', '+', '-', '@', '\uff1d']) {
      for (const [name, field] of [
        ['clientSecret', 'client_secret'],
        ['refreshToken', 'refresh_token'],
        ['accessToken', 'access_token'],
      ] as const)
        expect(refusal('csv', { [name]: `${start}x` })).toEqual([field, 'a spreadsheet would take it for a formula']);
      const [row] = readCsv(one('csv', { customerName: `${start}cmd` }).content ?? '');
      expect(row?.['customer_name']).toBe(`'${start}cmd`);
      expect(refusal('json', { refreshToken: `${start}x` })).toBe('written');
    }
  });

  test('of several rows the others are written, what lapses first stands first', () => {
    const rows = [
      { ...sample, customerName: 'Late', refreshTokenExpiresAt: '2030-03-01T00:00:00.000Z' },
      { ...sample, customerName: 'Refused', refreshToken: '=1' },
      { ...sample, customerName: 'Early', refreshTokenExpiresAt: '2030-01-01T00:00:00.000Z' },
    ];
    const { content, refused } = writeFile('csv', rows);
    expect(readCsv(content ?? '').map((row) => row['customer_name'])).toEqual(['Early', 'Late']);
    expect(refused).toEqual([{ at: 1, field: 'refresh_token', because: 'a spreadsheet would take it for a formula' }]);
    expect(JSON.parse(writeFile('json', rows).content ?? '')).toHaveLength(3);
    expect(readXml(writeFile('settings_xml', rows).content ?? '').map(({ alias, order }) => [alias, order])).toEqual([
      ['eol', '10'],
      ['eol2', '20'],
      ['eol3', '30'],
    ]);
  });
});

test('every file says that it is for one use, in itself or by its name, and a name is safe anywhere', () => {
  for (const format of fileFormats) {
    expect(fileNameOf('hof_0001', format, false)).toMatch(/^[a-z0-9_.-]+-single-use\.[a-z]{3,4}$/);
    expect(fileNameOf('hof_0001', format, true)).toMatch(/-single-use\.[a-z]{3,4}\.jwe$/);
    if (format !== 'csv' && format !== 'connection_string')
      expect(one(format).content).toMatch(/Single use:|"single_use": true/);
  }
  expect(fileFormats.filter((format) => formatFacts[format].preview)).toEqual(['settings_xml', 'connection_string']);
});
