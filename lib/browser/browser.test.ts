import { beforeAll, describe, expect, test } from 'vitest';
import { type Config, useConfig } from '../config/index.ts';
import { Secret } from '../kernel/secret.ts';
import { formToken, hostCookie, newCookieSecret, pageHeaders, readCookie, readForm, seeOther } from './index.ts';

const origin = 'http://localhost:3999';
const subject = 'wxi_the-link';
const configFor = (publicUrl: string) => ({ publicUrl, sessionSecret: new Secret('s'.repeat(32)) }) as Config;
beforeAll(() => useConfig(configFor(origin)));

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request(`${origin}/connect/x`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    duplex: 'half',
  } as RequestInit);
const good = () => new URLSearchParams({ csrf: formToken(subject), site: 'nl' }).toString();

describe('a form is taken from our own page only (design §8.5)', () => {
  test('with its token, from the same origin, or from a browser that says neither', async () => {
    for (const headers of [
      {},
      { origin },
      { 'sec-fetch-site': 'same-origin' },
      { origin, 'sec-fetch-site': 'same-origin' },
    ])
      expect((await readForm(post(good(), headers), subject)).get('site')).toBe('nl');
  });

  test('not from another site, another origin, or a sandboxed one', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${origin}.evil.example` },
      { origin: origin.toUpperCase() },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin, 'sec-fetch-site': 'cross-site' },
    ])
      await expect(readForm(post(good(), headers), subject)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('not without its token, with an altered one, or with that of another link', async () => {
    for (const csrf of ['', 'x', formToken('wxi_other'), formToken(subject).slice(0, -1), `${formToken(subject)}x`])
      await expect(readForm(post(new URLSearchParams({ csrf }).toString()), subject)).rejects.toMatchObject({
        code: 'forbidden',
      });
    await expect(readForm(post('site=nl'), subject)).rejects.toMatchObject({ code: 'forbidden' });
    useConfig({ ...configFor(origin), sessionSecret: new Secret('t'.repeat(32)) });
    const foreign = good();
    useConfig(configFor(origin));
    await expect(readForm(post(foreign), subject)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('not as another content type', async () => {
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json', ''])
      await expect(readForm(post(good(), { 'content-type': type }), subject)).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });

  test('and not when it is too large, whether it says so or not, nor read to its end to find out', async () => {
    const large = `${good()}&x=${'x'.repeat(17_000)}`;
    await expect(readForm(post(large), subject)).rejects.toMatchObject({ code: 'too_large' });
    await expect(readForm(post(good(), { 'content-length': '99999999' }), subject)).rejects.toMatchObject({
      code: 'too_large',
    });
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        if (pulled > 20_000) controller.close();
        else controller.enqueue(new Uint8Array(1024).fill(0x61));
      },
    });
    await expect(readForm(post(endless), subject)).rejects.toMatchObject({ code: 'too_large' });
    expect(pulled).toBeLessThan(100);
  });
});

describe('cookies', () => {
  const asking = (cookie: string) => new Request(origin, { headers: { cookie } });

  test('are host-bound, secure, closed to scripts and lax', () => {
    const cookie = hostCookie('waxseal-browser', 'v', 900);
    expect(cookie).toBe('__Host-waxseal-browser=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900');
  });

  test('are read under their full name only', () => {
    expect(readCookie(asking('a=1; __Host-waxseal-browser=a=b==; c=3'), 'waxseal-browser')).toBe('a=b==');
    for (const cookie of [
      '',
      'waxseal-browser=x',
      '__Secure-waxseal-browser=x',
      'x__Host-waxseal-browser=x',
      '__Host-waxseal-browserx=x',
    ])
      expect(readCookie(asking(cookie), 'waxseal-browser')).toBeNull();
  });

  test('hold 160 random bits', () => {
    const all = new Set(Array.from({ length: 1000 }, newCookieSecret));
    expect(all.size).toBe(1000);
    for (const each of all) expect(Buffer.from(each, 'base64url')).toHaveLength(20);
  });
});

describe('every page', () => {
  test('is uncacheable, unsniffable, keeps its address to itself, and is https for a year where it is https', () => {
    const headers = pageHeaders({ csp: "default-src 'none'", opener: 'unsafe-none' });
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'unsafe-none',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('strict-transport-security');
    useConfig(configFor('https://connect.example'));
    expect(pageHeaders({ csp: '', opener: 'same-origin' })).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'cross-origin-opener-policy': 'same-origin',
    });
    useConfig(configFor(origin));
  });

  test('a redirect after a form is 303, with the same headers and each cookie on a line of its own', () => {
    const answer = seeOther('/connect/x', ['a=1', 'b=2']);
    expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()]).toEqual([
      303,
      '/connect/x',
      ['a=1', 'b=2'],
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
