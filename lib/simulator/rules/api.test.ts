import { beforeEach, describe, expect, test } from 'vitest';
import { POLICIES } from '../core/policy.ts';
import { paperProvider } from '../testing/paper-provider.ts';
import { aProvider, DAYS, HOURS, tokensOf } from './provider.ts';
import { ruleBook } from './rule-book.ts';

/*
 * `exact-online.md` §1.3 and this file, side by side: every rule of the API, under every policy, with the literal answer.
 */

const REASON = 'AuthenticationRequired: Authentication required';
const DAMAGED = 'Bearer error="invalid_token",error_description="Signed%20data%20extraction%20has%20failed"';
const EXPIRED = 'Bearer error="invalid_token",error_description="The%20access%20token%20has%20expired"';
const OUTSIDE = 'Forbidden - User division is not within division scope';
const envelope = (value: string) => `{"error":{"code":"","message":{"lang":"","value":"${value}"}}}`;

const { origin, nl, be, other, startAnew, ruleTold, chains } = await aProvider();
const { rule, everyRuleHasAnEntry } = ruleBook('R');

const manyDivisions = Array.from({ length: 130 }, (_, index) => aDivision(1000 + index));

/** Fietsen De Vries, whose divisions are 1240118 (open) and 1240119. */
const SANNE = 's.devries';

type Headers = Record<string, string>;

const answered = async (path: string, access?: string, headers?: Headers) => {
  const answer = await nl.api(path, access, headers);
  return { rule: await ruleTold(), status: answer.status, body: await answer.text(), headers: answer.headers };
};

const rowsOf = async (path: string, access: string) => {
  const { status, body } = await answered(path, access);
  expect(status).toBe(200);
  return JSON.parse(body).d.results;
};

