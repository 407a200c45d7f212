import { describe, expect, test } from 'vitest';
import { hostileTargets } from '../testing/hostile.ts';
import { originFault, returnUrlFault } from './origins.ts';

const good = [
  'https://app.example.com',
  'https://a.co',
  'https://shop.example.com:8443',
  'https://xn--bcher-kva.example',
];
const loopback = [
  'http://localhost:3000',
  'http://127.0.0.1:5173',
  'http://[::1]:8080',
  'https://localhost:3000',
  'http://localhost',
];

/** E-1 and E-5, as far as they can be written as an origin, and what else people paste. */
const bad = [
  '',
  ' ',
  'null',
  '*',
  'https://*',
  'https://*.example.com',
  'app.example.com',
  '//app.example.com',
  'https://app.example.com/',
  'https://app.example.com/path',
  'https://app.example.com?x',
  'https://app.example.com#x',
  'https://App.example.com',
  'HTTPS://app.example.com',
  'https://app.example.com.',
  'https://app.example.com:443',
  'https://app.example.com:0',
  'https://app.example.com:99999',
  'https://app.example.com:080',
  'https://app.example.com:',
  'https://user@app.example.com',
  'https://good.example@evil.example',
  'https:app.example.com',
  'https:/app.example.com',
  'https:\\\\app.example.com',
  'https://app.example.com\\',
  'https://app.example.com%2f',
  'ht\ttps://app.example.com',
  'https://app.example.com\n',
  ' https://app.example.com',
  'https://bücher.example',
  'https://аpp.example.com',
  'https://app_1.example.com',
  'https://-a.example.com',
  'https://a-.example.com',
  'https://example',
  'https://.example.com',
  'https://a..example.com',
  'https://app.example.com https://evil.example',
  'https://app.example.com,https://evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'blob:https://app.example.com/x',
  'ftp://app.example.com',
  'wss://app.example.com',
  'chrome-extension://abcdefgh',
  'http://app.example.com',
  'http://127.1',
  'http://2130706433',
  'http://0x7f000001',
  'http://0177.0.0.1',
  'http://0.0.0.0',
  'http://localhost.',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'http://[::ffff:7f00:1]',
  'https://[fe80::1]',
  'https://169.254.169.254',
  'https://10.0.0.1',
  'https://93.184.216.34',
  'http://192.168.1.4:3000',
  `https://${'a'.repeat(64)}.example`,
  `https://${'a.'.repeat(150)}example`,
  'https://app.example.com\u0000',
  'https://app.example.com\u202e',
];

describe('the origin of a button', () => {
  test.each(good)('%s may be registered anywhere', (origin) => {
    expect([originFault(origin, false), originFault(origin, true)]).toEqual([null, null]);
  });

  test.each(loopback)('%s may be registered in a sandbox alone', (origin) => {
    expect(originFault(origin, true)).toBeNull();
    expect(originFault(origin, false)).toMatch(/sandbox/);
  });

  test.each(bad)('%j is refused with a sentence', (origin) => {
    for (const sandbox of [false, true]) expect(originFault(origin, sandbox)).toMatch(/^[A-Z].*[.\w]$/);
  });

  test('what was meant is named where there is no doubt', () => {
    expect(originFault('http://localhost:3000/', true)).toMatch(/: http:\/\/localhost:3000$/);
    for (const text of ['https://App.example.com/', 'https://app.example.com:443/path?x#y'])
      expect(originFault(text, false)).toMatch(/: https:\/\/app\.example\.com$/);
    expect(originFault('https://bücher.example', false)).toMatch(/: https:\/\/xn--bcher-kva\.example$/);
    expect(originFault('https://good.example@evil.example', false)).not.toMatch(/evil/);
  });
});

describe('the way back to a partner', () => {
  const origin = 'https://app.example.com';
  const whole = [
    '',
    '/',
    '/exact/done',
    '/?x=1&y=%2F',
    '?done',
    '//twice',
    "/a-._~!$&'()*+,;=:@/b",
    '/..;/a',
    '/a?next=https://evil.example',
  ];
  test.each(whole)(`${origin}%s leads to its origin and is taken as it is`, (rest) => {
    expect(returnUrlFault(`${origin}${rest}`, false)).toBeNull();
    expect(new URL(`${origin}${rest}`).origin).toBe(origin);
  });

  test('what is in the way is named', () => {
    expect(returnUrlFault(`${origin}/#x`, false)).toMatch(/no part after #/);
    expect(returnUrlFault('https://a:b@app.example.com/', false)).toMatch(/no user name/);
    expect(returnUrlFault('http://app.example.com/', false)).toMatch(/starts with https/);
  });

  test('an address of this machine is for a sandbox alone; 500 characters are enough', () => {
    expect(returnUrlFault('http://localhost:5173/done', true)).toBeNull();
    expect(returnUrlFault('http://localhost:5173/done', false)).toMatch(/sandbox/);
    expect(returnUrlFault(`${origin}/${'x'.repeat(476)}`, false)).toBeNull();
    expect(returnUrlFault(`${origin}/${'x'.repeat(477)}`, false)).toMatch(/500/);
  });

  const alone = [
    ...['/#x', '#', '/\\evil', '\\@evil.example', '@evil.example', ':443/', ':/x', '.evil.example'].map(
      (rest) => `${origin}${rest}`,
    ),
    ...['/a b', '/%', '/%zz', '/\n', '/\t', '/\u0000', '/é', '/\u202ex', '/"', '/<b>', '/{{7*7}}', '/^'].map(
      (rest) => `${origin}${rest}`,
    ),
    'https://a:b@app.example.com/',
    'https://@app.example.com/',
    'https:///app.example.com/',
    'https:/app.example.com/',
    'HTTPS://app.example.com/',
    'https://App.example.com/',
    ` ${origin}/`,
    `${origin}/ `,
    'ftp://app.example.com/',
    'http://app.example.com/',
    'null/',
    '',
  ];
  // What is well-formed and somebody else's is refused by its origin, which is nobody's that is registered.
  const elsewhere = ['https://localhost.evil.example', 'http://localhost:3998/', `${origin}.evil.example`];
  test.each([...alone, ...hostileTargets].filter((text) => !elsewhere.includes(text)))(
    '%j is refused with a sentence',
    (text) => {
      for (const sandbox of [false, true]) expect(returnUrlFault(text, sandbox)).toMatch(/^[A-Z].*[.\w)]$/);
    },
  );
});
