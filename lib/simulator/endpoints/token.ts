import { exchangeCode } from '../core/exchange.ts';
import { record } from '../core/ledger.ts';
import { closedForMaintenance } from '../core/maintenance.ts';
import { refreshToken } from '../core/refresh.ts';
import type { Refusal } from '../core/refusals.ts';
import { readTokenRequest } from '../core/token-request.ts';
import type { Answer, Incoming } from '../http.ts';
import type { Noted } from '../journal.ts';
import { fingerprint, mintTokens, sha256 } from '../mint.ts';
import type { World } from '../world.ts';

/** `POST /api/oauth2/token`. Headers as captured (`exact-online.md` §4); they differ between yes and no. */
const ISSUED_HEADERS = {
  'Cache-Control': 'private',
  Pragma: 'no-cache',
  'Content-Type': 'application/json; charset=utf-8',
};
const REFUSED_HEADERS = {
  'Cache-Control': 'no-cache,no-store',
  Pragma: 'no-cache',
  Expires: '-1',
};
const JSON_BODY = { 'Content-Type': 'application/json' };

export function tokenEndpoint(world: World, incoming: Incoming): Answer {
  const request = readTokenRequest({
    method: incoming.method,
    contentType: incoming.header('content-type'),
    authorization: incoming.header('authorization'),
    body: incoming.body,
  });
  const clientId = 'rule' in request ? new URLSearchParams(incoming.body).get('client_id') : request.clientId;
  const closed = closedForMaintenance(world.ledger.switches, world.now(clientId));
  if (closed) return refusedAnswer(closed, { client_id: clientId });
  if ('rule' in request) return refusedAnswer(request, { client_id: clientId });

  const presented = {
    site: incoming.site,
    clientId: request.clientId,
    secretHash: sha256(request.clientSecret),
    tokenId: sha256(request.token),
    fresh: mintTokens(),
    realNow: world.realNow(),
  };
  const verdict =
    request.grantType === 'authorization_code'
      ? exchangeCode(world.ledger, { ...presented, redirectUri: request.redirectUri })
      : refreshToken(world.ledger, presented);

  record(world.ledger, verdict.changes);
  world.changed();

  const { subject } = verdict;
  const left = verdict.changes.refreshTokens?.some((each) => each.id === presented.fresh.refreshToken.id);
  const noted = {
    client_id: subject.clientId,
    user_id: subject.userId,
    chain: subject.chain,
    generation: subject.generation,
    grant_type: request.grantType,
    token_fingerprint: fingerprint(presented.tokenId),
    issued_fingerprint: left ? fingerprint(presented.fresh.refreshToken.id) : null,
  };
  if (verdict.kind === 'refused') return refusedAnswer(verdict.refusal, noted);
  return { status: 200, headers: ISSUED_HEADERS, body: verdict.body, noted: { ...noted, verdict: 'issued' } };
}

function refusedAnswer(refusal: Refusal, noted: Omit<Noted, 'verdict'>): Answer {
  const type = refusal.body === '' ? {} : JSON_BODY;
  return {
    status: refusal.status,
    headers: { ...REFUSED_HEADERS, ...type, ...refusal.headers },
    body: refusal.body,
    noted: { ...noted, verdict: 'refused', rule: refusal.rule },
  };
}
