import { audit } from '../audit/index.ts';
import { countSpooled, drainAnswers } from '../custody/index.ts';
import { inTenant, pools } from '../db/index.ts';
import { days, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, StartError } from '../kernel/errors.ts';
import { openCtx } from '../tenancy/index.ts';
import {
  destroyKey,
  fileRootKey,
  keysToRewrap,
  type Purpose,
  purposes,
  replacePrimary,
  rewrapKey,
  UnreadableError,
} from '../vault/index.ts';
import { recordsByKey, resealBatch, sealedColumns } from './records.ts';

const operator = { kind: 'system', id: 'operator' } as const;

/**
 * Purposes whose key can be replaced. The blind index is none: it finds what was written under it, and what that was is
 * nowhere kept, so another key would find nothing.
 */
export const rotatable: readonly Purpose[] = purposes.filter((purpose) => purpose !== 'blind_index');
const sealing: readonly string[] = sealedColumns.map(({ purpose }) => purpose);

async function partnersToRewrap(newest: string): Promise<string[]> {
  const { rows } = await pools().sweeper.query<{ partner_id: string }>(
    'SELECT DISTINCT partner_id FROM partner_key WHERE root_key_id IS DISTINCT FROM $1 ORDER BY 1',
    [newest],
  );
  return rows.map(({ partner_id }) => partner_id);
}

/** A root key that no start was told of is one that no server can unwrap with. */
async function refuseUnannounced(id: string): Promise<void> {
  const { rowCount } = await pools().sweeper.query('SELECT id FROM root_key WHERE id = $1', [id]);
  if (rowCount === 0)
    throw new StartError(
      `Root key ${id} is not known to the running servers; restart them with it as WAXSEAL_ROOT_KEY_FILE and the one before among WAXSEAL_OLD_ROOT_KEY_FILES, then change.`,
    );
}

export type RootChange = { rootKeyId: string; rewrapped: number; unreadable: string[] };

/**
 * Wraps every partner's keys under the newest root key, one key a transaction, with its audit row. Nothing that was sealed
 * is touched, and a server that knows both root keys notices nothing: it reads a key each time it needs one. Cut off
 * anywhere it goes on where it was; done twice, the second time finds nothing to do. Keys that no known root key opens are
 * named and left.
 */
export async function rotateRoot(onKey: (partnerId: string, keyId: string) => void = () => {}): Promise<RootChange> {
  const { newest } = fileRootKey();
  await refuseUnannounced(newest);
  const change: RootChange = { rootKeyId: newest, rewrapped: 0, unreadable: [] };
  for (;;) {
    const before = change.rewrapped;
    for (const partnerId of await partnersToRewrap(newest)) {
      const ctx = await openCtx(partnerId, operator);
      if (ctx) await rewrapPartner(ctx, change, onKey);
    }
    if (change.rewrapped === before) return change; // a server that does not know the newest yet may have made another meanwhile
  }
}

async function rewrapPartner(ctx: Ctx, change: RootChange, onKey: (partnerId: string, keyId: string) => void) {
  const { partnerId } = ctx;
  for (const id of await inTenant(partnerId, (tx) => keysToRewrap(tx, partnerId))) {
    if (change.unreadable.includes(id)) continue;
    try {
      const moved = await inTenant(partnerId, async (tx) => {
        const done = await rewrapKey(tx, partnerId, id);
        if (done) await audit(tx, ctx, 'partner_key.rewrapped', {}, { key_id: id, from: done.from, to: done.to });
        return done;
      });
      if (moved) change.rewrapped += 1;
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      change.unreadable.push(id);
    }
    onKey(partnerId, id);
  }
}

/** Gives a partner new keys for these purposes; the old ones open, and seal nothing more. Purposes without a key are passed over. */
export async function rotateKeys(ctx: Ctx, wanted: readonly Purpose[]): Promise<{ purpose: Purpose; to: string }[]> {
  const made: { purpose: Purpose; to: string }[] = [];
  for (const purpose of wanted.filter((each) => rotatable.includes(each))) {
    await inTenant(ctx.partnerId, async (tx) => {
      const keys = await replacePrimary(tx, ctx.partnerId, purpose);
      if (!keys) return;
      await audit(tx, ctx, 'partner_key.rotated', {}, { purpose, from: keys.from, to: keys.to });
      made.push({ purpose, to: keys.to });
    });
  }
  return made;
}

