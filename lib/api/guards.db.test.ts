import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase, disconnectDatabase } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newToken } from '../kernel/ids.ts';
import { revokeApiKey } from '../tenancy/index.ts';
import { type Asking, call, type OperationId } from '../testing/api.ts';
import { anApiKey, aPartner, aRegistration, type World, world } from '../testing/world.ts';
import { contracts } from './contracts.ts';

let house: World;
let ctx: Ctx;
let key: string;
let registrationId: string;
beforeAll(async () => {
  house = await world();
  ctx = await aPartner();
  ({ key } = await anApiKey(ctx));
  registrationId = (await aRegistration(ctx)).id;
});
afterAll(() => house.close());

const names = Object.keys(contracts) as OperationId[];
const asking = (more: object = {}) => ({
  customer: { name: 'Bakkerij' },
  client_registration_id: registrationId,
  ...more,
});
const invite = (more: Asking) => call('createInvitation', { key, ...more });
const countOf = async (table: string) =>
  Number(
    (await house.admin.query(`SELECT count(*) FROM ${table} WHERE partner_id = $1`, [ctx.partnerId])).rows[0].count,
  );

describe('without a key that is good, every operation is 401 and says the same', () => {
  test('no key, a malformed, a foreign, an altered, an expired one', async () => {
    const other = await aPartner({ name: 'Other' });
    const { key: theirs } = await anApiKey(other);
    const secret = theirs.split('_')[2];
    const { key: gone, ctx: goneCtx } = await anApiKey(ctx);
    await revokeApiKey(ctx, goneCtx.actor.id);

    const bad = [
      null,
      '',
      'wxk_',
      'wxk',
      `${key}x`,
      key.slice(0, -1),
      key.toUpperCase(),
      key.replace('wxk', 'wxi'),
      `wxk_${ctx.partnerId.slice(4)}_${secret}`,
      newToken('apiKey', ctx.partnerId),
      newToken('apiKey', 'ptn_000000000000000000000000'),
      newToken('invitation', ctx.partnerId),
      `${key},${key}`,
      'x'.repeat(10_000),
      gone,
    ];
    const seen = new Set<string>();
    for (const name of names) {
      for (const shown of name === 'readConnection' ? bad : [null, bad[8] ?? '', gone]) {
        const { status, text, headers } = await call(name, { key: shown, id: 'con_x' });
        expect([name, shown, status]).toEqual([name, shown, 401]);
        expect(headers.get('www-authenticate')).toBe('Bearer'); // the scheme, and nothing of what was wrong with it
        seen.add(text);
      }
    }
    expect(seen.size).toBe(1);
  });

  test('nor is a key taken from anywhere but the Authorization header, or under another scheme', async () => {
    expect((await call('listConnections', { query: `?api_key=${key}` })).status).toBe(401);
    expect((await call('listConnections', { headers: { 'x-api-key': key } })).status).toBe(401);
    expect((await call('listConnections', { headers: { authorization: `Basic ${key}` } })).status).toBe(401);
    expect((await call('listConnections', { headers: { authorization: key } })).status).toBe(401);
    expect((await call('listConnections', { headers: { authorization: `bearer ${key}` } })).status).toBe(200);
  });

  test('a body is not looked at before the key', async () => {
    const { status } = await call('createInvitation', { raw: 'x'.repeat(100_000) });
    expect(status).toBe(401);
  });
});

