import { planRenewals, renewGrant } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff, createBulkClaim, redeemHandoff, workBulkClaim } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { takeSlot } from '../mail/slots.ts';
import { addRecipientKey, createTarget } from '../targets/index.ts';
import { addMember, addOrigin, keepLogo } from '../tenancy/index.ts';
import { anInvitation, aSealedConnection, type SealedConnection } from './journey.ts';
import { aPicture } from './picture.ts';
import { aRecipientKey, aTargetInput } from './recipient.ts';
import { again, anApiKey, aPartner, later } from './world.ts';

/** A partner that has at least one row in every table a partner can have rows in. */
export async function aHousehold(name: string): Promise<{ ctx: Ctx; sealed: SealedConnection; handoffId: string }> {
  const partner = await aPartner({ name });
  const delivered = await aSealedConnection(partner, { user: 'j.jansen' });
  const sealed = await aSealedConnection(partner, { user: 's.devries' });
  await addMember(partner, { email: `${partner.partnerId}@example.test`, name: 'Marijke', role: 'admin' });
  const { ctx } = await anApiKey(await later(partner, 570));
  await addOrigin(ctx, 'https://app.example.com');
  await keepLogo(ctx, await aPicture());
  const mailed = { channel: 'mail', customer: { name: 'Asked', email: 'asked@example.test' } } as const;
  const asked = await anInvitation(ctx, sealed.registration, mailed);
  await takeSlot(ctx, mailed.customer.email, {
    ...{ invitationId: asked.id, connectionId: asked.connectionId, kind: 'invitation', number: 1 },
  });
  await addRecipientKey(ctx, (await createTarget(ctx, aTargetInput())).id, aRecipientKey().input);
  await createTarget(
    ctx,
    aTargetInput({ name: 'Endpoint', kind: 'push', push: { url: 'https://receiver.example/waxseal' } }),
  );
  const handoff = await claimHandoff(ctx, delivered);
  await redeemHandoff(ctx, handoff.id, 'k');
  await inTenant(ctx.partnerId, (tx) =>
    tx.idempotencyRecord.create({
      data: {
        partnerId: ctx.partnerId,
        apiKeyId: ctx.actor.id,
        key: 'k',
        requestHash: sha256('request'),
        createdAt: ctx.clock.now(),
      },
    }),
  );
  const bulk = await createBulkClaim(ctx, { connectionIds: [delivered.connectionId] });
  await workBulkClaim(await again(ctx), bulk.id);
  await aRenewal(partner);
  return { ctx, sealed, handoffId: handoff.id };
}

/** One more connection, whose token is spent for its successor. */
async function aRenewal(partner: Ctx): Promise<void> {
  const { grantId, registration } = await aSealedConnection(await again(partner), { user: 'k.bakker' });
  const ctx = await later(partner, 600);
  await inTenant(ctx.partnerId, async (tx) => {
    await tx.clientRegistration.updateMany({
      where: { partnerId: ctx.partnerId, id: registration.id },
      data: { renew: true },
    });
    await planRenewals(tx, ctx, registration.id, true);
  });
  await inTenant(ctx.partnerId, (tx) =>
    tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: grantId }, data: { renewAt: ctx.clock.now() } }),
  );
  await renewGrant(ctx, grantId);
}
