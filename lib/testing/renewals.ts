import { expect } from 'vitest';
import { planRenewals } from '../custody/index.ts';
import { inTenant } from '../db/index.ts';
import { claimHandoff, redeemHandoff } from '../handoff/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import type { Policy } from '../simulator/index.ts';
import type { RegistrationView } from '../tenancy/index.ts';
import { type Asked, aSealedConnection, eventsOf } from './journey.ts';
import { control, refresh, tokenCalls } from './provider.ts';
import { anApiKey, aPartner, aRegistration, later, type World } from './world.ts';

export type Renewable = {
  ctx: Ctx;
  grantId: string;
  connectionId: string;
  registration: RegistrationView;
  asked: Asked;
};

/** The partner's switch, and what follows from it for what is sealed. */
export const opt = (ctx: Ctx, registrationId: string, renew: boolean) =>
  inTenant(ctx.partnerId, async (tx) => {
    await tx.clientRegistration.updateMany({
      where: { partnerId: ctx.partnerId, id: registrationId },
      data: { renew },
    });
    await planRenewals(tx, ctx, registrationId, renew);
  });

/** A sealed grant, 21 days old, whose renewal is due now and has not been tried. */
export async function aDueRenewal(policy: Policy): Promise<Renewable> {
  const partner = await aPartner();
  const registration = await aRegistration(partner);
  await control('POST', 'policy', { client_id: registration.clientId, policy });
  const { grantId, connectionId, asked } = await aSealedConnection(partner, { registration });
  const ctx = await later(partner, 21 * 86_400);
  await opt(ctx, registration.id, true);
  return { ctx, grantId, connectionId, registration, asked };
}

export const fault = (of: Pick<Renewable, 'registration'>, more: object) =>
  control('POST', 'faults', { client_id: of.registration.clientId, endpoint: 'refresh', times: 1, ...more });

export const presentations = async ({ registration }: Pick<Renewable, 'registration'>): Promise<number> =>
  (await tokenCalls(registration)).filter(({ grant_type }) => grant_type === 'refresh_token').length;

export const heldAnswers = async (
  { admin }: Pick<World, 'admin'>,
  { ctx }: Pick<Renewable, 'ctx'>,
): Promise<string[]> =>
  (
    await admin.query(
      `SELECT role FROM kept_answer WHERE partner_id = $1 AND (body IS NOT NULL OR refresh_token IS NOT NULL
        OR access_token IS NOT NULL) ORDER BY 1`,
      [ctx.partnerId],
    )
  ).rows.map(({ role }) => role);

export const told = async ({ ctx }: Pick<Renewable, 'ctx'>, type: string) =>
  (await eventsOf(ctx)).filter((event) => event.type === type).map(({ data }) => data);

/** The proof that counts: a recipient gets what is sealed, and the provider takes it. */
export async function worksForARecipient({ connectionId, ctx: owner }: Renewable): Promise<void> {
  const { ctx } = await anApiKey(await later(owner, 600));
  const handoff = await claimHandoff(ctx, { connectionId });
  const { client_id, client_secret, refresh_token } = JSON.parse(
    (await redeemHandoff(ctx, handoff.id, 'k')).reveal(),
  ) as Parameters<typeof refresh>[0];
  expect((await refresh({ client_id, client_secret, refresh_token })).status).toBe(200);
}

/** The time of whoever is at it runs out. */
export const endLease = ({ admin }: Pick<World, 'admin'>, { ctx }: Pick<Renewable, 'ctx'>) =>
  admin.query(
    `UPDATE renewal SET lease_until = now() - interval '1 second'
    WHERE partner_id = $1 AND lease_until IS NOT NULL`,
    [ctx.partnerId],
  );
