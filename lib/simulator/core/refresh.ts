import type { AccessToken, Chain, Client, LedgerView, Pair, RefreshToken } from './ledger.ts';
import { clientNow, clientPolicy, findClient, pairOf } from './ledger.ts';
import { isReplaced, isSuperseded, type Policy } from './policy.ts';
import {
  chainReplaced,
  invalidClient,
  invalidRequest,
  type Refusal,
  refreshTokenExpired,
  superseded,
  tooEarly,
} from './refusals.ts';
import { firstRefusal, issuedBody, type Presented, type Subject, type TokenVerdict } from './token-verdict.ts';
import { hasPassed, type Instant, REFRESH_TOKEN_SECONDS, TOO_EARLY_SECONDS } from './vocabulary.ts';

type Facts = {
  readonly presented: Presented;
  readonly client: Client | undefined;
  readonly token: RefreshToken;
  readonly newest: RefreshToken;
  readonly chain: Chain;
  readonly pair: Pair;
  readonly policy: Policy;
  readonly tooEarlyRotates: boolean;
  readonly now: Instant;
};

type Check = (facts: Facts) => Refusal | null;

const age: Check = ({ token, now }) =>
  hasPassed(token.issuedAt, REFRESH_TOKEN_SECONDS, now)
    ? refreshTokenExpired(token.issuedAt + REFRESH_TOKEN_SECONDS * 1000, now)
    : null;

const credentials: Check = ({ presented, client }) =>
  client?.secretHash === presented.secretHash ? null : invalidClient('T8');

const anotherClient: Check = ({ presented, chain }) =>
  presented.clientId === chain.clientId ? null : invalidClient('T9');

const replaced: Check = ({ chain, pair, policy }) =>
  isReplaced(policy, chain.consent, pair) ? chainReplaced('T14') : null;

const oldToken: Check = ({ token, newest, policy, now }) =>
  isSuperseded(policy, token, newest, now) ? superseded() : null;

const tooSoon: Check = ({ chain, now, presented, tooEarlyRotates }) => {
  if (hasPassed(chain.lastIssuedAt, TOO_EARLY_SECONDS, now)) return null;
  const rule = chain.refreshes === 0 ? 'T11' : 'T10';
  return tooEarly(rule, tooEarlyRotates ? presented.fresh.refreshToken.value : null);
};

// §1.4, order of checks for a refresh token. Withdrawn consent and blocked users (T17, T18) will stand before `replaced`.
// The 570 seconds come last, so that a dead token tells its real reason.
const CHECKS: readonly Check[] = [age, credentials, anotherClient, replaced, oldToken, tooSoon];

/** `grant_type=refresh_token`. */
export function refreshToken(ledger: LedgerView, presented: Presented): TokenVerdict {
  const token = ledger.refreshTokens.get(presented.tokenId);
  const chain = token && ledger.chains.get(token.chain);
  // A token of another site cannot be decoded here (A1), and neither can a damaged one.
  if (token === undefined || chain === undefined || chain.site !== presented.site) {
    const subject = { clientId: presented.clientId, userId: null, chain: null, generation: null };
    return { kind: 'refused', refusal: invalidRequest('T21'), subject, changes: {} };
  }

  const facts: Facts = {
    presented,
    client: findClient(ledger, presented.site, presented.clientId),
    token,
    newest: ledger.refreshTokens.get(chain.newestToken) ?? token,
    chain: { ...chain, tokenCalls: chain.tokenCalls + 1 },
    pair: pairOf(ledger, chain),
    policy: clientPolicy(ledger, chain.clientId),
    tooEarlyRotates: ledger.switches.tooEarlyRotates,
    now: clientNow(ledger, chain.clientId, presented.realNow),
  };
  const subject: Subject = {
    clientId: presented.clientId,
    userId: chain.userId,
    chain: chain.id,
    generation: token.generation,
  };

  const refusal = firstRefusal(CHECKS, facts);
  if (refusal === null) {
    return { kind: 'issued', body: issuedBody(presented.fresh), subject, changes: extendChain(facts) };
  }
  const rotates = facts.tooEarlyRotates && (refusal.rule === 'T10' || refusal.rule === 'T11');
  return { kind: 'refused', refusal, subject, changes: rotates ? rotateOnly(facts) : { chains: [facts.chain] } };
}

/** T(n) → T(n+1). Whether T(n) survives this is for policy.ts to say; here we only write down what happened. */
function extendChain(facts: Facts) {
  const { presented, token, chain, pair, now } = facts;
  const { accessToken } = presented.fresh;
  const access: AccessToken = { id: accessToken.id, chain: chain.id, beside: successor(facts).id, issuedAt: now };
  return {
    pairs: [{ ...pair, newestUsed: Math.max(pair.newestUsed, chain.consent) }],
    chains: [{ ...withNewest(facts), lastIssuedAt: now, refreshes: chain.refreshes + 1 }],
    refreshTokens: [{ ...token, usedAt: token.usedAt ?? now }, successor(facts)],
    accessTokens: [access],
  };
}

/** T12: a new refresh token without an access token, so the 570 seconds keep counting from where they were. */
function rotateOnly(facts: Facts) {
  const { token, now } = facts;
  return { chains: [withNewest(facts)], refreshTokens: [{ ...token, usedAt: token.usedAt ?? now }, successor(facts)] };
}

function successor({ presented, token, chain, now }: Facts): RefreshToken {
  return {
    id: presented.fresh.refreshToken.id,
    chain: chain.id,
    generation: token.generation + 1,
    parent: token.id,
    issuedAt: now,
    usedAt: null,
    touchedAt: null,
  };
}

function withNewest({ presented, token, chain }: Facts): Chain {
  return { ...chain, newestToken: presented.fresh.refreshToken.id, generation: token.generation + 1 };
}
