import type { Changes } from './ledger.ts';
import type { Refusal } from './refusals.ts';
import type { Instant, Site } from './vocabulary.ts';

/** A new token: the value that leaves, and the sha256 under which the ledger knows it. Made outside, so core stays pure. */
export type Minted = { readonly value: string; readonly id: string };
export type FreshTokens = { readonly accessToken: Minted; readonly refreshToken: Minted };

export type Presented = {
  readonly site: Site;
  readonly clientId: string;
  readonly secretHash: string;
  /** sha256 of the code or refresh token that came in. */
  readonly tokenId: string;
  readonly fresh: FreshTokens;
  readonly realNow: Instant;
};

/** Whom the answer is about, for the journal. */
export type Subject = {
  readonly clientId: string;
  readonly userId: string | null;
  readonly chain: string | null;
  readonly generation: number | null;
};

export type TokenVerdict =
  | { readonly kind: 'issued'; readonly body: string; readonly subject: Subject; readonly changes: Changes }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly subject: Subject; readonly changes: Changes };

/** T2: four fields in this order; `expires_in` is a string. */
export function issuedBody(fresh: FreshTokens): string {
  const { accessToken, refreshToken } = fresh;
  return `{"access_token":"${accessToken.value}","token_type":"bearer","expires_in":"600","refresh_token":"${refreshToken.value}"}`;
}

/** Runs checks in their fixed order and stops at the first no. */
export function firstRefusal<F>(checks: readonly ((facts: F) => Refusal | null)[], facts: F): Refusal | null {
  for (const check of checks) {
    const refusal = check(facts);
    if (refusal) return refusal;
  }
  return null;
}
