import { endingOf } from './endings.ts';
import type { AccessToken, Chain, Client, LedgerView, Pair, RefreshToken } from './ledger.ts';
import { clientNow, clientPolicy, findClient, pairOf } from './ledger.ts';
import { isReplaced, isSuperseded, type Policy } from './policy.ts';
import {
  accessEnded,
  bare,
  chainReplaced,
  type Refusal,
  refreshTokenExpired,
  superseded,
  tooEarly,
} from './refusals.ts';
import type { Switches } from './switches.ts';
import { countTokenCall } from './token-cap.ts';
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
  readonly switches: Switches;
  readonly now: Instant;
};

type Check = (facts: Facts) => Refusal | null;

const age: Check = ({ token, now }) =>
  hasPassed(token.issuedAt, REFRESH_TOKEN_SECONDS, now)
    ? refreshTokenExpired(token.issuedAt + REFRESH_TOKEN_SECONDS * 1000, now)
    : null;

const credentials: Check = ({ presented, client }) =>
  client?.secretHash === presented.secretHash ? null : bare('T8', 'invalid_client');

const anotherClient: Check = ({ presented, chain, switches }) =>
  presented.clientId === chain.clientId ? null : bare('T9', switches.foreignToken);

const ended: Check = ({ chain, pair, switches, now }) => {
  const kind = endingOf(pair, chain.consent, now);
  return kind && accessEnded(kind, switches);
};

const replaced: Check = ({ chain, pair, policy }) =>
  isReplaced(policy, chain.consent, pair) ? chainReplaced('T14') : null;

const oldToken: Check = ({ token, newest, policy, now }) =>
  isSuperseded(policy, token, newest, now) ? superseded() : null;

const tooSoon: Check = ({ chain, now, presented, switches }) => {
  if (hasPassed(chain.lastIssuedAt, TOO_EARLY_SECONDS, now)) return null;
  const rule = chain.refreshes === 0 ? 'T11' : 'T10';
  if (rule === 'T11' && !switches.tooEarlyAfterExchange) return null;
  return tooEarly(rule, switches.tooEarlyRotates ? presented.fresh.refreshToken.value : null);
};

// §1.4, order of checks for a refresh token. The 570 seconds come last, so that a dead token tells its real reason.
const CHECKS: readonly Check[] = [age, credentials, anotherClient, ended, replaced, oldToken, tooSoon];

/** `grant_type=refresh_token`. */
export function refreshToken(ledger: LedgerView, presented: Presented): TokenVerdict {
  const token = ledger.refreshTokens.get(presented.tokenId);
  const chain = token && ledger.chains.get(token.chain);
  // A token of another site cannot be decoded here (A1), and neither can a damaged one.
  if (token === undefined || chain === undefined || chain.site !== presented.site) {
    const subject = { clientId: presented.clientId, userId: null, chain: null, generation: null };
    return { kind: 'refused', refusal: bare('T21', 'invalid_request'), subject, changes: {} };
  }

  const now = clientNow(ledger, chain.clientId, presented.realNow);
  const { overCap, counted } = countTokenCall(ledger, chain, now);
  const verdict = judge(overCap, {
    presented,
    client: findClient(ledger, presented.site, presented.clientId),
    token,
    newest: ledger.refreshTokens.get(chain.newestToken) ?? token,
    chain: { ...chain, tokenCalls: chain.tokenCalls + 1 },
    pair: pairOf(ledger, chain),
    policy: clientPolicy(ledger, chain.clientId),
    switches: ledger.switches,
    now,
  });
  return { ...verdict, changes: { ...counted, ...verdict.changes } };
}

function judge(overCap: Refusal | null, facts: Facts): TokenVerdict {
  const { presented, chain, token } = facts;
  const subject: Subject = {
    clientId: presented.clientId,
    userId: chain.userId,
    chain: chain.id,
    generation: token.generation,
  };

  const refusal = overCap ?? firstRefusal(CHECKS, facts);
  if (refusal === null) {
    return { kind: 'issued', body: issuedBody(presented.fresh), subject, changes: extendChain(facts) };
  }
  const rotates = facts.switches.tooEarlyRotates && (refusal.rule === 'T10' || refusal.rule === 'T11');
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
