import { type ApiVerdict, judgeApiCall } from '../core/api.ts';
import { giveConsent } from '../core/authorize.ts';
import { exchangeCode } from '../core/exchange.ts';
import { type Client, clientKey, emptyLedger, type Ledger, record, type User } from '../core/ledger.ts';
import type { Policy } from '../core/policy.ts';
import { refreshToken } from '../core/refresh.ts';
import type { FreshTokens, Minted, TokenVerdict } from '../core/token-verdict.ts';

export const REDIRECT_URI = 'https://app.example.test/callback';
const START = Date.UTC(2026, 9, 1, 12, 0, 0); // 10/1/2026 12:00:00 PM

export const JAN: User = {
  id: '5c1f0000-0000-4000-8000-000000000001',
  userName: 'j.jansen',
  fullName: 'Jan Jansen',
  email: 'jan@example.test',
  divisions: [101, 102].map((code) => ({
    code,
    description: `Company ${code}`,
    customerName: 'Jansen',
    country: 'NL',
    vatNumber: 'NL001234567B01',
    current: code === 101,
  })),
};
export const SANNE: User = { ...JAN, id: '5c1f0000-0000-4000-8000-000000000002', userName: 's.devries' };

export const APP: Client = {
  site: 'nl',
  clientId: 'app',
  secretHash: hash('secret'),
  redirectUri: REDIRECT_URI,
  name: 'An app',
  purpose: 'Read the bookkeeping',
  thirdParties: [],
  scopes: [],
  cleared: true,
  realm: null,
};

type Tokens = { readonly access: string; readonly refresh: string };
export type Answer = { readonly status: number; readonly body: string; readonly rule: string | null };

/**
 * The core rules driven without a network: a made-up clock, tokens called `refresh-3`, and verdicts recorded at once.
 * `mark` is part of every token.
 */
export function paperProvider(policy: Policy = 'overlap', mark = '') {
  const ledger: Ledger = emptyLedger(policy, [JAN, SANNE]);
  ledger.clients.set(clientKey(APP.site, APP.clientId), APP);
  let realNow = START;
  let minted = 0;

  const mint = (kind: string): Minted => {
    const value = `${kind}-${++minted}${mark}`;
    return { value, id: hash(value) };
  };
  const present = (token: string) => {
    const fresh: FreshTokens = { accessToken: mint('access'), refreshToken: mint('refresh') };
    const { site, clientId, secretHash } = APP;
    return { site, clientId, secretHash, tokenId: hash(token), fresh, realNow };
  };
  const settle = (verdict: TokenVerdict): Answer => {
    record(ledger, verdict.changes);
    return verdict.kind === 'issued'
      ? { status: 200, body: verdict.body, rule: null }
      : { status: verdict.refusal.status, body: verdict.refusal.body, rule: verdict.refusal.rule };
  };
  const exchange = (code: string): Answer =>
    settle(exchangeCode(ledger, { ...present(code), redirectUri: REDIRECT_URI }));
  const refresh = (token: string): Answer => settle(refreshToken(ledger, present(token)));
  const consent = (user: User = JAN, divisions: readonly number[] = [101, 102]): string => {
    const code = mint('code');
    record(ledger, giveConsent(ledger, { client: APP, user, divisions, code, realNow }));
    return code.value;
  };

  return {
    ledger,
    realNow: () => realNow,
    idOf: hash,
    advance: (seconds: number) => {
      realNow += seconds * 1000;
    },
    consent,
    exchange,
    refresh,
    /** Consent and exchange in one go. */
    connect: (user: User = JAN): Tokens => tokensOf(exchange(consent(user))),
    call: (token: string): ApiVerdict => {
      const asked = { method: 'GET', path: '/api/v1/current/Me', format: 'json' } as const;
      const verdict = judgeApiCall(ledger, { site: APP.site, tokenId: hash(token), ...asked, realNow });
      record(ledger, verdict.changes);
      return verdict;
    },
    chain: () => {
      const chain = [...ledger.chains.values()].at(-1);
      if (chain === undefined) throw new Error('no chain yet');
      return chain;
    },
  };
}

export function tokensOf(answer: Answer): Tokens {
  if (answer.status !== 200) throw new Error(`expected tokens, got ${answer.status} ${answer.body}`);
  const { access_token, refresh_token } = JSON.parse(answer.body);
  return { access: access_token, refresh: refresh_token };
}

function hash(value: string): string {
  return `#${value}`.padEnd(16, '.');
}
