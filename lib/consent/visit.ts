import { record } from '../audit/index.ts';
import { type Current, type Custody, isLookable, newestGrant } from '../custody/index.ts';
import type { Connection, Customer, Invitation } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { notFound } from '../kernel/errors.ts';
import { sha256 } from '../kernel/hash.ts';
import { partnerOfToken } from '../kernel/ids.ts';
import type { Division, ExactUser } from '../providers/index.ts';
import {
  actingAs,
  ctxIn,
  mayBeTold,
  mayReturnTo,
  type PartnerView,
  type RegistrationView,
  readPartner,
  readRegistration,
} from '../tenancy/index.ts';

export type Standing = {
  grantId: string;
  custody: Custody;
  sealedAt: Date;
  lapsesAt: Date;
  endedAt: Date | null;
  exactUser: ExactUser | null;
  divisions: Division[];
  identity: 'pending' | 'known' | 'unknown';
  /** The administration that was open at the provider, and whether the consent covers it. */
  current: Current | null;
  parkedReason: string | null;
  /** When the customer said that the account is the right one. */
  confirmedAt: Date | null;
  /** Whether Exact can still be asked what the consent covers, with what came with it. */
  lookable: boolean;
};

export type Visit = {
  ctx: Ctx;
  partner: PartnerView;
  customer: Pick<Customer, 'id' | 'name' | 'email' | 'locale'>;
  registration: RegistrationView & { unusedDays: number };
  connection: Connection;
  invitation: Invitation;
  /** What the link is good for at this moment. */
  state: 'open' | 'used' | 'lapsed' | 'withdrawn';
  /** What the connection holds or held last. */
  standing: Standing | null;
  /** The origin whose page opened this one and is told how it goes; null when nobody is. */
  listener: string | null;
  /** Where the customer may go on at the partner's; null when nowhere. */
  returnUrl: string | null;
};

/** The facts of a connection's newest grant, for people. */
export async function readStanding(tx: Tx, ctx: Ctx, connectionId: string): Promise<Standing | null> {
  const grant = await newestGrant(tx, ctx, connectionId);
  return (
    grant && {
      grantId: grant.id,
      custody: grant.custody as Custody,
      sealedAt: grant.sealedAt,
      lapsesAt: grant.lapsesAt,
      endedAt: grant.endedAt,
      exactUser: grant.exactUser as ExactUser | null,
      divisions: (grant.divisions as Division[] | null) ?? [],
      identity: grant.identity as Standing['identity'],
      current: grant.currentDivision as Current | null,
      parkedReason: grant.parkedReason,
      confirmedAt: grant.confirmedAt,
      lookable: isLookable(grant, ctx.clock.now()),
    }
  );
}

/** How often one link may be moved to another country. */
export const mostMoves = 5;

function stateOf(invitation: Invitation, now: Date): Visit['state'] {
  if (invitation.finishedAt) return 'used';
  if (invitation.withdrawnAt) return 'withdrawn';
  return now >= invitation.expiresAt ? 'lapsed' : 'open';
}

/** An invitation, the one that asks in its place since the customer chose another country, and what its link is good for now. */
export type InvitationRead = { invitation: Invitation; asking: Invitation; state: Visit['state'] };

/** One invitation of the partner. Throws not_found. */
export async function readInvitation(ctx: Ctx, id: string): Promise<InvitationRead> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const invitation = await tx.invitation.findFirst({ where: { partnerId, id } });
    if (!invitation) throw notFound();
    let asking = invitation;
    for (let hops = 0; asking.movedTo && hops < mostMoves; hops += 1)
      asking = await tx.invitation.findFirstOrThrow({ where: { partnerId, id: asking.movedTo } });
    return { invitation, asking, state: stateOf(asking, ctx.clock.now()) };
  });
}

/** Everything a customer's page needs, within one transaction of the partner the link names. Null for an unknown link. */
async function readVisit(
  tx: Tx,
  partnerId: string,
  where: { tokenHash: Uint8Array<ArrayBuffer> } | { id: string },
  requestId?: string,
): Promise<Visit | null> {
  const invitation = await tx.invitation.findFirst({ where: { partnerId, ...where } });
  const base = invitation && (await ctxIn(tx, partnerId, { kind: 'system', id: 'link' }, requestId));
  if (!invitation || !base) return null;
  const connection = await tx.connection.findFirstOrThrow({ where: { partnerId, id: invitation.connectionId } });
  const ctx = actingAs(base, { kind: 'customer', id: connection.customerId });
  return {
    ctx,
    partner: await readPartner(tx, ctx),
    customer: await tx.customer.findFirstOrThrow({
      where: { partnerId, id: connection.customerId },
      select: { id: true, name: true, email: true, locale: true },
    }),
    registration: await readRegistration(tx, ctx, connection.clientRegistrationId),
    connection,
    invitation,
    state: stateOf(invitation, ctx.clock.now()),
    standing: await readStanding(tx, ctx, connection.id),
    listener: await listenerOf(tx, ctx, invitation),
    returnUrl: await returnUrlOf(tx, ctx, invitation),
  };
}

/** An origin that was removed since is told nothing any more. */
async function listenerOf(tx: Tx, ctx: Ctx, { embedOrigin }: Invitation): Promise<string | null> {
  return embedOrigin !== null && (await mayBeTold(tx, ctx, embedOrigin)) ? embedOrigin : null;
}

/** Nor does anything lead to one that was removed since. */
async function returnUrlOf(tx: Tx, ctx: Ctx, { returnUrl }: Invitation): Promise<string | null> {
  return returnUrl !== null && (await mayReturnTo(tx, ctx, returnUrl)) ? returnUrl : null;
}

/** Reads what an invitation link leads to. Changes nothing: mail scanners read too (TH9). Null when it is unknown. */
export async function visitInvitation(token: string, requestId?: string): Promise<Visit | null> {
  const partnerId = partnerOfToken('invitation', token);
  return partnerId
    ? inTenant(partnerId, (tx) => readVisit(tx, partnerId, { tokenHash: sha256(token) }, requestId))
    : null;
}

/** The same by the invitation's id, for those who came by another way than its link. */
export const visitOf = (partnerId: string, invitationId: string): Promise<Visit | null> =>
  inTenant(partnerId, (tx) => readVisit(tx, partnerId, { id: invitationId }));

/** A person pressed a button on the first page: the invitation has been opened by someone, not by a scanner. */
export async function noteOpened(visit: Visit): Promise<void> {
  const { ctx, invitation } = visit;
  await inTenant(ctx.partnerId, async (tx) => {
    const { count } = await tx.invitation.updateMany({
      where: { partnerId: ctx.partnerId, id: invitation.id, openedAt: null },
      data: { openedAt: ctx.clock.now() },
    });
    if (count === 1)
      await record(
        tx,
        ctx,
        'invitation.opened',
        { connectionId: invitation.connectionId },
        { invitation_id: invitation.id },
      );
  });
}
