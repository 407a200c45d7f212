import type { Site } from '../config/index.ts';
import { consentOf, earliestClaim, type GrantRow, type OpenedTokens } from '../custody/index.ts';
import { AppError } from '../kernel/errors.ts';
import { Secret } from '../kernel/secret.ts';
import { encryptTo, type ReadKey } from '../targets/index.ts';
import { type FileFormat, fileNameOf, formatFacts, formatOf } from './core/formats/catalogue.ts';
import type { FileRecord } from './core/formats/record.ts';
import { flawIn, writeFile } from './core/formats/write.ts';
import type { HandoffRow } from './store.ts';

/** What leaves the house, once. Field names are the outside contract's (design §7). */
export type Bundle = {
  client_id: string;
  client_secret: string;
  redirect_uri: string;
  site: Site;
  refresh_token: string;
  refresh_token_issued_at: string;
  refresh_token_expires_at: string;
  refresh_not_before: string;
  access_token?: string;
  access_token_expires_at?: string;
  token_fingerprint: string;
};

/** What stands in an encrypted bundle beside that, for whoever reads it away from the answer that brought it. */
type SealedBundle = Bundle & {
  version: 1;
  handoff_id: string;
  partner_id: string;
  issued_at: string;
  lapses_at: string;
  generation: number;
};

/** The answer of a handoff that leaves as a file which only TLS and the one telling protect. */
export type FileAnswer = { file: { name: string; media_type: string; content: string } };

/** Everything that one delivery tells, or will tell once its tokens are opened. */
export type Delivery = {
  handoff: HandoffRow;
  grant: GrantRow;
  customer: { name: string; externalId: string | null };
  clientSecret: Secret<string>;
  tokens: OpenedTokens;
};

/** Stands for tokens that are still sealed. */
export const unopened: OpenedTokens = { refreshToken: new Secret(''), accessToken: null };

const bundleOf = ({ grant, clientSecret, tokens }: Delivery): Bundle => ({
  client_id: grant.clientId,
  client_secret: clientSecret.reveal(),
  redirect_uri: grant.redirectUri,
  site: grant.site as Site,
  refresh_token: tokens.refreshToken.reveal(),
  refresh_token_issued_at: grant.issuedAt.toISOString(),
  refresh_token_expires_at: grant.lapsesAt.toISOString(),
  refresh_not_before: earliestClaim(grant.issuedAt).toISOString(),
  ...(tokens.accessToken
    ? { access_token: tokens.accessToken.reveal(), access_token_expires_at: grant.accessExpiresAt.toISOString() }
    : {}),
  token_fingerprint: grant.tokenFingerprint,
});

const sealedBundle = ({ handoff, grant }: Delivery, bundle: Bundle): SealedBundle => ({
  version: 1,
  handoff_id: handoff.id,
  partner_id: handoff.partnerId,
  ...bundle,
  issued_at: bundle.refresh_token_issued_at,
  lapses_at: bundle.refresh_token_expires_at,
  generation: grant.generation,
});

function exactUserOf({ exactUser }: GrantRow): FileRecord['exactUser'] {
  const user = exactUser as { id: string; userName: string } | null;
  return user && { id: user.id, name: user.userName };
}

function recordOf(delivery: Delivery): FileRecord {
  const { handoff, grant, customer } = delivery;
  const bundle = bundleOf(delivery);
  return {
    handoffId: handoff.id,
    partnerId: handoff.partnerId,
    connectionId: handoff.connectionId,
    customerReference: customer.externalId,
    customerName: customer.name,
    site: bundle.site,
    clientId: bundle.client_id,
    clientSecret: bundle.client_secret,
    redirectUri: bundle.redirect_uri,
    accessToken: bundle.access_token ?? null,
    accessTokenExpiresAt: bundle.access_token_expires_at ?? null,
    refreshToken: bundle.refresh_token,
    refreshTokenIssuedAt: bundle.refresh_token_issued_at,
    refreshTokenExpiresAt: bundle.refresh_token_expires_at,
    refreshNotBefore: bundle.refresh_not_before,
    consentedAt: consentOf(grant).toISOString(),
    exactUser: exactUserOf(grant),
    tokenFingerprint: bundle.token_fingerprint,
    generation: grant.generation,
  };
}

/** Why the handoff's file cannot hold what is to be told, as file_refused; null when it can, or when nothing leaves in a file. */
export function unwritable(delivery: Delivery): AppError | null {
  const { fileFormat } = delivery.handoff;
  const flaw = fileFormat === null ? null : flawIn(formatOf(fileFormat), recordOf(delivery));
  if (!flaw) return null;
  return new AppError(
    'file_refused',
    `This file cannot hold ${flaw.field} as it is: ${flaw.because}. Nothing left; give the claim back, and claim for a target that makes JSON.`,
    { extra: { field: flaw.field } },
  );
}

const mediaSubtype = (format: FileFormat) => formatFacts[format].mediaType.replace(/^application\//, ''); // RFC 7515 §4.1.10

async function fileText(delivery: Delivery, format: FileFormat, key: ReadKey | null): Promise<string> {
  const { content } = writeFile(format, [recordOf(delivery)]);
  if (content === null) throw new Error('an unwritable delivery is refused before');
  if (key)
    return JSON.stringify({
      bundle: await encryptTo(key, content, { typ: 'waxseal-file+jwe', cty: mediaSubtype(format) }),
    });
  const name = fileNameOf(delivery.handoff.id, format, false);
  const answer: FileAnswer = { file: { name, media_type: formatFacts[format].mediaType, content } };
  return JSON.stringify(answer);
}

/**
 * The text that a delivery tells: the bundle, `{file}` where its target makes one, or `{bundle}` with a JWE of either that
 * only the holder of the recipient key can read.
 */
export async function answerText(delivery: Delivery, key: ReadKey | null): Promise<Secret<string>> {
  const { fileFormat } = delivery.handoff;
  if (fileFormat !== null) return new Secret(await fileText(delivery, formatOf(fileFormat), key));
  const bundle = bundleOf(delivery);
  if (!key) return new Secret(JSON.stringify(bundle));
  return new Secret(JSON.stringify({ bundle: await encryptTo(key, JSON.stringify(sealedBundle(delivery, bundle))) }));
}