describe.each(POLICIES)('API, under %s', (policy) => {
  beforeEach(() => startAnew(policy));

  rule('R1', 'an access token lives 600 s, used or not', () => {
    test('to the second, also when its refresh token has long been replaced', async () => {
      const { access, refresh } = await nl.connect();
      await nl.advance(599);
      await nl.refresh(refresh);
      await nl.advance(0.999);
      expect(await answered('current/Me', access)).toMatchObject({ rule: null, status: 200 });
      await nl.advance(0.001);
      const { headers, ...answer } = await answered('current/Me', access);
      expect(answer).toEqual({ rule: 'R1', status: 401, body: '' });
      expect([headers.get('reason'), headers.get('www-authenticate')]).toEqual([REASON, EXPIRED]);
    });

    test('no token at all', async () => {
      const { headers, ...answer } = await answered('current/Me');
      expect(answer).toEqual({ rule: 'R1', status: 401, body: '' });
      expect([headers.get('reason'), headers.get('www-authenticate')]).toEqual([
        REASON,
        'Bearer error="invalid_token"',
      ]);
    });

    test.each(['withdrawn', 'user_gone'] as const)('T17, T18: one that was %s looks expired', async (kind) => {
      const { access } = await nl.connect();
      await nl.end(kind);
      const { headers, ...answer } = await answered('current/Me', access);
      expect(answer).toEqual({ rule: kind === 'withdrawn' ? 'T17' : 'T18', status: 401, body: '' });
      expect([headers.get('reason'), headers.get('www-authenticate')]).toEqual([REASON, EXPIRED]);
    });
  });

  rule('R2', 'a damaged access token', () => {
    test.each([
      ['cut', ({ access }: { access: string }) => access.slice(0, 255)],
      ['altered', ({ access }: { access: string }) => `${access}x`],
      ['a refresh token', ({ refresh }: { refresh: string }) => refresh],
    ])('%s', async (_, damage) => {
      const { headers, ...answer } = await answered('current/Me', damage(await nl.connect()));
      expect(answer).toEqual({ rule: 'R2', status: 401, body: '' });
      expect([headers.get('reason'), headers.get('www-authenticate')]).toEqual([REASON, DAMAGED]);
    });

    test('of another site', async () => {
      const answer = await be.api('current/Me', (await nl.connect()).access);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, DAMAGED]);
    });
  });

  rule('R3', 'XML unless JSON is asked for', () => {
    test.each([
      ['nothing', {}],
      ['anything', { accept: '*/*' }],
      ['a browser’s wish', { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9' }],
    ])('%s gets an Atom feed of the same rows', async (_, headers: Headers) => {
      await nl.control('POST', '/users', aUser({ full_name: 'Zoë <b>&"\u0001', divisions: [aDivision(77)] }));
      const answer = await answered(
        'current/Me?$select=FullName,CurrentDivision',
        (await nl.connect('n.nieuw')).access,
        headers,
      );
      expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
      expect(answer.body).toBe(
        [
          '<?xml version="1.0" encoding="utf-8"?>',
          `<feed xml:base="${origin}/api/v1/" xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">`,
          `<title type="text">Me</title><id>${origin}/api/v1/current/Me</id><updated>2026-10-01T12:00:00.000Z</updated><author><name/></author>`,
          `<entry><id>${origin}/api/v1/current/Me(guid'7d000000-0000-4000-8000-00000000000a')</id>`,
          '<category term="Exact.Web.Api.System.Me" scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"/>',
          '<title/><updated>2026-10-01T12:00:00.000Z</updated><content type="application/xml"><m:properties>',
          '<d:FullName>Zoë &lt;b&gt;&amp;&quot;</d:FullName><d:CurrentDivision m:type="Edm.Int32">77</d:CurrentDivision>',
          '</m:properties></content></entry></feed>',
        ].join(''),
      );
    });

    test('its values are typed, and its next page is a link', async () => {
      await nl.control('POST', '/users', aUser({ divisions: manyDivisions }));
      const { access } = await nl.connect('n.nieuw');
      const me = await answered('current/Me?$select=IsOEIMigrationMandatory,ThumbnailPicture', access, {});
      expect(me.body).toContain('<d:IsOEIMigrationMandatory m:type="Edm.Boolean">false</d:IsOEIMigrationMandatory>');
      expect(me.body).toContain('<d:ThumbnailPicture m:null="true"/>');
      const accounts = await answered('1000/crm/Accounts?$select=Created', access, {});
      expect(accounts.body).toContain('<d:Created m:type="Edm.DateTime">2021-01-01T00:00:00.000</d:Created>');
      const divisions = await answered('1000/system/Divisions?$select=Code', access, {});
      expect(divisions.body).toContain(
        `<link rel="next" href="${origin}/api/v1/1000/system/Divisions?%24select=Code&amp;%24skiptoken=1059"/></feed>`,
      );
    });

    test('so do errors', async () => {
      const { headers, body } = await answered('1/crm/Accounts', (await nl.connect()).access, {});
      expect(headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
      expect(body).toBe(
        `<?xml version="1.0" encoding="utf-8"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code></code><message xml:lang="">${OUTSIDE}</message></error>`,
      );
    });
  });

  rule('R4', 'rows come in an envelope, the next page in d.__next', () => {
    test('current/Me, with $select', async () => {
      const { headers, body } = await answered(
        'current/Me?$select=UserID,%20CurrentDivision',
        (await nl.connect()).access,
      );
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      const id = '5c1f0000-0000-4000-8000-000000000001';
      expect(body).toBe(
        `{"d":{"results":[{"__metadata":{"uri":"${origin}/api/v1/current/Me(guid'${id}')","type":"Exact.Web.Api.System.Me"},"UserID":"${id}","CurrentDivision":1234567}]}}`,
      );
    });

    test('system/Divisions lists what was ticked and nothing else, whatever number is in the path', async () => {
      const { access } = await nl.connect('f.visser', [1500021, 1500032]);
      expect(await rowsOf('1/system/Divisions', access)).toMatchObject([
        { Code: 1500021, Hid: '1500021', CustomerName: 'Tandartspraktijk Smit', Current: false },
        { Code: 1500032, CustomerName: 'Hoveniersbedrijf Groen' },
      ]);
      const nothing = await nl.connect('f.visser', []);
      expect((await answered('1/system/Divisions', nothing.access)).body).toBe('{"d":{"results":[]}}');
    });

    test('hrm/Divisions lists those of one customer, and spells HID', async () => {
      const { access } = await nl.connect('f.visser');
      expect(await rowsOf('1500021/hrm/Divisions', access)).toMatchObject([{ Code: 1500021, HID: '1500021' }]);
      const sanne = await nl.connect(SANNE);
      expect(await rowsOf('1240119/hrm/Divisions', sanne.access)).toHaveLength(2);
    });

    test.each([
      ['crm/Accounts', { Code: '                 1', Division: 1240119, Created: '/Date(1609459200000)/' }],
      ['financial/GLAccounts', { Code: '1000', BalanceSide: 'D', Division: 1240119 }],
    ])('%s has rows of its own per division', async (path, first) => {
      const { access } = await nl.connect(SANNE);
      const rows = await rowsOf(`1240119/${path}`, access);
      expect(rows[0]).toMatchObject(first);
      expect(rows).not.toEqual(await rowsOf(`1240118/${path}`, access));
      expect(rows).toEqual(await rowsOf(`1240119/${path}`, access));
    });

    test('more than sixty rows go on at d.__next', async () => {
      await nl.control('POST', '/users', aUser({ divisions: manyDivisions }));
      const { access } = await nl.connect('n.nieuw');
      const seen: number[] = [];
      let next: string | undefined = `${origin}/api/v1/1000/system/Divisions?$select=Code`;
      while (next) {
        const { d } = JSON.parse((await answered(next.slice(`${origin}/api/v1/`.length), access)).body);
        expect(d.results.length).toBeLessThanOrEqual(60);
        seen.push(...d.results.map((row: { Code: number }) => row.Code));
        next = d.__next;
      }
      expect(seen).toEqual(manyDivisions.map(({ code }) => code));
    });
  });

  rule('R5', 'errors come in an envelope', () => {
    test.each(['1234567/crm/Nothing', 'current/Them', '1234567/current/Me', 'crm/Accounts', 'x/crm/Accounts'])(
      'no such resource: %s',
      async (path) => {
        const { headers, ...answer } = await answered(path, (await nl.connect()).access);
        const body = envelope(`Resource not found for the segment '${path.split('/').at(-1)}'.`);
        expect(answer).toEqual({ rule: null, status: 404, body });
        expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      },
    );

    test('another method than GET', async () => {
      const { access } = await nl.connect();
      const headers = { authorization: `Bearer ${access}`, accept: 'application/json' };
      const answer = await fetch(`${origin}/api/v1/1234567/crm/Accounts`, { method: 'DELETE', headers });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
      expect(await answer.text()).toBe(envelope('DELETE is not simulated; resources can be read.'));
    });
  });

  rule('R6', 'a division outside the granted set', () => {
    test.each(['crm/Accounts', 'financial/GLAccounts', 'hrm/Divisions'])('%s', async (path) => {
      const { access } = await nl.connect(SANNE, [1240119]);
      expect((await answered(`1240119/${path}`, access)).status).toBe(200);
      expect(await answered(`1240118/${path}`, access)).toMatchObject({
        rule: 'R6',
        status: 403,
        body: envelope(OUTSIDE),
      });
      expect(await answered(`1234567/${path}`, access)).toMatchObject({ rule: 'R6', status: 403 });
    });

    test('listing companies does not mind when the open one was not granted, nor does Me', async () => {
      const { access } = await nl.connect(SANNE, [1240119]);
      expect((await answered('1240118/system/Divisions', access)).status).toBe(200);
      expect((await answered('current/Me', access)).status).toBe(200);
    });

    test('currentDivisionInScope on: listing companies does mind, Me still does not', async () => {
      await nl.switches({ currentDivisionInScope: true });
      const { access } = await nl.connect(SANNE, [1240119]);
      const refused = { rule: 'R6', status: 403, body: envelope(OUTSIDE) };
      expect(await answered('1240119/system/Divisions', access)).toMatchObject(refused);
      expect((await answered('current/Me', access)).status).toBe(200);
      const whole = await nl.connect(SANNE, [1240118]);
      expect((await answered('1240118/system/Divisions', whole.access)).status).toBe(200);
    });
  });

  rule('R7', 'a scope that the registration does not have', () => {
    const READS = {
      'current/Me': 'organization.administration',
      '1234567/system/Divisions': 'organization.administration',
      '1234567/hrm/Divisions': 'organization.administration',
      '1234567/crm/Accounts': 'crm.accounts',
      '1234567/financial/GLAccounts': 'financial.generalledgers',
    };

    test.each(Object.entries(READS))('%s reads %s', async (path, scope) => {
      const { access } = await nl.connect();
      await nl.register({ scopes: ['project.projects'] });
      const body = envelope(`Forbidden - Application Scope Violated. Cannot read '${scope}' scope.`);
      expect(await answered(path, access)).toMatchObject({ rule: 'R7', status: 403, body });
      await nl.register({ scopes: [scope] });
      expect((await answered(path, access)).status).toBe(200);
    });

    test('a registration without scopes may read everything', async () => {
      const { access } = await nl.connect();
      for (const path of Object.keys(READS)) expect((await answered(path, access)).status).toBe(200);
    });

    test('R6 is told before it', async () => {
      await nl.register({ scopes: ['project.projects'] });
      const { access } = await nl.connect(SANNE, [1240119]);
      expect((await answered('1240118/crm/Accounts', access)).rule).toBe('R6');
    });
  });

  rule('R8', '60 calls a minute and 5,000 a day, per app and company', () => {
    const limits = (headers: { forEach: (each: (value: string, name: string) => void) => void }) => {
      const found: Headers = {};
      headers.forEach((value, name) => {
        if (name.startsWith('x-ratelimit-')) found[name] = value;
      });
      return found;
    };
    const MINUTE_ENDS = String(Date.UTC(2026, 9, 1, 12, 1));
    const DAY_ENDS = String(Date.UTC(2026, 9, 2));

    const callSixtyTimes = async (access: string) => {
      for (let call = 0; call < 60; call++) expect((await nl.api('1240118/crm/Accounts', access)).status).toBe(200);
    };

    test('every answer says how many are left, a refusal too', async () => {
      const { access } = await nl.connect();
      const left = (calls: number) => ({
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': String(5000 - calls),
        'x-ratelimit-reset': DAY_ENDS,
        'x-ratelimit-minutely-limit': '60',
        'x-ratelimit-minutely-remaining': String(60 - calls),
        'x-ratelimit-minutely-reset': MINUTE_ENDS,
      });
      expect(limits((await answered('current/Me', access)).headers)).toEqual(left(1));
      expect(limits((await answered('1234567/crm/Nothing', access)).headers)).toEqual(left(2));
      expect(limits((await answered('1234567/crm/Accounts', access)).headers)).toEqual(left(3));
    });

    test('the 61st in a minute is an empty 429 with the minutely headers only', async () => {
      const { access } = await nl.connect(SANNE);
      await callSixtyTimes(access);
      const { headers, ...answer } = await answered('1240118/crm/Accounts', access);
      expect(answer).toEqual({ rule: 'R8', status: 429, body: '' });
      expect(limits(headers)).toEqual({
        'x-ratelimit-minutely-limit': '60',
        'x-ratelimit-minutely-remaining': '0',
        'x-ratelimit-minutely-reset': MINUTE_ENDS,
      });
    });

    test('it counts for one company and one app, and the next minute is a new one', async () => {
      const { access } = await nl.connect(SANNE);
      await callSixtyTimes(access);
      expect((await answered('current/Me', access)).status).toBe(429); // the open company
      expect((await answered('1240119/crm/Accounts', access)).status).toBe(200);
      const elsewhere = await other.connect(SANNE);
      expect((await other.api('1240118/crm/Accounts', elsewhere.access)).status).toBe(200);
      await nl.advance(59.999);
      expect((await answered('1240118/crm/Accounts', access)).status).toBe(429);
      await nl.advance(0.001);
      expect((await answered('1240118/crm/Accounts', access)).status).toBe(200);
    });

    test('after 5,000 calls the day is over, with both kinds of headers', () => {
      const provider = paperProvider(policy);
      let { access, refresh } = provider.connect();
      const call = () => provider.call(access);
      for (let minute = 0; minute < 83; minute++) {
        for (let n = 0; n < 60; n++) expect(call().kind).toBe('admitted');
        provider.advance(60);
        if (minute % 10 === 9) ({ access, refresh } = tokensOf(provider.refresh(refresh)));
      }
      for (let n = 0; n < 20; n++) expect(call().kind).toBe('admitted');
      expect(call()).toMatchObject({
        kind: 'refused',
        refusal: {
          rule: 'R8',
          status: 429,
          body: '',
          headers: { 'X-RateLimit-Limit': '5000', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': DAY_ENDS },
        },
      });
      provider.advance(12 * HOURS);
      ({ access, refresh } = tokensOf(provider.refresh(refresh)));
      expect(call().kind).toBe('admitted');
    });

    test('rateLimits off: no limit and no headers', async () => {
      await nl.switches({ rateLimits: false });
      const { access } = await nl.connect(SANNE);
      await callSixtyTimes(access);
      const { status, headers } = await answered('1240118/crm/Accounts', access);
      expect([status, limits(headers)]).toEqual([200, {}]);
    });
  });

  rule('R9', 'ten errors at one endpoint within an hour', () => {
    const failTimes = async (times: number, access: string, path = '1/crm/Accounts') => {
      for (let n = 0; n < times; n++) expect((await answered(path, access)).status).toBe(403);
    };

    test('block nobody', async () => {
      const { access } = await nl.connect();
      await failTimes(11, access);
    });

    test('errorBlock on: block the client ID for an hour, the next time for two', async () => {
      await nl.switches({ errorBlock: true });
      let { access, refresh } = await nl.connect();
      const sanne = await nl.connect(SANNE);
      await failTimes(10, access);
      for (const token of [access, sanne.access]) {
        expect(await answered('current/Me', token)).toMatchObject({ rule: 'R9', status: 429, body: '' });
      }
      expect((await other.api('current/Me', (await other.connect()).access)).status).toBe(200);
      await nl.advance(1 * HOURS - 1);
      ({ access, refresh } = tokensOf(await nl.refresh(refresh))); // the block is the API's
      expect(await answered('current/Me', access)).toMatchObject({ rule: 'R9' });
      await nl.advance(1);
      await failTimes(10, access);
      await nl.advance(2 * HOURS - 1);
      ({ access, refresh } = tokensOf(await nl.refresh(refresh)));
      expect(await answered('current/Me', access)).toMatchObject({ rule: 'R9' });
      await nl.advance(1);
      expect((await answered('current/Me', access)).status).toBe(200);
    });

    test('errorBlock on: nine, or more of them spread over endpoints, companies, users and hours, do not', async () => {
      await nl.switches({ errorBlock: true });
      const { access, refresh } = await nl.connect(SANNE, []);
      await failTimes(9, access, '1240118/crm/Accounts');
      await failTimes(1, access, '1240118/financial/GLAccounts');
      await failTimes(1, access, '1240119/crm/Accounts');
      await failTimes(9, access);
      await failTimes(1, (await nl.connect()).access);
      expect((await answered('current/Me', access)).status).toBe(200);
      await nl.advance(1 * HOURS);
      const later = tokensOf(await nl.refresh(refresh)).access;
      await failTimes(9, later, '1240118/crm/Accounts');
      expect((await answered('current/Me', later)).status).toBe(200);
    });

    test('errorBlock on: a refusal for too many calls is no error', async () => {
      await nl.switches({ errorBlock: true });
      const { access } = await nl.connect();
      for (let call = 0; call < 60; call++) await nl.api('current/Me', access);
      for (let call = 0; call < 11; call++) expect((await answered('current/Me', access)).rule).toBe('R8');
      await nl.advance(60);
      expect((await answered('current/Me', access)).status).toBe(200);
    });

    test('errorBlock on: a dead token counts, a missing path too', async () => {
      await nl.switches({ errorBlock: true });
      const { access, refresh } = await nl.connect();
      await nl.advance(600);
      for (let n = 0; n < 10; n++) expect((await answered('current/Me', access)).status).toBe(401);
      expect(await answered('current/Me', access)).toMatchObject({ rule: 'R9', status: 429 });
      const fresh = tokensOf(await nl.refresh(refresh));
      await nl.advance(1 * HOURS);
      const { access: later } = tokensOf(await nl.refresh(fresh.refresh));
      for (let n = 0; n < 10; n++) expect((await answered(`1234567/no/${n}`, later)).status).toBe(404);
      expect(await answered('current/Me', later)).toMatchObject({ rule: 'R9', status: 429 });
    });
  });

  rule('R10', 'an API call never uses up its own refresh token, but is a first use', () => {
    test('the token beside it works until its 30 days are over', async () => {
      const { access, refresh } = await nl.connect();
      await answered('current/Me', access);
      await nl.advance(29 * DAYS);
      expect((await nl.refresh(refresh)).status).toBe(200);
    });

    const after = { legacy: null, overlap: 'T13', single: 'T13' };

    test.each([
      ['current/Me', 200],
      ['1234567/no/such/thing', 404],
      ['1/crm/Accounts', 403],
    ])(`%s (%i) leaves the predecessor with ${after[policy] ?? 'its life'}`, async (path, status) => {
      const first = await nl.connect();
      await nl.advance(570);
      const second = tokensOf(await nl.refresh(first.refresh));
      expect((await answered(path, second.access)).status).toBe(status);
      await nl.advance(570);
      await nl.refresh(first.refresh);
      expect(await ruleTold()).toBe(after[policy]);
    });

    test('an expired access token is no first use', async () => {
      const first = await nl.connect();
      await nl.connect();
      const { access } = await nl.connect();
      await nl.advance(600);
      expect((await answered('current/Me', access)).status).toBe(401);
      await nl.refresh(first.refresh);
      expect(await ruleTold()).toBe(policy === 'single' ? 'T14' : null);
    });

    test('nor is a call that the limits refused', async () => {
      const older = await nl.connect();
      for (let call = 0; call < 60; call++) await nl.api('current/Me', older.access);
      const newer = await nl.connect();
      expect((await answered('current/Me', newer.access)).status).toBe(429);
      const states = { legacy: 'live', overlap: 'live', single: 'replaced' };
      expect(await chains()).toMatchObject([{ state: states[policy] }, { state: 'live' }]);
    });
  });
});

everyRuleHasAnEntry();

function aDivision(code: number) {
  return { code, description: 'Nieuw', customer_name: 'Nieuw', country: 'NL', vat_number: '', current: false };
}

function aUser(more: object) {
  const id = '7d000000-0000-4000-8000-00000000000a';
  return { id, user_name: 'n.nieuw', full_name: 'Nina Nieuw', email: 'nina@example.test', divisions: [], ...more };
}
