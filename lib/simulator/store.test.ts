import { afterEach, describe, expect, test, vi } from 'vitest';
import { type RunningSimulator, type Store, startSimulator } from './index.ts';
import { Keeper } from './keeper.ts';
import { APP, httpClient } from './testing/http-client.ts';

const running: RunningSimulator[] = [];
afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.close();
});

async function start(options: Parameters<typeof startSimulator>[0]) {
  const simulator = await startSimulator(options);
  running.push(simulator);
  const stop = async () => {
    running.splice(running.indexOf(simulator), 1);
    await simulator.close();
  };
  return { ...httpClient(simulator.origins.nl), policyNow: simulator.policy, stop };
}

/** Keeps text only, as a database would, and can be told to fail or to be slow. */
function jsonStore() {
  const kept = new Map<string, string>();
  const state = { failing: 0, batches: [] as number[], slow: null as Promise<void> | null };
  const store: Store = {
    load: async () =>
      [...kept].map(([name, value]) => {
        const [collection = '', key = ''] = name.split('\n');
        return { collection, key, value: JSON.parse(value) };
      }),
    write: async (batch) => {
      await state.slow;
      if (state.failing > 0) {
        state.failing--;
        throw new Error('disk full');
      }
      state.batches.push(batch.length);
      for (const { collection, key, value } of batch) {
        if (value === null) kept.delete(`${collection}\n${key}`);
        else kept.set(`${collection}\n${key}`, JSON.stringify(value));
      }
    },
    close: async () => {},
  };
  return { kept, state, store };
}

describe('a restart', () => {
  test('keeps clients, chains, tokens, clocks, policies, switches, faults, counters and the journal', async () => {
    const { store } = jsonStore();
    const before = await start({ store, policy: 'overlap' });
    await before.register();
    await before.policy('single');
    await before.switches({ tooEarlyRotates: true });
    await before.control('POST', '/faults', { endpoint: 'divisions', kind: 'cut', at: 3, client_id: APP.client_id });
    const { access, refresh } = await before.connect();
    const code = await before.consentCode('s.devries');
    await before.advance(100);
    const asked = ['', '/chains', '/faults', '/requests'] as const;
    const answers = (of: typeof before) => Promise.all(asked.map(async (path) => (await of.control('GET', path)).body));
    const known = await answers(before);
    await before.stop();

    const after = await start({ store });
    const instant = { now: expect.any(String) };
    const [overview, ...others] = known;
    const clients = [{ ...overview.clients[0], ...instant }];
    expect(await answers(after)).toEqual([{ ...overview, ...instant, clients }, ...others]);
    expect((await after.api('current/Me', access)).status).toBe(200);
    expect((await after.exchange(code)).status).toBe(200);
    await after.advance(470);
    expect((await after.refresh(refresh)).status).toBe(200);
    const { requests } = (await after.control('GET', '/requests')).body;
    expect(requests.map((each: { seq: number }) => each.seq)).toEqual(requests.map((_: unknown, at: number) => at + 1));
  });

  test('with a policy of its own takes that one', async () => {
    const { store } = jsonStore();
    await (await start({ store, policy: 'legacy' })).stop();
    const kept = await start({ store });
    expect(kept.policyNow).toBe('legacy');
    await kept.stop();
    expect((await start({ store, policy: 'single' })).policyNow).toBe('single');
  });

  test('after a reset starts with the seed users, and counts requests on', async () => {
    const { store } = jsonStore();
    const before = await start({ store });
    await before.register();
    const { refresh } = await before.connect();
    const { requests } = (await before.control('GET', '/requests')).body;
    await before.control('POST', '/reset', {});
    await before.stop();

    const after = await start({ store });
    const { body } = await after.control('GET', '');
    expect(body).toMatchObject({ clients: [], counters: { overall: { token_calls: 0 } } });
    expect(body.users.length).toBeGreaterThanOrEqual(6);
    await after.refresh(refresh);
    expect((await after.control('GET', '/requests')).body.requests).toMatchObject([{ seq: requests.length + 1 }]);
  });
});

test('the store sees neither token nor secret', async () => {
  const { store, kept } = jsonStore();
  const simulator = await start({ store });
  await simulator.register();
  const { access, refresh } = await simulator.connect();
  await simulator.stop();
  const all = [...kept].flat().join('\n');
  for (const secret of [access, refresh, APP.client_secret]) expect(all).not.toContain(secret);
});

