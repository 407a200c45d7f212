import { judgeApiCall } from '../core/api.ts';
import { record } from '../core/ledger.ts';
import { CONTENT_TYPES, formatFor, rowsBody } from '../core/odata.ts';
import type { Answer, Incoming } from '../http.ts';
import { fingerprint, sha256 } from '../mint.ts';
import type { World } from '../world.ts';

const HEADERS = { 'Cache-Control': 'private' };

/** `GET /api/v1/…`. The token is judged before the path, so an unknown path still counts as a use (R10). */
export function apiEndpoint(world: World, incoming: Incoming): Answer {
  const { site, method, path } = incoming;
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(incoming.header('authorization') ?? '')?.[1];
  const tokenId = bearer === undefined ? null : sha256(bearer);
  const format = formatFor(incoming.header('accept'));
  const verdict = judgeApiCall(world.ledger, { site, tokenId, method, path, format, realNow: world.realNow() });
  record(world.ledger, verdict.changes);
  world.changed();

  const { subject } = verdict;
  const noted = {
    client_id: subject?.chain.clientId ?? null,
    user_id: subject?.user.id ?? null,
    chain: subject?.chain.id ?? null,
    generation: subject?.generation ?? null,
    token_fingerprint: tokenId && fingerprint(tokenId),
  };
  if (verdict.kind === 'refused') {
    const { rule, status, headers, body } = verdict.refusal;
    return { status, headers: { ...HEADERS, ...headers }, body, noted: { ...noted, verdict: 'refused', rule } };
  }
  const rows = verdict.resource.rows(verdict.subject, verdict.division);
  const now = new Date(world.now(verdict.subject.chain.clientId));
  return {
    status: 200,
    headers: { ...HEADERS, ...verdict.headers, 'Content-Type': CONTENT_TYPES[format] },
    body: rowsBody(format, rows, incoming, now),
    noted: { ...noted, verdict: 'served' },
  };
}
