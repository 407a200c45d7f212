import type { Instant, RuleId } from './vocabulary.ts';

/** A no, word for word: bodies are written out rather than serialised, because their blanks are part of the contract. */
export type Refusal = {
  readonly rule: RuleId;
  readonly status: number;
  readonly body: string;
  /** The `Reason` header, where one was captured. */
  readonly reason?: string;
};

const TOO_EARLY = 'Rate limit exceeded: access_token not expired';
const INVALID_CHAIN = 'Token is not allowed, because of invalid or empty chainId';
const REPLAYED = 'This message has already been processed.  This could indicate a replay attack in progress.';

export function invalidRequest(rule: 'T1' | 'T5' | 'T6' | 'T21'): Refusal {
  return { rule, status: 400, body: '{"error":"invalid_request"}' };
}

export function invalidClient(rule: 'T8' | 'T9'): Refusal {
  return { rule, status: 400, body: '{"error":"invalid_client"}' };
}

export function codeExpired(expiredAt: Instant, now: Instant): Refusal {
  const text = `The message expired at ${usDate(expiredAt)} and it is now ${usDate(now)}.`;
  return { rule: 'T3', status: 400, body: `{"error":"invalid_request","error_description":"${text}"}` };
}

export function codeAlreadySpent(): Refusal {
  return { rule: 'T4', status: 400, body: `{"error":"invalid_request","error_description":"${REPLAYED}"}` };
}

/** With a token in hand (T12) the refusal carries it, and the caller has to keep it. */
export function tooEarly(rule: 'T10' | 'T11', carried: string | null): Refusal {
  const extra = carried === null ? '' : `,"refresh_token":"${carried}"`;
  return {
    rule,
    status: 400,
    body: `{ "error":"access_denied","error_description":"${TOO_EARLY}"${extra} }`,
    reason: `TooEarlyToRefreshTokens: ${TOO_EARLY}`,
  };
}

export function superseded(): Refusal {
  return {
    rule: 'T13',
    status: 401,
    body: '{"error":"unauthorized_client","error_description":"Old refresh token used."}',
  };
}

export function chainReplaced(rule: 'T14' | 'T15'): Refusal {
  return {
    rule,
    status: 400,
    body: `{ "error":"invalid_grant","error_description":"${INVALID_CHAIN}" }`,
    reason: `Unknown: ${INVALID_CHAIN}`,
  };
}

export function refreshTokenExpired(expiredAt: Instant, now: Instant): Refusal {
  const text = `The refresh token expired at ${usDate(expiredAt)} and it is now ${usDate(now)}.`;
  return { rule: 'T16', status: 400, body: `{"error":"invalid_request","error_description":"${text}"}` };
}

/** `10\/11\/2022 9:18:20 PM`: slashes escaped as .NET's JSON writer does. The zone is unknown (§12, 15); we use UTC. */
function usDate(at: Instant): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCFullYear()].join('\\/');
  const hour = date.getUTCHours() % 12 || 12;
  const half = date.getUTCHours() < 12 ? 'AM' : 'PM';
  return `${day} ${hour}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${half}`;
}
