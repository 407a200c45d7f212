import { afterAll, vi } from 'vitest';
import type { Policy } from '../core/policy.ts';
import { startSimulator } from '../index.ts';
import { APP, httpClient } from '../testing/http-client.ts';

export const HOURS = 3_600;
export const DAYS = 86_400;

/** 10/1/2026 12:00:00 PM in UTC, 14:00 in Amsterdam. Real time stands still here; each client's clock moves when told. */
const NOON = Date.UTC(2026, 9, 1, 12);

const OTHER_APP = { ...APP, client_id: 'another-app', client_secret: 'another-secret' };

type Answer = { status: number; headers: Headers; body: string };

/** A simulator for one test file: everything over HTTP, and the journal to say which rule it was. */
export async function aProvider() {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  const simulator = await startSimulator();
  afterAll(async () => {
    await simulator.close();
    vi.useRealTimers();
  });
  const nl = httpClient(simulator.origins.nl);
  const other = httpClient(simulator.origins.nl, OTHER_APP);
  const ruleTold = async () => (await nl.control('GET', '/requests')).body.requests.at(-1).rule;

  return {
    origin: simulator.origins.nl,
    nl,
    /** Another app on the same site. */
    other,
    /** The same app, on a site where it does not exist. */
    be: httpClient(simulator.origins.be),
    /** Empty but for two apps. */
    startAnew: async (policy: Policy) => {
      await nl.control('POST', '/reset', {});
      await nl.control('POST', '/policy', { policy });
      await nl.register();
      await other.register();
    },
    ruleTold,
    /** A token answer as the table writes it, with the rule that the journal names. */
    told: async (answer: Promise<Answer>) => {
      const { status, headers, body } = await answer;
      const reason = headers.get('reason');
      return { rule: await ruleTold(), status, body, ...(reason === null ? {} : { reason }) };
    },
    chains: async () => (await nl.control('GET', '/chains')).body,
  };
}

export function tokensOf(answer: Pick<Answer, 'status' | 'body'>): { access: string; refresh: string } {
  if (answer.status !== 200) throw new Error(`expected tokens, got ${answer.status} ${answer.body}`);
  const { access_token: access, refresh_token: refresh } = JSON.parse(answer.body);
  return { access, refresh };
}
