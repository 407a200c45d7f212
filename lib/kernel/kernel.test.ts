import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { clockAt, clockFrom, earlier, plus } from './clock.ts';
import { AppError, notFound, StartError } from './errors.ts';
import { fingerprint, mac, sameText, sha256 } from './hash.ts';
import { type IdKind, isId, newId, newToken, partnerOfToken, prefixes, type TokenKind, tokenKinds } from './ids.ts';
import { Secret } from './secret.ts';

describe('a secret refuses to print', () => {
  const plain = 'x7Qk!IAAAA-the-token';
  const secret = new Secret(plain);

  test('as text, as JSON, in a template, in the debugger, as a field, key, argument or cause', () => {
    const holder = { secret, list: [secret], map: new Map([['k', secret]]), set: new Set([secret]) };
    const ways = [
      String(secret),
      `${secret}`,
      `${secret}`.concat(''),
      [secret].join(),
      JSON.stringify(secret),
      JSON.stringify(holder),
      JSON.stringify({ ...secret }),
      inspect(secret),
      inspect(secret, { showHidden: true, depth: null, getters: true, customInspect: true }),
      inspect(secret, { customInspect: false, showHidden: true }),
      inspect(holder, { depth: null, showHidden: true }),
      inspect(new Error('failed', { cause: secret })),
      inspect(new Error('failed', { cause: new Error('deeper', { cause: { secret } }) }), { depth: null }),
      inspect(new AppError('unavailable', 'sorry', { cause: secret })),
      inspect(new StartError('sorry', secret)),
      inspect(Object.assign(new Error('failed'), { secret })),
      format('%s %o %O %j %d', secret, secret, secret, secret, secret),
      Object.keys(secret).join(),
      Object.values(secret).join(),
      Reflect.ownKeys(secret).join(),
      inspect(structuredClone({ ...secret })),
    ];
    for (const way of ways) expect(way).not.toContain(plain);
    expect([String(secret), inspect(secret), JSON.stringify(secret)]).toEqual(['[secret]', '[secret]', '"[secret]"']);
  });

  test('bytes too', () => {
    const bytes = new Secret(new Uint8Array([222, 173, 190, 239]));
    expect(inspect({ bytes }, { depth: null })).not.toMatch(/222|deadbeef/);
    expect(JSON.stringify({ bytes })).toBe('{"bytes":"[secret]"}');
  });

  test('and gives itself up to reveal only', () => {
    expect(secret.reveal()).toBe(plain);
  });
});

describe('ids', () => {
  const kinds = Object.keys(prefixes) as IdKind[];

  test('carry their kind, and one kind never passes for another', () => {
    for (const kind of kinds) for (const other of kinds) expect(isId(other, newId(kind))).toBe(kind === other);
    expect(new Set(Object.values(prefixes)).size).toBe(kinds.length);
  });

  test('have 24 characters that cannot be misread, and do not repeat', () => {
    const ids = Array.from({ length: 5000 }, () => newId('grant'));
    expect(new Set(ids).size).toBe(5000);
    for (const id of ids) expect(id).toMatch(/^grt_[0-9a-hjkmnp-tv-z]{24}$/);
    const used = new Set(ids.join('').replaceAll('grt_', ''));
    expect(used.size).toBe(32); // every character of the alphabet comes up, so all 120 bits are there
  });

  test('look-alikes are no ids', () => {
    const good = newId('grant');
    for (const odd of [
      '',
      'grt_',
      good.toUpperCase(),
      `${good}0`,
      good.slice(0, -1),
      ` ${good}`,
      `${good}\n`,
      good.replace(/.$/, 'o'),
      'grt_%',
      '__proto__',
    ])
      expect([odd, isId('grant', odd)]).toEqual([odd, false]);
  });
});

describe('bearer tokens name their partner in the clear (design §6)', () => {
  const kinds = Object.keys(tokenKinds) as TokenKind[];
  const partner = newId('partner');

  test('and are of one kind only', () => {
    for (const kind of kinds)
      for (const other of kinds)
        expect(partnerOfToken(other, newToken(kind, partner))).toBe(kind === other ? partner : null);
  });

  test('what is not one of ours names nobody', () => {
    const token = newToken('state', partner);
    for (const odd of [
      '',
      'wxs_',
      token.slice(0, -1),
      `${token}x`,
      token.toUpperCase(),
      ` ${token}`,
      `${token}\n`,
      token.replace('wxs', 'wxq'),
      token.replaceAll('_', '-'),
    ])
      expect([odd, partnerOfToken('state', odd)]).toEqual([odd, null]);
  });

  test('their secrets have 160 bits and do not repeat', () => {
    const secrets = new Set(Array.from({ length: 5000 }, () => newToken('state', partner).split('_')[2]));
    expect(secrets.size).toBe(5000);
    for (const secret of secrets) expect(secret).toHaveLength(32);
  });
});

describe('hashes', () => {
  test('known values', () => {
    expect(fingerprint('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(Buffer.from(sha256('abc')).toString('hex')).toBe(fingerprint('abc'));
  });

  test('parts are joined so that moving the border changes the value', () => {
    const values = [
      mac('k', 'ab', 'c'),
      mac('k', 'a', 'bc'),
      mac('k', 'abc'),
      mac('k', 'ab', 'c', ''),
      mac('other', 'ab', 'c'),
    ];
    expect(new Set(values).size).toBe(values.length);
    expect(mac('k', 'ab', 'c')).toBe(values[0]);
  });

  test('texts are the same when their bytes are, whatever their length', () => {
    expect(sameText('é', 'é')).toBe(true);
    for (const [a, b] of [
      ['a', 'b'],
      ['a', 'aa'],
      ['', 'a'],
      ['é', 'ee'],
    ] as const)
      expect(sameText(a, b)).toBe(false);
  });
});

describe('clocks', () => {
  const instant = new Date('2026-11-02T10:00:00.000Z');

  test('one that stands still cannot be moved through what it hands out', () => {
    const clock = clockAt(instant);
    clock.now().setFullYear(1999);
    expect(clock.now()).toEqual(instant);
  });

  test('one that runs starts where the database said and only goes forward', () => {
    const clock = clockFrom(instant);
    const [first, second] = [clock.now().getTime(), clock.now().getTime()];
    expect(first).toBeGreaterThanOrEqual(instant.getTime());
    expect(first).toBeLessThan(instant.getTime() + 1000);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  test('arithmetic', () => {
    expect(plus(instant, 1000).toISOString()).toBe('2026-11-02T10:00:01.000Z');
    expect(earlier(instant, plus(instant, 1))).toBe(instant);
    expect(earlier(plus(instant, 1), instant)).toBe(instant);
  });
});

test('a foreign thing and a missing thing are the same thing, word for word', () => {
  expect({ ...notFound() }).toEqual({ ...notFound() });
  expect(notFound()).toMatchObject({ code: 'not_found', extra: {} });
});
