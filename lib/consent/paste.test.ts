import { beforeAll, describe, expect, test } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { readPasted } from './paste.ts';

beforeAll(() =>
  useConfig({ exactOnlineOrigins: { nl: 'http://127.0.0.1:4010' }, simulatorOrigins: {} } as unknown as Config),
);

const redirectUri = 'https://vendor.example/exact/return.aspx';
const homes = ['https://connect.example', 'https://link.partner.example'];
const good = `${redirectUri}?code=stampNL001.Ab-c_d%21e%2Bf%2F&state=wxs_1_2`;
const read = (text: string, at = redirectUri) => {
  const answer = readPasted(text, { redirectUri: at, homes });
  return typeof answer === 'string' ? answer : [...answer];
};
const answer = [
  ['code', 'stampNL001.Ab-c_d!e+f/'],
  ['state', 'wxs_1_2'],
];

describe('what a customer pastes', () => {
  test('is read decoded once, whatever a mail client or a notebook put around and into it', () => {
    for (const pasted of [
      good,
      `  ${good}\r\n`,
      `"${good}"`,
      `'${good}'`,
      `<${good}>`,
      `“${good}”`,
      `„${good}“`,
      `« ${good} »`,
      `> ${good}`,
      `\ufeff${good}\u200b`,
      good.replace('code=', 'code=\r\n'),
      good.replace('&state', ' &state'),
      good.replace('stamp', 'sta\u00admp'),
      good.replace('https://', ''),
      good.replace('https://vendor', 'Vendor'),
      good.replace('https://vendor.example', 'HTTPS://VENDOR.EXAMPLE:443'),
      good.replace('return.aspx', 'return.aspx/'),
      good.replace('%21', '!'),
      `${good}#_=_`,
      `${good}#/home`,
      good.slice(redirectUri.length),
      good.slice(redirectUri.length + 1),
      `${good.slice(redirectUri.length)}#top`,
    ])
      expect([pasted, read(pasted)]).toEqual([pasted, answer]);
  });

  test('is not decoded twice', () => {
    expect(read(good.replace('%21', '%2521'))).toContainEqual(['code', 'stampNL001.Ab-c_d%21e+f/']);
  });

  test('keeps every value of what stands there more than once, for the callback to refuse', () => {
    expect(read(`${good}&code=other&iss=x`)).toEqual([...answer, ['code', 'other'], ['iss', 'x']]);
    expect(read(`${redirectUri}?error=access_denied&state=s&error_description=%3Cb%3E`)).toContainEqual([
      'error',
      'access_denied',
    ]);
  });

  test('finds its page where the browser writes the redirect URL in its own way', () => {
    for (const odd of [
      'https://vendor.example',
      'HTTPS://Vendor.EXAMPLE:443/a/../cb',
      'https://vendor.example/cb?x=%7e&x=2',
      "https://vendor.example/!$&'()*+,;=:@",
    ]) {
      const landed = new URL(`${odd}${odd.includes('?') ? '&' : '?'}code=c&state=s`).href;
      expect([odd, read(landed, odd)]).toEqual([odd, expect.arrayContaining([['code', 'c']])]);
      expect([odd, read('?code=c&state=s', odd)]).toEqual([odd, expect.arrayContaining([['code', 'c']])]);
    }
  });

  test.each([
    ['empty', ['', '   ', '\r\n', '""', '<>', '\u200b']],
    ['too_long', ['x'.repeat(64_000), `${good}&x=${'y'.repeat(16_000)}`, '"'.repeat(64_000)]],
    [
      'no_address',
      [
        'x',
        'Exact Online\nAllow Korenaar Connect?\n09:41  100 %',
        `Here it is: ${good}`,
        '/exact/return.aspx?code=c&state=s',
        `//vendor.example/exact/return.aspx?code=c&state=s`,
        `javascript:location='${good}'`,
        'data:text/html,x',
        'mailto:a@b.example',
        'about:blank',
        'file:///c:/x',
        'vendor.example',
      ],
    ],
    [
      'our_link',
      [
        'https://connect.example/connect/wxi_1',
        'https://connect.example',
        'https://link.partner.example/connect/wxi_1?code=c&state=s',
      ],
    ],
    [
      'not_there_yet',
      [
        'https://start.exactonline.nl/api/oauth2/auth?client_id=x&state=s&code=c',
        'https://login.exactonline.co.uk/',
        'https://start.exactonline.com/docs/Login.aspx',
        'http://127.0.0.1:4010/api/oauth2/auth?x',
        'http://login.localhost:4010/api/oauth2/auth?x',
      ],
    ],
    [
      'other_address',
      [
        'https://vendor.example/',
        'https://vendor.example/exact/return.asp?code=c&state=s',
        'https://vendor.example/exact/return.aspx.evil?code=c&state=s',
        'https://vendor.example/Exact/Return.aspx?code=c&state=s',
        'http://vendor.example/exact/return.aspx?code=c&state=s',
        'https://vendor.example:8443/exact/return.aspx?code=c&state=s',
        'https://www.vendor.example/exact/return.aspx?code=c&state=s',
        'https://vendor.example.evil.example/exact/return.aspx?code=c&state=s',
        'https://vendor.example@evil.example/exact/return.aspx?code=c&state=s',
        'https://evil.example/?u=https://vendor.example/exact/return.aspx?code=c&state=s',
        'https://evil.example#https://vendor.example/exact/return.aspx?code=c&state=s',
        'https://evil.example\\@vendor.example/exact/return.aspx?code=c&state=s',
        'https://exactonline.nl.evil.example/',
        'https://notexactonline.nl/',
        'https://vеndor.example/exact/return.aspx?code=c&state=s',
        'https://vendor.example./exact/return.aspx?code=c&state=s',
        'https://vendor.example/exact/..;/return.aspx?code=c&state=s',
      ],
    ],
    [
      'incomplete',
      [
        redirectUri,
        `${redirectUri}?`,
        `${redirectUri}?code=c`,
        `${redirectUri}?state=s`,
        `${redirectUri}?error=access_denied`,
        `${redirectUri}#code=c&state=s`,
        '?code=c',
        'state=s',
      ],
    ],
  ])('%s: says what it is', (fault, texts) => {
    for (const text of texts) expect([text.slice(0, 200), read(text)]).toEqual([text.slice(0, 200), fault]);
  });

  test('a legal redirect URL with a query asks for that query', () => {
    expect(read('https://vendor.example/cb?a=1&code=c&state=s', 'https://vendor.example/cb?a=1')).toContainEqual([
      'a',
      '1',
    ]);
    expect(read('https://vendor.example/cb?code=c&state=s', 'https://vendor.example/cb?a=1')).toBe('other_address');
  });
});
