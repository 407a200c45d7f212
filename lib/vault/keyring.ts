import { randomBytes } from 'node:crypto';
import type { Tx } from '../db/index.ts';
import { newId } from '../kernel/ids.ts';
import { UnreadableError } from './envelope.ts';
import { fileRootKey } from './root-key.ts';

/** Keys are separate per purpose, so that the right to open one kind of secret is not the right to open another (design §8.13). */
export const purposes = [
  'client_secret',
  'token',
  'envelope',
  'link',
  'idempotency',
  'blind_index',
  'receipt_signing',
  'webhook_secret',
] as const;
export type Purpose = (typeof purposes)[number];

/** A key in the open, for one use: whoever asked for it wipes `bytes` when done. */
export type PartnerKey = { id: string; bytes: Uint8Array<ArrayBuffer> };
type Row = { id: string; purpose: string; wrapped: Uint8Array<ArrayBuffer> | null; rootKeyId: string | null };

const wrapContext = (partnerId: string, keyId: string, purpose: string) => `${partnerId}|${keyId}|${purpose}`;

async function unwrapped(partnerId: string, { id, purpose, wrapped, rootKeyId }: Row): Promise<PartnerKey> {
  if (!wrapped) throw new UnreadableError();
  const { key } = await fileRootKey().unwrap(wrapped, rootKeyId, wrapContext(partnerId, id, purpose));
  return { id, bytes: key };
}

/**
 * Locked against being retired until the transaction ends: once a key is retired, everything it ever sealed has been
 * committed, so what no record names can be destroyed.
 */
const findPrimary = async (tx: Tx, partnerId: string, purpose: Purpose): Promise<Row | undefined> =>
  (
    await tx.$queryRaw<Row[]>`
      SELECT id, purpose, wrapped, root_key_id AS "rootKeyId" FROM partner_key
      WHERE partner_id = ${partnerId} AND purpose = ${purpose} AND retired_at IS NULL FOR SHARE`
  )[0];

/** Makes a key and stores it wrapped. Of two first needs at once one row wins (a partial unique index). A deleted partner gets none. */
async function makeKey(tx: Tx, partnerId: string, purpose: Purpose): Promise<string | null> {
  const id = newId('partnerKey');
  const bytes = randomBytes(32);
  const { bytes: wrapped, rootKeyId } = await fileRootKey().wrap(bytes, wrapContext(partnerId, id, purpose));
  bytes.fill(0);
  const made = await tx.$executeRaw`
    INSERT INTO partner_key (partner_id, id, purpose, wrapped, root_key_id, created_at)
    SELECT partner_id, ${id}, ${purpose}, ${wrapped}, ${rootKeyId}, now() FROM partner
    WHERE partner_id = ${partnerId} AND deleted_at IS NULL FOR SHARE
    ON CONFLICT (partner_id, purpose) WHERE retired_at IS NULL DO NOTHING`;
  return made === 1 ? id : null;
}

/** The partner's primary key for a purpose, made at first need. Throws UnreadableError for a deleted partner. */
export async function primaryKey(tx: Tx, partnerId: string, purpose: Purpose): Promise<PartnerKey> {
  const found = await findPrimary(tx, partnerId, purpose);
  if (found) return unwrapped(partnerId, found);
  await makeKey(tx, partnerId, purpose);
  const made = await findPrimary(tx, partnerId, purpose);
  if (!made) throw new UnreadableError();
  return unwrapped(partnerId, made);
}

const selected = { id: true, purpose: true, wrapped: true, rootKeyId: true } as const;

/** A key by the id a sealed record names; retired keys still open what they sealed. Throws UnreadableError. */
export async function keyById(tx: Tx, partnerId: string, id: string, purpose: Purpose): Promise<PartnerKey> {
  const found = await tx.partnerKey.findFirst({ where: { partnerId, id, purpose }, select: selected });
  if (!found) throw new UnreadableError();
  return unwrapped(partnerId, found);
}

