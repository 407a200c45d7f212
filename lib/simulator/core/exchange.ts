import { endingOf } from './endings.ts';
import type { Chain, Changes, Client, Code, LedgerView, Pair } from './ledger.ts';
import { clientNow, clientPolicy, findClient, pairOf } from './ledger.ts';
import { isOvertaken, type Policy } from './policy.ts';
import { accessEnded, bare, chainReplaced, codeAlreadySpent, codeExpired, type Refusal } from './refusals.ts';
import type { Switches } from './switches.ts';
import { countTokenCall } from './token-cap.ts';
import { firstRefusal, issuedBody, type Presented, type Subject, type TokenVerdict } from './token-verdict.ts';
import { CODE_SECONDS, hasPassed, type Instant } from './vocabulary.ts';

type Facts = {
  readonly presented: Presented & { readonly redirectUri: string };
  readonly client: Client | undefined;
  readonly code: Code;
  readonly pair: Pair;
  readonly policy: Policy;
  readonly switches: Switches;
  readonly now: Instant;
};

type Check = (facts: Facts) => Refusal | null;

const age: Check = ({ code, switches, now }) =>
  hasPassed(code.issuedAt, CODE_SECONDS, now)
    ? codeExpired(switches.expiredCode, code.issuedAt + CODE_SECONDS * 1000, now)
    : null;

const alreadySpent: Check = ({ code }) => (code.spentAt === null ? null : codeAlreadySpent());

const credentials: Check = ({ presented, client }) =>
  client?.secretHash === presented.secretHash ? null : bare('T8', 'invalid_client');

const anotherClient: Check = ({ presented, code, switches }) =>
  presented.clientId === code.clientId ? null : bare('T9', switches.foreignToken);

const redirectUri: Check = ({ presented, code, switches }) =>
  presented.redirectUri === code.redirectUri ? null : bare('T6', switches.wrongRedirectAtToken);

const ended: Check = ({ code, pair, switches, now }) => {
  const kind = endingOf(pair, code.consent, now);
  return kind && accessEnded(kind, switches);
};

const overtaken: Check = ({ code, pair, policy }) =>
  isOvertaken(policy, code.consent, pair) ? chainReplaced('T15') : null;

// §1.4, order of checks for a code. After the first list the code is spent, whatever the others say; T7 switched off
// spares it from the second. The page puts T17 and T18 into the order for refresh tokens only: the same place here.
const BEFORE_SPENDING: readonly Check[] = [age, alreadySpent];
const OF_THE_CALLER: readonly Check[] = [credentials, anotherClient, redirectUri];
const OF_THE_GRANT: readonly Check[] = [ended, overtaken];

/** `grant_type=authorization_code`. */
export function exchangeCode(ledger: LedgerView, presented: Facts['presented']): TokenVerdict {
  const code = ledger.codes.get(presented.tokenId);
  // A code of another site cannot be decoded here (A1), and neither can one that was cut, altered or encoded twice.
  if (code === undefined || code.site !== presented.site) {
    const subject = { clientId: presented.clientId, userId: null, chain: null, generation: null };
    return { kind: 'refused', refusal: bare('T5', 'invalid_request'), subject, changes: {} };
  }

  const now = clientNow(ledger, code.clientId, presented.realNow);
  const { overCap, counted } = countTokenCall(ledger, code, now);
  const verdict = judge(overCap, {
    presented,
    client: findClient(ledger, presented.site, presented.clientId),
    code,
    pair: pairOf(ledger, code),
    policy: clientPolicy(ledger, code.clientId),
    switches: ledger.switches,
    now,
  });
  return { ...verdict, changes: { ...counted, ...verdict.changes } };
}

function judge(overCap: Refusal | null, facts: Facts): TokenVerdict {
  const { code, presented, switches, now } = facts;
  const spent: Changes = { codes: [{ ...code, spentAt: now }] };
  const subject: Subject = {
    clientId: presented.clientId,
    userId: code.userId,
    chain: chainId(code),
    generation: null,
  };
  const refuse = (refusal: Refusal, changes: Changes): TokenVerdict => ({ kind: 'refused', refusal, subject, changes });

  const early = overCap ?? firstRefusal(BEFORE_SPENDING, facts);
  if (early) return refuse(early, {});
  const caller = firstRefusal(OF_THE_CALLER, facts);
  if (caller) return refuse(caller, switches.failedExchangeSpends ? spent : {});
  const grant = firstRefusal(OF_THE_GRANT, facts);
  if (grant) return refuse(grant, spent);

  return {
    kind: 'issued',
    body: issuedBody(presented.fresh),
    subject: { ...subject, generation: 0 },
    changes: { ...spent, ...startChain(facts) },
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
