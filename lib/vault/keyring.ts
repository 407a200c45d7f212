import { randomBytes } from 'node:crypto';
import type { Tx } from '../db/index.ts';
import { newId } from '../kernel/ids.ts';
import { UnreadableError } from './envelope.ts';
import { fileRootKey } from './root-key.ts';

/** Keys are separate per purpose, so that the right to open one kind of secret is not the right to open another (design §8.13). */
export type Purpose =
  | 'client_secret'
  | 'token'
  | 'envelope'
  | 'link'
  | 'idempotency'
  | 'blind_index'
  | 'receipt_signing';
export type PartnerKey = { id: string; bytes: Uint8Array<ArrayBuffer> };

const rootKey = fileRootKey();
const wrapContext = (partnerId: string, keyId: string, purpose: string) => `${partnerId}|${keyId}|${purpose}`;

/** The partner's primary key for a purpose, made at first need. */
export async function primaryKey(tx: Tx, partnerId: string, purpose: Purpose): Promise<PartnerKey> {
  const found = await tx.partnerKey.findFirst({ where: { partnerId, purpose, retiredAt: null } });
  if (found)
    return { id: found.id, bytes: await rootKey.unwrap(found.wrapped, wrapContext(partnerId, found.id, purpose)) };
  const id = newId('partnerKey');
  const bytes = new Uint8Array(randomBytes(32));
  const wrapped = await rootKey.wrap(bytes, wrapContext(partnerId, id, purpose));
  // Two first needs at once: one row wins (a partial unique index), and the loser reads it.
  const made = await tx.$executeRaw`
    INSERT INTO partner_key (partner_id, id, purpose, wrapped, created_at)
    VALUES (${partnerId}, ${id}, ${purpose}, ${wrapped}, now())
    ON CONFLICT (partner_id, purpose) WHERE retired_at IS NULL DO NOTHING`;
  return made === 1 ? { id, bytes } : primaryKey(tx, partnerId, purpose);
}

/** A key by the id a sealed record names; retired keys still open what they sealed. Throws UnreadableError. */
export async function keyById(tx: Tx, partnerId: string, id: string, purpose: Purpose): Promise<PartnerKey> {
  const found = await tx.partnerKey.findFirst({ where: { partnerId, id, purpose } });
  if (!found) throw new UnreadableError();
  return { id, bytes: await rootKey.unwrap(found.wrapped, wrapContext(partnerId, id, purpose)) };
}
