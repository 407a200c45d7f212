import { audit, record } from '../audit/index.ts';
import { discardGrant, findGrant, hasUnread, heldGrants } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { cancelHandoff, openClaim } from '../handoff/index.ts';
import { plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { partnerOfToken } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { readPartner } from '../tenancy/index.ts';
import { open } from '../vault/index.ts';
import type { Outcome } from './callback.ts';
import { settleSpan } from './exchange.ts';
import { linkPlace, linkUrl } from './invite.ts';
import { type Visit, visitOf } from './visit.ts';

export type TripResult = {
  outcome: Outcome | 'in_progress';
  /** When the provider sent the customer back. */
  answeredAt: Date;
  grantId: string | null;
  sameBrowser: boolean;
};

/** What came of one trip through the browser, and whether the asker is the browser that made it. Null when it is not of this visit. */
export async function readTrip(
  visit: Visit,
  requestId: string,
  browserSecret: string | null,
): Promise<TripResult | null> {
  const { ctx, invitation } = visit;
  const row = await inTenant(ctx.partnerId, (tx) =>
    tx.authorizationRequest.findFirst({
      where: { partnerId: ctx.partnerId, id: requestId, invitationId: invitation.id },
    }),
  );
  if (!row?.answeredAt) return null;
  // An answer that is here and waits to be read is as good as sealed, however long it takes.
  const late = !row.settledAt && ctx.clock.now() > plus(row.answeredAt, settleSpan);
  const stuck = late && !(await inTenant(ctx.partnerId, (tx) => hasUnread(tx, ctx, requestId)));
  return {
    outcome: stuck ? 'unknown' : ((row.outcome as Outcome | null) ?? 'in_progress'),
    answeredAt: row.answeredAt,
    grantId: row.grantId,
    sameBrowser: browserSecret !== null && Buffer.from(sha256(browserSecret)).equals(row.browserHash),
  };
}

/** Whether the asker is the browser that gave the consent a connection stands on. */
export async function isConsentBrowser(visit: Visit, browserSecret: string | null): Promise<boolean> {
  const { ctx, standing } = visit;
  if (browserSecret === null || !standing) return false;
  const { partnerId } = ctx;
  const trips = await inTenant(partnerId, (tx) =>
    tx.authorizationRequest.count({
      where: { partnerId, grantId: standing.grantId, browserHash: sha256(browserSecret) },
    }),
  );
  return trips > 0;
}

/** The lasting page of a connection, by the newest of its invitations. Null for an unknown link. */
export async function visitAccess(token: string): Promise<Visit | null> {
  const partnerId = partnerOfToken('access', token);
  if (!partnerId) return null;
  const found = await inTenant(partnerId, async (tx) => {
    const connection = await tx.connection.findFirst({
      where: { partnerId, accessTokenHash: sha256(token) },
      select: { id: true },
    });
    return connection && newestInvitation(tx, partnerId, connection.id);
  });
  return found ? visitOf(partnerId, found.id) : null;
}

const newestInvitation = (tx: Tx, partnerId: string, connectionId: string) =>
  tx.invitation.findFirst({ where: { partnerId, connectionId }, orderBy: { createdAt: 'desc' }, select: { id: true } });

/** Opens a link's sealed copy, to send or show it again to the one it belongs to. */
export async function openLink(
  ctx: Ctx,
  of: { invitationId: string } | { connectionId: string },
): Promise<Secret<string> | null> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    if ('invitationId' in of) {
      const row = await tx.invitation.findFirst({
        where: { partnerId, id: of.invitationId },
        select: { tokenSealed: true },
      });
      return row && open(tx, row.tokenSealed, linkPlace(partnerId, of.invitationId, 'invitation'));
    }
    const row = await tx.connection.findFirst({
      where: { partnerId, id: of.connectionId },
      select: { accessTokenSealed: true },
    });
    return row?.accessTokenSealed
      ? open(tx, row.accessTokenSealed, linkPlace(partnerId, of.connectionId, 'access'))
      : null;
  });
}

/** Opens the link of an open invitation for a member who passes it on, which the record tells. Null when it is no longer open. */
export async function showLink(
  ctx: Ctx,
  invitation: { id: string; connectionId: string },
): Promise<Secret<string> | null> {
  const { partnerId } = ctx;
  const { id, connectionId } = invitation;
  return inTenant(partnerId, async (tx) => {
    const row = await tx.invitation.findFirst({
      where: { partnerId, id, connectionId, finishedAt: null, withdrawnAt: null, expiresAt: { gt: ctx.clock.now() } },
      select: { tokenSealed: true },
    });
    if (!row) return null;
    await audit(tx, ctx, 'invitation.link_shown', { connectionId }, { invitation_id: id });
    const token = await open(tx, row.tokenSealed, linkPlace(partnerId, id, 'invitation'));
    return new Secret(linkUrl(token.reveal(), (await readPartner(tx, ctx)).home));
  });
}

/** The customer takes the permission back: what is still held is shredded now; what was handed over, only Exact can end. */
export async function withdrawConsent(visit: Visit): Promise<'shredded' | 'out_of_reach'> {
  const { ctx, standing, connection } = visit;
  return inTenant(ctx.partnerId, async (tx) => {
    await tx.connection.updateMany({
      where: { partnerId: ctx.partnerId, id: connection.id },
      data: { withdrawnAt: ctx.clock.now() },
    });
    await record(
      tx,
      ctx,
      'security.consent_withdrawn',
      { connectionId: connection.id },
      { custody: standing?.custody ?? 'none' },
    );
    return (await discardHeld(tx, ctx, connection.id)) ? 'shredded' : 'out_of_reach';
  });
}

/**
 * Shreds everything a connection still holds, also what an older consent left while its identity was unknown, and takes
 * back a claim of which no byte has left. True when there was something.
 */
async function discardHeld(tx: Tx, ctx: Ctx, connectionId: string): Promise<boolean> {
  let gone = false;
  for (const { id } of await heldGrants(tx, ctx, connectionId)) {
    const claim = await openClaim(tx, ctx, id);
    if (claim) await cancelHandoff(ctx, claim, 'customer_withdrew');
    const grant = await findGrant(tx, ctx, id);
    if (grant && (await discardGrant(tx, ctx, { id, connectionId, custody: grant.custody }, 'customer_withdrew')))
      gone = true;
  }
  return gone;
}