/**
 * Seals anew, under the primary keys, what retired ones sealed: in batches, each a transaction with its audit row, while
 * the house goes on. Cut off anywhere it goes on where it was. What does not open is counted and left as it is.
 */
export async function reencrypt(
  ctx: Ctx,
  onBatch: () => void = () => {},
): Promise<{ resealed: number; unreadable: number }> {
  const { partnerId } = ctx;
  const total = { resealed: 0, unreadable: 0 };
  for (const column of sealedColumns) {
    const { purpose, table } = column;
    const where = { partnerId, purpose, retiredAt: null };
    for (let after: string | null = ''; after !== null; ) {
      const from: string = after;
      const done = await inTenant(partnerId, async (tx) => {
        const primary = await tx.partnerKey.findFirst({ where, select: { id: true } });
        if (!primary) return { resealed: 0, unreadable: 0, last: null };
        const some = await resealBatch(tx, partnerId, column, primary.id, from);
        if (some.resealed > 0)
          await audit(tx, ctx, 'partner_key.records_resealed', {}, { purpose, table, records: some.resealed });
        return some;
      });
      total.resealed += done.resealed;
      total.unreadable += done.unreadable;
      after = done.last;
      onBatch();
    }
  }
  return total;
}

/** Longer than a token call takes, and than an instance that is up leaves an answer on its disk (lib/worker.ts). */
const retiredFor = days(1);

/**
 * Brings in what waits on disk under keys that were primary when it came (C-2 row 10). Throws invalid_request while
 * something stays: its key must not go. What is aside does not count: this database can never take it.
 */
export async function drainBeforeDestroying(onError: (error: unknown) => void): Promise<void> {
  await drainAnswers(onError);
  const left = countSpooled();
  if (left > 0)
    throw new AppError(
      'invalid_request',
      `${left} answers of the provider wait on this instance's disk, sealed with keys that may be retired; bring the database back, let them in, and try again. One that is reported as unreadable can be moved out of WAXSEAL_SPOOL_DIR, and is lost then. Nothing was destroyed.`,
    );
}

/**
 * Destroys keys that no record names any more and that have been retired for a day. A retired key seals nothing
 * (lib/vault/keyring.ts), so the count can only fall, save by what an instance kept on its disk while the database was
 * away: here that is drained first, elsewhere the day is time enough. Signing keys stay: what they signed is verified with
 * them. Throws invalid_request while something waits on disk here.
 */
export async function destroyRetired(ctx: Ctx, onError: (error: unknown) => void = () => {}): Promise<string[]> {
  const { partnerId } = ctx;
  await drainBeforeDestroying(onError);
  const retiredAt = { lte: plus(ctx.clock.now(), -retiredFor) };
  return inTenant(partnerId, async (tx) => {
    const retired = await tx.partnerKey.findMany({
      where: { partnerId, retiredAt, destroyedAt: null, purpose: { in: [...sealing] } },
      select: { id: true, purpose: true },
      orderBy: { id: 'asc' },
    });
    const used = await recordsByKey(tx, partnerId);
    const gone: string[] = [];
    for (const { id, purpose } of retired) {
      if (used.has(id) || !(await destroyKey(tx, partnerId, id))) continue;
      await audit(tx, ctx, 'partner_key.destroyed', {}, { purpose, key_id: id });
      gone.push(id);
    }
    return gone;
  });
}

export type KeyStatus = {
  id: string;
  purpose: string;
  state: 'primary' | 'retired' | 'destroyed';
  records: number;
  rootKeyId: string | null;
};

/** A partner's keys: which seals, which only open, which are gone, how much each still holds, what wraps it. */
export async function keyStatus(partnerId: string): Promise<KeyStatus[]> {
  return inTenant(partnerId, async (tx) => {
    const keys = await tx.partnerKey.findMany({
      where: { partnerId },
      orderBy: [{ purpose: 'asc' }, { createdAt: 'asc' }],
      omit: { wrapped: true },
    });
    const used = await recordsByKey(tx, partnerId);
    return keys.map(({ id, purpose, retiredAt, destroyedAt, rootKeyId }) => ({
      id,
      purpose,
      state: destroyedAt ? 'destroyed' : retiredAt ? 'retired' : 'primary',
      records: used.get(id) ?? 0,
      rootKeyId,
    }));
  });
}

/** Every partner that is not deleted. */
export async function allPartners(): Promise<string[]> {
  const { rows } = await pools().sweeper.query<{ partner_id: string }>('SELECT partner_id FROM partner ORDER BY 1');
  return rows.map(({ partner_id }) => partner_id);
}
