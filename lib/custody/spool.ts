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
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return 0; // never used yet
  }
  let kept = 0;
  for (const name of names.sort()) {
    const file = path.join(folder, name);
    try {
      await keep(Spooled.parse(JSON.parse(readFileSync(file, 'utf8'))));
      rmSync(file, { force: true });
      kept += 1;
    } catch (error) {
      onError(error);
    }
  }
  return kept;
}
