import { createHash } from 'node:crypto';
import { audit } from '../audit/index.ts';
import { config, type Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Locale } from '../i18n/index.ts';
import { minutes, plus } from '../kernel/clock.ts';
import { mac, sha256 } from '../kernel/hash.ts';
import { newId, newToken } from '../kernel/ids.ts';
import { originOf, providerBySlug } from '../providers/index.ts';
import type { Visit } from './visit.ts';

const requestSpan = minutes(15); // design §5: OAuth state

/**
 * The PKCE verifier of a state (RFC 7636 §4.1): derived under the session secret, so it needs no storage and leaves
 * with the state. Sent always; relied on only where a provider is shown to check it (B-1).
 */
export const codeVerifierOf = (state: string): string => mac(config().sessionSecret.reveal(), 'pkce', state);

/** One trip at a time in one browser: an older one that is not back yet ends, and its tab says so when it returns. */
async function endOlderTrips(tx: Tx, { ctx, invitation }: Visit, browserSecret: string): Promise<void> {
  const now = ctx.clock.now();
  await tx.authorizationRequest.updateMany({
    where: {
      partnerId: ctx.partnerId,
      invitationId: invitation.id,
      browserHash: sha256(browserSecret),
      answeredAt: null,
    },
    data: { answeredAt: now, settledAt: now, outcome: 'replaced', outcomeDetail: { reason: 'newer_trip' } },
  });
}

/**
 * Creates the authorization request of one trip through the browser and returns where to send it. `browserSecret` is
 * the value of the cookie by which the returning browser proves to be the one that left (TH5, TH7); `locale` the language
 * they read when they left, to come back in.
 */
export async function startAuthorization(
  visit: Visit,
  browserSecret: string,
  forceLogin: boolean,
  locale: Locale | null = null,
): Promise<string> {
  const { ctx, registration, invitation, connection } = visit;
  const provider = providerBySlug('exact-online');
  if (!provider) throw new Error('no such provider');
  const state = newToken('state', ctx.partnerId);
  const now = ctx.clock.now();
  await inTenant(ctx.partnerId, async (tx) => {
    const id = newId('authorizationRequest');
    await endOlderTrips(tx, visit, browserSecret);
    await tx.authorizationRequest.create({
      data: {
        partnerId: ctx.partnerId,
        id,
        invitationId: invitation.id,
        connectionId: connection.id,
        registrationId: registration.id,
        stateHash: sha256(state),
        browserHash: sha256(browserSecret),
        redirectUri: registration.redirectUri,
        locale,
        createdAt: now,
        expiresAt: plus(now, requestSpan),
      },
    });
    await audit(
      tx,
      ctx,
      'authorization_request.created',
      { connectionId: connection.id },
      { authorization_request_id: id, site: registration.site },
    );
  });
  const codeChallenge = registration.pkce
    ? createHash('sha256').update(codeVerifierOf(state)).digest('base64url')
    : null;
  return provider.authorizeUrl(originOf(registration.site as Site, ctx.sandbox), registration, {
    state,
    codeChallenge,
    forceLogin,
  });
}
