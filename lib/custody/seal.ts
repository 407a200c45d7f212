import type { Tx } from '../db/index.ts';
import { minutes, plus, seconds } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { newId } from '../kernel/ids.ts';
import type { TokenSet } from '../providers/index.ts';
import { seal } from '../vault/index.ts';
import { lapse } from './core/windows.ts';
import { type GrantRow, noJson } from './store.ts';

export type NewGrant = {
  connectionId: string;
  authorizationRequestId: string;
  site: string;
  clientId: string;
  redirectUri: string;
  unusedDays: number;
  tokens: TokenSet;
  issuedAt: Date;
};

/** Where a grant's tokens belong; the encryption context of each. */
export const tokenPlace = (
  partnerId: string,
  grantId: string,
  field: 'refresh_token' | 'access_token',
  generation: number,
) => ({ purpose: 'token', partnerId, recordId: grantId, field, generation }) as const;

/** Until the identity is settled the sweep keeps an eye on the grant: a crash in between must not leave it untold. */
const identityDue = (now: Date) => plus(now, minutes(2));

/**
 * Seals what a consent gave: refresh token and first access token together (design §8.2), durable when the caller's
 * transaction commits. Nothing has been asked of the provider with either before that.
 */
export async function sealGrant(tx: Tx, ctx: Ctx, input: NewGrant): Promise<GrantRow> {
  const id = newId('grant');
  const { partnerId } = ctx;
  const { tokens } = input;
  const now = ctx.clock.now();
  return tx.grant.create({
    data: {
      partnerId,
      id,
      connectionId: input.connectionId,
      authorizationRequestId: input.authorizationRequestId,
      custody: 'sealed',
      generation: 0,
      site: input.site,
      clientId: input.clientId,
      redirectUri: input.redirectUri,
      refreshToken: await seal(tx, tokens.refreshToken, tokenPlace(partnerId, id, 'refresh_token', 0)),
      accessToken:
        tokens.accessToken && (await seal(tx, tokens.accessToken, tokenPlace(partnerId, id, 'access_token', 0))),
      tokenFingerprint: fingerprint(tokens.refreshToken.reveal()),
      issuedAt: input.issuedAt,
      accessExpiresAt: plus(input.issuedAt, seconds(tokens.accessLifetimeSeconds)),
      sealedAt: now,
      lapsesAt: lapse(input.issuedAt, input.unusedDays),
      dueAt: identityDue(now),
      identity: 'pending',
      divisions: noJson,
      exactUser: noJson,
      spends: 0,
    },
  });
}
