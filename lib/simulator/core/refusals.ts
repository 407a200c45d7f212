import type { Ending } from './ledger.ts';
import type { Switches } from './switches.ts';
import type { Instant, RuleId } from './vocabulary.ts';

/** A no, word for word: bodies are written out rather than serialised, because their blanks are part of the contract. */
export type Refusal = {
  readonly rule: RuleId;
  readonly status: number;
  readonly body: string;
  /** Headers that belong to this no in particular, such as a captured `Reason`. */
  readonly headers?: Readonly<Record<string, string>>;
};

const TOO_EARLY = 'Rate limit exceeded: access_token not expired';
const INVALID_CHAIN = 'Token is not allowed, because of invalid or empty chainId';
const REPLAYED = 'This message has already been processed.  This could indicate a replay attack in progress.';

/** A stock answer: an error without a description. */
export function bare(
  rule: RuleId,
  error: 'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unauthorized_client',
  status = 400,
): Refusal {
  return { rule, status, body: `{"error":"${error}"}` };
}

export function codeExpired(answer: Switches['expiredCode'], expiredAt: Instant, now: Instant): Refusal {
  if (answer === 'bare') return bare('T3', 'invalid_request');
  if (answer === 'invalid_grant') return bare('T3', 'invalid_grant');
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
    headers: { Reason: `TooEarlyToRefreshTokens: ${TOO_EARLY}` },
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
    headers: { Reason: `Unknown: ${INVALID_CHAIN}` },
  };
}

export function refreshTokenExpired(expiredAt: Instant, now: Instant): Refusal {
  const text = `The refresh token expired at ${usDate(expiredAt)} and it is now ${usDate(now)}.`;
  return { rule: 'T16', status: 400, body: `{"error":"invalid_request","error_description":"${text}"}` };
}

/** T17, T18: nobody has reported what is said here, so the switches choose. */
export function accessEnded(kind: Ending['kind'], switches: Switches): Refusal {
  return kind === 'withdrawn' ? bare('T17', switches.withdrawn) : bare('T18', 'invalid_grant', switches.userGone);
}

export function tooManyTokenCalls(): Refusal {
  return { rule: 'T20', status: 429, body: '' };
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