describe('batches', () => {
  test('a change writes its own records, not the ledger', async () => {
    const { store, state } = jsonStore();
    const simulator = await start({ store, policy: 'legacy' });
    await simulator.register();
    for (let at = 0; at < 20; at++) await simulator.connect();
    const { refresh } = await simulator.connect();
    await simulator.advance(600);
    await simulator.refresh(refresh);
    expect(state.batches.at(-1)).toBeLessThan(20);
  });

  test('200 token requests at once share them', async () => {
    const { store, state } = jsonStore();
    const simulator = await start({ store, policy: 'legacy' });
    await simulator.register();
    const { refresh } = await simulator.connect();
    await simulator.advance(600);
    const before = state.batches.length;
    const opened = Promise.withResolvers<void>();
    state.slow = opened.promise;
    const answers = Promise.all(Array.from({ length: 200 }, () => simulator.refresh(refresh)));
    await vi.waitFor(async () =>
      expect((await simulator.control('GET', '/requests?path=/api/oauth2/token')).body.requests).toHaveLength(201),
    );
    opened.resolve();
    const statuses = (await answers).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(199).fill(400)]); // T10 for all but the first
    expect(state.batches.length - before).toBeLessThanOrEqual(3);
  });

  test('no answer leaves before its batch is written', async () => {
    const { store, state } = jsonStore();
    const simulator = await start({ store });
    await simulator.register();
    const code = await simulator.consentCode();
    const opened = Promise.withResolvers<void>();
    state.slow = opened.promise;
    let answered = false;
    const answer = simulator.exchange(code).finally(() => {
      answered = true;
    });
    await vi.waitFor(async () => {
      const { requests } = (await simulator.control('GET', '/requests?verdict=issued')).body;
      expect(requests.at(-1)).toMatchObject({ grant_type: 'authorization_code', delivered: null });
    });
    expect(answered).toBe(false);
    opened.resolve();
    expect((await answer).status).toBe(200);
  });

  test('keep the newest value of a record that changed again while it was being written', async () => {
    const { store, state, kept } = jsonStore();
    const keeper = new Keeper(store);
    const words = keeper.collection<string>('words');
    const opened = Promise.withResolvers<void>();
    state.slow = opened.promise;
    state.failing = 1;
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    words.set('a', 'first');
    const first = keeper.written();
    await new Promise(setImmediate);
    words.set('a', 'second');
    opened.resolve();
    await expect(first).rejects.toThrow('disk full');
    await keeper.close();
    expect([...kept]).toEqual([['words\na', '"second"']]);
  });
});

describe('a store that fails', () => {
  test('T19: the work is done, the answer is lost, and the next try writes it', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { store, state } = jsonStore();
    const before = await start({ store });
    await before.register();
    const code = await before.consentCode();
    state.failing = 1;
    const { status, body, headers } = await before.exchange(code);
    expect(status).toBe(503);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(body).toBe('Server maintenance: Due to server maintenance the Exact Online server is unavailable.');
    expect(said.mock.calls.join()).toContain('the store failed');

    const replay = await before.exchange(code);
    expect([replay.status, replay.body]).toMatchObject([400, expect.stringContaining('already been processed')]);
    await before.stop();

    const after = await start({ store });
    const { requests } = (await after.control('GET', '/requests?path=/api/oauth2/token')).body;
    expect(requests).toMatchObject([
      { verdict: 'issued', status: 200, processed: true, delivered: false },
      { verdict: 'refused', rule: 'T4', delivered: true },
    ]);
    expect((await after.control('GET', '/chains')).body).toMatchObject([{ generation: 0, live_tokens: 1 }]);
  });

  test('a command says that it was not stored, and reading goes on', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { store, state } = jsonStore();
    const simulator = await start({ store });
    state.failing = 1;
    const { status, body } = await simulator.register();
    expect([status, Object.keys(body)]).toEqual([503, ['error']]);
    expect((await simulator.control('GET', '')).body.clients).toHaveLength(1);
  });

  test('at the start stops it', async () => {
    const { store } = jsonStore();
    const broken = { ...store, load: () => Promise.reject(new Error('no such table')) };
    await expect(startSimulator({ store: broken })).rejects.toThrow('no such table');
  });
});
