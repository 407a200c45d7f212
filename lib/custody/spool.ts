import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { config } from '../config/index.ts';
import { days, minutes, wallClock } from '../kernel/clock.ts';

/** What waits on disk while the database is away: sealed bytes and the ids they belong to, nothing readable. */
const Spooled = z.object({
  partnerId: z.string(),
  id: z.string(),
  authorizationRequestId: z.string().nullable(),
  renewalId: z.string().nullable(),
  epoch: z.number().int().nullable(),
  keptAt: z.iso.datetime(),
  status: z.number().int(),
  complete: z.boolean(),
  body: z.base64(),
});
export type Spooled = z.infer<typeof Spooled>;

const nameOf = (id: string) => `${id}.json`;

/** Forces what was written to a folder's own entry down to the disk: without it a new name can be gone after a power cut. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Puts an answer on disk, durable when this returns (C-2 row 10). False where this instance has no spool. */
export function spool(entry: Spooled): boolean {
  const folder = config().spoolDir;
  if (!folder) return false;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const part = path.join(folder, `${entry.id}.part`);
  const handle = openSync(part, 'w', 0o600);
  try {
    writeFileSync(handle, JSON.stringify(entry)); // whole or an error: a single write may stop short on a full disk
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, path.join(folder, nameOf(entry.id)));
  syncFolder(folder);
  return true;
}

/** Never there, or another process of this instance, which drains the same folder, was quicker. */
const isGone = (error: unknown) => (error as { code?: unknown }).code === 'ENOENT';

/** Everything that waits in this instance's folder. Throws when it is there and cannot be read: then nobody knows. */
function waiting(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.(?:json|part)$/.test(name))
      .sort();
  } catch (error) {
    if (isGone(error)) return []; // never used yet
    throw error;
  }
}

function listed(folder: string, onError: (error: unknown) => void): string[] {
  try {
    return waiting(folder);
  } catch (error) {
    onError(error); // reported, and no reason to leave everything else undone
    return [];
  }
}

/** How many answers wait on disk here; what another instance has on its own disk is not seen. Throws as `waiting` does. */
export const countSpooled = (): number => {
  const folder = config().spoolDir;
  return folder ? waiting(folder).length : 0;
};

const readWhole = (file: string): Spooled => Spooled.parse(JSON.parse(readFileSync(file, 'utf8')));

/** Younger ones may still be written to. */
const settled = minutes(1);
/** A torn one holds no answer that anyone could read; for a day it may be looked at. */
const tornKept = days(1);
const toldOf = new Set<string>();

/**
 * What a crash between the write and the rename left. Forced down before its name was, it may be whole: then it is as good
 * as any other (row 10). Null for one that is still being written, or torn; a torn one is told once and removed after a day.
 */
function readPart(file: string, onError: (error: unknown) => void): Spooled | null {
  const age = wallClock.now().getTime() - statSync(file).mtimeMs;
  if (age < settled) return null;
  try {
    return readWhole(file);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error; // a disk or its rights: it may be whole
    const torn = new Error(`an answer on disk is torn and cannot be read: ${path.basename(file)}`);
    if (!toldOf.has(file)) onError(Object.assign(torn, { code: 'spool_torn' })); // a log has the code, not the sentence
    toldOf.add(file);
    if (age >= tornKept) rmSync(file, { force: true });
    return null;
  }
}

/** A foreign key that is not met, as Prisma and as Postgres say it. */
const isOrphan = (error: unknown) => ['P2003', '23503'].includes(String((error as { code?: unknown }).code));

/**
 * Moves an answer out of the way whose request or renewal the database never had: a restore or a failover lost it, and it
 * would be refused for ever. Nothing of it is destroyed; put back into the spool it is tried again.
 */
function putAside(folder: string, name: string, onError: (error: unknown) => void): void {
  const aside = path.join(folder, 'aside');
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  renameSync(path.join(folder, name), path.join(aside, name));
  syncFolder(aside);
  syncFolder(folder);
  const orphan = new Error(`an answer on disk is of a request this database never had; it is kept as aside/${name}`);
  onError(Object.assign(orphan, { code: 'spool_orphaned' }));
}

/**
 * Hands every waiting answer to `keep` and forgets those it took. One that cannot be read or kept stays where it is and
 * is reported; one that this database can never take is put aside. Returns how many were kept.
 */
export async function drainSpool(
  keep: (entry: Spooled) => Promise<void>,
  onError: (error: unknown) => void,
): Promise<number> {
  const folder = config().spoolDir;
  if (!folder) return 0;
  let kept = 0;
  for (const name of listed(folder, onError)) {
    const file = path.join(folder, name);
    try {
      const entry = name.endsWith('.part') ? readPart(file, onError) : readWhole(file);
      if (!entry) continue;
      await keep(entry);
      rmSync(file, { force: true });
      kept += 1;
    } catch (error) {
      if (isGone(error)) continue;
      if (!isOrphan(error)) onError(error);
      else
        try {
          putAside(folder, name, onError);
        } catch (failed) {
          onError(failed);
        }
    }
  }
  return kept;
}
