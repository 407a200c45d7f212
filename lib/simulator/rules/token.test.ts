import { beforeEach, describe, expect, test } from 'vitest';
import { POLICIES } from '../core/policy.ts';
import { APP } from '../testing/http-client.ts';
import { aProvider, DAYS, HOURS, tokensOf } from './provider.ts';
import { ruleBook } from './rule-book.ts';

/*
 * `exact-online.md` §1.2 and this file, side by side: every rule of the token endpoint, under every policy, with the
 * literal answer. What depends on the policy is in policies.test.ts too, transition by transition.
 */

const INVALID_REQUEST = '{"error":"invalid_request"}';
const INVALID_CLIENT = '{"error":"invalid_client"}';
const INVALID_GRANT = '{"error":"invalid_grant"}';
const REPLAYED =
  '{"error":"invalid_request","error_description":"This message has already been processed.  This could indicate a replay attack in progress."}';
const TOO_EARLY = '{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired" }';
const OLD_TOKEN = '{"error":"unauthorized_client","error_description":"Old refresh token used."}';
const INVALID_CHAIN =
  '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }';
const CLOSED = 'Server maintenance: Due to server maintenance the Exact Online server is unavailable.';

const credentials = { client_id: APP.client_id, client_secret: APP.client_secret };
const SERVED = { rule: null, status: 200 };
const spent = { rule: 'T4', status: 400, body: REPLAYED };
const tooEarly = (rule: 'T10' | 'T11') => ({
  rule,
  status: 400,
  body: TOO_EARLY,
  reason: 'TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired',
});
const chainReplaced = (rule: 'T14' | 'T15') => ({
  rule,
  status: 400,
  body: INVALID_CHAIN,
  reason: 'Unknown: Token is not allowed, because of invalid or empty chainId',
});

const { origin, nl, be, other, startAnew, told, ruleTold, chains } = await aProvider();
const { rule, everyRuleHasAnEntry } = ruleBook('T');

/** A refresh that is on time. */
const refreshLater = async (token: string) => {
  await nl.advance(570);
  return nl.refresh(token);
};

