import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { POST } from '../../app/browser-reports/route.ts';
import { type Config, useConfig } from '../config/index.ts';
import { minutes } from '../kernel/clock.ts';
import { Secret } from '../kernel/secret.ts';
import { shows } from '../testing/canaries.ts';
import { closedPolicy } from './index.ts';
import { readReports } from './reports.ts';

const origin = 'https://connect.example';
const modern = 'application/reports+json';
const old = 'application/csp-report';

/** As Chromium 156 sends it; the words in capitals are what differs. */
const entry = (directive: unknown, blocked: unknown, document: unknown = `${origin}/connect/wxi_abc?code=x`) => ({
  age: 101,
  body: {
    blockedURL: blocked,
    columnNumber: 180,
    disposition: 'enforce',
    documentURL: document,
    effectiveDirective: directive,
    lineNumber: 1,
    originalPolicy: "default-src 'none'; report-uri /browser-reports; report-to csp",
    referrer: '',
    sample: '',
    statusCode: 200,
  },
  type: 'csp-violation',
  url: document,
  user_agent: 'Mozilla/5.0',
});
const single = (directive: unknown, blocked: unknown, document: unknown = `${origin}/connect/wxi_abc`) => ({
  'csp-report': {
    'document-uri': document,
    referrer: '',
    'violated-directive': directive,
    'effective-directive': directive,
    'original-policy': "default-src 'none'; report-uri /browser-reports",
    disposition: 'enforce',
    'blocked-uri': blocked,
    'status-code': 200,
    'script-sample': '',
  },
});

const lines: string[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  useConfig({ publicUrl: origin, sessionSecret: new Secret('s'.repeat(32)) } as Config);
  lines.length = 0;
  Object.assign(globalThis, {
    waxsealLog: pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) }),
  });
});
afterEach(() => {
  vi.advanceTimersByTime(minutes(1)); // the next test begins a minute of its own
  vi.useRealTimers();
  Object.assign(globalThis, { waxsealLog: undefined });
});

const send = (body: unknown, type = modern, headers: Record<string, string> = {}) =>
  POST(
    new Request(`${origin}/browser-reports`, {
      method: 'POST',
      body: typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body),
      headers: { 'content-type': type, ...headers },
      duplex: 'half',
    } as RequestInit),
  );
const told = () => lines.map((line) => JSON.parse(line) as object);
const one = (directive: unknown, blocked: unknown, document?: unknown) =>
  readReports(modern, JSON.stringify([entry(directive, blocked, document)]));

