import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { notFound } from '../kernel/errors.ts';

export type TimelineEntry = {
  id: string;
  at: Date;
  action: string;
  actor: { kind: string; id: string; name: string | null };
  detail: Record<string, unknown>;
};

/** Everything that happened to a connection, oldest first, with who did it. Throws not_found. */
export async function readTimeline(ctx: Ctx, connectionId: string): Promise<TimelineEntry[]> {
  return inTenant(ctx.partnerId, async (tx) => {
    const known = await tx.connection.findFirst({
      where: { partnerId: ctx.partnerId, id: connectionId },
      select: { id: true },
    });
    if (!known) throw notFound();
    const rows = await tx.auditEvent.findMany({
      where: { partnerId: ctx.partnerId, connectionId },
      orderBy: [{ at: 'asc' }, { id: 'asc' }],
      take: 1000,
    });
    const members = await tx.member.findMany({ where: { partnerId: ctx.partnerId }, select: { id: true, name: true } });
    const keys = await tx.apiKey.findMany({ where: { partnerId: ctx.partnerId }, select: { id: true, label: true } });
    const names = new Map<string, string>([
      ...members.map(({ id, name }) => [id, name] as const),
      ...keys.map(({ id, label }) => [id, label] as const),
    ]);
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      action: row.action,
      actor: { kind: row.actorKind, id: row.actorId, name: names.get(row.actorId) ?? null },
      detail: row.detail as Record<string, unknown>,
    }));
  });
}
