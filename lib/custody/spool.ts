import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { config } from '../config/index.ts';

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

/** Everything that waits in this instance's folder. */
function waiting(folder: string, ends: readonly string[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => ends.some((end) => name.endsWith(end)))
      .sort();
  } catch {
    return []; // never used yet
  }
}

/** How many answers wait on disk here; what another instance has on its own disk is not seen. */
export const countSpooled = (): number => {
  const folder = config().spoolDir;
  return folder ? waiting(folder, ['.json', '.part']).length : 0;
};

/** Another process of this instance drains the same folder, and may have been quicker. */
const isGone = (error: unknown) => (error as { code?: unknown }).code === 'ENOENT';

/**
 * Hands every waiting answer to `keep` and forgets those it took. One that cannot be read or kept stays where it is and
 * is reported. Returns how many were kept.
 */
export async function drainSpool(
  keep: (entry: Spooled) => Promise<void>,
  onError: (error: unknown) => void,
): Promise<number> {
  const folder = config().spoolDir;
  if (!folder) return 0;
  let kept = 0;
  for (const name of waiting(folder, ['.json'])) {
    const file = path.join(folder, name);
    try {
      await keep(Spooled.parse(JSON.parse(readFileSync(file, 'utf8'))));
      rmSync(file, { force: true });
      kept += 1;
    } catch (error) {
      if (!isGone(error)) onError(error);
    }
  }
  return kept;
}
