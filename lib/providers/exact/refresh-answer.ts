import type { InboundResponse } from '../../http/index.ts';
import type { TokenSet } from '../provider.ts';
import { isTooEarly, parseJson, Refused, tokensIn } from './answer.ts';

/** Why a refresh token got no successor. Only `dead` says something about the token itself (C-2). */
type RefreshRefusal =
  | { kind: 'fault'; code: string } //                           row 5
  | { kind: 'busy'; retryAfterSeconds: number | null } //        row 7
  | { kind: 'too_early' } //                                     row 7, T10
  | { kind: 'dead'; cause: 'superseded' | 'chain_replaced' | 'expired' | 'withdrawn' }; // T13, T14, T16, T17 and T18

export type RefreshAnswer =
  | { kind: 'issued'; tokens: TokenSet }
  | { kind: 'issued_in_refusal'; tokens: TokenSet; refusal: RefreshRefusal } // row 3, T12
  | { kind: 'lost' } //                                          rows 4 and 6: no answer that decides anything
  | RefreshRefusal;

function causeOf(error: string, description: string): Extract<RefreshRefusal, { kind: 'dead' }>['cause'] | null {
  if (/old refresh token/i.test(description)) return 'superseded'; // T13
  if (/refresh token expired/i.test(description)) return 'expired'; // T16
  if (error === 'invalid_grant') return /chainId/i.test(description) ? 'chain_replaced' : 'withdrawn'; // T14; T17, T18
  return null;
}

function refusalIn(status: number, body: unknown, headers: Record<string, string>): RefreshRefusal | null {
  if (status === 429 || (status === 503 && body !== undefined)) {
    const asked = Number(headers['retry-after']);
    return { kind: 'busy', retryAfterSeconds: Number.isFinite(asked) && asked > 0 ? asked : null };
  }
  const refused = Refused.safeParse(body);
  if (!refused.success || status < 400 || status >= 500) return null;
  if (isTooEarly(refused.data)) return { kind: 'too_early' };
  const cause = causeOf(refused.data.error, refused.data.error_description ?? '');
  return cause ? { kind: 'dead', cause } : { kind: 'fault', code: refused.data.error }; // T8, T9, T21
}

/**
 * Reads what a refresh brought. A successor in the body counts whatever the status (row 3); the presented token given
 * back is no successor (row 4). `complete` says whether the whole answer arrived.
 */
export function readRefresh(
  response: InboundResponse,
  isPresented: (token: string) => boolean,
  complete: boolean,
): RefreshAnswer {
  const body = parseJson(response.body);
  const found = tokensIn(body);
  const tokens = found && !isPresented(found.refreshToken.reveal()) ? found : null;
  const refusal = complete ? refusalIn(response.status, body, response.headers) : null;
  if (tokens && refusal) return { kind: 'issued_in_refusal', tokens, refusal };
  if (tokens) return { kind: 'issued', tokens };
  return refusal ?? { kind: 'lost' };
}
