import { beforeEach, describe, expect, test } from 'vitest';
import { PERSONA_IDS, type PersonaId } from '../core/personas.ts';
import { POLICIES, type Policy } from '../core/policy.ts';
import { consentByRobot } from '../testing/consent-robot.ts';
import { APP, codeOf, httpClient } from '../testing/http-client.ts';
import { aProvider, DAYS, tokensOf } from './provider.ts';

const INVALID_CHAIN =
  '{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid or empty chainId" }';

const { origin, nl, startAnew, ruleTold } = await aProvider();

/** Presses Allow as Sanne de Vries, who has two companies and is followed by Kees Bakker. */
type Press = (decision?: 'allow' | 'deny') => Promise<string>;

/** To the end that each persona is for, at the token endpoint wherever a code gets that far. */
const ENDS: Record<PersonaId, (press: Press, policy: Policy) => Promise<void>> = {
  agrees: async (press) => {
    expect(await press('deny')).toContain('error=access_denied');
    expect((await nl.exchange(codeOf(await press()))).status).toBe(200);
  },
  denies: async (press) => {
    expect(await press()).toBe(`${APP.redirect_uri}?error=access_denied&state=st-1`);
  },
  closes_tab: async (press) => {
    await expect(press()).rejects.toThrow('(200): Korenaar Connect hears nothing');
    const { requests } = (await nl.control('GET', '/requests')).body;
    expect(requests.filter((each: { verdict: string }) => each.verdict === 'issued')).toEqual([]);
  },
  someone_else: async (press) => {
    const { access } = await connected(await press());
    const { d } = await (await nl.api('current/Me', access)).json();
    expect(d.results).toMatchObject([{ UserName: 'k.bakker' }]);
  },
  forgets_current: async (press) => {
    const { access } = await connected(await press());
    const { d } = await (await nl.api('1240119/system/Divisions', access)).json();
    expect(d.results).toMatchObject([{ Code: 1240119, Current: false }]);
  },
  consents_twice: async (press, policy) => {
    const { status, body } = await nl.exchange(codeOf(await press()));
    if (policy === 'legacy') expect(status).toBe(200);
    else expect([status, body]).toEqual([400, INVALID_CHAIN]); // T15
  },
  consents_twice_newer: async (press) => {
    await connected(await press());
    expect((await nl.control('GET', '/chains')).body).toMatchObject([{ consents: 2, live_tokens: 1 }]);
  },
  takes_four_minutes: async (press) => {
    const { status, body } = await nl.exchange(codeOf(await press()));
    expect(status).toBe(400);
    expect(body).toMatch(/^\{"error":"invalid_request","error_description":"The message expired at .+\."\}$/); // T3
    const { clients } = (await nl.control('GET', '')).body;
    expect(clients[0]).toMatchObject({ offset_seconds: 0 }); // nobody's clock moved for it
  },
  not_cleared: async (press) => {
    await expect(press()).rejects.toThrow('(403): The app Korenaar Connect is not cleared'); // A12
  },
  withdraws_later: async (press) => {
    expect(await refreshedAfterADay(press)).toEqual([400, '{"error":"invalid_grant"}', 'T17']);
  },
  user_deleted: async (press) => {
    expect(await refreshedAfterADay(press)).toEqual([400, '{"error":"invalid_grant"}', 'T18']);
  },
};

describe.each(POLICIES)('under %s', (policy) => {
  beforeEach(() => startAnew(policy));

  describe.each(['picked at sign-in', 'set in advance'])('%s', (how) => {
    test.each(PERSONA_IDS)('%s', async (persona) => {
      if (how === 'set in advance') await set({ persona, times: null });
      const back: string[] = [];
      await ENDS[persona](async (decision = 'allow') => {
        back.push(await visit({ decision, ...(how === 'picked at sign-in' && { persona }) }));
        return back.at(-1) ?? '';
      }, policy);
      for (const location of back) {
        // Nothing of the persona goes to the app.
        expect([...new URL(location).searchParams.keys()]).toEqual([expect.stringMatching(/^(code|error)$/), 'state']);
      }
    });
  });
});

describe('a persona', () => {
  beforeEach(() => startAnew('overlap'));

  test('ends with the visit: the session stays, and next time the same person just agrees', async () => {
    const { cookie, location } = await signIn({ persona: 'denies' });
    const played = await pageOf(new URL(location, origin), cookie);
    expect(played).toContain('This visit is played: Denies.');
    expect(played).toContain('<input type="hidden" name="persona" value="denies">');
    const next = await pageOf(nl.authorizeUrl(), cookie);
    expect(next).not.toContain('This visit is played');
    expect(next).toContain('<input type="hidden" name="persona" value="agrees">');
  });

  test('shows whom it chose and who consents instead', async () => {
    await set({ persona: 'someone_else', times: 1 });
    const { cookie } = await signIn();
    const page = (await pageOf(nl.authorizeUrl(), cookie)).replaceAll(/<[^>]+>/g, '');
    expect(page).toMatch(/Signed in as Kees Bakker\s*kees@example\.test\s*You chose Sanne de Vries\./);
  });

  test('that nobody knows is not played', async () => {
    const { status, page } = await signIn({ persona: 'sulks' });
    expect(status).toBe(400);
    expect(page).toContain('Choose one of these ways to behave.');
  });

  test('is in the journal from sign-in on', async () => {
    await visit({ persona: 'takes_four_minutes' });
    const { requests } = (await nl.control('GET', '/requests')).body;
    expect(requests.map(({ path, persona }: { path: string; persona: string | null }) => [path, persona])).toEqual([
      ['/api/oauth2/auth', null],
      ['/__login', 'takes_four_minutes'],
      ['/api/oauth2/auth', 'takes_four_minutes'],
      ['/__consent', 'takes_four_minutes'],
    ]);
  });
});

