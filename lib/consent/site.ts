import type { Site } from '../config/index.ts';
import { inTenant, type Prisma, type Tx } from '../db/index.ts';
import { listRegistrations } from '../tenancy/index.ts';
import { keepConnection, makeInvitation } from './invite.ts';
import { mostMoves, type Visit, visitOf } from './visit.ts';

/** The registration that serves each site a customer may choose: the one they were invited to first, then the newest of a site. */
async function choices({ ctx, registration }: Visit): Promise<Map<Site, string>> {
  const others = (await listRegistrations(ctx)).filter(({ provider }) => provider === registration.provider);
  const bySite = new Map(others.map(({ site, id }) => [site, id]));
  return bySite.set(registration.site, registration.id);
}

/** The country sites a customer may choose from; empty where the invitation settles it. */
export async function siteChoices(visit: Visit): Promise<Site[]> {
  if (!visit.invitation.chooseSite) return [];
  const sites = [...(await choices(visit)).keys()];
  return sites.length > 1 ? sites : [];
}

/** How often the country was changed on the way to this link. */
async function movesBefore(tx: Tx, { ctx, invitation }: Visit): Promise<number> {
  let [moves, id] = [0, invitation.id];
  while (moves < mostMoves) {
    const before = await tx.invitation.findFirst({
      where: { partnerId: ctx.partnerId, movedTo: id },
      select: { id: true },
    });
    if (!before) break;
    [moves, id] = [moves + 1, before.id];
  }
  return moves;
}

type SiteChoice =
  | { kind: 'chosen'; visit: Visit }
  | { kind: 'not_offered' } //   no client registration serves it, or none any more
  | { kind: 'changed_often' } // the link leads where it led
  | { kind: 'over' }; //         the link was used, withdrawn or moved meanwhile

/**
 * What comes of choosing a country site: for another one than the invitation's an invitation of its own for the connection there,
 * which the old link leads to from now on. The same visit when nothing has to change.
 */
export async function chooseSite(visit: Visit, site: string | null): Promise<SiteChoice> {
  const { ctx, invitation, registration, customer } = visit;
  if (site === null || site === registration.site || !invitation.chooseSite) return { kind: 'chosen', visit };
  const registrationId = (await choices(visit)).get(site as Site);
  if (!registrationId) return { kind: 'not_offered' };
  const { partnerId } = ctx;
  const now = ctx.clock.now();
  const moved = await inTenant(partnerId, async (tx) => {
    if ((await movesBefore(tx, visit)) >= mostMoves) return 'changed_often';
    const { count } = await tx.invitation.updateMany({
      where: { partnerId, id: invitation.id, finishedAt: null, withdrawnAt: null },
      data: { withdrawnAt: now, dueAt: null },
    });
    if (count !== 1) return 'over';
    const connectionId = await keepConnection(tx, ctx, customer.id, registrationId);
    const made = await makeInvitation(tx, ctx, connectionId, invitation.locale, {
      channel: invitation.channel as 'redirect' | 'mail',
      invitedBy: invitation.invitedBy,
      expiresAt: invitation.expiresAt,
      chooseSite: true,
      returnUrl: invitation.returnUrl,
      inPerson: true,
      remind: invitation.remind && invitation.remindersStoppedAt === null,
      ...(invitation.expected ? { expected: invitation.expected as Prisma.InputJsonObject } : {}),
    });
    await tx.invitation.updateMany({ where: { partnerId, id: invitation.id }, data: { movedTo: made.id } });
    return { id: made.id };
  });
  if (typeof moved === 'string') return { kind: moved };
  const there = await visitOf(partnerId, moved.id);
  if (!there) throw new Error('the invitation that was just made is not there');
  return { kind: 'chosen', visit: there };
}