describe('of a report three words are kept', () => {
  test('in one line of the log, whichever way the browser reports', async () => {
    expect((await send([entry('script-src-elem', 'inline')])).status).toBe(204);
    expect((await send(single('img-src', 'https://evil.example/x?secret=1'), old)).status).toBe(204);
    const said = { level: 40, page: 'connect', msg: 'a browser refused what a policy of ours does not allow' };
    expect(told()).toEqual([
      { ...said, directive: 'script-src-elem', refused: 'inline' },
      { ...said, directive: 'img-src', refused: 'other-origin' },
    ]);
  });

  test('a line each, of as many as a browser may send at once', async () => {
    const refusals = Array.from({ length: 20 }, () => ({ type: 'csp-violation', body: entry('img-src', '').body }));
    expect(
      (await send(refusals.map(({ type, body }) => ({ type, body: { ...body, originalPolicy: '' } })))).status,
    ).toBe(204);
    expect(lines).toHaveLength(20);
  });

  test('what was refused is told by where it stands to the page', () => {
    for (const [blocked, refused] of [
      ['inline', 'inline'],
      ['eval', 'eval'],
      ['wasm-eval', 'eval'],
      ['data', 'data'],
      ['data:text/html,<b>', 'data'],
      [`${origin}/brand/x.png`, 'same-origin'],
      [`blob:${origin}/1`, 'same-origin'],
      ['https://connect.example:444/', 'other-origin'],
      ['http://connect.example/', 'other-origin'],
      ['https://connect.example.evil.example/', 'other-origin'],
      ['chrome-extension://abc/x.js', 'other-origin'],
      ['', 'unknown'],
      ['self', 'unknown'],
      ['trusted-types-sink', 'unknown'],
      [null, 'unknown'],
      [undefined, 'unknown'],
    ])
      expect(one('img-src', blocked), String(blocked)).toEqual([{ directive: 'img-src', refused, page: 'connect' }]);
    // Two documents without an origin are not of one.
    expect(one('img-src', 'about:blank', 'about:srcdoc')).toMatchObject([{ refused: 'other-origin', page: 'other' }]);
  });

  test('the page by the first part of its address, from a list', () => {
    for (const [address, page] of [
      [`${origin}/`, 'home'],
      [`${origin}/connect/wxa_1/result?code=2`, 'connect'],
      [`${origin}/console/handoffs/hof_1`, 'console'],
      [`${origin}/oauth/ended`, 'oauth'],
      [`${origin}/sign-in`, 'sign-in'],
      [`${origin}/docs/errors`, 'docs'],
      [`${origin}/demo/mailbox`, 'demo'],
      [`${origin}/wxi_secret`, 'other'],
      [`${origin}/CONNECT/x`, 'other'],
      [`${origin}/constructor`, 'other'],
      [`${origin}/__proto__`, 'other'],
      ['blob:https://connect.example/connect', 'other'],
      ['file:///connect', 'other'],
      ['about:blank', 'other'],
      ['https://[', 'other'],
      [null, 'other'],
    ])
      expect(one('img-src', 'inline', address), String(address)).toMatchObject([{ page }]);
  });

  test('the directive from a list; an older browser names it with its values', () => {
    expect(one('style-src-attr', 'inline')).toMatchObject([{ directive: 'style-src-attr' }]);
    for (const directive of ['navigate-to', 'IMG-SRC', '__proto__', 'constructor', 'img-src\u0000', '\ud800', ''])
      expect(one(directive, 'inline'), directive).toMatchObject([{ directive: 'unlisted' }]);
    const older = { 'csp-report': { 'violated-directive': "img-src 'self' https://x.example", 'blocked-uri': 'data' } };
    expect(readReports(old, JSON.stringify(older))).toEqual([{ directive: 'img-src', refused: 'data', page: 'other' }]);
  });
});