describe('a body that is not as described is refused with the field, and does nothing', () => {
  test('unknown fields, at every depth', async () => {
    for (const body of [
      asking({ partner_id: ctx.partnerId }),
      asking({ customer: { name: 'x', id: 'cus_1' } }),
      asking({ expect: { user: 'x' } }),
      asking({ redirect_uri: 'https://evil.example' }),
    ]) {
      const { status, json } = await invite({ body });
      expect([status, json['code']]).toEqual([400, 'invalid_request']);
    }
    for (const raw of [
      `{"customer":{"name":"x"},"client_registration_id":"${registrationId}","__proto__":{"x":1}}`,
      `{"customer":{"name":"x","__proto__":{"email":"a@b.nl"}},"client_registration_id":"${registrationId}"}`,
      `{"customer":{"name":"x"},"client_registration_id":"${registrationId}","constructor":{"prototype":{}}}`,
    ])
      expect((await invite({ raw })).status, raw).toBe(400);
    expect(await countOf('invitation')).toBe(0);
  });

  test('not JSON, or JSON that is no object', async () => {
    for (const raw of [
      '{',
      'x',
      "{'a':1}",
      '{"a":1,}',
      '[]',
      '[{}]',
      '"text"',
      '1',
      'null',
      'true',
      'NaN',
      '\u0000',
      '{"a":1}{}',
    ])
      expect((await invite({ raw })).json, raw).toMatchObject({ status: 400, code: 'invalid_request' });
    const utf16 = Buffer.from(JSON.stringify(asking()), 'utf16le');
    expect((await invite({ raw: utf16 })).status).toBe(400);
    expect((await invite({ raw: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) })).status).toBe(400);
    expect((await invite({ raw: '['.repeat(60_000) })).status).toBe(400);
    expect((await invite({ raw: `{"customer":${'['.repeat(30_000)}${']'.repeat(30_000)}}` })).status).toBe(400);
  });

  test('values of the wrong kind, or that no column could hold', async () => {
    for (const body of [
      asking({ customer: { name: 5 } }),
      asking({ customer: [] }),
      asking({ customer: { name: '' } }),
      asking({ customer: { name: '   ' } }),
      asking({ customer: { name: 'x'.repeat(201) } }),
      asking({ customer: { name: 'a\u0000b' } }),
      asking({ customer: { name: 'a\u202eb' } }),
      asking({ customer: { name: 'a\r\nBcc: x' } }),
      asking({ customer: { name: 'x', email: 'no mail address' } }),
      asking({ customer: { name: 'x', email: 'a@b.nl,c@d.nl' } }),
      asking({ customer: { name: 'x', email: 'a@b.nl\r\nBcc: x@y.nl' } }),
      asking({ customer: { name: 'x', locale: 'xx' } }),
      asking({ customer: { name: 'x', external_id: 'a\u0000' } }),
      asking({ channel: 'pigeon' }),
      asking({ channel: 'mail' }),
      asking({ expires_in: 59 }),
      asking({ expires_in: '3600' }),
      asking({ expires_in: 21 * 86_400 + 1 }),
      asking({ expect: { division: -1 } }),
      asking({ expect: { division: 2 ** 63 } }),
      asking({ expect: { exact_user: 'lone \ud800 surrogate' } }),
      { customer: { name: 'x' } },
      {},
    ]) {
      const { status, json } = await invite({ body });
      expect([JSON.stringify(body), status, json['code']]).toEqual([JSON.stringify(body), 400, 'invalid_request']);
    }
    const endless = JSON.stringify(asking({ expires_in: 60 })).replace('"expires_in":60', '"expires_in":1e400');
    expect((await invite({ raw: endless })).status).toBe(400);
    expect(await countOf('invitation')).toBe(0);
  });

  test('a client registration that is not there is not found, whatever its id looks like', async () => {
    for (const client_registration_id of ['clr_x', '', "' OR 1=1 --", '%', 'a\u0000b', '\ud800'])
      expect((await invite({ body: asking({ client_registration_id }) })).status, client_registration_id).toBe(404);
  });

  test('10 MB are refused as too large, with or without a length, and not read to the end', async () => {
    const claimed = await invite({ raw: '{}', headers: { 'content-length': String(10_000_000) } });
    expect(claimed.json).toMatchObject({ status: 413, code: 'too_large' });
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        if (pulled > 10_000) controller.close();
        else controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
    });
    expect((await invite({ raw: endless })).status).toBe(413);
    expect(pulled).toBeLessThan(200);
    expect((await invite({ raw: ' '.repeat(64 * 1024) + JSON.stringify(asking()) })).status).toBe(413);
  });

  test('another content type, or none', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'text/json',
      '',
      '*/*',
    ]) {
      const { json } = await invite({ body: asking(), headers: { 'content-type': type } });
      expect(json, type).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    }
    const { status } = await invite({ body: asking(), headers: { 'content-type': 'Application/JSON; charset=utf-8' } });
    expect(status).toBe(201);
  });
});

describe('the query is held to the description too', () => {
  test('a parameter given twice, or one that is not there', async () => {
    for (const query of ['?limit=5&limit=6', '?limit=5&limit=5', '?page=2', '?cursor=&cursor=', '?Limit=5'])
      expect((await call('listConnections', { key, query })).status, query).toBe(400);
    expect((await call('readConnection', { key, id: 'x', query: '?id=y' })).status).toBe(400);
    expect((await call('listReceiptKeys', { key, query: '?x' })).status).toBe(400);
  });

  test('limits out of range and cursors that are not ours', async () => {
    const cursorOf = (value: unknown) => `?cursor=${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
    for (const query of [
      '?limit=0',
      '?limit=-1',
      '?limit=201',
      '?limit=1.5',
      '?limit=x',
      '?limit=1e9',
      '?cursor=x',
      '?cursor=',
      `?cursor=${'x'.repeat(501)}`,
      cursorOf([]),
      cursorOf(['a', 'b']),
      cursorOf({ 0: 'a' }),
      cursorOf([1, 2]),
      cursorOf(["0' OR 1=1 --", '0']),
    ])
      for (const name of ['listConnections', 'listEvents'] as const) {
        const { status } = await call(name, { key, query });
        expect([name, query, status]).toEqual([name, query, 400]);
      }
    const oddities = [
      ['listEvents', ['-1', '0']],
      ['listEvents', ['9999999999999999999', '9999999999999999999']],
      ['listConnections', ['2026-01-01T00:00:00.000Z', 'a\u0000b']],
      ['listConnections', ['+275760-09-13T00:00:00.000Z', 'con_x']],
      ['listConnections', ['-000001-01-01T00:00:00.000Z', 'con_x']],
    ] as const;
    const answers = await Promise.all(oddities.map(([name, value]) => call(name, { key, query: cursorOf(value) })));
    expect(oddities.filter((_, index) => (answers[index]?.status ?? 500) >= 500)).toEqual([]);
  });
});

describe('what comes back tells nothing it need not', () => {
  test('every answer is uncacheable, unsniffable and carries a request id', async () => {
    for (const answer of [
      await call('listConnections', { key }),
      await call('listConnections'),
      await call('readConnection', { key, id: 'x' }),
      await invite({ raw: '{' }),
    ]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      if (answer.status >= 400) expect(answer.headers.get('content-type')).toMatch('application/problem+json');
      if (answer.status !== 401) expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  });

  test('a database that is away is 503 with a time to come back, for a read and for an invitation alike', async () => {
    await disconnectDatabase();
    connectDatabase('postgres://nobody:x@127.0.0.1:1/none');
    try {
      for (const answer of [await call('listConnections', { key }), await invite({ body: asking() })]) {
        expect(answer.json).toMatchObject({ status: 503, code: 'unavailable' });
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN|prisma/i);
      }
    } finally {
      await disconnectDatabase();
      connectDatabase(house.urls.app);
    }
  });
});
