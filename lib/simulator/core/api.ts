import type { AccessToken, Chain, Changes, LedgerView, User } from './ledger.ts';
import { clientNow, pairOf } from './ledger.ts';
import { ACCESS_TOKEN_SECONDS, hasPassed, type Instant, type Site } from './vocabulary.ts';

type Subject = { readonly chain: Chain; readonly user: User; readonly generation: number | null };

export type ApiVerdict =
  | { readonly kind: 'admitted'; readonly subject: Subject; readonly changes: Changes }
  | {
      readonly kind: 'refused';
      readonly rule: 'R1' | 'R2';
      /** The `WWW-Authenticate` header. */
      readonly challenge: string;
      readonly subject: Subject | null;
    };

const DAMAGED = 'Bearer error="invalid_token",error_description="Signed%20data%20extraction%20has%20failed"';
const EXPIRED = 'Bearer error="invalid_token",error_description="The%20access%20token%20has%20expired"'; // wording ours
const MISSING = 'Bearer error="invalid_token"';

/** R1, R2, R10. `tokenId` is the sha256 of the bearer token, or null when there was none. */
export function judgeApiCall(
  ledger: LedgerView,
  call: { readonly site: Site; readonly tokenId: string | null; readonly realNow: Instant },
): ApiVerdict {
  if (call.tokenId === null) return { kind: 'refused', rule: 'R1', challenge: MISSING, subject: null };

  const token = ledger.accessTokens.get(call.tokenId);
  const chain = token && ledger.chains.get(token.chain);
  const user = chain && ledger.users.get(chain.userId);
  if (!token || !chain || !user || chain.site !== call.site) {
    return { kind: 'refused', rule: 'R2', challenge: DAMAGED, subject: null };
  }

  const now = clientNow(ledger, chain.clientId, call.realNow);
  const subject = { chain, user, generation: ledger.refreshTokens.get(token.beside)?.generation ?? null };
  if (hasPassed(token.issuedAt, ACCESS_TOKEN_SECONDS, now)) {
    return { kind: 'refused', rule: 'R1', challenge: EXPIRED, subject };
  }
  return { kind: 'admitted', subject, changes: touch(ledger, token, chain, now) };
}

/** R10: the call never uses up its own refresh token, but it is a first use, which `overlap` holds against older ones. */
function touch(ledger: LedgerView, token: AccessToken, chain: Chain, now: Instant): Changes {
  const pair = pairOf(ledger, chain);
  const beside = ledger.refreshTokens.get(token.beside);
  return {
    pairs: pair.newestUsed < chain.consent ? [{ ...pair, newestUsed: chain.consent }] : [],
    refreshTokens: beside && beside.touchedAt === null ? [{ ...beside, touchedAt: now }] : [],
  };
}