describe('whatever is sent, nothing of it is written', () => {
  const canary = 'wxi_9fK2canaryQ7';
  const everywhere = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(everywhere);
    if (typeof value !== 'object' || value === null) return typeof value === 'number' ? canary : `${canary}`;
    return Object.fromEntries([...Object.entries(value).map(([k, v]) => [k, everywhere(v)]), [canary, canary]]);
  };
  const [inAll] = everywhere([entry('', '')]) as [{ body: object }];

  test('a secret in every field of a report that is taken', async () => {
    for (const address of [`${origin}/connect/${canary}?${canary}#${canary}`, `${origin}/${canary}`, canary]) {
      const body = { ...inAll.body, documentURL: address, blockedURL: address };
      expect((await send([{ ...inAll, type: 'csp-violation', body }])).status).toBe(204);
      const report = {
        ...(everywhere(single('', '')) as { 'csp-report': object })['csp-report'],
        'document-uri': address,
      };
      expect((await send({ 'csp-report': { ...report, 'blocked-uri': `data:${address}` } }, old)).status).toBe(204);
    }
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(shows(line, canary)).toBe(false);
    for (const line of told())
      expect(Object.keys(line).sort()).toEqual(['directive', 'level', 'msg', 'page', 'refused']);
  });

  test('nor of who sent it, whatever they say they are', async () => {
    const headers = { cookie: canary, 'user-agent': canary, referer: canary, origin: 'null', authorization: canary };
    const answer = await send([entry('img-src', 'inline')], modern, headers);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []]);
    expect(lines).toHaveLength(1);
    expect(shows(lines.join(''), canary)).toBe(false);
  });

  test('a report of no kind we know is refused with nothing to read, and no line', async () => {
    const good = entry('img-src', 'inline');
    const refused: [body: unknown, type: string, status: number][] = [
      [[], modern, 400],
      [Array.from({ length: 21 }, () => ({ type: good.type, body: { effectiveDirective: 'img-src' } })), modern, 400],
      [good, modern, 400],
      [[good, { ...good, type: 'deprecation' }], modern, 400],
      [[good, null], modern, 400],
      [[{ ...good, body: null }], modern, 400],
      [[{ ...good, body: [good.body] }], modern, 400],
      [[entry(1, 'inline')], modern, 400],
      [[entry(['img-src'], 'inline')], modern, 400],
      [[entry({ toString: 'img-src' }, 'inline')], modern, 400],
      [[entry('img-src', { href: origin })], modern, 400],
      [[entry('img-src', 'inline', 7)], modern, 400],
      ['{"__proto__":{"csp-report":{"effective-directive":"img-src"}}}', old, 400],
      ['[{"__proto__":{"type":"csp-violation","body":{"effectiveDirective":"img-src"}}}]', modern, 400],
      [single(undefined, 'inline'), old, 400],
      [single('', 'inline'), old, 400],
      [[single('img-src', 'inline')], old, 400],
      [[good], old, 400],
      [single('img-src', 'inline'), modern, 400],
      ['', modern, 400],
      ['null', old, 400],
      ['{', old, 400],
      ['\u0000', old, 400],
      [`${'['.repeat(4000)}${']'.repeat(4000)}`, modern, 400],
      [`${canary}`, modern, 400],
      [[good], 'application/json', 415],
      [[good], 'text/plain', 415],
      [[good], 'application/x-www-form-urlencoded', 415],
      [[good], 'constructor', 415],
      [[good], '__proto__', 415],
      [[good], `${canary}`, 415],
      [[{ ...good, body: { ...good.body, sample: 'x'.repeat(8192) } }], modern, 413],
    ];
    for (const [body, type, status] of refused) {
      const answer = await send(body, type);
      const about = `${type} ${JSON.stringify(body)?.slice(0, 60)}`;
      expect([answer.status, await answer.text()], about).toEqual([status, '']);
      expect(answer.headers.get('content-security-policy')).toBe(closedPolicy);
      expect(shows(JSON.stringify([...answer.headers]), canary)).toBe(false);
    }
    expect(lines).toEqual([]);
  });

  test('ten thousand keys, a key named as a prototype and texts that are no text change nothing', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n]));
    const text = JSON.stringify([{ ...entry('img-src', 'inline'), ...many }]);
    const kept = [{ directive: 'img-src', refused: 'inline', page: 'connect' }];
    expect(readReports(`${modern}; charset=utf-8`, text)).toEqual(kept);
    const proto = text.replace('"disposition":"enforce"', '"__proto__":{"effectiveDirective":"base-uri","page":"x"}');
    expect(readReports(modern.toUpperCase(), proto)).toEqual(kept);
    expect(({} as { page?: string }).page).toBeUndefined();
    expect(one('img-src', 'https://\ud800.example/', `${origin}/connect/\ud800\u0000`)).toMatchObject([
      { page: 'connect' },
    ]);
  });

  test('a body is read to 8 kB and no further, may break off, and must be text', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        if (pulled > 20_000) controller.close();
        else controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
    });
    expect((await send(endless)).status).toBe(413);
    expect(pulled).toBeLessThan(100);
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error(canary)) });
    expect((await send(broken)).status).toBe(400);
    const bytes = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from([0x5b, 0xff, 0x5d]));
        controller.close();
      },
    });
    expect((await send(bytes)).status).toBe(400);
    expect(lines).toEqual([]);
  });
});

describe('whoever sends without end', () => {
  const flood = async (times: number) => {
    for (let sent = 0; sent < times; sent += 1) expect((await send([entry('img-src', 'inline')])).status).toBe(204);
  };

  test('fills thirty lines in a minute, and one that says how many were left out', async () => {
    await flood(50);
    vi.advanceTimersByTime(minutes(1) - 1);
    await flood(5);
    expect(lines).toHaveLength(30);
    vi.advanceTimersByTime(1);
    expect(told().slice(30)).toEqual([
      { level: 40, leftOut: 25, msg: 'a browser refused what a policy of ours does not allow: more of these' },
    ]);
  });

  test('a minute in which nothing was left out says nothing more, and the next begins anew', async () => {
    await flood(30);
    vi.advanceTimersByTime(minutes(3));
    expect(lines).toHaveLength(30);
    await flood(31);
    vi.advanceTimersByTime(minutes(1));
    expect(told().slice(60)).toMatchObject([{ leftOut: 1 }]);
  });
});
