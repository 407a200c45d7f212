import { config } from '../config/index.ts';
import { seconds } from '../kernel/clock.ts';
import { StartError } from '../kernel/errors.ts';
import { log } from '../log/index.ts';
import { type Head, type Standing, standing } from './compare.ts';
import { eras, hashesAt, headsInDatabase, noteAnchored, wasAnchored } from './eras.ts';
import { journalFiles, readJournal } from './journal.ts';
import type { Line } from './lines.ts';
import { noteHeads } from './note.ts';

export type Standings = {
  folders: string[];
  files: number;
  damaged: number;
  /** Journals of this database were kept, and there are none here. */
  missing: boolean;
  /** Partners the database or the journals know, each with where it ends here and there. */
  partners: { partnerId: string; standing: Standing; database: Head | null; anchored: Head | null }[];
  /** Partners this database has never had, in journals of another one: nothing of ours. */
  strangers: string[];
};

type Newest = { heads: Map<string, Head[]>; eras: Map<string, Set<string>>; damaged: number };

/** The last head each file has of each partner and era: a history that was left is the end of some file. */
async function newestHeads(files: readonly string[]): Promise<Newest> {
  const found: Newest = { heads: new Map(), eras: new Map(), damaged: 0 };
  const damaged = () => {
    found.damaged += 1;
  };
  for (const file of files) {
    const last = new Map<string, Line>();
    for await (const line of readJournal(file, damaged)) {
      const key = `${line.partner} ${line.era}`;
      if (line.seq !== undefined && line.seq >= (last.get(key)?.seq ?? 0)) last.set(key, line);
      found.eras.set(line.partner, (found.eras.get(line.partner) ?? new Set()).add(line.era));
    }
    for (const [key, { seq, hash }] of last)
      if (seq !== undefined && hash !== undefined)
        found.heads.set(key, [...(found.heads.get(key) ?? []), { seq, hash }]);
  }
  return found;
}

const newest = (heads: readonly Head[]): Head | null =>
  heads.reduce<Head | null>((a, b) => (a && a.seq >= b.seq ? a : b), null);

/** The files of these folders and what they end with. Throws StartError when one cannot be read. */
async function readFolders(folders: readonly string[]): Promise<{ files: string[]; anchored: Newest }> {
  try {
    const files = journalFiles(folders);
    return { files, anchored: await newestHeads(files) };
  } catch (error) {
    const { code = 'no reason given', path = folders.join(', ') } = error as { code?: string; path?: string };
    throw new StartError(
      `The journals in ${path} cannot be read (${code}), so nobody can tell whether this database was restored; mend the folder or its rights, or point WAXSEAL_ANCHOR_DIR at the right one.`,
      error,
    );
  }
}

/** Compares this database with what the journals in these folders say about it. Throws StartError when one cannot be read. */
export async function standings(folders: readonly string[]): Promise<Standings> {
  const [{ files, anchored }, database, known] = [await readFolders(folders), await headsInDatabase(), await eras()];
  const current = known.at(-1) ?? '';
  const strangers: string[] = [];
  const partners: Standings['partners'] = [];
  for (const partnerId of new Set([...database.keys(), ...anchored.eras.keys()])) {
    const head = database.get(partnerId) ?? null;
    const named = anchored.eras.get(partnerId) ?? new Set<string>();
    // Under an older name of this database only what it knows counts: the rest was judged after a restore.
    const counted = [...named].filter((era) => era === current || !known.includes(era));
    if (!head && !named.has(current)) {
      if (counted.length > 0) strangers.push(partnerId);
      continue;
    }
    const heads = counted.flatMap((era) => anchored.heads.get(`${partnerId} ${era}`) ?? []);
    const below = heads.filter(({ seq }) => head && seq < head.seq).map(({ seq }) => seq);
    const hashes = below.length > 0 ? await hashesAt(partnerId, below) : new Map<number, string>();
    partners.push({
      partnerId,
      standing: standing(head, heads, (seq) => hashes.get(seq)),
      database: head,
      anchored: newest(heads),
    });
  }
  const missing = files.length === 0 && (await wasAnchored());
  return { folders: [...folders], files: files.length, damaged: anchored.damaged, missing, partners, strangers };
}

const olderThanKnown = (of: readonly string[]) =>
  `The database is older than what was already done with it (partner ${of[0]}${of.length > 1 ? ` and ${of.length - 1} more` : ''}): it was restored, or failed over with losses. Nothing is served; stop every server and run "npm run anchor -- restored".`;

/**
 * Stops a start on a database that has lost what the journals remember of it, before it hands out anything twice (C-2 row
 * 19, D11, D12). Journals of partners it has never had are another database's: said in the log, and no reason to stop.
 * Throws StartError.
 */
export async function refuseRestored(): Promise<void> {
  const folder = config().anchorDir;
  if (!folder) return;
  const { partners, strangers, missing } = await standings([folder]);
  if (missing)
    log().warn(
      { folder },
      'journals of this database were kept, and the anchor folder is empty: whether it was restored cannot be known. Expected at the first start of a further server; otherwise give WAXSEAL_ANCHOR_DIR a volume that outlives the container',
    );
  const behind = partners.filter(({ standing }) => standing === 'behind').map(({ partnerId }) => partnerId);
  if (behind.length > 0) throw new StartError(olderThanKnown(behind));
  if (strangers.length > 0)
    log().warn(
      { partners: strangers.length },
      'the anchor folder also remembers another database, which this one is not; give each a folder of its own',
    );
}

const nextLook = seconds(2);

const unreachable = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'];
/** Postgres: connections (08), out of something (53), an operator or a time-out ended it (57); Prisma: P1001, P1017, P2024, P2028. */
const refusing = /^(?:08|53|57|P10|P2024|P2028|EAI_AGAIN)/;

/** Whether the database could not be reached, as against: it answered, and something is wrong. */
function isAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return unreachable.includes(code) || refusing.test(code);
  return /timeout|terminated/i.test(String(message)); // what the driver says of its own has no code
}

/**
 * The same for a process that starts: waits for a database that does not answer, because what it holds cannot be known
 * before. Nothing is served meanwhile. Throws StartError, and any fault that waiting does not mend.
 */
export async function refuseRestoredOnceThere(): Promise<void> {
  for (;;) {
    try {
      return await refuseRestored();
    } catch (error) {
      if (error instanceof StartError || !isAway(error)) throw error;
      log().warn({ err: error }, 'waiting for the database');
      await new Promise((resolve) => setTimeout(resolve, nextLook));
    }
  }
}

/** Once a minute: writes where the chains end. Throws StartError when one is shorter than it was (D11). */
export async function anchorHeads(): Promise<void> {
  const older = await noteHeads(headsInDatabase);
  if (older.length > 0) throw new StartError(olderThanKnown(older));
  if (config().anchorDir) await noteAnchored();
}
