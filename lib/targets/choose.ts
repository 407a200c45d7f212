import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import type { PublicJwk, ReadKey } from './public-key.ts';
import {
  builtInTarget,
  findRecipientKey,
  findTarget,
  type RecipientKeyRow,
  type TargetRow,
  targetArchived,
} from './store.ts';

export type Recipient = { target: TargetRow; key: RecipientKeyRow | null };

/** The target that a claim names, by id or by name. A name is one of the live ones, or was: then the newest that had it. */
const namedTarget = (tx: Tx, ctx: Ctx, named: string): Promise<TargetRow | null> =>
  isId('target', named)
    ? findTarget(tx, ctx, named)
    : tx.target.findFirst({
        where: { partnerId: ctx.partnerId, name: named },
        orderBy: { archivedAt: { sort: 'desc', nulls: 'first' } },
      });

/** Without a target a key says where it belongs; without either, as it always was: the console's assistant, or a plain answer. */
async function findNamed(
  tx: Tx,
  ctx: Ctx,
  named: string | undefined,
  key: RecipientKeyRow | null,
): Promise<TargetRow | null> {
  if (named === undefined && key) return findTarget(tx, ctx, key.targetId);
  const own = await builtInTarget(tx, ctx, ctx.actor.kind === 'member' ? 'assistant' : 'redeem');
  return named === undefined ? own : namedTarget(tx, ctx, named);
}

const usedByMembers: readonly string[] = ['assistant', 'file', 'push'];

function mayUse({ kind, anyApiKey, apiKeyIds, memberRoles, stepUp }: TargetRow, { actor }: Ctx): boolean {
  if (actor.kind === 'api_key') return !stepUp && (anyApiKey || apiKeyIds.includes(actor.id)); // no machine signs in
  // On a screen, as a file, or pushed. The console asks every member for a fresh sign-in before a claim.
  if (actor.kind === 'member') return usedByMembers.includes(kind) && memberRoles.includes(actor.role);
  return actor.kind === 'system';
}

/**
 * Where a claim goes, and to which key (H1). What is not this partner's, or not this target's, throws not_found like what
 * never was; the rest is answered: target_archived, target_not_allowed, recipient_key_required, recipient_key_retired.
 */
export async function chooseTarget(
  tx: Tx,
  ctx: Ctx,
  wanted: { target?: string | undefined; recipientKeyId?: string | undefined },
): Promise<Recipient | AppError> {
  const { target: named, recipientKeyId } = wanted;
  const key = recipientKeyId === undefined ? null : await findRecipientKey(tx, ctx, recipientKeyId);
  if (recipientKeyId !== undefined && !key) return notFound();
  const target = await findNamed(tx, ctx, named, key);
  if (!target || (key && key.targetId !== target.id)) return notFound();
  if (target.archivedAt) return targetArchived();
  if (target.closedAt) return new AppError('target_archived', 'An administrator has closed this target.');
  if (!mayUse(target, ctx)) return new AppError('target_not_allowed', 'You may not use this target.');
  if (key?.retiredAt) return recipientKeyRetired();
  const fixed = key ?? (target.kind === 'push' ? await newestKey(tx, ctx, target) : null);
  if (!fixed && target.recipientKeyRequired)
    return new AppError(
      'recipient_key_required',
      'This target gets encrypted bundles only: name one of its keys as recipient_key_id.',
    );
  return { target, key: fixed };
}

/** Where we bring the bundle ourselves a key need not be named: of the live ones the newest is the one to change over to. */
const newestKey = (tx: Tx, { partnerId }: Ctx, { id: targetId }: TargetRow): Promise<RecipientKeyRow | null> =>
  tx.recipientKey.findFirst({
    where: { partnerId, targetId, retiredAt: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });

const recipientKeyRetired = () =>
  new AppError('recipient_key_retired', 'The recipient key was retired; cancel the claim and claim for a live key.');

/** The key that a claim fixed, held until the transaction ends against being retired meanwhile; answers recipient_key_retired. */
export async function recipientStill(tx: Tx, ctx: Ctx, keyId: string): Promise<ReadKey | AppError> {
  await tx.$queryRaw`SELECT FROM recipient_key WHERE partner_id = ${ctx.partnerId} AND id = ${keyId} FOR SHARE`;
  const key = await findRecipientKey(tx, ctx, keyId);
  if (!key || key.retiredAt) return recipientKeyRetired();
  return { jwk: key.publicJwk as PublicJwk, thumbprint: key.thumbprint };
}
