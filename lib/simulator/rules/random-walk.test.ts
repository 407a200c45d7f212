import { describe, expect, test } from 'vitest';
import { endAccess } from '../core/endings.ts';
import { type Chain, record } from '../core/ledger.ts';
import { POLICIES, type Policy, stillAnswers } from '../core/policy.ts';
import { APP, JAN, paperProvider, SANNE } from '../testing/paper-provider.ts';

/*
 * Consents, exchanges, refreshes, API calls, withdrawals and time, in an order nobody thought of. A walk is its seed, and
 * a failure names it with the steps taken, so it can be walked again.
 */

const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1);
const STEPS = 300;
const DAY = 86_400;

/** What a token that heard it never comes back from, as long as policy and clock only go forward. */
const FINAL = ['T13', 'T14', 'T16', 'T17'];

/** Mulberry32: small, seeded, and good enough to choose the next step. */
function randomNumbers(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function walk(policy: Policy, seed: number) {
  const random = randomNumbers(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  /** The latest few are where things happen. */
  const pickLate = (choices: readonly string[]) => pick(choices.slice(random() < 0.2 ? 0 : -4));

  const provider = paperProvider(policy);
  provider.ledger.switches.tooEarlyRotates = seed % 3 === 0;
  const codes = [provider.consent()];
  const refreshTokens: string[] = [];
  const accessTokens: string[] = [];
  const exchanged = new Set<string>();
  const finished = new Map<string, string>();
  const issuedAt = new Map<string, number>();
  const trail: string[] = [];
  const heard = new Set<string | null>();
  const where = () => `policy ${policy}, seed ${seed}: ${trail.join(' ')}`;

  const keep = (body: string) => {
    const { access_token: access, refresh_token: refresh } = JSON.parse(body);
    if (access) accessTokens.push(access);
    if (refresh) refreshTokens.push(refresh);
  };

  const exchange = (code: string) => {
    const { status, body, rule } = provider.exchange(code);
    heard.add(rule);
    if (status !== 200) return;
    expect(exchanged.has(code), `a code was exchanged twice. ${where()}`).toBe(false);
    exchanged.add(code);
    issuedAt.set(provider.chain().id, provider.realNow());
    keep(body);
  };

  const refresh = (token: string) => {
    const known = provider.ledger.refreshTokens.get(provider.idOf(token));
    const chain = provider.ledger.chains.get(known?.chain ?? '');
    if (!known || !chain) throw new Error(`lost ${token}. ${where()}`);
    const expected = stillAnswers(provider.ledger, chain, known, provider.realNow());
    const { status, body, rule } = provider.refresh(token);
    heard.add(rule);
    expect(!FINAL.includes(String(rule)), `${token} heard ${rule}, stillAnswers said ${expected}. ${where()}`).toBe(
      expected,
    );
    if (FINAL.includes(String(rule))) finished.set(token, String(rule));
    if (status === 200) {
      expect(finished.get(token), `${token} came back. ${where()}`).toBe(undefined);
      const gap = provider.realNow() - (issuedAt.get(chain.id) ?? 0);
      expect(gap, `${token} was early. ${where()}`).toBeGreaterThanOrEqual(570_000);
      issuedAt.set(chain.id, provider.realNow());
    }
    keep(body);
  };

  const steps: readonly (readonly [weight: number, name: string, take: () => void])[] = [
    [2, 'consent', () => codes.push(provider.consent(pick([JAN, JAN, SANNE])))],
    [3, 'exchange', () => exchange(pickLate(codes))],
    [8, 'refresh', () => refreshTokens.length > 0 && refresh(pickLate(refreshTokens))],
    [3, 'call', () => accessTokens.length > 0 && provider.call(pickLate(accessTokens))],
    [6, 'wait', () => provider.advance(pick([1, 30, 100, 300, 569, 570, 575, 600, 3600, DAY]))],
    [0.2, 'wait-long', () => provider.advance(pick([29 * DAY, 30 * DAY]))],
    [0.2, 'withdraw', () => withdraw(provider, pick([0, 600]))],
  ];
  const hat = steps.flatMap((step) => Array.from({ length: step[0] * 5 }, () => step));

  for (let n = 0; n < STEPS; n++) {
    const [, name, take] = pick(hat);
    trail.push(name);
    take();
    checkLiveTokens(provider, policy, where);
  }
  return heard;
}

type Provider = ReturnType<typeof paperProvider>;

function withdraw({ ledger, realNow }: Provider, inSeconds: number) {
  const of = { site: APP.site, clientId: APP.clientId, userId: JAN.id };
  record(ledger, endAccess(ledger, of, { kind: 'withdrawn', at: realNow() + inSeconds * 1000 }));
}

function checkLiveTokens({ ledger, realNow }: Provider, policy: Policy, where: () => string) {
  const perChain = new Map<Chain, number>();
  const perUser = new Map<string, number>();
  for (const token of ledger.refreshTokens.values()) {
    const chain = ledger.chains.get(token.chain);
    if (!chain || !stillAnswers(ledger, chain, token, realNow())) continue;
    perChain.set(chain, (perChain.get(chain) ?? 0) + 1);
    perUser.set(chain.userId, (perUser.get(chain.userId) ?? 0) + 1);
  }
  if (policy === 'single') expect(Math.max(0, ...perUser.values()), where()).toBeLessThanOrEqual(1);
  if (policy === 'overlap') expect(Math.max(0, ...perChain.values()), where()).toBeLessThanOrEqual(2);
}

describe.each(POLICIES)('under %s', (policy) => {
  const heard = new Set<string | null>();

  test.each(SEEDS)('seed %i: tokens end for good, never too many live, and never within 570 s', (seed) => {
    for (const rule of walk(policy, seed)) heard.add(rule);
  });

  test('the walks have been everywhere', () => {
    const everywhere = {
      legacy: ['T10', 'T11', 'T16', 'T17', 'T3', 'T4', null],
      overlap: ['T10', 'T11', 'T13', 'T14', 'T15', 'T16', 'T17', 'T3', 'T4', null],
      single: ['T10', 'T11', 'T13', 'T14', 'T15', 'T16', 'T17', 'T3', 'T4', null],
    };
    expect([...heard].sort()).toEqual(everywhere[policy]);
  });
});
