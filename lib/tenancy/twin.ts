import { storedTokens } from '../branding/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { takeBrand } from './brand.ts';
import { actingAs, openCtx } from './ctx.ts';
import { addMember, createPartner, type MemberCtx, readPartner } from './partners.ts';

/** The sandbox twin of a live partner, or null while it has none. */
export async function findTwin(ctx: Ctx): Promise<string | null> {
  const twin = await inTenant(ctx.partnerId, (tx) =>
    tx.partner.findFirst({ where: { sandboxOf: ctx.partnerId }, select: { partnerId: true } }),
  );
  return twin?.partnerId ?? null;
}

/** A unique index lets one of two first visits make the twin; the other one finds it. */
async function findOrMakeTwin({ ctx, partner, member }: MemberCtx): Promise<string> {
  const known = await findTwin(ctx);
  if (known) return known;
  const named = { name: partner.name, theme: partner.theme, sandboxOf: ctx.partnerId, operator: member.id };
  const made = await createPartner(named).catch(async (error: unknown) => {
    const winner = await findTwin(ctx);
    if (!winner) throw error;
    return winner;
  });
  await takeFirstBrand(made, ctx);
  return made;
}

/** A twin starts with the live brand, its logos among it; from then on it has its own, to try things out. */
async function takeFirstBrand(twinId: string, live: Ctx): Promise<void> {
  const twin = await openCtx(twinId, { kind: 'system', id: 'sandbox' });
  const { theme } = await inTenant(live.partnerId, (tx) => readPartner(tx, live));
  if (twin && storedTokens(theme)?.logoUrl) await takeBrand(twin, live.partnerId);
}

/**
 * Lets a member of a live partner into its sandbox twin, and makes the twin when nobody has been in it before (design §5).
 * What they may do there follows the live partner at every request (`roleNow`). Returns its id. Throws forbidden when there is no sandbox yet and the member may only
 * read.
 */
export async function enterTwin(visitor: MemberCtx): Promise<string> {
  const { ctx, member } = visitor;
  if (member.role === 'auditor' && !(await findTwin(ctx)))
    throw new AppError('forbidden', 'There is no sandbox yet; a colleague who may invite customers can open it.');
  const partnerId = await findOrMakeTwin(visitor);
  const twin = await openCtx(partnerId, ctx.actor, ctx.requestId);
  if (!twin) throw new Error('the twin is not there');
  await inTenant(partnerId, async (tx) => {
    // One after the other: a second click must not add the person twice.
    await tx.$queryRaw`SELECT FROM partner WHERE partner_id = ${partnerId} FOR NO KEY UPDATE`;
    const person = { partnerId, email: member.email };
    const visit = { role: member.role, name: member.name, liveMemberId: member.id };
    const { count } = await tx.member.updateMany({ where: person, data: visit });
    if (count === 1) return;
    await addMember(actingAs(twin, { kind: 'system', id: 'sandbox' }), member);
    await tx.member.updateMany({ where: person, data: visit });
  });
  return partnerId;
}
