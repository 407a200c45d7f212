import type { Chain, Changes, Client, Code, LedgerView, Pair } from './ledger.ts';
import { clientNow, clientPolicy, findClient, pairOf } from './ledger.ts';
import { isOvertaken, type Policy } from './policy.ts';
import {
  chainReplaced,
  codeAlreadySpent,
  codeExpired,
  invalidClient,
  invalidRequest,
  type Refusal,
} from './refusals.ts';
import { firstRefusal, issuedBody, type Presented, type Subject, type TokenVerdict } from './token-verdict.ts';
import { CODE_SECONDS, hasPassed, type Instant } from './vocabulary.ts';

type Facts = {
  readonly presented: Presented & { readonly redirectUri: string };
  readonly client: Client | undefined;
  readonly code: Code;
  readonly pair: Pair;
  readonly policy: Policy;
  readonly now: Instant;
};

type Check = (facts: Facts) => Refusal | null;

const age: Check = ({ code, now }) =>
  hasPassed(code.issuedAt, CODE_SECONDS, now) ? codeExpired(code.issuedAt + CODE_SECONDS * 1000, now) : null;

const alreadySpent: Check = ({ code }) => (code.spentAt === null ? null : codeAlreadySpent());

const credentials: Check = ({ presented, client }) =>
  client?.secretHash === presented.secretHash ? null : invalidClient('T8');

const anotherClient: Check = ({ presented, code }) =>
  presented.clientId === code.clientId ? null : invalidClient('T9');

const redirectUri: Check = ({ presented, code }) =>
  presented.redirectUri === code.redirectUri ? null : invalidRequest('T6');

const overtaken: Check = ({ code, pair, policy }) =>
  isOvertaken(policy, code.consent, pair) ? chainReplaced('T15') : null;

// §1.4, order of checks for a code. Between the two lists the code becomes spent, whatever the second list says (T7).
const BEFORE_SPENDING: readonly Check[] = [age, alreadySpent];
const AFTER_SPENDING: readonly Check[] = [credentials, anotherClient, redirectUri, overtaken];

/** `grant_type=authorization_code`. */
export function exchangeCode(ledger: LedgerView, presented: Facts['presented']): TokenVerdict {
  const code = ledger.codes.get(presented.tokenId);
  // A code of another site cannot be decoded here (A1), and neither can one that was cut, altered or encoded twice.
  if (code === undefined || code.site !== presented.site) {
    const subject = { clientId: presented.clientId, userId: null, chain: null, generation: null };
    return { kind: 'refused', refusal: invalidRequest('T5'), subject, changes: {} };
  }

  const now = clientNow(ledger, code.clientId, presented.realNow);
  const facts: Facts = {
    presented,
    client: findClient(ledger, presented.site, presented.clientId),
    code,
    pair: pairOf(ledger, code),
    policy: clientPolicy(ledger, code.clientId),
    now,
  };
  const subject: Subject = {
    clientId: presented.clientId,
    userId: code.userId,
    chain: chainId(code),
    generation: null,
  };

  const early = firstRefusal(BEFORE_SPENDING, facts);
  if (early) return { kind: 'refused', refusal: early, subject, changes: {} };

  const spent: Code = { ...code, spentAt: now };
  const late = firstRefusal(AFTER_SPENDING, facts);
  if (late) return { kind: 'refused', refusal: late, subject, changes: { codes: [spent] } };

  return {
    kind: 'issued',
    body: issuedBody(presented.fresh),
    subject: { ...subject, generation: 0 },
    changes: { codes: [spent], ...startChain(facts) },
  };
}

function startChain({ code, pair, presented, now }: Facts): Changes {
  const { accessToken, refreshToken } = presented.fresh;
  const chain: Chain = {
    id: chainId(code),
    site: code.site,
    clientId: code.clientId,
    userId: code.userId,
    consent: code.consent,
    divisions: code.divisions,
    newestToken: refreshToken.id,
    generation: 0,
    lastIssuedAt: now, // T11: the 570 s also count from the code exchange
    tokenCalls: 1,
    refreshes: 0,
  };
  return {
    pairs: [{ ...pair, newestExchanged: Math.max(pair.newestExchanged, code.consent) }],
    chains: [chain],
    refreshTokens: [
      {
        id: refreshToken.id,
        chain: chain.id,
        generation: 0,
        parent: null,
        issuedAt: now,
        usedAt: null,
        touchedAt: null,
      },
    ],
    accessTokens: [{ id: accessToken.id, chain: chain.id, beside: refreshToken.id, issuedAt: now }],
  };
}

function chainId(code: Code): string {
  return `chain_${code.id.slice(0, 12)}`;
}
