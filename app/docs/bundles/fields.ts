/** What a bundle of version 1 holds. A test holds the list against one that was really encrypted. */
export const fields = {
  version: '1. A field may be added under the same version; what a field means changes with the version only',
  handoff_id: 'the handoff that brought it; tell its outcome with it',
  partner_id: 'your organisation at Waxseal, the sandbox or the live one',
  client_id: 'of your app at Exact Online',
  client_secret: 'of the same app',
  redirect_uri: 'byte for byte as it was sent with the consent',
  site: 'nl, be, de, fr, es, uk or us: whose Exact Online it is',
  refresh_token: 'works once; whoever spends it keeps its successor',
  refresh_token_issued_at: 'when Exact issued it (RFC 3339, UTC, like every moment here)',
  refresh_token_expires_at: 'when it lapses if nobody spends it',
  refresh_not_before: 'Exact refuses it before this moment, 570 seconds after its issue',
  access_token: 'the one issued with it, expired by now; some forms ask for it. Absent when none is kept',
  access_token_expires_at: 'when that one ended',
  token_fingerprint: 'SHA-256 of refresh_token, hex; name it when you confirm, and find it in the receipt',
  issued_at: 'the same as refresh_token_issued_at',
  lapses_at: 'the same as refresh_token_expires_at',
  generation: '0 as the customer’s consent gave it; one more for every renewal since',
} as const;

export const header = {
  alg: 'RSA-OAEP-256 for RSA keys, ECDH-ES+A256KW for P-256 and X25519',
  enc: 'A256GCM',
  kid: 'thumbprint of your key (RFC 7638, SHA-256), as its registration answered it',
  typ: 'waxseal-bundle+jwe',
  cty: 'json',
} as const;