describe.each(POLICIES)('token endpoint, under %s', (policy) => {
  beforeEach(() => startAnew(policy));

  rule('T1', 'a form is read and nothing else', () => {
    const fields = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'x', client_secret: 'x' };
    const form = new URLSearchParams(fields).toString();
    const type = 'application/x-www-form-urlencoded';

    test.each([
      ['JSON', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }],
      ['multipart', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: form }],
      ['no content type', { body: new TextEncoder().encode(form) }],
      ['a type that merely starts alike', { headers: { 'content-type': `${type}-ish` }, body: form }],
      ['PUT', { method: 'PUT', headers: { 'content-type': type }, body: form }],
    ])('%s', async (_, sent) => {
      const answer = await fetch(`${origin}/api/oauth2/token`, { method: 'POST', ...sent });
      expect([await ruleTold(), answer.status, await answer.text()]).toEqual(['T1', 400, INVALID_REQUEST]);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-cache,no-store',
        'content-length': '27',
        expires: '-1',
        pragma: 'no-cache',
      });
    });

    test('a charset behind the type does no harm', async () => {
      const { refresh } = await nl.connect();
      await nl.advance(570);
      const headers = { 'content-type': `${type}; charset=UTF-8` };
      expect((await nl.token({ ...fields, ...credentials, refresh_token: refresh }, headers)).status).toBe(200);
    });
  });

  rule('T2', 'success has four fields, and expires_in is a string', () => {
    const issued =
      /^\{"access_token":"gAAAA[\w-]{545}","token_type":"bearer","expires_in":"600","refresh_token":"\w{4}!IAAAA[\w-]{690}"\}$/;

    test('for a code, and for a refresh token', async () => {
      const first = await nl.exchange(await nl.consentCode());
      const second = await refreshLater(tokensOf(first).refresh);
      for (const { status, headers, body } of [first, second]) {
        expect(status).toBe(200);
        expect(body).toMatch(issued);
        expect(Object.fromEntries(headers)).toMatchObject({
          'content-type': 'application/json; charset=utf-8',
          'cache-control': 'private',
          pragma: 'no-cache',
        });
      }
    });

    test('credentials may come as HTTP Basic, and a redirect_uri beside a refresh token does no harm', async () => {
      const { refresh } = await nl.connect();
      await nl.advance(570);
      const fields = { grant_type: 'refresh_token', refresh_token: refresh, redirect_uri: 'https://else.test' };
      const authorization = `Basic ${btoa(`${APP.client_id}:${APP.client_secret}`)}`;
      expect((await nl.token(fields, { authorization })).status).toBe(200);
    });
  });

  rule('T3', 'a code lives three minutes', () => {
    test('it works in the 180th second', async () => {
      const code = await nl.consentCode();
      await nl.advance(179.999);
      expect((await nl.exchange(code)).status).toBe(200);
    });

    test.each([
      [
        'dated',
        '{"error":"invalid_request","error_description":"The message expired at 10\\/1\\/2026 12:03:00 PM and it is now 10\\/1\\/2026 12:03:20 PM."}',
      ],
      ['bare', INVALID_REQUEST],
      ['invalid_grant', INVALID_GRANT],
    ] as const)('then it has expired: %s', async (expiredCode, body) => {
      await nl.switches({ expiredCode });
      const code = await nl.consentCode();
      await nl.advance(200);
      expect(await told(nl.exchange(code))).toEqual({ rule: 'T3', status: 400, body });
    });

    test('it expires to the second, on the clock of the client it was made for', async () => {
      const code = await nl.consentCode();
      await other.advance(500);
      await nl.advance(180);
      expect(await told(nl.exchange(code))).toMatchObject({ rule: 'T3' });
      const next = await nl.consentCode();
      await other.advance(500);
      expect((await nl.exchange(next)).status).toBe(200);
    });
  });

  rule('T4', 'a code works once', () => {
    test('the second exchange is told of a replay', async () => {
      const code = await nl.consentCode();
      await nl.exchange(code);
      expect(await told(nl.exchange(code))).toEqual(spent);
    });
  });

  rule('T5', 'a code that was damaged is refused, and the real one stays good', () => {
    test.each([
      ['encoded twice', (code: string) => code.replace('!', '%21')],
      ['truncated', (code: string) => code.slice(0, -1)],
      ['altered', (code: string) => `${code}x`],
    ])('%s', async (_, damage) => {
      const code = await nl.consentCode();
      expect(await told(nl.exchange(damage(code)))).toEqual({ rule: 'T5', status: 400, body: INVALID_REQUEST });
      expect((await nl.exchange(code)).status).toBe(200);
    });

    test('of another site', async () => {
      const code = await nl.consentCode();
      expect(await told(be.exchange(code))).toEqual({ rule: 'T5', status: 400, body: INVALID_REQUEST });
    });
  });

  rule('T6', 'the redirect URI is the one of the authorize request', () => {
    test.each(['invalid_request', 'invalid_grant'] as const)('another one: %s', async (wrongRedirectAtToken) => {
      await nl.switches({ wrongRedirectAtToken });
      const code = await nl.consentCode();
      const answer = nl.exchange(code, { redirect_uri: `${APP.redirect_uri}/` });
      expect(await told(answer)).toEqual({ rule: 'T6', status: 400, body: `{"error":"${wrongRedirectAtToken}"}` });
    });
  });

  rule('T7', 'a failed exchange has still spent the code', () => {
    describe.each([
      ['a wrong secret', 'T8', { client_secret: 'wrong' }],
      ['a client that does not exist', 'T8', { client_id: 'nobody' }],
      ['another client', 'T9', { client_id: 'another-app', client_secret: 'another-secret' }],
      ['another redirect URI', 'T6', { redirect_uri: 'https://else.test' }],
    ])('%s', (_, reason, mistake) => {
      test('spends it', async () => {
        const code = await nl.consentCode();
        expect(await told(nl.exchange(code, mistake))).toMatchObject({ rule: reason, status: 400 });
        expect(await told(nl.exchange(code))).toEqual(spent);
      });

      test('failedExchangeSpends off: spares it', async () => {
        await nl.switches({ failedExchangeSpends: false });
        const code = await nl.consentCode();
        expect(await told(nl.exchange(code, mistake))).toMatchObject({ rule: reason, status: 400 });
        expect((await nl.exchange(code)).status).toBe(200);
      });
    });
  });

  rule('T8', 'client ID and secret belong together', () => {
    test.each([
      ['a wrong secret', { client_secret: 'wrong' }],
      ['a blank in front of the secret', { client_secret: ` ${APP.client_secret}` }],
      ['a client that does not exist', { client_id: 'nobody' }],
    ])('%s, at the exchange and at a refresh, which does not use the token up', async (_, mistake) => {
      const refused = { rule: 'T8', status: 400, body: INVALID_CLIENT };
      expect(await told(nl.exchange(await nl.consentCode(), mistake))).toEqual(refused);
      const { refresh } = await nl.connect();
      await nl.advance(570);
      expect(await told(nl.refresh(refresh, mistake))).toEqual(refused);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });

    test('over HTTP Basic it is a 400 as well', async () => {
      const { refresh } = await nl.connect();
      const authorization = `Basic ${btoa(`${APP.client_id}:wrong`)}`;
      const answer = nl.token({ grant_type: 'refresh_token', refresh_token: refresh }, { authorization });
      expect(await told(answer)).toEqual({ rule: 'T8', status: 400, body: INVALID_CLIENT });
    });
  });

  rule('T9', 'a token works for the client it was issued to', () => {
    test.each(['invalid_client', 'invalid_grant'] as const)('another client: %s', async (foreignToken) => {
      await nl.switches({ foreignToken });
      const refused = { rule: 'T9', status: 400, body: `{"error":"${foreignToken}"}` };
      expect(await told(other.exchange(await nl.consentCode()))).toEqual(refused);
      const { refresh } = await nl.connect();
      await nl.advance(570);
      expect(await told(other.refresh(refresh))).toEqual(refused);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });
  });

  rule('T10', 'a refresh within 570 s of the last one is too early', () => {
    test('up to the 570th second', async () => {
      const { refresh } = tokensOf(await refreshLater((await nl.connect()).refresh));
      await nl.advance(569.999);
      expect(await told(nl.refresh(refresh))).toEqual(tooEarly('T10'));
      await nl.advance(0.001);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });

    test('a refused try does not restart the clock', async () => {
      const { refresh } = tokensOf(await refreshLater((await nl.connect()).refresh));
      await nl.advance(500);
      expect(await told(nl.refresh(refresh))).toEqual(tooEarly('T10'));
      await nl.advance(70);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });
  });

  rule('T11', 'the 570 s also count from the code exchange', () => {
    test('up to the 570th second', async () => {
      const { refresh } = await nl.connect();
      await nl.advance(569.999);
      expect(await told(nl.refresh(refresh))).toEqual(tooEarly('T11'));
      await nl.advance(0.001);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });

    test('tooEarlyAfterExchange off: the first refresh is free, the second is not', async () => {
      await nl.switches({ tooEarlyAfterExchange: false });
      const { refresh } = tokensOf(await nl.refresh((await nl.connect()).refresh));
      expect(await told(nl.refresh(refresh))).toEqual(tooEarly('T10'));
    });

    test('a new consent is not subject to the 570 s of the old one', async () => {
      await nl.connect();
      expect((await nl.exchange(await nl.consentCode())).status).toBe(200);
    });
  });

  rule('T12', 'a refusal for being too early leaves the chain as it was', () => {
    test('and hands out nothing', async () => {
      const { refresh } = await nl.connect();
      expect(await told(nl.refresh(refresh))).toEqual(tooEarly('T11'));
      expect(await chains()).toMatchObject([{ generation: 0, refreshes: 0, token_calls: 2, live_tokens: 1 }]);
    });

    test('tooEarlyRotates on: it carries the next token, without an access token', async () => {
      await nl.switches({ tooEarlyRotates: true });
      const { refresh } = await nl.connect();
      await nl.advance(100);
      const { body, ...refusal } = await told(nl.refresh(refresh));
      expect(refusal).toMatchObject({ rule: 'T11', status: 400 });
      expect(body).toMatch(
        /^\{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired","refresh_token":"\w{4}!IAAAA[\w-]{690}" \}$/,
      );
      await nl.advance(470); // still counted from the exchange
      expect((await nl.refresh(JSON.parse(body).refresh_token)).status).toBe(200);
      expect(await chains()).toMatchObject([{ generation: 2, refreshes: 1 }]);
    });
  });

  rule('T13', 'a refresh token superseded inside its own chain', () => {
    const old = { rule: 'T13', status: 401, body: OLD_TOKEN };
    const answers = { legacy: SERVED, overlap: old, single: old };

    test(`used after its successor was: ${answers[policy].status}`, async () => {
      const first = await nl.connect();
      const second = tokensOf(await refreshLater(first.refresh));
      await refreshLater(second.refresh);
      await nl.advance(570);
      expect(await told(nl.refresh(first.refresh))).toMatchObject(answers[policy]);
    });
  });

  rule('T14', 'a chain replaced by a newer consent of the same user on the same client ID', () => {
    const answers = { legacy: SERVED, overlap: chainReplaced('T14'), single: chainReplaced('T14') };

    test(`once the newer one is in use: ${answers[policy].status}`, async () => {
      const older = await nl.connect();
      const newer = await nl.connect();
      await refreshLater(newer.refresh);
      expect(await told(nl.refresh(older.refresh))).toMatchObject(answers[policy]);
    });

    test('another user, or another client, is no newer consent', async () => {
      const jan = await nl.connect();
      const sanne = await nl.connect('s.devries');
      await refreshLater(sanne.refresh);
      await other.connect();
      expect((await nl.refresh(jan.refresh)).status).toBe(200);
    });
  });

  rule('T15', 'of two authorisations in parallel, the older code used last', () => {
    const answers = { legacy: SERVED, overlap: chainReplaced('T15'), single: chainReplaced('T15') };

    test(`${answers[policy].status}`, async () => {
      const older = await nl.consentCode();
      await nl.connect();
      expect(await told(nl.exchange(older))).toMatchObject(answers[policy]);
    });

    test('used in order, both are exchanged; so are those of two users in any order', async () => {
      const codes = [await nl.consentCode('s.devries'), await nl.consentCode(), await nl.consentCode()];
      for (const code of [codes[1], codes[2], codes[0]]) expect((await nl.exchange(String(code))).status).toBe(200);
    });
  });

  rule('T16', 'a refresh token unused for thirty days', () => {
    test('works until the last moment', async () => {
      const { refresh } = await nl.connect();
      await nl.advance(30 * DAYS - 0.001);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });

    test('then has expired, in US dates with escaped slashes', async () => {
      const { refresh } = await nl.connect();
      await nl.advance(30 * DAYS + 3 * HOURS + 5);
      const body =
        '{"error":"invalid_request","error_description":"The refresh token expired at 10\\/31\\/2026 12:00:00 PM and it is now 10\\/31\\/2026 3:00:05 PM."}';
      expect(await told(nl.refresh(refresh))).toEqual({ rule: 'T16', status: 400, body });
    });

    test('every refresh starts thirty days anew', async () => {
      let { refresh } = await nl.connect();
      for (let month = 0; month < 3; month++) {
        await nl.advance(29 * DAYS);
        refresh = tokensOf(await nl.refresh(refresh)).refresh;
      }
      expect(await chains()).toMatchObject([{ generation: 3, refreshes: 3 }]);
    });
  });

  rule('T17', 'the user withdrew the app', () => {
    test.each(['invalid_grant', 'unauthorized_client'] as const)('at once: %s', async (withdrawn) => {
      await nl.switches({ withdrawn });
      const { refresh } = await nl.connect();
      const code = await nl.consentCode();
      await nl.end('withdrawn');
      const refused = { rule: 'T17', status: 400, body: `{"error":"${withdrawn}"}` };
      expect(await told(nl.refresh(refresh))).toEqual(refused);
      expect(await told(nl.exchange(code))).toEqual(refused);
      expect(await chains()).toMatchObject([{ state: 'withdrawn', live_tokens: 0 }]);
    });

    test('later, on the client’s own clock, and only as to this user and this client', async () => {
      const { refresh } = await nl.connect();
      const sanne = await nl.connect('s.devries');
      const elsewhere = await other.connect();
      await nl.end('withdrawn', { in_seconds: 1 * DAYS });
      await nl.advance(1 * DAYS - 1);
      const next = tokensOf(await nl.refresh(refresh));
      await nl.advance(1);
      await other.advance(1 * DAYS);
      expect(await told(nl.refresh(next.refresh))).toMatchObject({ rule: 'T17' });
      expect((await nl.refresh(sanne.refresh)).status).toBe(200);
      expect((await other.refresh(elsewhere.refresh)).status).toBe(200);
    });

    test('a later consent of the same user works, and does not wake the earlier one', async () => {
      const older = await nl.connect();
      await nl.end('withdrawn');
      const newer = await nl.connect();
      expect((await refreshLater(newer.refresh)).status).toBe(200);
      expect(await told(nl.refresh(older.refresh))).toMatchObject({ rule: 'T17' });
    });
  });

  rule('T18', 'the user was deleted or blocked', () => {
    test.each([400, 403] as const)('status %i', async (userGone) => {
      await nl.switches({ userGone });
      const { refresh } = await nl.connect();
      await nl.end('user_gone');
      expect(await told(nl.refresh(refresh))).toEqual({ rule: 'T18', status: userGone, body: INVALID_GRANT });
      expect(await chains()).toMatchObject([{ state: 'user_gone', live_tokens: 0 }]);
    });

    test('a later consent fails too, until the user is put back; what was before stays ended', async () => {
      const { refresh } = await nl.connect();
      await nl.end('user_gone');
      expect(await told(nl.exchange(await nl.consentCode()))).toMatchObject({ rule: 'T18', body: INVALID_GRANT });
      const { users } = (await nl.control('GET', '')).body;
      await nl.control('POST', '/users', users[0]);
      expect((await refreshLater((await nl.connect()).refresh)).status).toBe(200);
      expect(await told(nl.refresh(refresh))).toMatchObject({ rule: 'T18' });
    });
  });

  rule('T19', 'closed for maintenance', () => {
    const html = `<!DOCTYPE html><html lang="en"><head><title>Server maintenance</title></head><body><p>${CLOSED}</p></body></html>`;

    test.each([
      ['503', 503, CLOSED, 'text/plain; charset=utf-8'],
      ['504', 504, CLOSED, 'text/plain; charset=utf-8'],
      ['html', 503, html, 'text/html; charset=utf-8'],
      ['empty', 503, '', null],
    ] as const)('at once: %s, and nothing is read or spent', async (maintenanceAnswer, status, body, type) => {
      const code = await nl.consentCode();
      await nl.switches({ maintenance: 'now', maintenanceAnswer });
      expect(await told(nl.exchange(code))).toEqual({ rule: 'T19', status, body });
      expect((await nl.exchange('damaged')).headers.get('content-type')).toBe(type);
      expect(await told(nl.token({}))).toMatchObject({ rule: 'T19' });
      await nl.switches({ maintenance: 'off' });
      expect((await nl.exchange(code)).status).toBe(200);
    });

    test.each([
      ['summer', 14 * HOURS],
      ['winter', 31 * DAYS + 15 * HOURS],
    ])('nightly from 04:00 to 04:30 in Amsterdam, on the client’s own clock, in %s', async (_, untilFour) => {
      const { access } = await nl.connect();
      await nl.switches({ maintenance: 'nightly' });
      const unread = { rule: 'T21', status: 400, body: INVALID_REQUEST };
      const closed = { rule: 'T19', status: 503, body: CLOSED };
      const steps = [
        [untilFour - 1, unread],
        [1, closed],
        [30 * 60 - 1, closed],
        [1, unread],
      ] as const;
      for (const [seconds, answer] of steps) {
        await nl.advance(seconds);
        expect(await told(nl.refresh('x'))).toEqual(answer);
        expect((await nl.api('current/Me', access)).status).toBe(answer === closed ? 503 : 401);
        expect(await told(other.refresh('x'))).toEqual(unread);
      }
    });

    test('the API says the same, people get a page, and no consent is taken', async () => {
      const { access } = await nl.connect();
      const form = { method: 'POST', body: new URLSearchParams({ client_id: APP.client_id, decision: 'allow' }) };
      await nl.switches({ maintenance: 'now' });
      const api = await nl.api('current/Me', access);
      expect([api.status, await api.text()]).toEqual([503, CLOSED]);
      expect((await nl.control('GET', `/requests?client_id=${APP.client_id}`)).body.requests.at(-1)).toMatchObject({
        path: '/api/v1/current/Me',
        rule: 'T19',
      });
      for (const page of [await fetch(nl.authorizeUrl()), await fetch(`${origin}/__consent`, form)]) {
        expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
        expect(await page.text()).toContain('Due to server maintenance the Exact Online server is unavailable.');
        expect(await ruleTold()).toBe('T19');
      }
    });
  });

  rule('T20', 'a cap on token calls per client, user and day', () => {
    const callTwoHundredTimes = async () => {
      const { refresh } = await nl.connect();
      for (let call = 2; call <= 200; call++) await nl.refresh(refresh);
      return refresh;
    };

    test('is off', async () => {
      const refresh = await callTwoHundredTimes();
      expect(await told(nl.refresh(refresh))).toEqual(tooEarly('T11'));
    });

    test('tokenCallCap on: 200, refused ones included, then an empty 429 until midnight', async () => {
      await nl.switches({ tokenCallCap: true });
      const refresh = await callTwoHundredTimes();
      const capped = { rule: 'T20', status: 429, body: '' };
      expect(await told(nl.refresh(refresh))).toEqual(capped);
      expect(await told(nl.exchange(await nl.consentCode()))).toEqual(capped);
      expect((await nl.refresh(refresh)).headers.has('content-type')).toBe(false);
      expect((await nl.exchange(await nl.consentCode('s.devries'))).status).toBe(200);
      await nl.advance(12 * HOURS - 1);
      expect(await told(nl.refresh(refresh))).toEqual(capped);
      await nl.advance(1);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });
  });

  rule('T21', 'a refresh token or a form that makes no sense', () => {
    const refused = { rule: 'T21', status: 400, body: INVALID_REQUEST };

    test.each([
      ['unknown', (token: string) => `${token}x`],
      ['truncated', (token: string) => token.slice(0, -1)],
      ['empty', () => ''],
    ])('%s', async (_, damage) => {
      const { refresh } = await nl.connect();
      await nl.advance(570);
      expect(await told(nl.refresh(damage(refresh)))).toEqual(refused);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });

    test('an access token, and a token of another site', async () => {
      const { access, refresh } = await nl.connect();
      expect(await told(nl.refresh(access))).toEqual(refused);
      expect(await told(be.refresh(refresh))).toEqual(refused);
    });

    test.each(['code', 'redirect_uri', 'client_id', 'client_secret', 'grant_type'])(
      'an exchange without %s, which spends nothing',
      async (field) => {
        const code = await nl.consentCode();
        expect(await told(nl.exchange(code, { [field]: '' }))).toEqual(refused);
        expect((await nl.exchange(code)).status).toBe(200);
      },
    );

    test.each(['refresh_token', 'client_id', 'client_secret'])('a refresh without %s', async (field) => {
      const fields: Record<string, string> = { grant_type: 'refresh_token', refresh_token: 'x', ...credentials };
      delete fields[field];
      expect(await told(nl.token(fields))).toEqual(refused);
    });

    test('a grant type that does not exist here', async () => {
      expect(await told(nl.token({ grant_type: 'password', ...credentials }))).toEqual(refused);
    });
  });
});

everyRuleHasAnEntry();