/** The ids of every key of a purpose that is not destroyed, the one in use first, then as they were made. Opens none. */
export async function keyIdsOf(tx: Tx, partnerId: string, purpose: Purpose): Promise<string[]> {
  const rows = await tx.partnerKey.findMany({
    where: { partnerId, purpose, destroyedAt: null },
    select: { id: true },
    orderBy: [{ retiredAt: { sort: 'desc', nulls: 'first' } }, { createdAt: 'asc' }],
  });
  return rows.map(({ id }) => id);
}

/**
 * Closes the primary key for sealing and puts a new one in its place. Null when the purpose has no key yet. Throws
 * UnreadableError for a deleted partner.
 */
export async function replacePrimary(
  tx: Tx,
  partnerId: string,
  purpose: Purpose,
): Promise<{ from: string; to: string } | null> {
  const [retired] = await tx.$queryRaw<{ id: string }[]>`
    UPDATE partner_key SET retired_at = now()
    WHERE partner_id = ${partnerId} AND purpose = ${purpose} AND retired_at IS NULL RETURNING id`;
  if (!retired) return null;
  const to = await makeKey(tx, partnerId, purpose);
  if (!to) throw new UnreadableError(); // deleted meanwhile
  return { from: retired.id, to };
}

/** Keys of this partner that another root key than the newest wraps, or one without a name. */
export async function keysToRewrap(tx: Tx, partnerId: string): Promise<string[]> {
  const rows = await tx.partnerKey.findMany({
    where: { partnerId, destroyedAt: null, OR: [{ rootKeyId: null }, { rootKeyId: { not: fileRootKey().newest } }] },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ id }) => id);
}

/**
 * Wraps one key under the newest root key. The key itself stays the same, so nothing it sealed is touched. Answers which
 * root key had wrapped it, or null when there was nothing to do any more. Throws UnreadableError when none of the
 * configured root keys opens it.
 */
export async function rewrapKey(tx: Tx, partnerId: string, id: string): Promise<{ from: string; to: string } | null> {
  const root = fileRootKey();
  const found = await tx.partnerKey.findFirst({ where: { partnerId, id }, select: selected });
  if (!found?.wrapped || found.rootKeyId === root.newest) return null;
  const context = wrapContext(partnerId, id, found.purpose);
  const { key, rootKeyId: from } = await root.unwrap(found.wrapped, found.rootKeyId, context);
  const again = await root.wrap(key, context);
  key.fill(0);
  // One that was wrapped by somebody else meanwhile, or destroyed, stays as they left it.
  const { count } = await tx.partnerKey.updateMany({
    where: { partnerId, id, wrapped: found.wrapped },
    data: { wrapped: again.bytes, rootKeyId: again.rootKeyId },
  });
  return count === 1 ? { from, to: again.rootKeyId } : null;
}

/** Erases a retired key for good. False when it is in use, or gone already. */
export async function destroyKey(tx: Tx, partnerId: string, id: string): Promise<boolean> {
  const made = await tx.$executeRaw`
    UPDATE partner_key SET wrapped = NULL, destroyed_at = now()
    WHERE partner_id = ${partnerId} AND id = ${id} AND retired_at IS NOT NULL AND destroyed_at IS NULL`;
  return made === 1;
}

/**
 * Erases all keys of a partner: everything sealed for it is unreadable from the commit on (crypto-erasure, B-5). Answers
 * with the root keys that had wrapped them, since what they wrapped may live on in backups.
 */
export async function destroyAllKeys(tx: Tx, partnerId: string): Promise<{ keys: number; rootKeyIds: string[] }> {
  const rows = await tx.$queryRaw<{ rootKeyId: string | null }[]>`
    UPDATE partner_key k SET wrapped = NULL, destroyed_at = now(), retired_at = coalesce(k.retired_at, now())
    FROM partner_key before
    WHERE k.partner_id = ${partnerId} AND k.destroyed_at IS NULL AND before.partner_id = k.partner_id AND before.id = k.id
    RETURNING before.root_key_id AS "rootKeyId"`;
  return { keys: rows.length, rootKeyIds: [...new Set(rows.map(({ rootKeyId }) => rootKeyId ?? 'unnamed'))].sort() };
}
