import { apiUrlOf, type FileRecord, registrationForm } from './record.ts';

/** Reference 8.2, with the names of the redeem bundle beside its own, so that what reads one reads the other. */
const bundleOf = (record: FileRecord) => ({
  format: 'preauth-handoff',
  version: 1,
  connection_id: record.connectionId,
  customer_reference: record.customerReference,
  customer_name: record.customerName,
  platform: 'exactonline',
  country: record.site,
  api_url: apiUrlOf(record),
  client_id: record.clientId,
  client_secret: record.clientSecret,
  redirect_url: record.redirectUri,
  ...(record.accessToken === null
    ? {}
    : { access_token: record.accessToken, access_token_expires_at: record.accessTokenExpiresAt }),
  refresh_token: record.refreshToken,
  refresh_token_issued_at: record.refreshTokenIssuedAt,
  refresh_token_expires_at: record.refreshTokenExpiresAt,
  refresh_token_state: 'unused',
  authorised_user: record.exactUser,
  invantive: {
    registration_url: registrationForm.url,
    method: registrationForm.method,
    credential_kind: registrationForm.credentialKind,
  },
  single_use: true,
  handoff_id: record.handoffId,
  partner_id: record.partnerId,
  site: record.site,
  redirect_uri: record.redirectUri,
  refresh_not_before: record.refreshNotBefore,
  token_fingerprint: record.tokenFingerprint,
  generation: record.generation,
});

/** One object, or an array of several. JSON can say every text there is, so nothing is refused. */
export function json(records: readonly FileRecord[]): string {
  const all = records.map(bundleOf);
  return `${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`;
}
