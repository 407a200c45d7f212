import { divisionsAnswer, meAnswer } from '../core/answers.ts';
import { judgeApiCall } from '../core/api.ts';
import { record } from '../core/ledger.ts';
import type { Answer, Incoming } from '../http.ts';
import { fingerprint, sha256 } from '../mint.ts';
import type { World } from '../world.ts';

const ME = '/api/v1/current/Me';
const DIVISIONS = /^\/api\/v1\/\d+\/system\/Divisions$/;

/** `GET /api/v1/…`: the bearer token is judged before the path, so an unknown path still counts as a use (R10). */
export function apiEndpoint(world: World, incoming: Incoming): Answer {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(incoming.header('authorization') ?? '')?.[1];
  const tokenId = bearer === undefined ? null : sha256(bearer);
  const verdict = judgeApiCall(world.ledger, { site: incoming.site, tokenId, realNow: world.realNow() });
  const { subject } = verdict;
  const noted = {
    client_id: subject?.chain.clientId ?? null,
    user_id: subject?.user.id ?? null,
    chain: subject?.chain.id ?? null,
    generation: subject?.generation ?? null,
    token_fingerprint: tokenId && fingerprint(tokenId),
  };
  if (verdict.kind === 'refused') {
    return {
      status: 401,
      headers: {
        Reason: 'AuthenticationRequired: Authentication required',
        'WWW-Authenticate': verdict.challenge,
        'Cache-Control': 'private',
      },
      noted: { ...noted, verdict: 'refused', rule: verdict.rule },
    };
  }

  record(world.ledger, verdict.changes);
  world.changed();

  const { user, chain } = verdict.subject;
  const query = { origin: incoming.origin, path: incoming.path, params: incoming.params };
  const served = { ...noted, verdict: 'served' } as const;
  if (incoming.method !== 'GET') return { status: 405, headers: { Allow: 'GET' }, noted: served };
  if (incoming.path === ME) return json(meAnswer(user, query), served);
  if (DIVISIONS.test(incoming.path)) return json(divisionsAnswer(user, chain, query), served);
  return { status: 404, noted: served };
}

function json(body: string, noted: NonNullable<Answer['noted']>): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'private' },
    body,
    noted,
  };
}
