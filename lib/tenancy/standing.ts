import { inTenant, pools } from '../db/index.ts';

/** Where a person is a member, and as whom they came there from the live partner (`twin.ts`). */
export type Standing = { email: string; role: string; liveMemberId: string | null };

/**
 * What a member may do now: their role, or for a visitor of a sandbox the role they have at the live partner at this
 * moment. Null for one who is a member there no longer. A sandbox's own members stand for themselves.
 */
export async function roleNow(
  sandboxOf: string | null,
  { email, role, liveMemberId }: Standing,
): Promise<string | null> {
  if (!sandboxOf) return role;
  const live = await inTenant(sandboxOf, (tx) =>
    tx.member.findFirst({ where: { partnerId: sandboxOf, email }, select: { role: true } }),
  );
  if (!live) return liveMemberId ? null : role;
  const memberships = await pools().directory.membership.count({ where: { partnerId: sandboxOf, email } });
  return memberships > 0 ? live.role : null;
}
