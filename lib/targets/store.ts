import type { RecipientKey, Target } from '../db/generated/client.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { isId, newId } from '../kernel/ids.ts';

export type TargetRow = Target;
export type RecipientKeyRow = RecipientKey;
export type BuiltIn = 'assistant' | 'redeem';

/** Design §5: no claim sooner after the issue, none later before the lapse, whatever a target says. */
export const shortestWait = 570;
export const shortestRest = 3600;

/** What a partner has without asking: the console's assistant, and the plain answer over TLS. */
const builtIns: Record<BuiltIn, string> = { assistant: 'invantive-cloud', redeem: 'redeem' };

/** Makes the built-in targets where they are not there yet; of two at once one does. */
async function makeBuiltIns(tx: Tx, ctx: Ctx): Promise<void> {
  const row = (kind: BuiltIn) => ({
    partnerId: ctx.partnerId,
    id: newId('target'),
    name: builtIns[kind],
    kind,
    builtIn: kind,
    recipientKeyRequired: false,
    anyApiKey: true,
    memberRoles: ['admin', 'staff'],
    earliestSeconds: shortestWait,
    latestSeconds: shortestRest,
    createdAt: ctx.clock.now(),
  });
  await tx.target.createMany({ data: [row('assistant'), row('redeem')], skipDuplicates: true });
}

/** One of the two targets every partner has; made at first need. */
export async function builtInTarget(tx: Tx, ctx: Ctx, builtIn: BuiltIn): Promise<TargetRow> {
  const find = () => tx.target.findFirst({ where: { partnerId: ctx.partnerId, builtIn } });
  const known = await find();
  if (known) return known;
  await makeBuiltIns(tx, ctx);
  const made = await find();
  if (!made) throw new AppError('target_name_taken', `Another target is called ${builtIns[builtIn]}; archive it.`);
  return made;
}

export const findTarget = async (tx: Tx, ctx: Ctx, id: string): Promise<TargetRow | null> =>
  isId('target', id) ? tx.target.findFirst({ where: { partnerId: ctx.partnerId, id } }) : null;

export const findRecipientKey = async (tx: Tx, ctx: Ctx, id: string): Promise<RecipientKeyRow | null> =>
  isId('recipientKey', id) ? tx.recipientKey.findFirst({ where: { partnerId: ctx.partnerId, id } }) : null;

/** Locks a target against a second change of its keys. Throws not_found, target_archived. */
export async function lockLive(tx: Tx, ctx: Ctx, id: string): Promise<TargetRow> {
  await tx.$queryRaw`SELECT FROM target WHERE partner_id = ${ctx.partnerId} AND id = ${id} FOR NO KEY UPDATE`;
  const target = await findTarget(tx, ctx, id);
  if (!target) throw notFound();
  if (target.archivedAt) throw targetArchived();
  return target;
}

export const targetArchived = () => new AppError('target_archived', 'This target is archived.');
