import { inTenant, pools } from '../db/index.ts';
import { minutes, plus, seconds } from '../kernel/clock.ts';

/** Where a person is a member, and as whom they came there from the live partner (`twin.ts`). */
export type Standing = {
  partnerId: string;
  id: string;
  email: string;
  role: string;
  liveMemberId: string | null;
  createdAt: Date;
};

/** A member's row of before does not say that they came over; the trail does. Asked for by what its index knows: when, and of no connection. */
const cameOver = ({ partnerId, id, createdAt }: Standing): Promise<boolean> =>
  inTenant(partnerId, async (tx) => {
    const at = { gte: plus(createdAt, -seconds(1)), lte: plus(createdAt, minutes(1)) };
    const about = { path: ['member_id'], equals: id };
    const where = { partnerId, connectionId: null, at, action: 'member.added', actorId: 'sandbox', detail: about };
    return (await tx.auditEvent.count({ where })) > 0;
  });

/**
 * What a member may do now: their role, or for a visitor of a sandbox the role they have at the live partner at this
 * moment. Null for one who is a member there no longer. A sandbox's own members stand for themselves.
 */
export async function roleNow(sandboxOf: string | null, member: Standing): Promise<string | null> {
  const { email, role, liveMemberId } = member;
  if (!sandboxOf) return role;
  const live = await inTenant(sandboxOf, (tx) =>
    tx.member.findFirst({ where: { partnerId: sandboxOf, email }, select: { role: true } }),
  );
  if (!live) return liveMemberId || (await cameOver(member)) ? null : role;
  const memberships = await pools().directory.membership.count({ where: { partnerId: sandboxOf, email } });
  return memberships > 0 ? live.role : null;
}
