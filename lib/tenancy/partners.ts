import { z } from 'zod';
import { audit } from '../audit/index.ts';
import { asDirectory, inTenant, type Prisma, pools, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { newId } from '../kernel/ids.ts';
import { actingAs, ctxIn } from './ctx.ts';
import { homeOf } from './redirect.ts';
import { roleNow, type Standing } from './standing.ts';

export const roles = ['admin', 'staff', 'auditor'] as const;
export type Role = (typeof roles)[number];
export const Email = z
  .email('That is not an e-mail address.')
  .max(254)
  .transform((text) => text.toLowerCase());

export type PartnerView = {
  id: string;
  name: string;
  sandbox: boolean;
  sandboxOf: string | null;
  theme: unknown;
  /** The origin where its customers are: its own host, or this instance. */
  home: string;
};

/** What the partner row says of itself, within its own transaction. */
export async function readPartner(tx: Tx, ctx: Ctx): Promise<PartnerView> {
  const row = await tx.partner.findFirstOrThrow({ where: { partnerId: ctx.partnerId } });
  return {
    id: row.partnerId,
    name: row.name,
    sandbox: row.sandboxOf !== null,
    sandboxOf: row.sandboxOf,
    theme: row.theme,
    home: homeOf(row.host),
  };
}

/**
 * Creates a partner, as its operator does. A sandbox is a twin row of a live partner, with ids, keys and a clock of
 * its own (design §5). Returns the partner's id.
 */
export async function createPartner(input: {
  name: string;
  theme: unknown;
  sandboxOf?: string;
  operator: string;
}): Promise<string> {
  const partnerId = newId('partner');
  await inTenant(partnerId, async (tx) => {
    await tx.partner.create({
      data: {
        partnerId,
        name: input.name,
        sandboxOf: input.sandboxOf ?? null,
        theme: input.theme as Prisma.InputJsonValue,
        createdAt: await databaseNow(tx),
      },
    });
    const ctx = await ctxIn(tx, partnerId, { kind: 'system', id: input.operator });
    if (ctx) await audit(tx, ctx, 'partner.created', {}, { name: input.name });
  });
  return partnerId;
}

async function databaseNow(tx: Tx): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`SELECT now()`;
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}

/** Adds a member and the membership by which sign-in finds them, together. Returns the member's id. */
export async function addMember(ctx: Ctx, input: { email: string; name: string; role: Role }): Promise<string> {
  const id = newId('member');
  const email = Email.parse(input.email);
  await inTenant(ctx.partnerId, async (tx) => {
    const createdAt = ctx.clock.now();
    await tx.member.create({
      data: { partnerId: ctx.partnerId, id, email, name: input.name, role: input.role, createdAt },
    });
    await asDirectory(tx, (directory) =>
      directory.membership.create({ data: { email, partnerId: ctx.partnerId, memberId: id, createdAt } }),
    );
    await audit(tx, ctx, 'member.added', {}, { member_id: id, role: input.role });
  });
  return id;
}

export type Membership = { partnerId: string; memberId: string };

/** Where a person is a member; one of the few questions asked before a tenant is known (design §6). */
export const membershipsOf = (email: string): Promise<Membership[]> =>
  pools().directory.membership.findMany({
    where: { email: email.toLowerCase() },
    select: { partnerId: true, memberId: true },
    orderBy: { createdAt: 'asc' },
  });

export type MemberCtx = {
  ctx: Ctx;
  member: { id: string; name: string; email: string; role: Role };
  partner: PartnerView;
};

/** A member as their row has them; what they may do now says `roleNow`. */
async function findMember(tx: Tx, ctx: Ctx, id: string): Promise<(Standing & { name: string }) | null> {
  return tx.member.findFirst({ where: { partnerId: ctx.partnerId, id } });
}

/** The context of a signed-in member, or null when the membership is no longer there. */
export async function ctxOfMember(
  membership: Membership,
  sessionHash: string,
  requestId: string,
): Promise<MemberCtx | null> {
  const { partnerId, memberId } = membership;
  const found = await inTenant(partnerId, async (tx) => {
    const base = await ctxIn(tx, partnerId, { kind: 'system', id: 'sign-in' }, requestId);
    const member = base && (await findMember(tx, base, memberId));
    return member && { base, member, partner: await readPartner(tx, base) };
  });
  const role = found && (await roleNow(found.partner.sandboxOf, found.member));
  if (!found || !role) return null;
  const { id, name, email } = found.member;
  const ctx = actingAs(found.base, { kind: 'member', id, sessionHash, role });
  return { ctx, member: { id, name, email, role: role as Role }, partner: found.partner };
}
