import { type FileFormat, fileFormats } from '#lib/handoff/core/formats/catalogue.ts';
import { credentialsXml } from '#lib/handoff/core/formats/credentials-xml.ts';
import { receiptText } from '#lib/handoff/core/formats/receipt-text.ts';
import type { FileRecord } from '#lib/handoff/core/formats/record.ts';
import { writeFile } from '#lib/handoff/core/formats/write.ts';

/** Made up, every value of it; the secret has a sign in it that XML escapes. */
const dummy: FileRecord = {
  handoffId: 'hof_000000000000000000000001',
  partnerId: 'ptn_000000000000000000000001',
  connectionId: 'con_000000000000000000000001',
  customerReference: 'K-1001',
  customerName: 'Bakkerij Voorbeeld BV',
  site: 'nl',
  clientId: '00000000-0000-4000-8000-000000000001',
  clientSecret: 'Dummy&Secret01',
  redirectUri: 'https://connect.partner.example/oauth/exact/callback',
  accessToken: 'DUMMY.ACCESS.TOKEN.EXPIRED',
  accessTokenExpiresAt: '2030-01-10T09:25:00.000Z',
  refreshToken: 'DUMMY!REFRESH-TOKEN-0001',
  refreshTokenIssuedAt: '2030-01-10T09:15:00.000Z',
  refreshTokenExpiresAt: '2030-02-09T09:15:00.000Z',
  refreshNotBefore: '2030-01-10T09:24:30.000Z',
  consentedAt: '2030-01-10T09:15:00.000Z',
  exactUser: { id: '00000000-0000-4000-8000-0000000000aa', name: 'voorbeeld@example.test' },
  tokenFingerprint: '721c264848b859a2f14db29126377640a8f468881d7b2fbd2ebd50eed4cb5fb9',
  generation: 0,
};

/** Each format as the product writes it, by its own writer. */
export const examples = Object.fromEntries(
  fileFormats.map((format) => [format, writeFile(format, [dummy]).content ?? '']),
) as Record<FileFormat, string>;

export const credentialsExample = String(
  credentialsXml({ customerName: dummy.customerName, database: 'bakkerij-voorbeeld' }),
);

export const receiptExample = receiptText({
  connectionId: dummy.connectionId,
  customerName: dummy.customerName,
  site: dummy.site,
  clientId: dummy.clientId,
  exactUser: dummy.exactUser?.name ?? null,
  consentedAt: dummy.consentedAt,
  lapsesAt: dummy.refreshTokenExpiresAt,
  by: 'Sanne de Wit',
  releasedAt: '2030-01-12T08:00:00.000Z',
  as: 'Registration sheet',
  tokenFingerprint: dummy.tokenFingerprint,
  outcome: 'confirmed',
  settledAt: '2030-01-12T08:10:00.000Z',
});
