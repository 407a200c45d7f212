import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../index.ts';
import { APP, httpClient } from '../testing/http-client.ts';

let simulator: RunningSimulator;
let nl: ReturnType<typeof httpClient>;

beforeAll(async () => {
  simulator = await startSimulator({ policy: 'overlap' });
  nl = httpClient(simulator.origins.nl);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await nl.control('POST', '/reset', {});
  await nl.register();
});

const counters = async () => (await nl.control('GET', '')).body.counters;
const requests = async (query: string) => (await nl.control('GET', `/requests?${query}`)).body.requests;

describe('counters', () => {
  test('begin at nothing', async () => {
    const nothing = {
      token_calls: 0,
      issued: 0,
      refused: 0,
      short_gaps: 0,
      smallest_gap_seconds: null,
      spent_twice: { answered: 0, refused: 0 },
      answers_lost: 0,
      max_live_tokens: 0,
    };
    expect(await counters()).toEqual({ overall: nothing, clients: [{ client_id: APP.client_id, ...nothing }] });
  });

  test('T10: token calls of one chain within 570 s of each other, whatever they were told', async () => {
    const { refresh } = await nl.connect();
    await nl.advance(100);
    await nl.refresh(refresh); // T11
    await nl.advance(571);
    await nl.refresh(refresh);
    const { overall } = await counters();
    expect(overall).toMatchObject({ token_calls: 3, issued: 2, refused: 1, short_gaps: 1 });
    expect(overall.smallest_gap_seconds).toBeGreaterThanOrEqual(100);
    expect(overall.smallest_gap_seconds).toBeLessThan(130);
  });

  test('tell gaps of one chain from calls of several', async () => {
    await nl.connect('j.jansen');
    await nl.connect('s.devries');
    expect((await counters()).overall).toMatchObject({ token_calls: 2, short_gaps: 0, smallest_gap_seconds: null });
  });

  test('T13: refresh tokens presented again after they had succeeded, answered or refused', async () => {
    const { refresh } = await nl.connect();
    await nl.advance(600);
    const { refresh_token: successor } = JSON.parse((await nl.refresh(refresh)).body);
    expect((await counters()).overall.spent_twice).toEqual({ answered: 0, refused: 0 });
    await nl.advance(580);
    expect((await nl.refresh(refresh)).status).toBe(200); // overlap: the successor was not used yet
    await nl.advance(580);
    await nl.refresh(refresh);
    await nl.refresh(successor);
    expect((await counters()).overall.spent_twice).toEqual({ answered: 1, refused: 1 });
  });

  test('answers that were lost, and none that a fault sent before the rules were asked', async () => {
    const { refresh } = await nl.connect();
    await nl.advance(600);
    for (const when of ['before', 'after']) {
      await nl.control('POST', '/faults', { endpoint: 'refresh', kind: 'reset', when });
      await nl.refresh(refresh).catch(() => {});
    }
    expect((await counters()).overall).toMatchObject({ token_calls: 2, issued: 2, short_gaps: 0, answers_lost: 1 });
  });

  test('live tokens of the chain that has most', async () => {
    const { refresh } = await nl.connect();
    await nl.connect('s.devries');
    await nl.advance(600);
    await nl.refresh(refresh);
    expect((await counters()).overall.max_live_tokens).toBe(2);
    await nl.policy('single');
    expect((await counters()).overall.max_live_tokens).toBe(1);
  });

  test('keep clients apart, and put calls of nobody together', async () => {
    await nl.register({ client_id: 'other-app' });
    await nl.connect();
    await nl.refresh('x', { client_id: 'other-app' });
    await nl.refresh('x', { client_id: 'made-up' });
    await nl.refresh('x', { client_id: 'made-up-too' });
    const { overall, clients } = await counters();
    expect(overall.token_calls).toBe(4);
    expect(clients).toMatchObject([
      { client_id: APP.client_id, token_calls: 1, issued: 1 },
      { client_id: 'other-app', token_calls: 1, refused: 1 },
      { client_id: null, token_calls: 2, refused: 2 },
    ]);
  });
});

describe('the journal is filtered', () => {
  test('by chain, rule, verdict, the beginning of a path, and number', async () => {
    const { access, refresh } = await nl.connect();
    await nl.connect('s.devries');
    await nl.api('current/Me', access);
    await nl.refresh(refresh);
    const [{ chain }] = (await nl.control('GET', '/chains')).body;
    const kinds = async (query: string) =>
      (await requests(query)).map((each: { verdict: string; rule: string | null }) => each.rule ?? each.verdict);
    expect(await kinds(`chain=${chain}`)).toEqual(['issued', 'served', 'T11']);
    expect(await kinds('rule=T11')).toEqual(['T11']);
    expect(await kinds('verdict=refused')).toEqual(['T11']);
    expect(await kinds('path=/api/v1/')).toEqual(['served']);
    expect(await kinds(`chain=${chain}&limit=2`)).toEqual(['served', 'T11']);
    expect(await kinds(`chain=${chain}&limit=0`)).toEqual([]);
  });

  test('and says whether the answer left whole', async () => {
    await nl.connect();
    const [first] = await requests('limit=1');
    expect(first).toMatchObject({ processed: true, delivered: true, fault: null, repeated: false });
  });
});

describe('the page for people', () => {
  const page = async () => {
    const response = await fetch(`${simulator.origins.nl}/__control`, { headers: { accept: 'text/html,*/*;q=0.8' } });
    return { response, body: await response.text() };
  };

  test('shows clients, counters, chains and requests, and no secret', async () => {
    const { access, refresh } = await nl.connect();
    await nl.advance(90_000);
    await nl.control('POST', '/faults', { endpoint: 'refresh', kind: 'reset', when: 'after' });
    await nl.refresh(refresh).catch(() => {});
    await nl.refresh(refresh);
    const { response, body } = await page();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    const shown = body
      .replaceAll(/<style.*<\/style>/gs, '')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    for (const words of [
      APP.name,
      '1 d 1 h ahead',
      'Jan Jansen',
      'reset after',
      '200, lost',
      'T10',
      '2 issued, 1 refused',
    ]) {
      expect(shown).toContain(words);
    }
    for (const secret of [access, refresh, APP.client_secret]) expect(body).not.toContain(secret);
    expect(body).not.toContain('<script');
  });

  test('says so when there is nothing yet, and keeps a hostile name as text', async () => {
    await nl.register({ name: '<img src=x>' });
    const { body } = await page();
    expect(body).toContain('Nobody has consented yet.');
    expect(body).toContain('&lt;img src=x&gt;');
    expect(body).not.toContain('<img');
  });

  test('is not what a program gets', async () => {
    const response = await fetch(`${simulator.origins.nl}/__control`, { headers: { accept: 'application/json' } });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });
});
