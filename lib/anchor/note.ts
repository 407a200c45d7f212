import { config } from '../config/index.ts';
import { wallClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { log } from '../log/index.ts';
import type { Head } from './compare.ts';
import { eras, type HeadNow } from './eras.ts';
import { Journal } from './journal.ts';
import { type Deed, deedsOf, headOf, type Line, leavesTheHouse, type Noted } from './lines.ts';

type State = {
  journal?: Journal;
  era?: Promise<string>;
  /** What this process has seen of each partner's chain. */
  seen: Map<string, Head>;
  /** The heads that are in today's file. */
  written: Map<string, Head>;
  day?: string;
  /** Lines on their way that nobody waits for. */
  pending: Set<Promise<void>>;
  /** A restore is being settled: nothing is noted, so that the journals stay what they were before it. */
  quiet?: boolean;
};

// Next loads its routes as separate bundles; the process has one journal all the same.
const holder = globalThis as { waxsealAnchor?: State };
const state = (): State => {
  holder.waxsealAnchor ??= { seen: new Map(), written: new Map(), pending: new Set() };
  return holder.waxsealAnchor;
};

const folderOf = (): string | null => (state().quiet ? null : config().anchorDir);

/** Does something of which nothing is noted. For settling a restore: cut off, it is judged again by the same journals. */
export async function unnoted<T>(work: () => Promise<T>): Promise<T> {
  state().quiet = true;
  try {
    return await work();
  } finally {
    state().quiet = false;
  }
}

const unwritten = (error: unknown) =>
  new AppError(
    'unavailable',
    'The journal that keeps this from happening twice cannot be written; nothing left, and trying again is safe.',
    { cause: error },
  );

function journal(folder: string): Journal {
  const it = state();
  it.journal ??= new Journal(folder);
  return it.journal;
}

/** The name under which the database is known outside, read once: it changes only while no server runs. */
function era(): Promise<string> {
  const it = state();
  it.era ??= eras().then((all) => all.at(-1) ?? 'none');
  it.era.catch(() => {
    delete it.era; // the next line tries again
  });
  return it.era;
}

type Told = Omit<Line, 'at' | 'era' | 'deeds'> & { deeds?: Deed[] };

async function write(folder: string, told: Told, durable: boolean): Promise<void> {
  const line = { at: wallClock.now().toISOString(), era: await era(), ...told };
  await journal(folder).append(JSON.stringify(line), durable);
}

/**
 * Notes outside the database what a transaction added to a partner's chain; called when it has committed and before its
 * caller hears of it. A deed after which bytes of a token leave is on the disk when this resolves, or it throws
 * `unavailable` and nothing leaves. All else is written without being waited for.
 */
export async function note(
  partnerId: string,
  from: bigint,
  head: { seq: bigint; hash: Uint8Array },
  rows: readonly Noted[],
): Promise<void> {
  const now = headOf(head);
  remember(partnerId, now);
  const folder = folderOf();
  if (!folder) return;
  const deeds = deedsOf(rows);
  const written = write(folder, { partner: partnerId, from: Number(from), ...now, deeds }, deeds.length > 0);
  if (deeds.some(leavesTheHouse)) {
    await written.catch((error: unknown) => {
      throw unwritten(error);
    });
  } else goOn(written);
}

/** Nothing leaves because of this line, so nobody waits for it; that it is missing shows as a gap after a restore. */
function goOn(written: Promise<void>): void {
  const { pending } = state();
  const ended = written
    .catch((error: unknown) => log().error({ err: error }, 'the anchor journal cannot be written'))
    .finally(() => pending.delete(ended));
  pending.add(ended);
}

/** Notes once more that a grant was delivered, before the same answer is told again: the first line may never have been written. */
export async function noteDelivered(partnerId: string, grantId: string): Promise<void> {
  const folder = folderOf();
  if (!folder) return;
  await write(folder, { partner: partnerId, deeds: [{ deed: 'delivered', grant: grantId }] }, true).catch((error) => {
    throw unwritten(error);
  });
}

/** Stops what would need a line before it has begun, while the journal cannot be written. Throws `unavailable`. */
export async function readyToNote(): Promise<void> {
  const folder = folderOf();
  if (!folder || journal(folder).sound) return;
  await journal(folder)
    .append('', true)
    .catch((error: unknown) => {
      throw unwritten(error);
    });
}

function remember(partnerId: string, head: Head): void {
  const { seen } = state();
  const before = seen.get(partnerId);
  if (!before || before.seq < head.seq) seen.set(partnerId, head);
}

/** Whether a chain ends before what was seen of it, or goes another way: a failover lost commits (D11). */
const isOlder = (seen: Head | undefined, { seq, hash }: Head): boolean =>
  seen !== undefined && (seq < seen.seq || (seq === seen.seq && hash !== seen.hash));

/** Lets no deed happen on a database that has lost what this process saw in it. Throws `unavailable`. */
export function refuseOlder(partnerId: string, head: { seq: bigint; hash: Uint8Array }): void {
  if (isOlder(state().seen.get(partnerId), headOf(head)))
    throw new AppError('unavailable', 'The database has lost what was done with it; an operator has to look first.');
}

/**
 * Writes the heads that are new since the last time, all of them once a day, so that every day says where the chains
 * stood and which partners were deleted: what said so when it happened is forgotten some day, and a backup may be older.
 * Returns the partners whose chain is shorter than this process saw it: then nothing is written. Throws when the journal
 * cannot be written.
 */
export async function noteHeads(read: () => Promise<ReadonlyMap<string, HeadNow>>): Promise<string[]> {
  const it = state();
  const seen = new Map(it.seen); // as it was before the database is asked: what is committed meanwhile is newer
  const heads = await read();
  const older = [...seen].flatMap(([partnerId, head]) => {
    const now = heads.get(partnerId);
    return !now || isOlder(head, now) ? [partnerId] : [];
  });
  if (older.length > 0) return older;
  const day = wallClock.now().toISOString().slice(0, 10);
  if (it.day !== day) it.written.clear();
  it.day = day;
  const folder = folderOf();
  for (const [partnerId, { deleted, ...head }] of heads) {
    remember(partnerId, head);
    if (!folder || it.written.get(partnerId)?.seq === head.seq) continue;
    await write(folder, { partner: partnerId, ...head, deeds: deleted ? [{ deed: 'deleted' }] : [] }, false);
    it.written.set(partnerId, head);
  }
  return [];
}

/** Closes the journal, and forgets what was seen: as if the process had ended. */
export async function closeAnchor(): Promise<void> {
  await Promise.all(holder.waxsealAnchor?.pending ?? []);
  await holder.waxsealAnchor?.journal?.close();
  delete holder.waxsealAnchor;
}