describe('a persona set in advance', () => {
  beforeEach(() => startAnew('overlap'));

  test('wins over what is picked, and both pages say so', async () => {
    await set({ persona: 'denies', times: null });
    const { cookie, location } = await signIn({ persona: 'closes_tab' });
    const consentUrl = new URL(location, origin);
    expect(consentUrl.searchParams.get('__persona')).toBe('closes_tab');
    for (const page of [await pageOf(nl.authorizeUrl()), await pageOf(consentUrl, cookie)]) {
      expect(page).toContain('A test has set how this visit goes: Denies.');
      expect(page).not.toContain('<select');
    }
    const pressed = await post('/__consent', { decision: 'allow', persona: 'closes_tab' }, cookie);
    expect(pressed.headers.get('location')).toContain('error=access_denied');
  });

  test('is for one consent, for so many, or until changed', async () => {
    await set({ persona: 'denies' });
    expect(await outcomes(2)).toEqual(['error', 'code']);
    await set({ persona: 'denies', times: 2 });
    expect(await outcomes(3)).toEqual(['error', 'error', 'code']);
    await set({ persona: 'denies', times: null });
    expect(await outcomes(3)).toEqual(['error', 'error', 'error']);
    await set({ persona: null });
    expect(await outcomes(1)).toEqual(['code']);
  });

  test('is used up by an outsider, who never reaches a consent', async () => {
    await set({ persona: 'not_cleared' });
    await expect(visit()).rejects.toThrow('(403)');
    expect(await outcomes(1)).toEqual(['code']);
  });

  test('is not used up by looking, nor by another client', async () => {
    const other = { ...APP, client_id: 'other-app' };
    await httpClient(origin, other).register();
    await set({ persona: 'denies' });
    const { cookie } = await signIn();
    await pageOf(nl.authorizeUrl(), cookie);
    await httpClient(origin, other).consentCode();
    const { personas, set: left } = (await nl.control('GET', '/personas')).body;
    expect(left).toEqual([{ client_id: APP.client_id, persona: 'denies', times: 1 }]);
    expect(personas.map((each: { id: string }) => each.id)).toEqual(PERSONA_IDS);
  });

  test.each([
    ['an unknown persona', { persona: 'sulks' }, /^persona: must be one of agrees, denies, .*or null/],
    ['an unknown client', { client_id: 'nobody', persona: 'agrees' }, /^No client nobody is registered/],
    ['no times at all', { persona: 'denies', times: 0 }, /^times: must be 1 or more, or null/],
    ['half a time', { persona: 'denies', times: 1.5 }, /^times: must be a whole number/],
  ])('%s is refused in a sentence that says what is allowed', async (_, body, sentence) => {
    const answer = await set(body);
    expect([answer.status, answer.body]).toEqual([400, { error: expect.stringMatching(sentence) }]);
  });
});

function set(body: { client_id?: string; persona: string | null; times?: number | null }) {
  return nl.control('POST', '/personas', { client_id: APP.client_id, ...body });
}

function visit(more: { decision?: 'allow' | 'deny'; persona?: string } = {}): Promise<string> {
  return consentByRobot({ authorizeUrl: nl.authorizeUrl(), user: 's.devries', ...more });
}

async function outcomes(visits: number): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (let n = 0; n < visits; n++) seen.push([...new URL(await visit()).searchParams.keys()][0]);
  return seen;
}

async function connected(location: string) {
  return tokensOf(await nl.exchange(codeOf(location)));
}

/** A refresh shortly before the day is over works; what one after it is told, and by which rule. */
async function refreshedAfterADay(press: Press) {
  const first = await connected(await press());
  await nl.advance(DAYS - 60);
  const before = await nl.refresh(first.refresh);
  await nl.advance(600);
  const { status, body } = await nl.refresh(tokensOf(before).refresh);
  return [status, body, await ruleTold()];
}

async function signIn(fields: Record<string, string> = {}) {
  const answer = await post('/__login', { user: 's.devries', ...fields });
  const header = (name: string) => answer.headers.get(name) ?? '';
  const page = await answer.text();
  return { status: answer.status, page, cookie: header('set-cookie'), location: header('location') };
}

function post(path: string, fields: Record<string, string>, cookie = ''): Promise<Response> {
  const body = new URLSearchParams({ ...Object.fromEntries(new URL(nl.authorizeUrl()).searchParams), ...fields });
  return fetch(`${origin}${path}`, { method: 'POST', body, redirect: 'manual', headers: { cookie } });
}

async function pageOf(url: string | URL, cookie = ''): Promise<string> {
  return (await fetch(url, { headers: { cookie } })).text();
}
