import { type GrantRow, identifyGrant, noDemands, sealGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { clockAt, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import type { RegistrationView } from '../tenancy/index.ts';

/** So many in a transaction, which has 20 s on a machine that may be busy. */
const batch = 50;

/** Sealed grants by the hundred, without a browser or a provider: one customer each, each at its own moment. */
export async function sealMany(
  ctx: Ctx,
  registration: RegistrationView,
  count: number,
  momentOf: (each: number) => Date,
): Promise<GrantRow[]> {
  const { partnerId } = ctx;
  const sealed: GrantRow[] = [];
  for (let from = 0; from < count; from += batch) {
    await inTenant(partnerId, async (tx) => {
      for (let each = from; each < Math.min(from + batch, count); each++) {
        const at = { ...ctx, clock: clockAt(momentOf(each)) };
        const createdAt = at.clock.now();
        const [customerId, connectionId] = [newId('customer'), newId('connection')];
        const [invitationId, requestId] = [newId('invitation'), newId('authorizationRequest')];
        const own = { partnerId, createdAt };
        await tx.customer.create({ data: { ...own, id: customerId, name: `Customer ${each}`, locale: 'en' } });
        await tx.connection.create({
          data: { ...own, id: connectionId, customerId, clientRegistrationId: registration.id },
        });
        const hash = Buffer.from(invitationId);
        await tx.invitation.create({
          data: {
            ...own,
            id: invitationId,
            connectionId,
            channel: 'redirect',
            tokenHash: hash,
            tokenSealed: hash,
            locale: 'en',
            expiresAt: plus(createdAt, 1000),
            finishedAt: createdAt,
          },
        });
        await tx.authorizationRequest.create({
          data: {
            ...own,
            id: requestId,
            invitationId,
            connectionId,
            registrationId: registration.id,
            stateHash: Buffer.from(requestId),
            browserHash: hash,
            redirectUri: registration.redirectUri,
            expiresAt: plus(createdAt, 1000),
          },
        });
        const grant = await sealGrant(tx, at, {
          connectionId,
          authorizationRequestId: requestId,
          site: registration.site,
          clientId: registration.clientId,
          redirectUri: registration.redirectUri,
          unusedDays: 30,
          tokens: {
            refreshToken: new Secret(`refresh ${grantName(each)}`),
            accessToken: null,
            accessLifetimeSeconds: 600,
          },
          issuedAt: createdAt,
        });
        await identifyGrant(tx, at, grant.id, null, noDemands);
        sealed.push(grant);
      }
    });
  }
  return sealed;
}

const grantName = (n: number) => String(n).padStart(6, '0');
